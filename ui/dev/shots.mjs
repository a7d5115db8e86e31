/** Photographs every window: `npm run shots` writes `screenshots/` anew. The time is fixed, so pictures differ only when the look does. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { launch } from "./browser.mjs";
import { MockDesk } from "./mock.mjs";
import { goodAnswers, scenarios } from "./scenarios.mjs";

const NOW = Date.parse("2026-10-13T06:41:07.000Z");
const OUT = join(dirname(fileURLToPath(import.meta.url)), "..", "screenshots");
const POP = { width: 460, height: 720 };
const SMALL = { width: 1280, height: 720 };
const LARGE = { width: 1920, height: 1080 };

/** [file, page, scenario, viewport, what to do before]. */
const SHOTS = [
  ["pop-one", "pop", "one", POP],
  ["pop-several", "pop", "several", POP],
  ["pop-chosen", "pop", "chosen", POP],
  ["pop-unknown", "pop", "unknown", POP],
  ["pop-mis-down", "pop", "mis-down", POP],
  ["pop-five", "pop", "five", POP],
  ["pop-long", "pop", "long", POP],
  ["pop-note", "pop", "talking", POP, (page) => page.getByTestId("note-open").click()],
  ["desk", "index", "desk", SMALL],
  ["desk-trouble", "index", "desk-trouble", SMALL],
  ["desk-search", "index", "desk", SMALL, searchFor("иванов")],
  ["desk-large", "index", "desk", LARGE],
  ["desk-zoom200", "index", "desk", { width: 640, height: 360 }, undefined, 2],
  ["settings", "settings", "desk", SMALL, undefined, 1, true],
  ["settings-check", "settings", "desk", SMALL, check, 1],
];

function searchFor(text) {
  return async (page) => {
    await page.getByTestId("search").fill(text);
    await page.getByTestId("found-person").first().waitFor();
  };
}

async function check(page) {
  await page.getByTestId("check-directory").click();
  const report = page.getByTestId("check-directory-report");
  await report.waitFor();
  await report.scrollIntoViewIfNeeded();
}

const only = process.argv[2];
if (!only) rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const all = scenarios(NOW);
const desk = await new MockDesk(all.one).start();
desk.answer = goodAnswers;
const browser = await launch();
try {
  for (const language of ["ru", "en"]) {
    for (const theme of ["light", "dark"]) {
      desk.shell.settings.window = { ...desk.shell.settings.window, language, theme };
      for (const [name, page, scenario, viewport, before, scale = 1, whole = page === "pop"] of SHOTS) {
        if (only && !name.includes(only)) continue;
        desk.load(all[scenario]);
        const context = await browser.newContext({ viewport, deviceScaleFactor: scale, timezoneId: "Europe/Moscow", locale: "ru-RU", reducedMotion: "reduce" });
        const tab = await context.newPage();
        tab.on("pageerror", (error) => console.error(name, error));
        tab.on("console", (message) => message.type() === "error" && console.error(name, message.text()));
        await tab.clock.setFixedTime(NOW);
        await tab.goto(desk.url(page));
        await tab.waitForLoadState("networkidle");
        await before?.(tab);
        // The foot of the settings sticks to the window's end, so the window is made as high as the page.
        if (whole) await tab.setViewportSize({ ...viewport, height: await tab.evaluate(() => document.documentElement.scrollHeight) });
        await tab.waitForTimeout(50);
        const path = join(OUT, `${name}-${theme}-${language}.png`);
        if (page === "pop") await tab.locator("main").screenshot({ path });
        else await tab.screenshot({ path });
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
  await desk.stop();
}
console.log(`screenshots in ${OUT.split("/").slice(-2).join("/")}`);
