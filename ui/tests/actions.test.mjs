/** What a receptionist does with a call through the PBX, from the pop and from the desk. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { cast } from "../dev/people.mjs";
import { answered, call, card, consulted, deed, deskState, ended, goodAnswers, leg, missedRow, recording, roster, sms } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const people = () => cast(now());
const talking = (more = {}) => answered(call(now(), "c1", "+79005550102", card("found", [people().gromov]), more), now(), "201");
const over = (more = {}) => ended(talking(), now(), { outcome: "answered", ...more });
const known = () => ({ roster: roster(now()) });
const told = (page, what) => page.getByTestId("deed").and(page.locator(`[data-what=${what}]`));

test("a hand-over: found by name, Enter once, told to its end, and the card goes with the call", () =>
  withWindow("pop", { calls: [talking()], ...known() }, async (page, desk) => {
    await page.getByTestId("transfer-open").click();
    await eventually(() => desk.shell.count("pop_focus") === 1, "the keyboard for the search field");
    await says(page.getByTestId("transfer-menu"), "Ким Анна");
    assert.equal(await page.getByTestId("transfer-to").filter({ hasText: "Орлова" }).count(), 0, "nobody hands a call to themselves");
    assert.equal(desk.asked("roster").length, 0, "what is a minute old serves");
    const field = page.getByTestId("transfer-find");
    await field.press("Enter");
    assert.equal(desk.asked("transfer").length, 0, "Enter without a choice hands nothing over");
    await field.pressSequentially("ким");
    desk.answer = () => undefined;
    await field.press("Enter");
    await field.press("Enter");
    await eventually(() => desk.asked("transfer").length > 0);
    assert.ok(await page.getByTestId("transfer-open").isDisabled(), "while it is on its way there is no second click");
    assert.deepEqual(desk.asked("transfer").map((request) => request.with), [{ call: "c1", to: "202", method: "blind" }]);
    const going = deed(now(), "transfer", "accepted", { to: "202" });
    const legs = [leg("a", "201", "ended"), leg("b", "202", "ringing")];
    desk.change("c1", { state: "ringing", may: [], legs, deeds: [going] });
    await says(told(page, "transfer"), "Переводим на 202 Ким Анна…");
    assert.equal(await page.getByTestId("pop-card").getAttribute("data-phase"), "handing");
    desk.change("c1", { state: "talking", answered_by: "202", legs: [legs[0], leg("b", "202", "talking")], deeds: [{ ...going, state: "done" }] });
    await says(page.getByTestId("pop-card"), "Принял 202 Ким Анна");
  }));

test("a hand-over nobody took says so, and the call is back", () =>
  withWindow("pop", { calls: [talking()], ...known() }, async (page, desk) => {
    await page.getByTestId("transfer-open").click();
    await page.getByTestId("transfer-to").filter({ hasText: "Белова" }).click();
    await says(told(page, "transfer"), "Переводим на 203 Белова Тамара…");
    const failed = deed(now(), "transfer", "failed", { to: "203", vpbx_result: 1111, why: "Нет ответа" });
    desk.change("c1", { state: "ringing", pops: true, may: ["hang_up"], legs: [leg("c", "201", "ringing")], deeds: [failed] });
    await says(told(page, "transfer"), "Не ответили: звонок вернулся к вам");
    await page.getByTestId("deed-dismiss").click();
    await told(page, "transfer").waitFor({ state: "detached" });
  }));

test("arrows choose, Shift+Enter talks first, Esc closes and gives the keyboard back", () =>
  withWindow("pop", { calls: [talking()], ...known() }, async (page, desk) => {
    await page.getByTestId("transfer-open").click();
    const field = page.getByTestId("transfer-find");
    await field.press("Escape");
    await field.waitFor({ state: "detached" });
    await eventually(() => desk.shell.count("pop_release") === 1);
    await page.getByTestId("transfer-open").click();
    await field.press("ArrowDown");
    await field.press("ArrowDown");
    assert.match(await page.locator("[aria-selected=true]").innerText(), /Белова/);
    assert.equal(await field.getAttribute("aria-activedescendant"), await page.locator("[aria-selected=true]").getAttribute("id"));
    await field.press("Shift+Enter");
    await eventually(() => desk.asked("transfer").length === 1);
    assert.deepEqual(desk.asked("transfer")[0].with, { call: "c1", to: "203", method: "hold" });
  }));

test("a double click on the button that opens the list hands nothing to whoever comes under the pointer", () =>
  withWindow("pop", { calls: [talking()], ...known() }, async (page, desk) => {
    // The time of a double click, however long this machine takes for it.
    await page.getByTestId("transfer-open").waitFor();
    await page.clock.pauseAt(new Date(now() + 60_000));
    const box = await page.getByTestId("transfer-open").boundingBox();
    await page.mouse.click(box.x + 20, box.y + 20);
    await page.getByTestId("transfer-menu").waitFor();
    const row = await page.getByTestId("transfer-to").first().boundingBox();
    await page.mouse.click(row.x + 20, row.y + 20);
    await page.clock.runFor(1_000);
    await eventually(() => page.getByTestId("transfer-to").first().isEnabled());
    assert.equal(desk.asked("transfer").length, 0);
  }, { before: (tab) => tab.clock.install() }));

test("colleagues show what they are doing, by the calls and by the contact centre", () => {
  const theirs = answered(call(now(), "c2", "+79005550188", card("unknown"), { pops: false }), now(), "202");
  return withWindow("pop", { calls: [talking(), theirs], ...known() }, async (page, desk) => {
    await page.getByTestId("transfer-open").click();
    const row = (name) => page.getByTestId("transfer-to").filter({ hasText: name });
    await says(row("Ким"), "говорит");
    await says(row("Белова"), "отошёл");
    await says(row("Кравчук"), "не беспокоить");
    await says(row("Регистратура").last(), "все заняты");
    desk.push("call", ended(theirs, now(), { outcome: "answered" }));
    await says(row("Ким"), "на месте");
    await page.getByTestId("transfer-find").fill("8 900 555-01-05");
    await says(page.getByTestId("transfer-to"), "На номер 8 900 555-01-05");
    await page.getByTestId("transfer-find").press("Enter");
    await eventually(() => desk.asked("transfer")[0]?.with.to === "8 900 555-01-05");
  });
});

test("an empty roster is asked for once; when the PBX refuses, why is said and a number can be typed", () =>
  withWindow("pop", { calls: [talking()] }, async (page, desk) => {
    let refuse;
    desk.answer = (request, it) => {
      if (request.do !== "roster") return goodAnswers(request, it);
      return refuse ? { error: { code: "vpbx_refused", message: "Нет прав", vpbx_result: 4001 } } : undefined;
    };
    refuse = false;
    await page.getByTestId("transfer-open").click();
    await says(page.getByTestId("roster-asking"), "Спрашиваем АТС…");
    await eventually(() => desk.asked("roster").length === 1);
    assert.deepEqual(desk.asked("roster")[0].with, {});
    desk.cut();
    desk.accept();
    refuse = true;
    await says(page.getByTestId("roster-why"), /Список коллег не получен: MANGO отклонила команду.*набрать самому/);
    await page.getByTestId("transfer-find").fill("205");
    await says(page.getByTestId("transfer-to"), "На внутренний 205");
    desk.answer = goodAnswers;
    await page.getByTestId("roster-again").click();
    await eventually(() => desk.asked("roster").at(-1).with.fresh === true);
    await page.getByTestId("transfer-find").fill("");
    await says(page.getByTestId("transfer-menu"), "Ким Анна");
  }, { expected: ["WebSocket connection"] }));

test("a consultation: the patient waits, the colleague answers, the two are joined by one request", () =>
  withWindow("pop", { calls: [talking()], ...known() }, async (page, desk) => {
    await page.getByTestId("transfer-open").click();
    await page.getByTestId("transfer-to").filter({ hasText: "Ким" }).locator("xpath=..").getByTestId("talk-first").click();
    await says(told(page, "consult"), "Зовём 202 Ким Анна…");
    desk.change("c1", (one) => consulted(one, "202", "ringing"));
    await says(page.getByTestId("consult"), "Зовём: 202 Ким Анна");
    await says(page.getByTestId("consult"), "Пациент ждёт на удержании");
    assert.ok(await page.getByTestId("complete-transfer").isDisabled(), "nobody to join yet");
    assert.equal(await page.getByTestId("hang-up").count(), 0, "putting the phone down would be the wrong end of it");
    desk.change("c1", { ...consulted(talking(), "202", "talking"), deeds: [deed(now(), "consult", "done", { to: "202" })] });
    await says(page.getByTestId("consult"), "На связи 202 Ким Анна");
    assert.equal(await page.getByTestId("pop-card").getAttribute("data-phase"), "consulting");
    await page.getByTestId("complete-transfer").dblclick();
    await says(told(page, "complete_transfer"), "Соединяем…");
    assert.equal(desk.asked("complete_transfer").length, 1);
  }));

test("a consultation is taken back", () =>
  withWindow("pop", { calls: [consulted(talking(), "202", "talking")], ...known() }, async (page, desk) => {
    await page.getByTestId("cancel-transfer").click();
    await says(told(page, "cancel_transfer"), "Возвращаемся к пациенту…");
    desk.change("c1", (one) => ({ ...talking(), deeds: [{ ...one.deeds.at(-1), state: "done" }] }));
    await says(told(page, "cancel_transfer"), "Вы снова с пациентом");
    assert.equal(await page.getByTestId("consult").count(), 0);
    await told(page, "cancel_transfer").waitFor({ state: "detached", timeout: 12_000 });
  }));

test("hold: one request, and the phone brings the patient back", () =>
  withWindow("pop", { calls: [talking()] }, async (page, desk) => {
    await page.getByTestId("more-actions").click();
    await page.getByTestId("hold").dblclick();
    await says(told(page, "hold"), "Ставим на удержание…");
    assert.equal(desk.asked("hold").length, 1);
    desk.change("c1", (one) => ({ state: "held", may: ["hang_up"], legs: [leg("a", "201", "held")], deeds: [{ ...one.deeds[0], state: "done" }] }));
    await says(page.getByTestId("held-hint"), "кнопкой на телефоне");
    assert.equal(await page.getByTestId("transfer-open").count(), 0, "what the PBX does not allow is not there");
  }));

test("a call that rings at a colleague's or waits in the queue is taken from the desk by one request", () => {
  const queue = call(now(), "c3", "+79005550144", card("unknown"), { state: "greeting", pops: false, may: ["take"], legs: [leg("q", null, "talking", { location: "queue" })] });
  return withWindow("index", { calls: [queue], ...known() }, async (page, desk) => {
    desk.answer = () => undefined;
    await page.getByTestId("take").dblclick();
    await eventually(() => desk.asked("take").length === 1);
    assert.ok(await page.getByTestId("take").isDisabled());
    desk.change("c3", { deeds: [deed(now(), "take", "accepted")], legs: [leg("m", "201", "ringing")], state: "ringing", may: ["hang_up"] });
    await says(told(page, "take"), "снимите трубку");
    assert.equal(await page.getByTestId("hang-up").count(), 0);
    assert.deepEqual(desk.asked("take").map((request) => request.with), [{ call: "c3" }]);
  });
});

test("a refusal explains itself: before the command left, by the PBX, and when nobody knows", () =>
  withWindow("pop", { calls: [talking()] }, async (page, desk) => {
    desk.answer = (request, it) => (request.do === "hold" ? { error: { code: "not_now", message: "Удержать можно только разговор, который идёт у вас" } } : goodAnswers(request, it));
    await page.getByTestId("more-actions").click();
    await page.getByTestId("hold").click();
    await says(page.getByTestId("refusal"), "Удержать можно только разговор, который идёт у вас.");
    desk.answer = (request, it) => {
      if (request.do !== "record") return goodAnswers(request, it);
      desk.change("c1", { deeds: [deed(now(), "record", "failed", { vpbx_result: 4001, why: "Услуга не подключена" })] });
      return { error: { code: "vpbx_refused", message: "Услуга не подключена", vpbx_result: 4001 } };
    };
    await page.getByTestId("record").click();
    await says(told(page, "record"), "АТС отказала: Услуга не подключена (код 4001)");
    assert.equal(await page.getByTestId("refusal").count(), 0, "it is said once");
    desk.change("c1", (one) => ({ deeds: [...one.deeds, deed(now(), "hold", "unclear", { command_id: "h2", why: "АТС не подтвердила команду. Посмотрите на телефон, прежде чем повторять" })] }));
    await says(told(page, "hold"), /Непонятно, выполнено ли: АТС не подтвердила/);
    assert.equal(await told(page, "record").count(), 0, "the newer outdoes the older");
    desk.answer = (request) => ({ error: { code: "vpbx_quiet", message: "", until: new Date(now() + 90_000).toISOString() }, request });
    await page.getByTestId("transfer-open").click();
    await page.getByTestId("transfer-find").fill("202");
    await page.getByTestId("transfer-find").press("Enter");
    await eventually(() => desk.asked("transfer").length === 1);
    assert.ok(await page.getByTestId("transfer-menu").isVisible(), "a refused choice can be made again");
  }));

test("a message from a template: filled, counted, sent once, told to its delivery", () =>
  withWindow("pop", { calls: [talking()] }, async (page, desk) => {
    await page.getByTestId("more-actions").click();
    await page.getByTestId("sms-open").click();
    await eventually(() => desk.shell.count("pop_focus") === 1);
    await page.getByTestId("sms-template").first().click();
    const text = page.getByTestId("sms-text");
    assert.match(await text.inputValue(), /^Здравствуйте, Артём Валерьевич! Напоминаем о визите: сегодня, \d+ \S+, в 14:40, Абрамова\. Клиника «Ромашка»$/);
    const written = await text.inputValue();
    await says(page.getByTestId("sms-left"), `осталось ${268 - written.length}`);
    await text.fill("я".repeat(269));
    await says(page.getByTestId("sms-left"), "лишних знаков: 1");
    assert.ok(await page.getByTestId("sms-send").isDisabled());
    await text.fill("x".repeat(600));
    await says(page.getByTestId("sms-left"), "осталось 12");
    await text.fill(written);
    await page.getByTestId("sms-send").dblclick();
    await says(page.getByTestId("sms"), "отправляется");
    assert.deepEqual(desk.asked("sms").map((request) => request.with), [{ number: "+79005550102", text: written, call: "c1" }]);
    const sent = desk.picture.sms[0];
    desk.push("sms", { ...sent, state: "accepted" });
    await says(page.getByTestId("sms"), "отправлено");
    desk.push("sms", { ...sent, state: "delivered" });
    await says(page.getByTestId("sms"), "доставлено");
    desk.push("sms", { ...sent, state: "failed", why: "Абонент недоступен", vpbx_result: 1131 });
    await says(page.getByTestId("sms"), "не доставлено: Абонент недоступен");
  }));

test("a refused message stays in its field; half a message keeps its card", () =>
  withWindow("pop", { calls: [talking()] }, async (page, desk) => {
    desk.answer = (request, it) => (request.do === "sms" ? { error: { code: "vpbx_down", message: "" } } : goodAnswers(request, it));
    await page.getByTestId("more-actions").click();
    await page.getByTestId("sms-open").click();
    await page.getByTestId("sms-text").fill("Ждём вас");
    await page.getByTestId("sms-text").press("Control+Enter");
    await says(page.getByRole("alert"), "сообщение не ушло");
    assert.equal(await page.getByTestId("sms-text").inputValue(), "Ждём вас");
    desk.push("call", over());
    await page.getByTestId("sms-text").press("Escape");
    await page.getByTestId("sms-open").click();
    assert.equal(await page.getByTestId("sms-text").inputValue(), "Ждём вас");
  }));

test("a message goes from a missed row and from a call of today, and its state stands there", () => {
  const row = missedRow(now(), "m1", "+79005550102", people().gromov, { calls: ["t1"] });
  return withWindow("index", { missed: [row], calls: [ended(call(now(), "t1", "+79005550102", card("found", [people().gromov])), now())] }, async (page, desk) => {
    await page.getByTestId("missed-row").getByTestId("sms-open").click();
    await page.getByTestId("sms-template").last().click();
    await page.getByTestId("sms-send").click();
    await eventually(() => desk.picture.sms.length === 1, "the message");
    await says(page.getByTestId("missed-row"), "СМС");
    assert.equal(desk.asked("sms")[0].with.call, "t1");
    assert.equal(desk.shell.count("pop_focus"), 0, "the desk has the keyboard already");
    desk.push("sms", { ...desk.picture.sms[0], state: "delivered" });
    await says(page.getByTestId("missed-row"), "доставлено");
    await says(page.getByTestId("today-row"), "доставлено");
    await page.getByTestId("today-row").getByTestId("sms-open").click();
    await page.getByTestId("sms-text").fill("Ещё раз");
    await page.getByTestId("sms-text").press("Control+Enter");
    await eventually(() => desk.asked("sms").length === 2);
  });
});

test("a recording really plays: it advances, goes where one points, and as fast as one likes", () =>
  withWindow("pop", { calls: [talking()] }, async (page, desk) => {
    await page.getByTestId("transfer-open").waitFor();
    desk.push("call", over({ recordings: [recording("rec-1"), recording("rec-2", "waiting"), recording("rec-3", "lost", { why: "АТС её не сохранила" })] }));
    await says(page.getByTestId("recordings"), "запись ещё обрабатывается");
    await says(page.getByTestId("recordings"), "записи нет: АТС её не сохранила");
    await page.getByTestId("listen").dblclick();
    await page.getByTestId("player").waitFor();
    assert.deepEqual(desk.asked("recording").map((request) => request.with), [{ call: "c1", recording: "rec-1" }]);
    const at = async () => Number(await page.getByTestId("player-seek").inputValue());
    await eventually(async () => (await at()) > 0.3, "the sound advancing");
    await says(page.getByTestId("player-time"), "/ 01:34");
    await page.keyboard.press("ArrowRight");
    await eventually(async () => (await at()) >= 10, "ten seconds further");
    await page.getByTestId("player-forward").click();
    await eventually(async () => (await at()) >= 20);
    await page.getByTestId("player-seek").fill("60");
    await eventually(async () => (await at()) >= 60);
    assert.ok(desk.sounds.ranges.length > 0, "the web view asks for parts of it");
    await page.getByTestId("player-toggle").click();
    await eventually(async () => (await page.getByTestId("player-toggle").getAttribute("aria-label")) === "Слушать");
    const stopped = await at();
    await page.waitForTimeout(300);
    assert.equal(await at(), stopped, "a pause is a pause");
    await page.getByTestId("player-seek").focus();
    await page.keyboard.press("Space");
    for (const rate of ["1,25×", "1,5×", "2×"]) {
      await page.getByTestId("player-rate").click();
      await says(page.getByTestId("player-rate"), rate);
    }
    const from = await at();
    const since = now();
    await eventually(async () => (await at()) > from + 2, "the sound at twice its speed");
    assert.ok((now() - since) / 1_000 < 2, "faster than the clock");
    await page.getByTestId("player-close").click();
    await page.getByTestId("listen").waitFor();
  }));

test("one recording plays at a time", () => {
  const calls = [1, 2].map((n) => ended(call(now(), `t${n}`, `+7900555010${n}`, card("unknown")), now(), { outcome: "answered", recordings: [recording(`rec-${n}`)] }));
  return withWindow("index", { calls }, async (page, desk) => {
    await page.getByTestId("listen").first().click();
    await page.getByTestId("player").waitFor();
    await page.getByTestId("listen").click();
    await eventually(() => desk.asked("recording").length === 2);
    await eventually(async () => (await page.getByTestId("player").count()) === 1 && (await page.getByTestId("listen").count()) === 1);
    await page.getByTestId("search").fill("иванов");
    await page.getByTestId("found").waitFor();
    await page.getByTestId("search").fill("");
    await eventually(async () => (await page.getByTestId("listen").count()) === 2, "a sound without its player ending");
  });
});

test("a recording that is not there yet says so and is offered again at its time; one that is gone says that", () =>
  withWindow("index", { calls: [over({ recordings: [recording("gone")] })] }, async (page, desk) => {
    desk.answer = (request, it) =>
      request.do === "recording" ? { error: { code: "not_ready", message: "АТС ещё сохраняет запись: она появится через минуту", until: new Date(now() + 1_500).toISOString() } } : goodAnswers(request, it);
    await page.getByTestId("listen").click();
    await says(page.getByTestId("listen-refused"), /она появится через минуту\. Можно снова с \d\d:\d\d/);
    assert.ok(await page.getByTestId("listen").isDisabled());
    await eventually(() => page.getByTestId("listen").isEnabled(), "the button at its time");
    desk.answer = goodAnswers;
    await page.getByTestId("listen").click();
    await says(page.getByTestId("listen-refused"), "Запись не открылась");
  }, { expected: ["404"] }));

test("what else is known of a call: the menu, the advert, the line's name, topics, the address book", () => {
  const name = "Очень длинное имя ".repeat(12).slice(0, 200);
  const one = call(now(), "c3", "+79005550188", card("unknown"), {
    line_name: "реклама, Яндекс",
    known_as: name,
    pressed: ["1", "3"],
    advert: { number: "+74995550199", dynamic: true, source: null },
    topics: ["анализы", name.replaceAll(" ", "")],
    sip_call_id: "0f3c9a52-demo",
  });
  return withWindow(
    "pop",
    { calls: [one], roster: roster(now(), { groups: [{ extension: "300", name }] }) },
    async (page) => {
      await says(page.getByTestId("pressed"), "В меню нажал: 1, 3");
      await says(page.getByTestId("advert"), "Реклама: +7 499 555-01-99 (номер показан только ему)");
      await says(page.getByTestId("known-as"), "В адресной книге: Очень длинное имя");
      await says(page.getByTestId("topics"), "анализы");
      await says(page.getByTestId("pop-card"), "реклама, Яндекс");
      assert.equal(await page.getByText("0f3c9a52-demo").isVisible(), false, "an id of machines is not for reading");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing sticks out");
    },
    { viewport: { width: 460, height: 700 } },
  );
});

test("a colleague's name of two hundred letters breaks neither the menu nor the card", () => {
  const name = `Константин${"опольский".repeat(21)}`.slice(0, 200);
  const people = { ...roster(now()), colleagues: [{ extension: "202", name, department: name, groups: [], presence: "other", presence_text: name }] };
  return withWindow(
    "pop",
    { calls: [consulted(talking(), "202", "talking")], roster: people },
    async (page, desk) => {
      await says(page.getByTestId("consult"), "опольский");
      desk.push("call", talking());
      await page.getByTestId("transfer-open").click();
      await says(page.getByTestId("transfer-menu"), "опольский");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing sticks out");
    },
    { viewport: { width: 460, height: 700 } },
  );
});

test("an older desk: no new words, no new buttons, and the hang-up that always was", () => {
  const { may, deeds, pressed, topics, recalled, recordings, ...older } = talking();
  void [may, deeds, pressed, topics, recalled, recordings];
  const { catch_up, line, sms_templates, ...state } = deskState(now());
  void [catch_up, line, sms_templates];
  return withWindow("pop", { desk: state, calls: [older] }, async (page, desk) => {
    desk.answer = () => ({});
    await page.getByTestId("hang-up").click();
    await eventually(() => desk.asked("hang_up").length === 1);
    assert.equal(await page.getByTestId("transfer-open").count(), 0);
  }, {
    before: async (_page, desk) => {
      delete desk.picture.sms;
      delete desk.picture.roster;
    },
  });
});

test("what was slept through: asked, told for the night, shown, put away for good", () => {
  const asking = { state: "asking", since: new Date(now() - 3_600_000).toISOString(), until: new Date(now()).toISOString(), calls: 0, missed: 0, why: null };
  return withWindow("index", { desk: deskState(now(), { catch_up: asking }), missed: [missedRow(now(), "m1", "+79005550102", people().gromov, { calls: ["r1"] })] }, async (page, desk) => {
    const banner = page.getByTestId("catch-up");
    await says(banner, "Узнаём у АТС");
    const failed = { ...asking, state: "failed", why: "статистика не готова" };
    desk.push("desk", deskState(now(), { catch_up: failed }));
    await says(banner, "статистика не готова");
    desk.answer = (request, it) => (request.do === "catch_up" ? { error: { code: "vpbx_quiet", message: "", until: new Date(now() + 60_000).toISOString() } } : goodAnswers(request, it));
    await page.getByTestId("catch-up-again").click();
    await says(banner, /на паузе.*Можно снова с/);
    desk.push("call", ended(call(now(), "r1", "+79005550102", card("found", [people().gromov]), { recalled: true }), now()));
    desk.push("desk", deskState(now(), { catch_up: { state: "done", since: "2026-03-02T16:40:00.000Z", until: "2026-03-03T05:02:00.000Z", calls: 23, missed: 7, why: null } }));
    await says(banner, "За ночь (с 19:40 до 08:02): 7 пропущенных, всего 23 звонка");
    await page.getByTestId("catch-up-show").click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), "missed");
    await says(page.getByTestId("missed-row").getByTestId("recalled"), "из статистики АТС");
    await says(page.getByTestId("today-row").getByTestId("recalled"), "из статистики АТС");
    await page.getByTestId("catch-up-dismiss").click();
    await banner.waitFor({ state: "detached" });
    await page.reload();
    await page.getByTestId("missed-row").waitFor();
    assert.equal(await banner.count(), 0, "what was read stays read");
  });
});

test("with several outgoing lines one can be chosen, and stays chosen", () => {
  const lines = [{ number: "+74995550199", name: "реклама, Яндекс" }, { number: "+74995550100", name: null }];
  return withWindow("index", { missed: [missedRow(now(), "m1", "+79005550102", people().gromov), missedRow(now(), "m2", "+79005550188", null)], roster: roster(now(), { lines }) }, async (page, desk) => {
    await page.getByTestId("line-open").first().click();
    await page.getByTestId("line-choose").filter({ hasText: "+7 499 555-01-00" }).click();
    await says(page.getByTestId("line-open"), "Звонить с линии: +7 499 555-01-00");
    for (const n of [0, 1]) await page.getByTestId("call-back").nth(n).click();
    await eventually(() => desk.asked("dial").length === 2);
    assert.deepEqual(desk.asked("dial").map((request) => request.with.line), ["+74995550100", "+74995550100"]);
    await page.getByTestId("line-open").first().click();
    await page.getByTestId("line-choose").filter({ hasText: "реклама" }).click();
    await says(page.getByTestId("line-open"), "Звонить с линии: реклама, Яндекс");
  });
});

test("English: the same buttons and words", () =>
  withWindow("pop", { calls: [talking()], ...known(), sms: [sms(now(), "s1", "+79005550102", "delivered", { call: "c1" })] }, async (page, desk) => {
    await says(page.getByTestId("sms"), "delivered");
    await page.getByTestId("transfer-open").click();
    await says(page.getByTestId("transfer-menu"), "at work");
    await page.getByTestId("transfer-to").filter({ hasText: "Ким" }).click();
    await says(told(page, "transfer"), "Transferring to 202 Ким Анна…");
    desk.change("c1", (one) => ({ deeds: [{ ...one.deeds[0], state: "failed", vpbx_result: 4101, why: "По-русски" }] }));
    await says(told(page, "transfer"), "The PBX refused: this is impossible now (code 4101)");
  }, { before: async (_page, desk) => void (desk.shell.settings.window.language = "en") }));

test("everything about a call is reached by keyboard, from the desk too", () =>
  withWindow("index", { calls: [talking()], ...known() }, async (page) => {
    await page.getByTestId("live-row").waitFor();
    await page.getByTestId("more-actions").focus();
    await page.keyboard.press("Enter");
    const reached = new Set();
    for (let n = 0; n < 30; n++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.dataset.testid));
    }
    for (const id of ["hang-up", "transfer-open", "more-actions", "hold", "record", "sms-open"]) assert.ok(reached.has(id), id);
    await page.getByTestId("transfer-open").focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("transfer-find").press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "transfer-open", "Esc goes back to where one came from");
  }));
