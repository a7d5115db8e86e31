/** A window that stays open for weeks: what is over leaves nothing behind. Needs Chromium. */
import { after, before, test } from "node:test";

import { cast } from "../dev/people.mjs";
import { answered, call, card, ended } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

/** More than a window keeps of what is over. */
const FILLED = 700;
/** Then as many again. */
const STAYED = 700;
/** Calls that are pushed before the window is let paint. */
const AT_ONCE = 10;

for (const page of ["index", "pop"]) {
  test(`${page}: after ${STAYED} more calls it holds no more than before them`, () =>
    withWindow(page, {}, async (tab, desk) => {
      const session = await tab.context().newCDPSession(tab);
      await session.send("HeapProfiler.enable");
      const held = async () => {
        await session.send("HeapProfiler.collectGarbage");
        const { usedSize } = await session.send("Runtime.getHeapUsage");
        const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
        return { bytes: usedSize, nodes, jsEventListeners };
      };
      const first = await play(tab, desk, 0, FILLED).then(held);
      await play(tab, desk, FILLED, FILLED + STAYED);
      // What is on its way out goes in its own time; what is kept for ever stays however long one waits.
      let last;
      const more = () => ["bytes", "nodes", "jsEventListeners"].filter((what) => last[what] > first[what] * 1.1);
      await eventually(
        async () => {
          last = await held();
          return more().length === 0;
        },
        () => more().map((what) => `${what}: ${first[what]} before, ${last[what]} after; no less`).join("; "),
      );
    }));
}

/** Calls that ring here, are taken and end. */
async function play(tab, desk, from, until) {
  const people = Object.values(cast(Date.now()));
  for (let at = from; at < until; at += AT_ONCE) {
    const ringing = Array.from({ length: AT_ONCE }, (_, index) => {
      const number = at + index;
      const begun = { started_at: new Date(Date.now() + number).toISOString() };
      return call(Date.now(), `c${number}`, `+7900${String(number).padStart(7, "0")}`, card("found", [people[number % people.length]]), { ...begun, pops: number % AT_ONCE === 0 });
    });
    for (const stage of [(one) => one, (one) => answered(one, Date.now(), "202"), (one) => ended(one, Date.now(), { outcome: "answered" })]) {
      for (const one of ringing) desk.push("call", { ...stage(one), started_at: one.started_at });
      await tab.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
    }
  }
  // Cards of calls that a colleague took go by themselves.
  await eventually(async () => (await tab.getByTestId("pop-card").count()) === 0);
}
