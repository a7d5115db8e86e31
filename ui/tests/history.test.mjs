/** Pages, history, stories and exports. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Past, pastPicture, withPast } from "../dev/history.mjs";
import { cast } from "../dev/people.mjs";
import { call, card, missedRow } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, settled, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = Date.now();
const small = new Past({ now, calls: 3_000, perDay: 120 });

/** The history page of a desk with a past. */
const onHistory = (story, { past = small, more = {}, ...options } = {}) =>
  withWindow(
    "index",
    pastPicture(now, past, more),
    async (page, desk) => {
      desk.answer = withPast(past);
      await page.getByTestId("page-today").waitFor();
      await page.keyboard.press("Control+2");
      await page.getByTestId("past-row").first().waitFor();
      await story(page, desk);
    },
    options,
  );

test("the pages are one key away, remembered, and keep what was begun on the desk", () =>
  withWindow("index", { missed: [missedRow(now, "m1", "+79005550102", cast(now).gromov)] }, async (page, desk) => {
    desk.answer = withPast(small);
    await page.getByTestId("search").fill("начато");
    await page.keyboard.press("Control+3");
    await page.getByTestId("numbers").waitFor();
    await says(page.getByTestId("tab-missed"), "Пропущенные: 1");
    await page.keyboard.press("Control+2");
    await page.getByTestId("history").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "past-search");
    assert.equal(await page.getByTestId("search").isVisible(), false);
    assert.equal(await page.getByTestId("page-history").getAttribute("aria-current"), "page");
    await page.getByTestId("tab-missed").click();
    await page.getByTestId("missed-row").waitFor();
    assert.equal(await page.getByTestId("search").inputValue(), "начато");
    await page.getByTestId("page-history").click();
    await page.reload();
    await page.getByTestId("history").waitFor();
  }));

test("a call that rings is seen on every page, first of all, and leads to the desk", () =>
  onHistory(async (page, desk) => {
    assert.equal(await page.getByTestId("live-bar-call").count(), 0);
    desk.push("call", { ...call(now, "c2", "+79005550188", card("unknown")), state: "talking", answered_by: "202", legs: [{ id: "x", extension: "202", state: "talking", location: "abonent", device: null }] });
    desk.push("call", call(now, "c1", "+79005550101", card("found", [cast(now).ivanova]), { started_at: new Date(now - 60_000).toISOString() }));
    await says(page.getByTestId("live-bar-call").first(), "Иванова Мария Петровна");
    await says(page.getByTestId("live-bar-call").first(), "звонит вам");
    await page.keyboard.press("Control+3");
    await page.getByTestId("live-bar-call").first().click();
    await page.getByTestId("live-row").first().waitFor();
    assert.equal(await page.getByTestId("live-bar").count(), 0);
  }));

test("two hundred keys against a hundred thousand calls: each is asked for at once and painted soon", { timeout: 120_000 }, async () => {
  const past = new Past({ now });
  assert.equal(past.records.length, 100_000);
  await onHistory(
    async (page, desk) => {
      const words = ["иванова", "9005551", "кардиолог", "ким анна", "вчера", "громов артём", "основная", "не найдётся ничего такого", "записан", "орлов дмитрий", "лаборатория", "перенесла на пятницу"];
      let keys = 0;
      const field = page.getByTestId("past-search");
      const asked = desk.asked("history").length;
      for (let n = 0; keys < 200; n++) {
        const word = words[n % words.length].slice(0, 200 - keys);
        await field.pressSequentially(word, { delay: 25 });
        keys += word.length;
        if (keys < 200) await field.evaluate((input) => input.select());
      }
      assert.equal(keys, 200);
      await eventually(() => desk.asked("history").length - asked === 200, "a question for each key");
      // The last key is never dropped; ones overtaken by the next may be.
      await page.waitForTimeout(400);
      const took = (await page.evaluate(() => window.took)).sort((a, b) => a - b);
      const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
      console.log(`key to list, 100,000 calls: ${took.length} of 200 painted, p50 ${at(0.5).toFixed(1)} ms, p90 ${at(0.9).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, worst ${at(1).toFixed(1)} ms`);
      assert.ok(took.length > 100, `${took.length} lists were painted`);
      assert.ok(at(0.5) < 500, "a machine that is busy with other things still answers while one types");
    },
    {
      past,
      before: (page) =>
        page.addInitScript(() => {
          window.took = [];
          new PerformanceObserver((list) => window.took.push(...list.getEntriesByName("history: key to list").map((one) => one.duration))).observe({ entryTypes: ["measure"] });
        }),
    },
  );
});

test("an answer to older words never replaces the newer, and the list is never empty in between", () =>
  onHistory(async (page, desk) => {
    const good = withPast(small);
    const waiting = [];
    desk.answer = (request, it) => {
      if (request.do !== "history") return good(request, it);
      waiting.push(request);
      return undefined;
    };
    await page.evaluate(() => {
      window.fewest = Infinity;
      new MutationObserver(() => (window.fewest = Math.min(window.fewest, document.querySelectorAll("[data-testid=past-row]").length))).observe(document.body, { childList: true, subtree: true });
    });
    await page.getByTestId("past-search").pressSequentially("зап");
    await eventually(() => waiting.length === 3);
    const texts = waiting.map((request) => request.with.text);
    assert.deepEqual(texts, ["з", "за", "зап"]);
    // The last one is answered first, then the others.
    for (const request of waiting.toReversed()) desk.reply(request, good(request, desk));
    await eventually(async () => (await page.getByTestId("past-row").first().getAttribute("data-call")) === small.find({ text: "зап", limit: 1 }).records[0].id);
    await page.waitForTimeout(100);
    assert.equal(await page.getByTestId("past-row").first().getAttribute("data-call"), small.find({ text: "зап", limit: 1 }).records[0].id);
    assert.ok((await page.evaluate(() => window.fewest)) > 3);
  }));

test("filters go to the desk under their names, and what was understood is said", () =>
  onHistory(async (page, desk) => {
    await page.getByTestId("filter-ended").selectOption("missed");
    await page.getByTestId("filter-direction").selectOption("inbound");
    await page.getByTestId("filter-extension").selectOption("202");
    await page.getByTestId("filter-line").selectOption("+74995550199");
    await page.getByTestId("filter-period").selectOption("week");
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Moscow", dateStyle: "short" }).format(now);
    await eventually(() => desk.asked("history").at(-1).with.from !== undefined);
    const { from, to, ...rest } = desk.asked("history").at(-1).with;
    assert.deepEqual(rest, { limit: 40, ended: "missed", direction: "inbound", extension: "202", line: "+74995550199" });
    assert.equal(to, today);
    assert.equal((Date.parse(to) - Date.parse(from)) / 86_400_000, 6);
    await page.getByTestId("drop-extension").click();
    await page.getByTestId("drop-all").click();
    await eventually(() => Object.keys(desk.asked("history").at(-1).with).join() === "limit");
    await page.getByTestId("filter-said").selectOption("tag:ДМС");
    await eventually(() => desk.asked("history").at(-1).with.tag === "ДМС");
    await page.getByTestId("drop-all").click();
    await page.getByTestId("past-search").fill("вчера пропущенные");
    await says(page.getByTestId("understood"), "вчера");
    assert.equal(await page.locator("[data-testid=past-row]:not([data-outcome=missed])").count(), 0);
  }));

test("nothing found says what was searched, and offers the way out", () =>
  onHistory(async (page) => {
    await page.getByTestId("filter-period").selectOption("today");
    await page.getByTestId("past-search").fill("нетакогослова");
    await says(page.getByTestId("nothing-found"), "Искали «нетакогослова»");
    await says(page.getByTestId("nothing-found"), "Отбор: сегодня");
    await page.getByTestId("search-without").click();
    await page.getByTestId("search-without").waitFor({ state: "detached" });
    await page.getByTestId("clear-text").click();
    await page.getByTestId("past-row").first().waitFor();
  }));

test("a narrow list shows the number beside the name it was found by", () =>
  onHistory(
    async (page) => {
      const record = small.find({ text: "", limit: 40 }).records.find((one) => one.number !== null && one.name !== null);
      await page.getByTestId("past-search").fill(record.number.slice(-4));
      const number = page.locator(`[data-call=${record.id}] .who .numbers`);
      await number.waitFor();
      assert.equal((await number.innerText()).replace(/\D/g, "").slice(-4), record.number.slice(-4));
    },
    { viewport: { width: 1000, height: 720 } },
  ));

test("the list is walked by keys alone; details hold the whole call, its recording plays there", () =>
  onHistory(async (page, desk) => {
    const record = small.find({ text: "", limit: 40 }).records.find((one) => one.outcome === "answered" && one.direction === "inbound" && one.number !== null && one.name !== null);
    await page.getByTestId("past-search").fill(record.number.slice(1));
    await eventually(async () => (await page.getByTestId("past-row").first().getAttribute("data-call")) !== null && desk.asked("history").at(-1).with.text === record.number.slice(1));
    await page.locator(`[data-call=${record.id}]`).first().waitFor();
    const list = small.find({ text: record.number.slice(1), limit: 40 }).records.map((one) => one.id);
    for (let n = 0; n <= list.indexOf(record.id); n++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const details = page.getByTestId("past-call");
    await says(details, record.name);
    assert.equal(await details.getAttribute("data-call"), record.id);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "past-call", "the keyboard is in the details");
    await says(details.getByTestId("past-way"), "голосовое меню");
    await says(details.getByTestId("past-way"), "говорил первым");
    await details.getByTestId("listen").click();
    await details.getByTestId("player").waitFor();
    assert.equal(desk.asked("recording")[0].with.call, record.id);
    await details.getByTestId("call-back").dblclick();
    await eventually(() => desk.asked("dial").length === 1);
    assert.equal(desk.asked("dial")[0].with.number, record.number);
    await page.keyboard.press("Escape");
    await details.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "past-search");
    // What is written meanwhile is seen.
    await page.getByTestId("past-row").first().click();
    const shown = await details.getAttribute("data-call");
    desk.push("call", { ...small.whole(small.records.find((one) => one.id === shown)), note: "Дописано только что" });
    await says(details.getByTestId("past-note"), "Дописано только что");
  }));

test("pages come as one scrolls, and one comes back to the same place", () =>
  onHistory(async (page, desk) => {
    const list = page.getByTestId("past-list");
    const scroll = (to) => list.evaluate((element, top) => (element.scrollTop = top), to);
    await eventually(async () => {
      await scroll(1_000_000);
      return desk.asked("history").filter((request) => request.with.before !== undefined).length >= 2;
    }, "two more pages");
    await scroll(6_000);
    await eventually(async () => (await list.evaluate((element) => element.scrollTop)) === 6_000);
    await settled(() => desk.asked("history").length);
    const seen = () => list.evaluate((element) => [...element.querySelectorAll("[data-testid=past-row]")].find((row) => row.getBoundingClientRect().bottom > element.getBoundingClientRect().top)?.dataset.call);
    const before = await seen();
    assert.ok((await page.getByTestId("past-row").count()) < 60, "only what is seen is in the page");
    await page.keyboard.press("Control+1");
    await page.getByTestId("search").waitFor();
    const asked = desk.asked("history").length;
    await page.keyboard.press("Control+2");
    await eventually(async () => (await seen()) === before, "the same row on top");
    assert.equal(desk.asked("history").length, asked, "nothing is asked anew");
  }));

test("a person's story: names, numbers, how often, what was missed, every call by month; back leads back", () =>
  onHistory(async (page, desk) => {
    const counts = new Map();
    for (const one of small.records) if (one.number !== null && one.name !== null) counts.set(one.number, (counts.get(one.number) ?? 0) + 1);
    const [number, times] = [...counts].sort((a, b) => b[1] - a[1])[0];
    await page.getByTestId("past-search").fill(number);
    const theirs = small.find({ text: number, limit: 1 }).records[0].id;
    await page.locator(`[data-testid=past-row][data-call=${theirs}]`).click();
    await page.getByTestId("past-call").getByTestId("story-link").click();
    const story = page.getByTestId("story");
    await eventually(async () => (await page.getByTestId("story-call").count()) === times, `${times} calls`);
    assert.deepEqual(Object.keys(desk.asked("story")[0].with).sort(), ["limit", "number", "person"]);
    await says(page.getByTestId("story-often"), String(times));
    assert.ok((await page.getByTestId("story-month").count()) >= 1);
    assert.equal(await page.getByTestId("story-missed-row").count() > 0, small.records.some((one) => one.number === number && one.row !== null));
    await says(story, "доставлено");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    await page.keyboard.press("Escape");
    await story.waitFor({ state: "detached" });
    assert.equal(await page.getByTestId("past-search").inputValue(), number);
    await page.getByTestId("past-call").waitFor();
  }));

test("the pop asks the main window for a story", () =>
  withWindow("index", pastPicture(now, small), async (page, desk) => {
    desk.answer = withPast(small);
    await page.getByTestId("page-today").waitFor();
    const { number } = small.records.find((one) => one.number !== null && one.direction === "inbound");
    const pop = await page.context().newPage();
    await pop.goto(desk.url("pop"));
    desk.push("call", call(now, "c1", number, card("unknown")));
    await pop.getByTestId("story-link").click();
    await eventually(() => desk.shell.last("show_window")?.name === "desk");
    await page.getByTestId("story-call").first().waitFor();
    assert.equal(desk.asked("story").length, 1, "asked for once, however often the window was called");
    assert.equal(desk.asked("story")[0].with.number, number);
    await pop.close();
  }));

test("an export warns, says what and how many, and is a download", () =>
  onHistory(async (page, desk) => {
    await page.getByTestId("filter-ended").selectOption("missed");
    await page.getByTestId("export-open").click();
    const panel = page.getByTestId("export-panel");
    await says(panel, "Будут выгружены: пропущен");
    await says(panel, "имена и номера пациентов");
    await page.getByTestId("export-xlsx").click();
    const { records } = small.find({ ended: "missed", limit: Infinity });
    await eventually(async () => (await page.getByTestId("export-state").innerText()).replace(/\D/g, "").startsWith(String(records.length)));
    assert.deepEqual(desk.asked("export")[0].with, { format: "xlsx", ended: "missed" });
    assert.equal(await page.getByTestId("export-link").getAttribute("download"), "звонки.xlsx");
    assert.match(await page.getByTestId("export-link").getAttribute("href"), /^http:\/\/127\.0\.0\.1:/);
    await page.getByTestId("past-search").fill("нетакогослова");
    await page.getByTestId("nothing-found").waitFor();
    assert.equal(await page.getByTestId("export-link").count(), 0, "the file of another filter is no longer offered");
    await page.getByTestId("export-csv").click();
    await says(page.getByTestId("export-state"), "выгружать нечего");
    desk.answer = (request, it) => (request.do === "export" ? { error: { code: "busy", message: "" } } : withPast(small)(request, it));
    await page.getByTestId("export-csv").click();
    await says(panel.getByRole("alert"), "Файл не создан");
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "export-open");
  }));

test("a refusal is said, the list stays, and it can be asked again", () =>
  onHistory(async (page, desk) => {
    desk.answer = (request, it) => (request.do === "history" ? { error: { code: "busy", message: "" } } : withPast(small)(request, it));
    await page.getByTestId("past-search").fill("и");
    await says(page.getByTestId("past-refused"), "Слишком много запросов");
    assert.ok((await page.getByTestId("past-row").count()) > 0);
    desk.answer = withPast(small);
    await page.getByTestId("past-refused").getByRole("button").click();
    await page.getByTestId("past-refused").waitFor({ state: "detached" });
  }));

test("at 200 % nothing sticks out sideways, and everything can be reached by keyboard", () =>
  onHistory(
    async (page) => {
      await page.getByTestId("past-row").nth(1).click();
      await page.getByTestId("past-call").waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      await page.getByTestId("page-today").focus();
      const reached = new Set();
      for (let n = 0; n < 40; n++) {
        reached.add(await page.evaluate(() => document.activeElement?.dataset.testid));
        await page.keyboard.press("Tab");
      }
      for (const id of ["page-history", "past-search", "export-open", "filter-period", "past-list", "past-call-close"]) assert.ok(reached.has(id), id);
    },
    { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
  ));

test("at 200 % the bar of live calls covers nothing that has the keyboard", () =>
  onHistory(
    async (page, desk) => {
      await page.getByTestId("past-row").nth(1).click();
      await page.getByTestId("past-call").waitFor();
      for (const n of [1, 2, 3]) desk.push("call", call(now, `c${n}`, `+7900555010${n}`, card("found", [cast(now).ivanova])));
      await page.getByTestId("live-bar-call").nth(2).waitFor();
      const covered = () =>
        page.evaluate(() => {
          const top = document.activeElement.getBoundingClientRect().top;
          return top < document.querySelector("[data-testid=live-bar]").getBoundingClientRect().bottom;
        });
      for (const id of ["past-call-close", "export-open"]) {
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
        await page.getByTestId(id).focus();
        assert.equal(await covered(), false, id);
      }
      await page.keyboard.press("Control+1");
      await page.getByTestId("live-row").first().waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.style.scrollPaddingTop), "");
    },
    { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
  ));
