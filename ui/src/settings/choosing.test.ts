import { describe, expect, it } from "vitest";

import { aDesk } from "../testing";
import type { Roster } from "../wire/messages";
import { colleagueOptions, fitting, groupsOf, lineOptions, mayAskByItself } from "./roster.svelte";
import { MANGO_SOURCES, sourcesOf } from "./sources";
import { length } from "./templates";

const roster: Roster = {
  colleagues: [
    { extension: "201", name: "Анна Ким", department: "регистратура", groups: ["300"], presence: null, presence_text: null },
    { extension: "302", name: null, department: null, groups: [], presence: null, presence_text: null },
  ],
  groups: [
    { extension: "300", name: "Регистратура" },
    { extension: "400", name: null },
  ],
  lines: [{ number: "+74995550199", name: "Основной" }],
  at: null,
  why: null,
};

describe("what can be chosen from the PBX's lists", () => {
  it("names a colleague as people do", () => {
    expect(colleagueOptions(roster).map(({ label }) => label)).toEqual(["201 — Анна Ким, регистратура", "302"]);
    expect(colleagueOptions(null)).toEqual([]);
  });

  it("finds by the beginning of the number and by any part of the name", () => {
    const options = colleagueOptions(roster);
    const found = (typed: string) => fitting(options, typed).map(({ value }) => value);
    expect(found("")).toEqual(["201", "302"]);
    expect(found("2")).toEqual(["201"]);
    expect(found(" ким")).toEqual(["201"]);
    expect(found("РЕГИСТР")).toEqual(["201"]);
    expect(found("Яковлев")).toEqual([]);
  });

  it("calls a line by our name, else by the PBX's", () => {
    const lines = (names: Record<string, string>) => lineOptions(roster, names, (number) => `тел. ${number}`)[0];
    expect(lines({})).toEqual({ value: "+74995550199", label: "тел. +74995550199 — Основной", name: "Основной" });
    expect(lines({ "+74995550199": "реклама" })?.name).toBe("реклама");
    expect(lines({ "8 (499) 555-01-99": "реклама" })?.name).toBe("реклама");
    expect(fitting(lineOptions(roster, {}, (number) => number), "(499) 555").length).toBe(1);
  });

  it("counts a group's people only where the PBX told any", () => {
    expect(groupsOf(roster).map(({ people }) => people)).toEqual([1, 0]);
    expect(groupsOf({ ...roster, colleagues: [] }).map(({ people }) => people)).toEqual([null, null]);
  });
});

describe("when the PBX is asked without a click", () => {
  const both = { vpbx_api_key: true, vpbx_api_salt: true };
  const desk = (state: "ok" | "unknown" | "refused" | "down", quiet_until: string | null = null) => aDesk({ vpbx: { state, why: null, quiet_until } });

  it("is never while code or key are missing, refused or just typed", () => {
    expect(mayAskByItself(desk("ok"), both, false)).toBe(true);
    expect(mayAskByItself(desk("unknown"), both, false)).toBe(true);
    expect(mayAskByItself(desk("unknown"), both, true)).toBe(false);
    expect(mayAskByItself(desk("ok"), both, true)).toBe(true);
    expect(mayAskByItself(desk("refused"), both, false)).toBe(false);
    expect(mayAskByItself(desk("down"), both, false)).toBe(false);
    expect(mayAskByItself(desk("ok", "2026-11-24T10:00:00Z"), both, false)).toBe(false);
    expect(mayAskByItself(desk("ok"), { ...both, vpbx_api_salt: false }, false)).toBe(false);
  });
});

describe("who may post", () => {
  it("is MANGO whatever the order, and an own list with one address more", () => {
    expect(sourcesOf("")).toBe("any");
    expect(sourcesOf([...MANGO_SOURCES].reverse().join("; "))).toBe("mango");
    expect(sourcesOf(`${MANGO_SOURCES.join(" ")} 10.0.0.1`)).toBe("own");
    expect(sourcesOf("81.88.80.132")).toBe("own");
  });
});

describe("a template's length", () => {
  it("has the PBX's bounds", () => {
    expect(length("Hello")).toEqual({ used: 5, most: 612, left: 607 });
    expect(length("Привет, {имя}")).toEqual({ used: 13, most: 268, left: 255 });
    expect(length("я".repeat(300)).left).toBe(-32);
  });
});
