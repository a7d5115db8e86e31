/** The main window. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { cast } from "../dev/people.mjs";
import { answered, call, card, deskState, ended, goodAnswers, missedRow, scenarios } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

/** In the middle of the clinic's day: what was an hour ago was today. */
const NOON = Date.parse("2026-10-13T09:00:00.000Z");
const now = () => Date.now();
const people = () => cast(now());

test("a ringing call is a live row, then one of today's", () =>
  withWindow("index", {}, async (page, desk) => {
    await says(page.locator("main"), "Сейчас никто не звонит");
    const one = call(now(), "c1", "+79005550101", card("found", [people().ivanova]));
    desk.push("call", one);
    await says(page.getByTestId("live-row"), "Иванова Мария Петровна");
    await says(page.getByTestId("live-row"), "звонит у 201, 202");
    desk.push("call", answered(one, now(), "202"));
    await says(page.getByTestId("live-row"), "говорит с 202");
    desk.push("call", ended(answered(one, now() - 60_000, "202"), now(), { outcome: "answered" }));
    await says(page.getByTestId("today-row"), "поговорили 01:00");
    assert.equal(await page.getByTestId("live-row").count(), 0);
  }));

test("a name of two hundred letters takes two lines, and leaves room for what happens", () => {
  const long = { ...people().ivanova, full_name: "Константинопольская-Преображенская ".repeat(6).trim() };
  const old = ended(call(now() - 60_000, "t1", "+79005550101", card("found", [long])), now());
  const lines = (locator) => locator.evaluate((element) => Math.round(element.getBoundingClientRect().height / parseFloat(getComputedStyle(element).lineHeight)));
  return withWindow(
    "index",
    { calls: [old, call(now(), "c1", "+79005550102", card("found", [long]))] },
    async (page) => {
      for (const name of [page.getByTestId("live-row").locator("strong").first(), page.getByTestId("today-row").locator(".name")]) {
        assert.equal(await lines(name), 2);
        assert.equal(await name.getAttribute("title"), long.full_name);
      }
      await page.getByTestId("page-history").click();
      const bar = page.getByTestId("live-bar-call");
      const state = bar.getByText("звонит вам");
      assert.equal(await lines(state), 1);
      assert.ok(await state.evaluate((element) => element.scrollWidth <= element.clientWidth), "what happens is told whole");
      assert.ok((await bar.getAttribute("title")).includes(long.full_name));
    },
    { viewport: { width: 640, height: 720 } },
  );
});

test("a missed row says how often, since when, why and who is on it; its buttons do what they say", () =>
  withWindow("index", { missed: [missedRow(now(), "m1", "+79005550102", people().gromov, { count: 3, why: "queue" }), missedRow(now(), "m2", "+79005550188", null, { claimed_by: "202" })] }, async (page, desk) => {
    const row = page.getByTestId("missed-row").filter({ hasText: "Громов" });
    await says(row, "3 раза");
    await says(row, "не дождался в очереди");
    await says(page.getByTestId("missed-row").filter({ hasText: "01-88" }), "перезвонит 202");
    await row.getByTestId("claim").click();
    await says(row, "перезвоните вы");
    assert.deepEqual(desk.asked("claim_missed")[0].with, { missed: "m1" });
    await row.getByTestId("call-back").dblclick();
    await says(row.getByTestId("dial-state"), "снимите трубку");
    assert.equal(desk.asked("dial").length, 1);
    await row.getByTestId("close-missed").click();
    await row.getByTestId("dismiss-1").dblclick();
    await row.waitFor({ state: "detached" });
    assert.deepEqual(desk.asked("close_missed").map((request) => request.with), [{ missed: "m1", how: "dismissed", reason: "Спам" }]);
    await says(page.locator("main"), "Сегодня закрыто: 1");
  }));

test("a click on any number dials once and tells its progress in that row", () => {
  const old = ended(call(now(), "t1", "+79005550102", card("found", [people().gromov])), now());
  return withWindow("index", { calls: [old, { ...old, id: "t2" }] }, async (page, desk) => {
    await page.getByTestId("today-row").first().getByTestId("dial-number").dblclick();
    await says(page.getByTestId("today-row").first().getByTestId("dial-state"), "снимите трубку");
    assert.equal(await page.getByTestId("dial-state").count(), 1);
    assert.equal(desk.asked("dial").length, 1);
    assert.ok(await page.getByTestId("dial-number").nth(1).isDisabled(), "nor from another row");
  });
});

test("search finds patients and calls as one types, and asks only for the last word", () =>
  withWindow("index", scenarios(NOON).desk, async (page, desk) => {
    await page.getByTestId("search").pressSequentially("иванов", { delay: 20 });
    await says(page.getByTestId("found-person").first(), "Иванова Мария Петровна");
    await says(page.getByTestId("found"), "поговорили");
    assert.ok(desk.asked("search_people").length < 6);
    assert.equal(desk.asked("search_people").at(-1).with.text, "иванов");
    await page.keyboard.press("Escape");
    await page.getByTestId("today-row").first().waitFor();
  }, { before: (tab) => tab.clock.setFixedTime(NOON) }));

test("a silent directory is said in the search", () =>
  withWindow("index", {}, async (page, desk) => {
    desk.answer = (request, it) => (request.do === "search_people" ? { error: { code: "directory_down", message: "down" } } : goodAnswers(request, it));
    await page.getByTestId("search").fill("иванов");
    await says(page.getByRole("alert"), "Картотека не отвечает");
    await says(page.getByTestId("found"), "Звонков не нашли");
  }));

test("the head tells the truth: MANGO, commands, patients, clock, log", () =>
  withWindow("index", { desk: deskState(now(), { listener: { url: "u", last_event_at: null, accepted: 0, refused: 0 } }) }, async (page, desk) => {
    await says(page.getByTestId("health-mango"), "событий ещё не было");
    desk.push(
      "desk",
      deskState(now(), {
        listener: { url: "u", last_event_at: new Date(now() - 125_000).toISOString(), accepted: 9, refused: 2, why: "Ключ для создания подписи сменили в кабинете" },
        directory: { kind: "file", state: "down", why: "файл не найден", people: null },
        vpbx: { state: "refused", why: "подпись", quiet_until: new Date(now() + 90_000).toISOString() },
        clock: { ahead_ms: -600_000, wrong: true },
        log_failing: true,
        log_why: "на диске нет места",
      }),
    );
    await says(page.getByTestId("health-mango"), "событие 2 мин назад, отклонено: 2 — Ключ для создания подписи сменили в кабинете");
    await says(page.getByTestId("health-directory"), "не отвечает");
    await says(page.getByTestId("health-commands"), /пауза 01:[23]\d/);
    await says(page.getByTestId("clock-wrong"), "отстают на 10 мин");
    await says(page.getByTestId("log-failing"), /Журнал не пишется.*нет места/);
  }));

test("a desk without code and key says so, and leads to the settings", () =>
  withWindow("index", { desk: deskState(now(), { configured: false }) }, async (page, desk) => {
    await says(page.getByTestId("not-configured"), "впишите код и ключ");
    await page.getByTestId("not-configured").getByRole("button").click();
    await eventually(() => desk.shell.last("show_window")?.name === "settings");
  }));

test("a lost connection is said; nothing is sent then, and nothing later", () =>
  withWindow(
    "index",
    { missed: [missedRow(now(), "m1", "+79005550102", people().gromov)] },
    async (page, desk) => {
      await page.getByTestId("missed-row").waitFor();
      desk.cut();
      await page.getByTestId("reconnecting").waitFor();
      await page.getByTestId("call-back").click();
      await says(page.getByTestId("dial-state"), "ничего не отправлено");
      desk.accept();
      await page.getByTestId("reconnecting").waitFor({ state: "detached" });
      await page.waitForTimeout(300);
      assert.equal(desk.asked("dial").length, 0);
    },
    { expected: ["WebSocket connection"] },
  ));

test("a dial under way when the connection breaks goes out under the same id", () =>
  withWindow(
    "index",
    { missed: [missedRow(now(), "m1", "+79005550102", people().gromov)] },
    async (page, desk) => {
      desk.answer = () => undefined;
      await page.getByTestId("call-back").click();
      await eventually(() => desk.asked("dial").length === 1);
      desk.cut();
      desk.accept();
      await eventually(() => desk.asked("dial").length === 2);
      assert.equal(new Set(desk.asked("dial").map((request) => request.id)).size, 1);
    },
    { expected: ["WebSocket connection"] },
  ));

test("at 200 % nothing sticks out sideways, and everything can be reached by keyboard", () =>
  withWindow(
    "index",
    scenarios(now()).desk,
    async (page) => {
      await page.getByTestId("missed-row").first().waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      const reached = new Set();
      for (let n = 0; n < 60; n++) {
        await page.keyboard.press("Tab");
        reached.add(await page.evaluate(() => document.activeElement?.dataset.testid));
      }
      for (const id of ["open-settings", "hang-up", "call-back", "claim", "close-missed", "search", "dial-number"]) assert.ok(reached.has(id), id);
    },
    { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
  ));

test("the settings are one click away", () =>
  withWindow("index", {}, async (page, desk) => {
    await page.getByTestId("open-settings").click();
    await eventually(() => desk.shell.last("show_window")?.name === "settings");
  }));
