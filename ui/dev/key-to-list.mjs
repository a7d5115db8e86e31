/**
 * How long a key takes to its list before a real desk: `node dev/key-to-list.mjs PORT FEED TOKEN < searches`. The window
 * is the built page in Chromium, served at PORT of loopback, which the desk must know as an origin of its feed. Each
 * line of the input is typed key by key, never faster than a quick typist and never before the list of the key before is
 * painted, so that no slow list is overtaken; prints `{"keys", "took": [ms, …]}`, the window's own measure of each.
 */
import { readFileSync } from "node:fs";

import { launch } from "./browser.mjs";
import { MockDesk } from "./mock.mjs";
import { deskState } from "./scenarios.mjs";

/** A quick typist's pause from key to key, in ms. */
const PAUSE = 80;

const [port, feed, token] = process.argv.slice(2);
const searches = readFileSync(0, "utf8").split("\n").filter((line) => line !== "");

const pages = await new MockDesk({ desk: deskState(Date.now()) }).start(Number(port));
const browser = await launch();
try {
  const context = await browser.newContext({ locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.took = [];
    new PerformanceObserver((list) => window.took.push(...list.getEntriesByName("history: key to list").map((one) => one.duration))).observe({ entryTypes: ["measure"] });
  });
  await page.goto(pages.url("index", { feed, token }));
  await page.getByTestId("page-today").waitFor();
  await page.keyboard.press("Control+2");
  await page.getByTestId("past-row").first().waitFor();
  const field = page.getByTestId("past-search");
  let keys = 0;
  for (const search of searches) {
    await field.evaluate((input) => input.select());
    for (const sign of search) {
      const pause = page.waitForTimeout(PAUSE);
      await page.keyboard.type(sign);
      keys++;
      await page.waitForFunction((lists) => window.took.length >= lists, keys);
      await pause;
    }
  }
  const took = await page.evaluate(() => window.took);
  console.log(JSON.stringify({ keys, took }));
} finally {
  await browser.close();
  await pages.stop();
}
