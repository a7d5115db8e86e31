/** When the program may disturb, who works here today, and how it rings. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { call, card, tell } from "../dev/scenarios.mjs";
import { withRoster } from "../dev/roster.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const ringing = (more) => ({ ...call(now(), "c1", "+79005550101", card("unknown")), ...more });

/** Counts what the page plays instead of playing it. */
const listen = (tab) =>
  tab.addInitScript(() => {
    window.heard = { started: 0, playing: 0, loop: [] };
    const { start } = AudioBufferSourceNode.prototype;
    AudioBufferSourceNode.prototype.start = function (...args) {
      window.heard.started += 1;
      window.heard.playing += 1;
      window.heard.loop.push(this.loop);
      return start.apply(this, args);
    };
    const { close } = AudioContext.prototype;
    AudioContext.prototype.close = function () {
      window.heard.playing = 0;
      return close.apply(this);
    };
  });
const heard = (page) => page.evaluate(() => window.heard);

test("a pause is chosen on the desk, counts down, and is ended there", () =>
  withWindow("index", {}, async (page, desk) => {
    await page.getByTestId("pause-open").click();
    await page.getByTestId("pause-choice").nth(1).click();
    await eventually(() => desk.shell.count("pause") === 1, "the pause");
    assert.deepEqual(desk.shell.last("pause"), { pause: { minutes: 30 } });
    await tell(page, "silence", { why: "paused", until: new Date(now() + 29 * 60_000).toISOString() });
    await says(page.getByTestId("silence"), /Пауза: звонки не всплывают\s· ещё 2[89]:\d\d/);
    const first = await page.getByTestId("silence").textContent();
    await eventually(async () => (await page.getByTestId("silence").textContent()) !== first, "the countdown");
    await page.getByTestId("resume").click();
    await eventually(() => desk.shell.count("pause") === 2, "its end");
    assert.deepEqual(desk.shell.last("pause"), { pause: "over" });
    await tell(page, "silence", null);
    await page.getByTestId("pause-open").waitFor();
    assert.equal(desk.shell.count("pause"), 2);
  }));

test("quiet hours and a pop that is off are said when the desk opens", () =>
  withWindow(
    "index",
    {},
    async (page) => {
      await says(page.getByTestId("silence"), "Всплывающие карточки выключены в настройках");
      assert.equal(await page.getByTestId("resume").count(), 0, "it is not ended by a click");
    },
    { before: (_, desk) => void (desk.shell.silence = { why: "pops_off", until: null }) },
  ));

test("a hot desk asks whose it is today, takes no nonsense, and goes on as theirs", () =>
  withWindow(
    "index",
    {},
    async (page, desk) => {
      await page.getByTestId("today").waitFor();
      assert.equal(await page.getByTestId("today-extension").inputValue(), "202", "who worked here last is offered");
      await page.getByTestId("today-extension").fill("Аня");
      await page.getByTestId("today-take").click();
      await says(page.getByTestId("today"), "состоит из цифр");
      await page.keyboard.press("Escape");
      await page.getByTestId("today").waitFor();
      await page.getByTestId("today-extension").fill("203");
      await page.keyboard.press("Enter");
      await eventually(() => desk.shell.last("today_choose")?.extension === "203", "the choice");
      desk.shell.today = { is_asked: false, hot_desk: true, extension: "203", before: ["203", "202"] };
      const hellos = desk.hellos.length;
      await tell(page, "today", null);
      await eventually(() => desk.hellos.length > hellos, "another hello");
      await page.getByTestId("pause-open").waitFor();
      assert.equal(await page.getByTestId("today").count(), 0);
    },
    {
      before: (_, desk) => {
        desk.answer = withRoster;
        desk.shell.today = { is_asked: true, hot_desk: true, extension: null, before: ["202"] };
      },
    },
  ));

test("the chosen sound rings as long as a call rings here, and not in a silence", () =>
  withWindow(
    "pop",
    {},
    async (page, desk) => {
      desk.push("call", ringing({ pops: true }));
      await eventually(async () => (await heard(page)).playing === 1, "the sound");
      desk.push("call", ringing({ pops: false, state: "talking", answered_by: "202" }));
      await eventually(async () => (await heard(page)).playing === 0, "the end of the sound");
      await tell(page, "silence", { why: "paused", until: null });
      desk.push("call", ringing({ id: "c2", pops: true }));
      await page.locator("[data-call=c2]").waitFor();
      assert.deepEqual(await heard(page), { started: 1, playing: 0, loop: [true] });
    },
    {
      before: async (tab, desk) => {
        await listen(tab);
        desk.shell.settings.window.manners.ring = { sound: "gentle", file: "", volume: 40 };
      },
    },
  ));

test("no sound is the usual", () =>
  withWindow(
    "pop",
    {},
    async (page, desk) => {
      desk.push("call", ringing({ pops: true }));
      await page.getByTestId("pop-card").waitFor();
      assert.equal((await heard(page)).started, 0);
    },
    { before: listen },
  ));

test("every manner is saved, and what is wrong is said beside its field", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("field-pops").uncheck();
    await page.getByTestId("field-ring").getByLabel("тихий сигнал").check();
    await page.getByTestId("field-volume").fill("35");
    await page.getByTestId("field-quiet").check();
    await page.getByTestId("field-quiet-from").fill("19:30");
    await page.getByLabel("вс", { exact: true }).uncheck();
    await page.getByTestId("field-hot-desk").check();
    await page.getByTestId("field-clipboard-key").fill("Ctrl+Alt+P");
    desk.shell.problems = [{ field: "window.clipboard_key", message: "«Ctrl+Alt+P» занято другой программой" }];
    await page.getByTestId("save").click();
    await says(page.getByTestId("problem-field-clipboard-key"), "занято");
    desk.shell.problems = [];
    await page.getByTestId("field-clipboard-key").fill("");
    await page.getByTestId("save").click();
    await page.locator("[data-testid=save-state][data-state=saved]").waitFor();
    assert.deepEqual(desk.shell.last("settings_save").window.manners, {
      pops: false,
      ring: { sound: "gentle", file: "", volume: 35 },
      quiet: { on: true, from: "19:30", to: "08:00", days: [1, 2, 3, 4, 5, 6] },
      hides_when_locked: true,
      hides_when_shared: false,
      hot_desk: true,
      clipboard_key: "",
    });
    await page.getByTestId("pop-reset").click();
    await says(page.locator("#window"), "снова внизу справа");
    assert.equal(desk.shell.count("pop_reset"), 1);
  }));
