/** Every screen in Russian and light, and the most used ones in the other dresses, before axe: no violations. Needs Chromium. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { visitScreens } from "../dev/shots.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Most of the time a screen is waited for: so many are looked at side by side. */
const EYES = 4;

test("no screen has anything that axe objects to", async () => {
  const found = [];
  let seen = 0;
  const isMuchUsed = (name) => ["pop-one", "pop-several", "desk", "settings"].includes(name);
  const wanted = (name, { language, theme }) => (language === "ru" && theme === "light") || isMuchUsed(name) || (language === "ru" && !name.startsWith("pop"));
  const eye = (own) => {
    let screen = 0;
    return (name, dress) => wanted(name, dress) && screen++ % EYES === own;
  };
  const look = async (tab, { name }, { language, theme }) => {
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate((rules) => window.axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] }), RULES);
    seen += 1;
    for (const { id, help, nodes } of violations) found.push(`${name} ${theme} ${language}: ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  };
  await Promise.all(Array.from({ length: EYES }, (_, own) => visitScreens(eye(own), look)));
  assert.deepEqual(found, []);
  assert.ok(seen > 0, "some screens were looked at");
});
