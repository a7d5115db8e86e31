/** The pop window: small cases that a receptionist meets. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { cast } from "../dev/people.mjs";
import { answered, call, card, dial, ended, goodAnswers, leg } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const people = () => cast(now());
const cards = (page) => page.getByTestId("pop-card");
const one = () => call(now(), "c1", "+79005550101", card("found", [people().ivanova]));
const family = () => {
  const { ivanova, ivan, alyona } = people();
  return call(now(), "c2", "+79005550101", card("several", [ivanova, ivan, alyona]));
};

test("one patient: the name, the warnings in words, the next visit, and nothing that needs a click", () =>
  withWindow("pop", {}, async (page, desk) => {
    await eventually(() => desk.shell.last("pop_size")?.height === 0, "an empty window going away");
    desk.push("call", one());
    await says(page.getByTestId("pop-name"), "Иванова Мария Петровна");
    await says(page.getByTestId("warnings"), "Аллергия: пенициллин");
    await says(page.getByTestId("warnings"), /Долг 2\s400/);
    await says(page.getByTestId("next-visit"), "Завтра 10:30");
    await says(cards(page), "35 лет · жен.");
    assert.equal(await page.getByTestId("warnings").locator("li").count(), 2, "the debt is said once");
    assert.equal(await page.getByTestId("hang-up").count(), 0, "a card that comes under the pointer must not end a call");
    await eventually(() => desk.shell.last("pop_size")?.height > 200, "the window fitting its card");
    assert.equal(desk.shell.count("pop_focus"), 0);
  }));

test("the number paints first, the patient follows", () =>
  withWindow("pop", { calls: [call(now(), "c1", "+79005550101", card("looking"))] }, async (page, desk) => {
    await says(page.getByTestId("pop-number"), "+7 900 555-01-01");
    await says(cards(page), "Ищу пациента");
    desk.push("call", one());
    await says(page.getByTestId("pop-name"), "Иванова Мария Петровна");
    assert.equal(await cards(page).count(), 1);
  }));

test("a family: nobody is guessed, a digit chooses", () =>
  withWindow("pop", { calls: [family()] }, async (page, desk) => {
    await says(cards(page), "Кто звонит?");
    assert.equal(await page.getByTestId("pop-name").count(), 0);
    await page.keyboard.press("3");
    await says(page.getByTestId("pop-name"), "Иванова Алёна Сергеевна");
    assert.deepEqual(desk.asked("choose_person").map((request) => request.with), [{ call: "c2", person: "p3" }]);
    await page.getByTestId("person-2").click();
    await says(page.getByTestId("pop-name"), "Иванов Иван Сергеевич");
    await page.keyboard.press("9");
    assert.equal(desk.asked("choose_person").length, 2, "there is no ninth person");
  }));

test("an unknown number: what it did before, and a patient can be found", () => {
  const yesterday = now() - 86_400_000;
  const old = ended(call(yesterday, "h1", "+79005550188", card("unknown")), yesterday);
  return withWindow("pop", { people: Object.values(people()), history: [old], calls: [call(now(), "c3", "+79005550188", card("unknown"))] }, async (page, desk) => {
    await says(page.getByTestId("pop-number"), "+7 900 555-01-88");
    await says(page.getByTestId("unknown"), "Номера нет в картотеке");
    await says(page.getByTestId("before"), /Был звонок: вчера .*трубку не взяли/);
    await page.getByTestId("find-open").click();
    await eventually(() => desk.shell.count("pop_focus") === 1, "the keyboard for the search field");
    await page.getByTestId("find").fill("громов");
    await page.getByTestId("found-person").click();
    await says(page.getByTestId("pop-name"), "Громов Артём Валерьевич");
    await says(page.getByTestId("found-by-hand"), "этого номера нет");
    await eventually(() => desk.shell.count("pop_release") === 1, "the keyboard going back");
    assert.equal(desk.asked("choose_person").length, 0, "the desk knows no such person of this call");
  });
});

test("a silent MIS says so, keeps the number and asks again", () =>
  withWindow("pop", { calls: [call(now(), "c4", "+79005550102", card("unavailable", [], { why: "Файл не найден" }))] }, async (page, desk) => {
    await says(page.getByTestId("directory-down"), "Картотека не отвечает");
    await says(page.getByTestId("directory-down"), "Файл не найден");
    await says(page.getByTestId("pop-number"), "+7 900 555-01-02");
    await page.getByTestId("lookup-again").click();
    await eventually(() => desk.asked("lookup_again").length === 1);
  }));

test("five calls at once: five cards, the newest first, all with their names", () =>
  withWindow("pop", {}, async (page, desk) => {
    for (const n of [1, 2, 3, 4, 5]) desk.push("call", call(now(), `c${n}`, `+7900555010${n}`, card("found", [{ ...people().gromov, id: `p${n}`, full_name: `Громов Номер ${n}`, family_name: null }])));
    await eventually(async () => (await cards(page).count()) === 5);
    assert.deepEqual(await cards(page).evaluateAll((all) => all.map((one) => one.dataset.call)), ["c5", "c4", "c3", "c2", "c1"]);
    await cards(page).nth(3).getByTestId("more").click();
    await cards(page).nth(3).getByTestId("next-visit").waitFor();
  }));

test("a call taken by a colleague says by whom and folds away by itself", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    await cards(page).waitFor();
    desk.push("call", answered(one(), now(), "202"));
    await says(cards(page), "Принял внутренний 202");
    const from = now();
    await cards(page).waitFor({ state: "detached", timeout: 8_000 });
    assert.ok(now() - from > 2_500, "long enough to be read");
  }));

test("a half-typed note is kept while other calls come, and only the note takes the keyboard", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    await eventually(() => desk.shell.count("pop_focus") === 1);
    await page.getByTestId("note").pressSequentially("Просит спра");
    for (const n of [2, 3, 4]) desk.push("call", call(now(), `n${n}`, `+7900555012${n}`, card("unknown")));
    await eventually(async () => (await cards(page).count()) === 4);
    await page.keyboard.type("вку 12");
    assert.equal(await page.getByTestId("note").inputValue(), "Просит справку 12");
    assert.equal(desk.asked("choose_person").length, 0, "digits in a note choose nobody");
    desk.push("call", answered(one(), now(), "202"));
    desk.push("call", ended(answered(one(), now(), "202"), now(), { outcome: "answered" }));
    await page.waitForTimeout(300);
    assert.equal(await page.getByTestId("note").inputValue(), "Просит справку 12");
    await page.getByTestId("note").press("Control+Enter");
    await eventually(() => desk.asked("outcome").length === 1);
    assert.deepEqual(desk.asked("note").at(-1).with, { call: "c1", text: "Просит справку 12" });
    await eventually(() => desk.shell.count("pop_release") >= 1, "the keyboard going back");
  }));

test("Esc closes the note field and keeps what was typed", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    await page.getByTestId("note").fill("черновик");
    await page.getByTestId("note").press("Escape");
    await page.getByTestId("note").waitFor({ state: "detached" });
    await eventually(() => desk.shell.count("pop_release") === 1);
    await page.getByTestId("note-open").click();
    assert.equal(await page.getByTestId("note").inputValue(), "черновик");
  }));

test("a card closed over a half-typed note keeps the note", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    await page.getByTestId("note-open").click();
    await page.getByTestId("note").fill("просит справку");
    await page.getByTestId("dismiss").click();
    await cards(page).waitFor({ state: "detached" });
    assert.deepEqual(desk.asked("note").map((request) => request.with), [{ call: "c1", text: "просит справку" }]);
  }));

test("a refused note stays in its field", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    desk.answer = (request) => (request.do === "note" ? { error: { code: "log_failing", message: "disk" } } : { calls: [] });
    await page.getByTestId("note-open").click();
    await page.getByTestId("note").fill("важное");
    await page.getByTestId("note-save").click();
    await says(page.getByRole("alert"), "журнал не пишется");
    assert.equal(await page.getByTestId("note").inputValue(), "важное");
  }));

test("a missed call is called back by one request, however often one clicks, and tells its progress to the end", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    await cards(page).waitFor();
    desk.push("call", ended(one(), now()));
    await says(cards(page), "Пропущенный");
    await page.getByTestId("call-back").dblclick();
    await says(page.getByTestId("dial-state"), "снимите трубку");
    assert.equal(desk.asked("dial").length, 1);
    assert.deepEqual(desk.asked("dial")[0].with, { number: "+79005550101" });
    assert.ok(await page.getByTestId("call-back").isDisabled());
    const id = desk.picture.dials[0].command_id;
    const step = (state, more) => desk.push("dial", dial("+79005550101", state, { command_id: id, ...more }));
    step("ringing_us", { call: "o1" });
    const out = call(now(), "o1", "+79005550101", card("found", [people().ivanova]), { direction: "outbound", by: "201", pops: false, command_id: id, legs: [leg("l", "201", "talking")] });
    desk.push("call", out);
    step("ringing_them", { call: "o1" });
    await says(page.getByTestId("dial-state"), "Звоню пациенту");
    assert.equal(await cards(page).count(), 1, "the same patient has one card");
    step("talking", { call: "o1" });
    desk.push("call", { ...out, state: "talking", answered_at: new Date().toISOString() });
    await says(page.getByTestId("dial-state"), "Разговор");
    await page.getByTestId("hang-up").click();
    await eventually(() => desk.asked("hang_up").length === 1);
    step("done", { call: "o1" });
    desk.push("call", ended(out, now(), { outcome: "answered" }));
    await says(page.getByTestId("dial-state"), "Разговор окончен");
    assert.equal(desk.asked("dial").length, 1);
  }));

test("a click-to-call that fails says why, and may be tried again", () =>
  withWindow("pop", {}, async (page, desk) => {
    await eventually(() => desk.hellos.length > 0);
    desk.push("dial", dial("+79005550102", "sending"));
    await says(page.getByTestId("pop-number"), "+7 900 555-01-02");
    desk.push("dial", dial("+79005550102", "failed", { vpbx_result: 1121 }));
    await says(page.getByTestId("dial-state"), "занято (код 1121)");
    assert.ok(await page.getByTestId("call-back").isEnabled());
  }));

test("a refused click-to-call is said in words with the PBX's reason", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    desk.answer = (request, it) => (request.do === "dial" ? { error: { code: "vpbx_refused", message: "refused", vpbx_result: 3102 } } : goodAnswers(request, it));
    await cards(page).waitFor();
    desk.push("call", ended(one(), now()));
    await page.getByTestId("call-back").click();
    await says(page.getByTestId("dial-state"), /MANGO отклонила команду.*подпись.*код 3102/);
    assert.ok(await page.getByTestId("call-back").isEnabled());
  }));

test("a hidden number cannot be called back", () =>
  withWindow("pop", { calls: [call(now(), "c1", null, card("unknown"))] }, async (page, desk) => {
    await says(cards(page), "Номер скрыт");
    desk.push("call", ended(call(now(), "c1", null, card("unknown")), now()));
    await says(cards(page), "Пропущенный");
    assert.equal(await page.getByTestId("call-back").count(), 0);
  }));

test("one click copies the number or the name, another opens the chart", () =>
  withWindow("pop", { calls: [one()] }, async (page, desk) => {
    await page.getByTestId("copy-number").click();
    await page.getByTestId("copy-name").click();
    await page.getByTestId("open-card").click();
    await eventually(() => desk.shell.count("open_card") === 1);
    assert.deepEqual(
      desk.shell.asked.filter(({ name }) => name === "copy_text").map(({ args }) => args.text),
      ["+79005550101", "Иванова Мария Петровна"],
    );
    assert.equal(desk.shell.last("open_card").url, "https://mis.example/card/p1");
    assert.equal(desk.shell.count("pop_focus"), 0);
  }));

test("markup in names, warnings and notes is text", () =>
  withWindow("pop", { calls: [call(now(), "c1", "+79005550107", card("found", [people().tester]), { note: "<img src=x onerror=window.ran=1>" })] }, async (page) => {
    await says(page.getByTestId("pop-name"), "<b>Жирный</b> <img src=x");
    await says(page.getByTestId("warnings"), "<script>");
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.equal(await page.locator("main img, main script, main b, main svg[onload]").count(), 0);
  }));

test("a lost connection is said, and what happened meanwhile arrives when it is back", () =>
  withWindow(
    "pop",
    { calls: [one()] },
    async (page, desk) => {
      await cards(page).waitFor();
      desk.cut();
      await says(page.locator("main"), "Связь со столом звонков прервана");
      desk.push("call", ended(one(), now()));
      desk.accept();
      await says(cards(page), "Пропущенный");
      assert.equal(desk.hellos.at(-1).since.epoch, "e1");
    },
    { expected: ["WebSocket connection"] },
  ));

test("a desk started anew sends its own picture", () =>
  withWindow(
    "pop",
    { calls: [one()] },
    async (page, desk) => {
      await cards(page).waitFor();
      desk.cut();
      desk.load({ epoch: "e2", desk: desk.picture.desk, calls: [call(now(), "n1", "+79005550188", card("unknown"))] });
      desk.accept();
      await eventually(async () => (await cards(page).count()) === 1 && (await cards(page).first().getAttribute("data-call")) === "n1");
    },
    { expected: ["WebSocket connection"] },
  ));

test("English, and a name of two hundred letters", () => {
  const name = `Константинопольская ${"Александра-".repeat(17)}`.slice(0, 200);
  return withWindow(
    "pop",
    { calls: [call(now(), "c1", "+79005550101", card("found", [{ ...people().ivanova, full_name: name, family_name: null }]))] },
    async (page) => {
      await says(cards(page), "Ringing");
      await says(page.getByTestId("warnings"), "Allergy: пенициллин");
      await says(page.getByTestId("next-visit"), "Tomorrow 10:30");
      assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing sticks out");
    },
    { viewport: { width: 460, height: 700 }, before: async (_page, desk) => void (desk.shell.settings.window.language = "en") },
  );
});
