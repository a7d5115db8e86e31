/** What is written of a call: saved as it is typed, chosen by key, finished later, never in the way. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { cast } from "../dev/people.mjs";
import { answered, call, card, ended } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const iso = (ms) => new Date(ms).toISOString();
const people = () => cast(now());
const cards = (page) => page.getByTestId("pop-card");
const talk = (more = {}) => answered(call(now(), "c1", "+79005550102", card("found", [people().gromov]), more), now() - 60_000, "201");
const over = (more = {}) => ended(answered(call(now() - 120_000, "c1", "+79005550102", card("found", [people().gromov])), now() - 110_000, "201"), now() - 10_000, { outcome: "answered", ...more });
const state = (page, name) => page.locator(`[data-testid=note-state][data-state=${name}]`);
const lost = { expected: ["WebSocket connection"] };

test("thirty letters typed at once: the last text is there within a second, by few requests", () =>
  withWindow("pop", { calls: [talk()] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    const began = now();
    const text = "Просит перенести на утро пятн.";
    await page.getByTestId("note").pressSequentially(text);
    const typed = now();
    await eventually(() => desk.asked("note").at(-1)?.with.text === text);
    assert.ok(now() - typed < 1_000, `after ${now() - typed} ms`);
    assert.ok(desk.asked("note").length <= (now() - began) / 400 + 1, `${desk.asked("note").length} requests in ${now() - began} ms`);
    await says(state(page, "saved"), /сохранено \d\d:\d\d/);
  }));

test("whoever types without a pause loses no more than the last second", () =>
  withWindow("pop", { calls: [talk()] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    for (let n = 0; n < 25; n++) {
      await page.getByTestId("note").pressSequentially("а");
      await page.waitForTimeout(80);
    }
    assert.ok((desk.asked("note").at(-1)?.with.text.length ?? 0) >= 12);
    assert.ok(desk.asked("note").length >= 3);
  }));

test("a text typed while the link is down says so, and goes out by itself when it is back", () =>
  withWindow(
    "pop",
    { calls: [talk()] },
    async (page, desk) => {
      await page.getByTestId("note-open").click();
      desk.cut();
      await says(page.locator("main"), "прервана");
      await page.getByTestId("note").fill("без связи");
      await state(page, "offline").waitFor();
      await page.getByTestId("outcome").filter({ hasText: "Перезвоним" }).click();
      assert.equal(desk.asked("note").length, 0);
      desk.accept();
      await eventually(() => desk.asked("note").at(-1)?.with.text === "без связи" && desk.asked("outcome").at(-1)?.with.outcome === "Перезвоним");
      await state(page, "saved").waitFor();
    },
    lost,
  ));

test("a page that goes away sends what is in the field", () =>
  withWindow("pop", { calls: [talk()] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    await page.getByTestId("note").pressSequentially("уходя");
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide")));
    await eventually(() => desk.asked("note").at(-1)?.with.text === "уходя");
  }));

test("an outcome and tags are chosen by key and by click, once each; a digit in the panel chooses nobody", () => {
  const { ivanova, ivan, alyona } = people();
  const family = answered(call(now(), "c1", "+79005550101", card("several", [ivanova, ivan, alyona])), now(), "201");
  return withWindow("pop", { calls: [family] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    await page.getByTestId("note").pressSequentially("к 9");
    await page.keyboard.press("Alt+2");
    await page.locator("[data-testid=outcome][data-name=Перенесли][aria-pressed=true]").waitFor();
    // What is chosen while the desk has not answered goes out as one change.
    const said = (times) => eventually(() => desk.asked("outcome").length === times, `${times} changes`);
    await said(1);
    assert.equal(await page.getByTestId("note").inputValue(), "к 9");
    await page.getByTestId("tag").first().focus();
    await page.keyboard.press("1");
    await page.locator("[data-testid=outcome][data-name=Записали][aria-pressed=true]").waitFor();
    await said(2);
    await page.keyboard.press("9");
    await page.getByTestId("tag").nth(1).dblclick();
    await said(3);
    await page.getByTestId("tag").nth(0).click();
    await said(4);
    assert.deepEqual(desk.asked("outcome").map((request) => request.with), [
      { call: "c1", outcome: "Перенесли" },
      { call: "c1", outcome: "Записали" },
      { call: "c1", tags: ["Жалоба"] },
      { call: "c1", tags: ["Новый пациент", "Жалоба"] },
    ]);
    await page.getByTestId("outcome").first().click();
    await eventually(() => desk.asked("outcome").at(-1).with.outcome === "");
    assert.equal(desk.asked("choose_person").length, 0);
    await page.getByTestId("dismiss").focus();
    await page.keyboard.press("3");
    await eventually(() => desk.asked("choose_person").length === 1);
  });
});

test("in the system's own few colours a chosen outcome and a chosen tag show", () =>
  withWindow(
    "pop",
    { calls: [talk()] },
    async (page) => {
      await page.getByTestId("note-open").click();
      const painted = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
      for (const kind of ["outcome", "tag"]) {
        await page.getByTestId(kind).nth(1).click();
        await page.locator(`[data-testid=${kind}][aria-pressed=true]`).waitFor();
        assert.notEqual(await painted(page.getByTestId(kind).nth(1)), await painted(page.getByTestId(kind).nth(0)), kind);
      }
    },
    { forcedColors: "active" },
  ));

test("after a talk the outcome is one click and takes no keyboard; done is said with the whole note, and the card goes", () =>
  withWindow("pop", { calls: [talk()] }, async (page, desk) => {
    await cards(page).waitFor();
    desk.push("call", over());
    await page.getByTestId("wrap-up").waitFor();
    assert.equal(desk.shell.count("pop_focus"), 0);
    await page.getByTestId("note").fill("записан на пятницу");
    await page.getByTestId("note").press("Control+Enter");
    await eventually(() => desk.asked("outcome").length === 1);
    assert.deepEqual(desk.asked("outcome")[0].with, { call: "c1", done: true });
    const sent = desk.requests.map((request) => request.do);
    assert.ok(sent.lastIndexOf("note") < sent.indexOf("outcome"), "the note first");
    await page.getByTestId("wrap-up").waitFor({ state: "detached" });
    await says(page.getByTestId("kept"), "записан на пятницу");
  }));

test("the next call rings above an open wrap-up, and a wrap-up nobody wants goes by itself", () =>
  withWindow("pop", { calls: [talk()] }, async (page, desk) => {
    await cards(page).waitFor();
    desk.push("call", over());
    await page.getByTestId("wrap-up").waitFor();
    desk.push("call", call(now(), "c2", "+79005550188", card("unknown")));
    await eventually(async () => (await cards(page).count()) === 2);
    assert.equal(await cards(page).first().getAttribute("data-call"), "c2");
    await page.locator("[data-call=c1]").waitFor({ state: "detached", timeout: 35_000 });
  }));

test("what was begun waits on the desk, and is finished there", () =>
  withWindow(
    "index",
    {
      calls: [
        over({ note: "просит справку" }),
        { ...over({ note: "готово", wrap_up: { outcome: null, tags: [], done: true, by: "201", at: null } }), id: "c2" },
        { ...over({ wrap_up: { outcome: "Записали", tags: [], done: false, by: "201", at: null } }), id: "c3" },
        { ...over({ note: "чужое", answered_by: "202" }), id: "c4" },
        { ...over(), id: "c5" },
      ],
    },
    async (page, desk) => {
      await says(page.getByTestId("unfinished"), "Дописать (1)");
      await page.getByTestId("unfinished").locator("summary").click();
      await page.getByTestId("finish").click();
      assert.equal(await page.getByTestId("note").inputValue(), "просит справку");
      await page.getByTestId("note").press("End");
      await page.getByTestId("note").pressSequentially(" 086");
      await page.keyboard.press("Alt+4");
      await page.keyboard.press("Control+Enter");
      await page.getByTestId("unfinished").waitFor({ state: "detached" });
      assert.equal(desk.asked("note").at(-1).with.text, "просит справку 086");
      await says(page.locator("[data-testid=today-row][data-call=c1]"), "Проконсультировали · просит справку 086");
    },
  ));

test("one's own calls can be written about from the desk's rows, live or over", () =>
  withWindow("index", { calls: [talk(), { ...over(), id: "c2" }, { ...over({ answered_by: "202" }), id: "c3" }] }, async (page, desk) => {
    await page.getByTestId("live-row").getByTestId("note-open").click();
    await page.keyboard.type("живой");
    await page.keyboard.press("Escape");
    await eventually(() => desk.asked("note").at(-1)?.with.text === "живой");
    assert.equal(await page.locator("[data-call=c3]").getByTestId("note-open").count(), 0);
    await page.locator("[data-call=c2]").getByTestId("note-open").click();
    await page.keyboard.type("после");
    await eventually(() => desk.asked("note").at(-1)?.with.text === "после");
    assert.equal(desk.asked("note").at(-1).with.call, "c2");
  }));

test("what was said the last time stands on the card once, and not for another of the family", () => {
  const at = now() - 3 * 86_400_000;
  const old = { ...ended(answered(call(at, "h1", "+79005550101", card("found", [people().ivanova])), at, "202"), at, { outcome: "answered" }), note: "перенести на утро", note_person: "p1" };
  const said = { call: "h1", at: iso(at), by: "202", note: "перенести на утро", person: "p1", outcome: "Записали", tags: [] };
  const { ivanova, ivan } = people();
  return withWindow("pop", { history: [old], calls: [call(now(), "c1", "+79005550101", card("several", [ivanova, ivan]), { last_words: said })] }, async (page) => {
    await says(page.getByTestId("last-words"), /В прошлый раз \(.*, 202\): Записали · Иванова Мария Петровна: «перенести на утро»/);
    await page.getByTestId("person-1").click();
    await says(page.getByTestId("last-words"), /Записали · «перенести на утро»/);
    await page.waitForTimeout(200);
    assert.equal((await cards(page).textContent()).split("перенести на утро").length, 2, "it stands once");
    await page.getByTestId("person-2").click();
    await eventually(async () => !(await cards(page).textContent()).includes("перенести на утро"));
    await says(page.getByTestId("last-words"), "Записали");
  });
});

test("the lists are edited in the settings: names, keys, order; a key twice is said at once", () =>
  withWindow("settings", {}, async (page, desk) => {
    const rows = page.getByTestId("choice-outcomes");
    await eventually(async () => (await rows.count()) === 6);
    await rows.nth(5).getByTestId("choice-up").click();
    await page.getByTestId("add-tags").click();
    await page.keyboard.type("Справка");
    await page.keyboard.press("Tab");
    await page.keyboard.type("1");
    await says(page.getByTestId("choice-problem"), "Клавиша «1» уже у «Записали»");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("С");
    await page.getByTestId("choice-problem").waitFor({ state: "detached" });
    await rows.nth(2).getByTestId("choice-remove").click();
    await page.getByTestId("save").click();
    await page.locator("[data-testid=save-state][data-state=saved]").waitFor();
    const { wrap_up } = desk.shell.last("settings_save").file;
    assert.deepEqual(wrap_up.outcomes.map((choice) => choice.name + choice.key), ["Записали1", "Перенесли2", "Проконсультировали4", "Не к нам6", "Перезвоним5"]);
    assert.deepEqual(wrap_up.tags.at(-1), { name: "Справка", key: "с" });
  }));

for (const window of ["index", "pop", "settings"]) {
  test(`the keys of ${window} are listed by ? and F1; Esc closes, and the keyboard goes back`, () =>
    withWindow(window, { calls: [talk()] }, async (page) => {
      const button = { index: "open-settings", pop: "dismiss", settings: "check-vpbx" }[window];
      await page.getByTestId(button).focus();
      await page.keyboard.press("?");
      await says(page.getByTestId("keys-help"), "Ctrl+Alt+P");
      await page.keyboard.press("Escape");
      await page.getByTestId("key-line").first().waitFor({ state: "detached" });
      assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), button);
      await page.keyboard.press("F1");
      await page.getByTestId("key-line").first().waitFor();
      await page.keyboard.press("Escape");
      await page.getByTestId("key-line").first().waitFor({ state: "detached" });
      if (window !== "index") return;
      await page.getByTestId("search").fill("");
      await page.getByTestId("search").press("?");
      assert.equal(await page.getByTestId("search").inputValue(), "?");
      assert.equal(await page.getByTestId("key-line").count(), 0);
    }));
}
