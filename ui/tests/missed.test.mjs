/** The desk's missed calls: one row per number, many at once, and an order that waits for the hand. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { cast } from "../dev/people.mjs";
import { answered, call, card, goodAnswers, missedRow, roster } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const iso = (ms) => new Date(ms).toISOString();
const people = () => cast(now());
const ago = (minutes) => ({ first_at: iso(now() - minutes * 60_000), last_at: iso(now() - minutes * 60_000) });
const rows = (page) => page.getByTestId("missed-list").locator("> li");
const order = (page) => rows(page).evaluateAll((all) => all.map((one) => one.dataset.missed));
const row = (page, id) => page.locator(`li[data-missed=${id}]`);
const some = (n) => Array.from({ length: n }, (_, index) => missedRow(now(), `m${index + 1}`, `+7900555${String(1000 + index)}`, null, ago(100 - index)));

test("who waits longest is first, then mine, then a colleague's; a row that is put off is folded away with its time", () =>
  withWindow(
    "index",
    {
      missed: [
        missedRow(now(), "late", "+79005550102", null, ago(5)),
        missedRow(now(), "early", "+79005550103", null, ago(50)),
        missedRow(now(), "hidden", null, null, ago(90)),
        missedRow(now(), "theirs", "+79005550104", null, { ...ago(80), claimed_by: "202" }),
        missedRow(now(), "mine", "+79005550105", null, { ...ago(70), claimed_by: "201" }),
        missedRow(now(), "off", "+79005550106", people().gromov, { ...ago(60), postponed_until: iso(now() + 3_600_000) }),
      ],
      roster: roster(now()),
    },
    async (page, desk) => {
      await eventually(async () => (await rows(page).count()) === 5);
      assert.deepEqual(await order(page), ["early", "late", "hidden", "mine", "theirs"]);
      await says(row(page, "theirs"), "перезвонит 202 Ким Анна");
      await says(page.getByTestId("postponed"), "Отложенные (1)");
      await page.getByTestId("postponed").locator("summary").click();
      await says(page.getByTestId("postponed-row"), /отложен до .*\d\d:\d\d/);
      await page.getByTestId("bring-back").click();
      await eventually(async () => (await rows(page).count()) === 6);
      assert.deepEqual(desk.asked("postpone_missed")[0].with, { missed: "off", until: null });
      await row(page, "mine").getByTestId("give-back").dblclick();
      await eventually(async () => (await row(page, "mine").getByTestId("claim").count()) === 1);
      assert.deepEqual(desk.asked("claim_missed").map((request) => request.with), [{ missed: "mine", give_back: true }]);
    },
  ));

test("of very many rows the first sixty are listed, and the others on demand; all of them are chosen at once", () =>
  withWindow("index", { missed: some(130) }, async (page) => {
    await says(page.getByTestId("missed-count"), "130");
    await eventually(async () => (await rows(page).count()) === 60);
    assert.equal((await order(page))[59], "m60");
    const more = page.getByTestId("missed-more");
    await says(more, "Показать ещё (70)");
    await row(page, "m60").locator("[data-pick]").focus();
    await page.keyboard.press("End");
    assert.equal(await page.evaluate(() => document.activeElement?.closest("li")?.dataset.missed), "m60");
    await more.click();
    await eventually(async () => (await rows(page).count()) === 120);
    await more.click();
    await eventually(async () => (await rows(page).count()) === 130);
    assert.equal(await more.count(), 0);
    await page.getByTestId("select").click();
    await page.getByTestId("bulk-all").click();
    await says(page.getByTestId("bulk"), "130");
  }));

test("while nothing happens the page rests, and a row that was put off comes back at its very moment", () => {
  const begun = now();
  const back = begun + 3 * 60_000 + 12_300;
  return withWindow(
    "index",
    { missed: [missedRow(begun, "off", "+79005550106", null, { ...ago(60), postponed_until: iso(back) })] },
    async (page) => {
      await says(page.getByTestId("postponed"), "Отложенные (1)");
      await page.clock.pauseAt(begun + 100_000);
      // What happened last is more than a minute ago: from now on time moves with the minute.
      await page.evaluate(() => {
        const wait = window.setTimeout;
        window.waits = [];
        window.setTimeout = (work, ms, ...more) => (window.waits.push(ms), wait(work, ms, ...more));
      });
      await page.clock.runFor(back - begun - 100_000 - 500);
      assert.equal(await rows(page).count(), 0);
      const waits = await page.evaluate(() => window.waits);
      assert.ok(waits.length < 10, `in 90 s: ${waits}`);
      await page.clock.runFor(1_000);
      await eventually(async () => (await rows(page).count()) === 1);
    },
    { before: (page) => page.clock.install({ time: begun }) },
  );
});

test("a row is put off by one click or to a typed time, and comes back by itself", () =>
  withWindow("index", { missed: some(3) }, async (page, desk) => {
    await row(page, "m1").getByTestId("postpone").click();
    await page.getByTestId("postpone-30").dblclick();
    await says(page.getByTestId("postponed"), "Отложенные (1)");
    assert.equal(desk.asked("postpone_missed").length, 1);
    const until = Date.parse(desk.asked("postpone_missed")[0].with.until);
    assert.ok(Math.abs(until - now() - 30 * 60_000) < 20_000);
    await row(page, "m2").getByTestId("postpone").click();
    await page.getByTestId("postpone-time").fill("25:99");
    await page.getByTestId("postpone-set").click();
    await says(page.getByRole("alert"), "Время непонятно");
    await page.getByTestId("postpone-time").fill("0900");
    await says(page.getByTestId("postpone-meant"), /до .*09:00/);
    await page.getByTestId("postpone-time").press("Enter");
    await says(page.getByTestId("postponed"), "Отложенные (2)");
    assert.equal(new Intl.DateTimeFormat("ru", { timeZone: "Europe/Moscow", timeStyle: "short" }).format(new Date(desk.asked("postpone_missed")[1].with.until)), "09:00");
    await row(page, "m3").getByTestId("postpone").click();
    await page.keyboard.press("Escape");
    await page.getByTestId("postpone-panel").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "postpone");
    desk.push("missed", { ...desk.picture.missed.find((one) => one.id === "m1"), postponed_until: iso(now() + 1_500) });
    await eventually(async () => (await page.getByTestId("missed-row").count()) === 2, "the row coming back");
  }));

test("nothing jumps under the pointer: what closes keeps its place, what is new comes at the end, the order is made when one leaves", () =>
  withWindow("index", { missed: some(4) }, async (page, desk) => {
    await eventually(async () => (await rows(page).count()) === 4);
    await row(page, "m3").hover();
    const at = async () => (await row(page, "m3").boundingBox()).y;
    const before = await at();
    desk.push("missed", { ...desk.picture.missed[0], closed: { how: "reached", at: iso(now()), by: "202", after_ms: 12 * 60_000, call: null, reason: null } });
    desk.push("missed", missedRow(now(), "older", "+79005559999", null, ago(500)));
    desk.push("missed", { ...desk.picture.missed.find((one) => one.id === "m2"), claimed_by: "202" });
    await says(row(page, "m1"), "перезвонил(а) 202 через 12 мин");
    await says(row(page, "m2"), "перезвонит 202");
    assert.deepEqual(await order(page), ["m1", "m2", "m3", "m4", "older"]);
    const moved = (await at()) - before;
    const grew = await row(page, "m2").getByTestId("claimed-by").evaluate((line) => line.offsetHeight + 2);
    assert.ok(Math.abs(moved) <= grew, `the row moved by ${moved}`);
    await page.mouse.move(900, 500);
    await eventually(async () => (await order(page)).join() === "older,m3,m4,m2");
    await page.getByText("Сегодня закрыто: 1").click();
    await says(page.getByTestId("closed-row"), "перезвонил(а) 202 через 12 мин");
  }));

test("many at once, after one question; what was refused says why in its row and stays selected", () =>
  withWindow("index", { missed: some(5) }, async (page, desk) => {
    desk.answer = (request, it) => (request.do === "claim_missed" && request.with.missed === "m2" ? { error: { code: "not_now", message: "Строку уже взял 202" } } : goodAnswers(request, it));
    await page.getByTestId("select").click();
    for (const id of ["m1", "m2", "m3"]) await row(page, id).getByTestId("pick").check();
    await says(page.getByTestId("bulk-count"), "Выбрано: 3");
    await page.getByTestId("bulk-claim").click();
    await says(page.getByTestId("bulk-question"), "Взять на себя 3 строки?");
    assert.equal(desk.asked("claim_missed").length, 0);
    await page.getByTestId("bulk-yes").dblclick();
    await says(page.getByTestId("bulk-told"), "Сделано: 2. Не получилось: 1");
    assert.deepEqual(desk.asked("claim_missed").map((request) => request.with.missed).sort(), ["m1", "m2", "m3"]);
    await says(row(page, "m2").getByTestId("row-refusal"), "Строку уже взял 202");
    assert.ok(await row(page, "m2").getByTestId("pick").isChecked());
    assert.equal(await page.getByTestId("row-refusal").count(), 1);
    await page.getByTestId("bulk-all").click();
    await page.getByTestId("bulk-dismiss").click();
    await page.getByTestId("dismiss-2").click();
    await says(page.getByTestId("bulk-question"), "Закрыть 5 строк — Уже решено?");
    await page.getByTestId("bulk-yes").click();
    await says(page.locator("main"), "Сегодня закрыто: 5");
    assert.ok(desk.asked("close_missed").every((request) => request.with.reason === "Уже решено"));
    await page.getByTestId("bulk").waitFor({ state: "detached" });
  }));

test("forty rows by keyboard: one stop of Tab, arrows, Home, End, Space, and a key for each deed", () =>
  withWindow("index", { missed: some(40) }, async (page, desk) => {
    await eventually(async () => (await rows(page).count()) === 40);
    const height = await rows(page).nth(5).evaluate((one) => one.offsetHeight);
    assert.ok(height <= 80, `a row is ${height} px high`);
    const focused = () => page.evaluate(() => document.activeElement?.closest("li[data-missed]")?.dataset.missed);
    await row(page, "m1").getByTestId("pick").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "m3");
    await page.keyboard.press("End");
    assert.equal(await focused(), "m40");
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    assert.ok(await row(page, "m1").getByTestId("pick").isChecked());
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("c");
    await says(row(page, "m2"), "перезвоните вы");
    await page.keyboard.press("Enter");
    await says(row(page, "m2").getByTestId("dial-state"), "снимите трубку");
    assert.equal(desk.asked("dial").length, 1);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Delete");
    await page.getByTestId("dismiss-panel").waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("missed-leaving").waitFor();
    await eventually(async () => (await focused()) === "m4", "the keyboard going to the next row");
    let stops = 0;
    for (; stops < 20 && (await page.evaluate(() => document.activeElement?.closest("[data-testid=missed-list]") !== null)); stops++) await page.keyboard.press("Tab");
    assert.ok(stops < 10, "Tab leaves the list after one row");
  }));

test("a row that is done with keeps its room only for the rows below it", () =>
  withWindow("index", { missed: some(3) }, async (page) => {
    const height = (one) => one.evaluate((item) => item.offsetHeight);
    const leaving = (id) => page.locator(`[data-testid=missed-leaving][data-missed=${id}]`);
    const ids = await eventually(() => rows(page).evaluateAll((all) => all.length === 3 && all.map((one) => one.dataset.missed)));
    const before = await height(row(page, ids[0]));
    const done = async (id) => {
      await row(page, id).getByTestId("pick").focus();
      await page.keyboard.press("Delete");
      await page.getByTestId("dismiss-panel").waitFor();
      await page.keyboard.press("Enter");
      await leaving(id).waitFor();
    };
    await done(ids[0]);
    assert.ok((await height(leaving(ids[0]))) >= before, "what is below stays where it is");
    await done(ids[2]);
    assert.ok((await height(leaving(ids[2]))) < before, "nothing is below the last one");
  }));

test("what was said the last time stands under the name", () =>
  withWindow(
    "index",
    {
      missed: [
        missedRow(now(), "m1", "+79005550102", people().gromov, {
          last_words: { call: "x", at: iso(now() - 3 * 86_400_000), by: "202", note: "перенести на утро", person: "p4", outcome: "Записали", tags: ["Анализы"] },
        }),
        missedRow(now(), "m2", "+79005550101", people().ivanova, { last_words: { call: "y", at: iso(now() - 86_400_000), by: "202", note: "тайна сына", person: "p2", outcome: null, tags: [] } }),
      ],
    },
    async (page) => {
      await says(row(page, "m1").getByTestId("last-words"), /В прошлый раз \(\d\d\.\d\d .*, 202\): Записали, Анализы · «перенести на утро»/);
      assert.equal(await row(page, "m2").getByTestId("last-words").count(), 0, "a note about another of the family stays theirs");
    },
  ));

test("a screen reader hears of a new missed call and of a taken one, once", () => {
  const one = call(now(), "c1", "+79005550101", card("found", [people().ivanova]));
  return withWindow("index", { calls: [one], missed: some(1) }, async (page, desk) => {
    await page.getByTestId("live-row").waitFor();
    await page.evaluate(() => {
      window.said = [];
      new MutationObserver(() => window.said.push(document.querySelector("[data-testid=spoken]").textContent)).observe(document.querySelector("[data-testid=spoken]"), { childList: true, characterData: true, subtree: true });
    });
    assert.equal(await page.getByTestId("spoken").textContent(), "", "what was there before is no news");
    const row = missedRow(now(), "new", "+79005550102", people().gromov);
    desk.push("missed", row);
    await says(page.getByTestId("spoken"), "Новый пропущенный: Громов Артём Валерьевич");
    desk.push("missed", { ...row, count: 2 });
    desk.push("call", answered(one, now(), "202"));
    await says(page.getByTestId("spoken"), "Трубку взял(а) 202: Иванова Мария Петровна");
    await page.waitForTimeout(700);
    assert.equal((await page.evaluate(() => window.said)).length, 2);
  });
});

test("a typed number is called from the search, once, by click or by Enter", () =>
  withWindow("index", {}, async (page, desk) => {
    await page.getByTestId("search").fill("громов");
    await page.getByTestId("search").press("Enter");
    await page.getByTestId("search").fill("8 (900) 555-01-02");
    await says(page.getByTestId("found-number"), "Позвонить: 8 (900) 555-01-02");
    await page.getByTestId("search").press("Enter");
    await page.getByTestId("search").press("Enter");
    await says(page.getByTestId("found-number").getByTestId("dial-state"), "снимите трубку");
    assert.deepEqual(desk.asked("dial").map((request) => request.with.number), ["8 (900) 555-01-02"]);
  }));
