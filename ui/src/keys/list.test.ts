import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { words } from "../words";
import { KEYS, keysOf } from "./list";

const SRC = join(import.meta.dirname, "..");

/** The keys that a source file listens to by name. */
function heardIn(file: string): string[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const asked = [...text.matchAll(/event\.(?:key|code) [!=]== "([^"]+)"/g)].map((found) => found[1] ?? "");
  const cases = /switch \(event\.(?:key|code)\)/.test(text) ? [...text.matchAll(/case "((?:Arrow\w+|Enter|Escape|Home|End|Tab|Page\w+|Delete|Key[A-Z]|F\d+))":/g)].map((found) => found[1] ?? "") : [];
  const steps = [...text.matchAll(/\{([^{}]*)\}\[event\.key\]/g)].flatMap((found) => [...(found[1] ?? "").matchAll(/(\w+):/g)].map((name) => name[1] ?? ""));
  return [...new Set([...asked, ...cases, ...steps])].sort();
}

const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => /\.(svelte|ts)$/.test(file) && !file.endsWith(".test.ts"));

describe("the list of keys", () => {
  it("tells exactly what the handlers hear", () => {
    const listed = new Map<string, Set<string>>();
    for (const { heard } of KEYS) {
      if (heard === null) continue;
      const keys = listed.get(heard.file) ?? new Set();
      heard.keys.forEach((key) => keys.add(key));
      listed.set(heard.file, keys);
    }
    const told = Object.fromEntries([...listed].map(([file, keys]) => [file, [...keys].sort()]).filter(([, keys]) => keys?.length));
    const handled = Object.fromEntries(sources.map((file): [string, string[]] => [file, heardIn(file)]).filter(([, keys]) => keys.length > 0));
    expect(told).toEqual(handled);
  });

  it("knows a place for every file that listens to keys at all", () => {
    const listening = sources.filter((file) => /onkeydown=|addEventListener\("keydown"|keydown: /.test(readFileSync(join(SRC, file), "utf8")));
    const places = new Set(KEYS.map(({ heard }) => heard?.file));
    expect(listening.filter((file) => !places.has(file))).toEqual([]);
  });

  it("has words for every window in both languages", () => {
    for (const language of ["ru", "en"] as const) {
      for (const window of ["desk", "pop", "settings"] as const) {
        const groups = keysOf(window, words[language].keys);
        expect(groups.length).toBeGreaterThan(2);
        for (const { lines } of groups) for (const { shown, says } of lines) expect(shown !== "" && says !== "").toBe(true);
      }
    }
  });
});
