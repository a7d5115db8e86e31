/** What the shell tells the main window: links to dial, and notices where the system shows none. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { TOKEN } from "../dev/mock.mjs";
import { cast } from "../dev/people.mjs";
import { call, card, dial, ended, goodAnswers, missedRow, notices, tell } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const people = () => cast(now());
const link = (page, number) => tell(page, "dial-link", { number });
const ready = (page) => page.locator("[data-testid=connection][data-state=live]").waitFor({ state: "attached" });

test("a link's number is shown with its button focused, and nothing is dialled", () =>
  withWindow("index", {}, async (page, desk) => {
    await ready(page);
    await link(page, "+79005550101");
    await says(page.getByTestId("dial-bar"), "+7 900 555-01-01");
    await page.locator("[data-testid=dial-link]:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("dial-bar").waitFor({ state: "detached" });
    await link(page, "8 (900) 555-01-02");
    await says(page.getByTestId("dial-bar"), "8 (900) 555-01-02");
    await page.getByTestId("close-dial-bar").click();
    await page.getByTestId("dial-bar").waitFor({ state: "detached" });
    assert.equal(desk.asked("dial").length, 0);
  }));

test("Enter that is still held down from the link does not dial; a new press does", () =>
  withWindow("index", {}, async (page, desk) => {
    await ready(page);
    await link(page, "+79005550101");
    await page.locator("[data-testid=dial-link]:focus").waitFor();
    const heldDown = await page.getByTestId("dial-link").evaluate((button) =>
      button.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", repeat: true, bubbles: true, cancelable: true })),
    );
    assert.equal(heldDown, false, "its default, the click, is prevented");
    await page.keyboard.press("Enter");
    await says(page.getByTestId("dial-state"), "снимите трубку");
    assert.equal(desk.asked("dial").length, 1);
  }));

test("a double click on a link's number dials once, tells the progress, and clears once they talk", () =>
  withWindow("index", {}, async (page, desk) => {
    // The desk tells a dial by the number it read, not as the link spells it.
    desk.answer = (request, it) => {
      if (request.do !== "dial") return goodAnswers(request, it);
      it.push("dial", dial("+74995550101", "accepted"));
      return { command_id: "cmd-1" };
    };
    await ready(page);
    await link(page, "555-01-01");
    await page.getByTestId("dial-link").dblclick();
    await says(page.getByTestId("dial-bar"), "снимите трубку");
    assert.deepEqual(
      desk.asked("dial").map((request) => request.with),
      [{ number: "555-01-01" }],
    );
    await link(page, "555-01-01");
    assert.ok(await page.getByTestId("dial-link").isDisabled(), "the same link again finds it under way");
    desk.push("dial", dial("+74995550101", "ringing_them"));
    await says(page.getByTestId("dial-bar"), "Звоню пациенту");
    desk.push("dial", dial("+74995550101", "talking"));
    await page.getByTestId("dial-bar").waitFor({ state: "detached" });
    assert.equal(desk.asked("dial").length, 1);
  }));

test("a link to a number that is being called from elsewhere waits with it", () =>
  withWindow("index", { dials: [dial("+79005550102", "ringing_us")] }, async (page) => {
    await ready(page);
    await link(page, "8 900 555-01-02");
    await says(page.getByTestId("dial-bar"), "снимите трубку");
    assert.ok(await page.getByTestId("dial-link").isDisabled());
  }));

test("a refused or failed dial of a link stays, with its reason, and can be tried again", () =>
  withWindow("index", {}, async (page, desk) => {
    desk.answer = () => ({ error: { code: "bad_number", message: "no number" } });
    await ready(page);
    await link(page, "*21#");
    await page.getByTestId("dial-link").click();
    await says(page.getByTestId("dial-bar"), "Проверьте цифры");
    desk.answer = goodAnswers;
    await link(page, "+79005550101");
    assert.equal(await page.getByTestId("dial-state").count(), 0, "another number, nothing said of it yet");
    await page.getByTestId("dial-link").click();
    await says(page.getByTestId("dial-bar"), "снимите трубку");
    desk.push("dial", dial("+79005550101", "failed", { command_id: desk.picture.dials[0].command_id, vpbx_result: 1123 }));
    await says(page.getByTestId("dial-bar"), "занят");
    await page.getByTestId("dial-link").click();
    await eventually(() => desk.asked("dial").length === 3);
  }));

test("a link from a cold start is heard: the page listens before it asks for the feed, which the shell answers with the link", () =>
  withWindow(
    "index",
    {},
    async (page, desk) => {
      await says(page.getByTestId("dial-bar"), "+7 900 555-01-01");
      const order = await page.evaluate(() => window.asked);
      const before = order.slice(0, order.indexOf("feed_address"));
      assert.ok(before.includes("listened dial-link") && before.includes("listened notice"), before.join(", "));
      assert.equal(order.filter((name) => name === "feed_address").length, 1);
      assert.equal(desk.asked("dial").length, 0);
    },
    {
      // Tauri's inside as the page sees it; listening takes a while, and the question for the feed is answered with the link.
      before: (page, desk) =>
        page.addInitScript(
          ({ url, token, settings }) => {
            const callbacks = [];
            const heard = {};
            window.asked = [];
            window.__TAURI_INTERNALS__ = {
              transformCallback: (callback) => callbacks.push(callback) - 1,
              unregisterCallback: () => {},
              invoke: async (name, args) => {
                if (name === "plugin:event|listen") {
                  await new Promise((next) => setTimeout(next, 100));
                  heard[args.event] = args.handler;
                  window.asked.push(`listened ${args.event}`);
                  return args.handler;
                }
                window.asked.push(name);
                if (name === "feed_address") {
                  callbacks[heard["dial-link"]]?.({ event: "dial-link", id: 1, payload: { number: "+79005550101" } });
                }
                if (name === "feed_address") return { url, token, viewer: null };
                if (name === "settings_read") return settings;
                if (name === "today_read") return { is_asked: false, hot_desk: false, extension: null, before: [] };
                return null;
              },
            };
          },
          { url: `ws://127.0.0.1:${desk.port}/feed`, token: TOKEN, settings: desk.shell.settings },
        ),
    },
  ));

test("a notice of a ringing call opens the pop", () =>
  withWindow("index", { calls: [call(now(), "c1", "+79005550101", card("found", [people().ivanova]))] }, async (page, desk) => {
    await ready(page);
    assert.equal(await page.getByTestId("toasts").getAttribute("aria-live"), "polite");
    await tell(page, "notice", notices.ringing);
    const toast = page.getByTestId("toast");
    await says(toast, "Звонок: +7 900 555-01-01");
    await says(toast, "Иванова Мария Петровна");
    await toast.getByRole("button", { name: "Открыть карту" }).click();
    await eventually(() => desk.shell.last("show_window")?.name === "pop");
    await toast.waitFor({ state: "detached" });
  }));

test("a notice of a call that rings no longer goes away", () =>
  withWindow("index", { calls: [call(now(), "c1", "+79005550101", card("unknown"))] }, async (page, desk) => {
    await ready(page);
    await tell(page, "notice", notices.ringing);
    await page.getByTestId("toast").waitFor();
    desk.push("call", ended(desk.picture.calls[0], now()));
    await page.getByTestId("toast").waitFor({ state: "detached" });
  }));

test("a double click on a missed call's notice calls back once, and tells the progress", () =>
  withWindow("index", { missed: [missedRow(now(), "m1", "+79005550102", people().gromov)] }, async (page, desk) => {
    await page.getByTestId("missed-row").waitFor();
    await tell(page, "notice", notices.missed);
    const toast = page.getByTestId("toast");
    await toast.getByTestId("toast-button").dblclick();
    await says(toast.getByTestId("dial-state"), "снимите трубку");
    assert.deepEqual(
      desk.asked("dial").map((request) => request.with),
      [{ number: "+79005550102" }],
    );
    assert.ok(await page.getByTestId("call-back").isDisabled(), "nor from its row");
  }));

test("a notice of a row that is not there says so and calls nobody", () =>
  withWindow("index", {}, async (page, desk) => {
    await ready(page);
    await tell(page, "notice", notices.missed);
    await page.getByTestId("toast-button").click();
    await says(page.getByTestId("toast"), "Этого больше нет");
    assert.equal(desk.asked("dial").length, 0);
  }));

test("notices: three at once, text only, closed by hand or folded away after 20 s unless pointed at", () =>
  withWindow(
    "index",
    {},
    async (page) => {
      await ready(page);
      for (let n = 1; n <= 4; n++) await tell(page, "notice", { ...notices.program, title: `<b>Окно ${n}</b>` });
      await says(page.getByTestId("toast"), "<b>Окно 4</b>");
      await eventually(async () => (await page.getByTestId("toast").count()) === 3);
      assert.equal(await page.getByTestId("toast").filter({ hasText: "Окно 1" }).count(), 0);
      assert.equal(await page.getByTestId("toast-button").count(), 0);
      await page.getByTestId("toast").filter({ hasText: "Окно 2" }).getByTestId("close-toast").click();
      await eventually(async () => (await page.getByTestId("toast").count()) === 2);
      await page.getByTestId("toast").first().hover();
      await page.clock.runFor(30_000);
      assert.equal(await page.getByTestId("toast").count(), 2, "somebody reads them");
      await page.mouse.move(5, 700);
      await page.evaluate(() => document.activeElement?.blur());
      await page.clock.runFor(2_000);
      await eventually(async () => (await page.getByTestId("toast").count()) === 0);
    },
    { before: (page) => page.clock.install() },
  ));

test("a notice not pointed at is still there after 15 s and gone after 21", () =>
  withWindow(
    "index",
    {},
    async (page) => {
      await ready(page);
      await tell(page, "notice", notices.program);
      await page.getByTestId("toast").waitFor();
      await page.clock.runFor(15_000);
      assert.equal(await page.getByTestId("toast").count(), 1);
      await page.clock.runFor(6_000);
      await page.getByTestId("toast").waitFor({ state: "detached" });
    },
    { before: (page) => page.clock.install() },
  ));

test("at 200 % a link and three notices do not stick out, and their buttons are reached by keyboard", () =>
  withWindow(
    "index",
    { calls: [call(now(), "c1", "+79005550101", card("unknown"))], missed: [missedRow(now(), "m1", "+79005550102", null)] },
    async (page) => {
      await page.getByTestId("missed-row").waitFor();
      await link(page, "+7 (900) 555-01-01");
      for (const one of Object.values(notices)) await tell(page, "notice", one);
      await eventually(async () => (await page.getByTestId("toast").count()) === 3);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      assert.ok((await page.getByTestId("toasts").boundingBox()).height <= 360);
      const reached = new Set();
      for (let n = 0; n < 20; n++) {
        await page.keyboard.press("Tab");
        reached.add(await page.evaluate(() => document.activeElement?.dataset.testid));
      }
      for (const id of ["close-dial-bar", "toast-button", "close-toast"]) assert.ok(reached.has(id), id);
    },
    { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
  ));
