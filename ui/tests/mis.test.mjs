/** Cards of a medical system that can be late, silent, and written to. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { awaited, fromMgerm, mgerm, misAnswers, slotsOf, step } from "../dev/mis.mjs";
import { cast } from "../dev/people.mjs";
import { answered, call, card, deskState, ended } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = () => Date.now();
const people = () => cast(now());
const POP = { viewport: { width: 460, height: 900 }, before: async (_page, desk) => void (desk.answer = misAnswers) };
const writes = (more = {}) => ({ desk: deskState(now(), { directory: mgerm() }), people: Object.values(people()), ...more });
const reads = (more = {}) => ({ desk: deskState(now()), people: Object.values(people()), ...more });
const waiting = () => call(now(), "c1", "+79005550101", fromMgerm("found", [awaited(now())]));
const stranger = (more = {}) => call(now(), "c3", "+79005550188", fromMgerm("unknown", [], { why: "номера нет в расписании с 24.10.2026" }), more);
const none = async (page, name) => assert.equal(await page.getByTestId(name).count(), 0, name);
const date = (days) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Moscow" }).format(now() + days * 86_400_000);

test("why is one quiet line, and unfolds into what was asked and how long it took", () =>
  withWindow(
    "pop",
    writes({ calls: [call(now(), "c1", "+79005550101", fromMgerm("found", [people().ivanova], { why: "номер в карте: 8(900)555-01-01 доб.2", steps: [step("index", "mgerm", 0.02, "1 человек"), step("details", "mgerm", 3_004, "не ответила за 3 с")] }))] }),
    async (page) => {
      await says(page.getByTestId("why"), "номер в карте: 8(900)555-01-01 доб.2");
      assert.equal(await page.getByTestId("step").first().isVisible(), false, "folded at first");
      await page.getByTestId("how").locator("summary").click();
      await says(page.getByTestId("step").first(), /Указатель.*MGERM.*1 человек.*<0,1 мс/);
      await says(page.getByTestId("step").nth(1), /Подробности.*не ответила за 3 с.*3,0 с/);
    },
    POP,
  ));

test("a card without steps tells its reason alone, and one without a reason is silent", () =>
  withWindow("pop", reads({ calls: [call(now(), "c1", "+79005550188", card("unknown", [], { why: "в списке 200 человек" }))] }), async (page, desk) => {
    await says(page.getByTestId("why"), "в списке 200 человек");
    await none(page, "how");
    desk.push("call", call(now(), "c1", "+79005550188", card("unknown")));
    await page.getByTestId("why").waitFor({ state: "detached" });
  }));

test("a silent MIS: said once, the past of the number still shown, more may come", () => {
  const before = ended(call(now() - 3_600_000, "h1", "+79005550188", card("unknown")), now() - 3_500_000, { note: "спрашивала про УЗИ" });
  const why = "МИС не отвечает: нет ответа за 3 с";
  return withWindow("pop", writes({ history: [before], calls: [call(now(), "c3", "+79005550188", fromMgerm("unavailable", [], { why, more_to_come: true }))] }), async (page, desk) => {
    await says(page.getByTestId("directory-down"), "МИС не отвечает");
    const text = await page.getByTestId("directory-down").innerText();
    assert.equal(text.match(/не отвечает/g).length, 1, text);
    assert.ok(text.includes("Нет ответа за 3 с"), text);
    await says(page.getByTestId("before-note"), "спрашивала про УЗИ");
    await says(page.getByTestId("more-to-come"), "Ещё ищем");
    // The late answer still lands.
    desk.push("call", call(now(), "c3", "+79005550188", fromMgerm("found", [people().gromov])));
    await says(page.getByTestId("pop-name"), "Громов Артём");
    await none(page, "directory-down");
    await none(page, "more-to-come");
  }, POP);
});

test("a list of patients that is gone is not called a MIS", () =>
  withWindow("pop", reads({ calls: [call(now(), "c4", "+79005550102", card("unavailable", [], { why: "Файл не найден" }))] }), async (page) => {
    await says(page.getByTestId("directory-down"), "Картотека не отвечает");
  }));

test("older data say from when they are", () => {
  const at = new Date(now() - 60_000).toISOString();
  const time = new Intl.DateTimeFormat("ru-RU", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Moscow" }).format(now() - 60_000);
  return withWindow("pop", writes({ calls: [call(now(), "c1", "+79005550102", fromMgerm("found", [people().gromov], { as_of: at }))] }), async (page) => {
    await says(page.getByTestId("as-of"), `МИС не отвечает: данные от ${time}`);
    await says(page.getByTestId("pop-name"), "Громов Артём");
  });
});

test("what could not be fetched is named, for the person it is about", () => {
  const { ivanova, ivan } = people();
  const family = call(now(), "c2", "+79005550101", fromMgerm("several", [ivanova, { ...ivan, gaps: ["визиты", "долг"] }]));
  return withWindow("pop", writes({ calls: [family] }), async (page) => {
    await page.getByTestId("person-1").click();
    await says(page.getByTestId("pop-name"), "Иванова Мария");
    await none(page, "gaps");
    await page.keyboard.press("2");
    await says(page.getByTestId("gaps"), "Не удалось получить: визиты, долг");
  });
});

test("who was chosen last time is marked, never assumed", () => {
  const { ivanova, ivan, alyona } = people();
  return withWindow("pop", writes({ calls: [call(now(), "c2", "+79005550101", fromMgerm("several", [alyona, ivanova, ivan], { last_chosen: "p1" }))] }), async (page, desk) => {
    await says(page.getByTestId("person-2"), "в прошлый раз");
    assert.equal(await page.getByTestId("last-chosen").count(), 1);
    await none(page, "pop-name");
    assert.equal(desk.asked("choose_person").length, 0);
  });
});

test("a number of fifty people: all in reach, the buttons too", () => {
  const many = Array.from({ length: 50 }, (_, index) => ({ ...people().gromov, id: `m${index}`, full_name: `Громов Номер ${index + 1}` }));
  return withWindow("pop", writes({ calls: [call(now(), "c2", "+79005550102", fromMgerm("several", many))] }), async (page) => {
    await page.getByTestId("person-50").scrollIntoViewIfNeeded();
    assert.ok((await page.getByTestId("person-50").innerText()).includes("Номер 50"));
    assert.ok((await page.getByTestId("pop-card").boundingBox()).height < 700, "the list scrolls, not the window");
  }, POP);
});

test("a visit is confirmed once, and shown so only when the desk says so", () =>
  withWindow(
    "pop",
    writes({ calls: [waiting()] }),
    async (page, desk) => {
      let reply = null;
      desk.answer = (request, it) => (request.do === "confirm_visit" ? ((reply = request), undefined) : misAnswers(request, it));
      await page.getByTestId("confirm-visit").dblclick();
      await eventually(() => reply !== null);
      assert.ok(await page.getByTestId("confirm-visit").isDisabled());
      assert.ok(await page.getByTestId("refuse-visit").isDisabled());
      assert.ok(!(await page.getByTestId("next-visit").innerText()).includes("подтверждён"), "nothing is invented");
      assert.equal(desk.asked("confirm_visit").length, 1);
      assert.deepEqual(reply.with, { visit: "v-81", yes: true });
      desk.change("c1", (one) => ({ card: { ...one.card, people: [{ ...awaited(now()), next_visit: { ...awaited(now()).next_visit, confirmed: true } }] } }));
      await says(page.getByTestId("next-visit"), "подтверждён");
      await none(page, "confirm-visit");
      await page.getByTestId("refuse-visit").waitFor();
    },
    POP,
  ));

test("a refusal of the MIS is said beside the visit in its own words, and can be tried again", () =>
  withWindow(
    "pop",
    writes({ calls: [waiting()] }),
    async (page, desk) => {
      desk.answer = (request, it) => (request.do === "confirm_visit" ? { error: { code: "directory_refused", message: "Визит уже начался" } } : misAnswers(request, it));
      await page.getByTestId("refuse-visit").click();
      await says(page.getByTestId("visit-refusal"), "Визит уже начался.");
      assert.ok(await page.getByTestId("refuse-visit").isEnabled());
      desk.answer = misAnswers;
      await page.getByTestId("refuse-visit").click();
      await says(page.getByTestId("next-visit"), "не подтверждён");
      await none(page, "visit-refusal");
    },
    POP,
  ));

test("a visit is cancelled with a reason, and is gone with the desk's word", () =>
  withWindow(
    "pop",
    writes({ calls: [waiting()] }),
    async (page, desk) => {
      await page.getByTestId("cancel-visit").click();
      await eventually(() => desk.shell.count("pop_focus") === 1, "the keyboard for the reason");
      assert.ok(await page.getByTestId("cancel-visit-now").isDisabled(), "a reason is needed");
      await page.getByTestId("cancel-reason").fill(" заболел ");
      await page.getByTestId("cancel-reason").press("Escape");
      await none(page, "cancel-reason");
      assert.equal(desk.asked("cancel_visit").length, 0);
      await page.getByTestId("cancel-visit").click();
      await page.getByTestId("cancel-reason").press("Enter");
      await page.getByTestId("next-visit").waitFor({ state: "detached" });
      assert.deepEqual(desk.asked("cancel_visit").map((request) => request.with), [{ visit: "v-81", reason: "заболел" }]);
    },
    POP,
  ));

test("a directory that is only read, and a visit without an id, offer nothing", () =>
  withWindow("pop", reads({ calls: [waiting()] }), async (page, desk) => {
    await page.getByTestId("next-visit").waitFor();
    for (const name of ["visit-answer", "book-open"]) await none(page, name);
    desk.push("desk", deskState(now(), { directory: mgerm() }));
    await page.getByTestId("confirm-visit").waitFor();
    desk.push("call", call(now(), "c1", "+79005550101", fromMgerm("found", [people().ivanova])));
    await page.getByTestId("visit-answer").waitFor({ state: "detached" });
  }));

test("an unknown number: what is known anyway", () => {
  const old = (id, hours, more) => ended(call(now() - hours * 3_600_000, id, "+79005550188", card("unknown")), now() - hours * 3_600_000 + 60_000, more);
  const history = [old("h1", 1, {}), old("h2", 2, { outcome: "answered", answered_by: "202", note: "спрашивала цену УЗИ" }), old("h3", 3, {}), old("h4", 4, {})];
  return withWindow("pop", writes({ history, calls: [stranger({ place: { ru: "Татарстан", en: "Tatarstan" }, known_as: "Ирина", line_name: "сайт" })] }), async (page) => {
    await says(page.getByTestId("before-note"), "спрашивала цену УЗИ");
    assert.equal(await page.getByTestId("before").count(), 3, "the last three calls");
    await says(page.getByTestId("place"), "Татарстан");
    await says(page.getByTestId("known-as"), "Ирина");
    await says(page.getByTestId("pop-card"), "сайт");
    await says(page.getByTestId("why"), "номера нет в расписании");
  }, POP);
});

test("somebody is found by chart, and the number is put into their record after one question", () =>
  withWindow(
    "pop",
    writes({ calls: [stranger()] }),
    async (page, desk) => {
      desk.answer = (request, it) => (request.do === "search_people" ? { people: [it.people.find((one) => one.chart === "402/03")] } : misAnswers(request, it));
      await page.getByTestId("find-open").click();
      await page.getByTestId("find").fill("402/03");
      await says(page.getByTestId("found-person"), "карта 402/03");
      await page.getByTestId("find").press("Enter");
      await says(page.getByTestId("pop-name"), "Соколова");
      await page.getByTestId("attach").click();
      await says(page.getByTestId("attach-sure"), "+7 900 555-01-88");
      await says(page.getByTestId("attach-sure"), /Соколова Е\. А\., карта 402\/03, сейчас в карте: \+7.900.•••-••-05/);
      assert.equal(desk.asked("attach_number").length, 0, "asked first");
      await page.getByTestId("attach-no").click();
      await page.getByTestId("attach").click();
      await page.getByTestId("attach-yes").dblclick();
      await says(page.getByTestId("done"), "Номер записан в карту: Соколова");
      assert.deepEqual(desk.asked("attach_number").map((request) => request.with), [{ call: "c3", person: "p5" }]);
      await none(page, "found-by-hand");
    },
    POP,
  ));

test("where the number cannot be written, it is copied, and another patient can be found instead", () =>
  withWindow("pop", reads({ calls: [stranger()] }), async (page, desk) => {
    await page.getByTestId("find-open").click();
    await page.getByTestId("find").fill("громов");
    await page.getByTestId("found-person").click();
    await says(page.getByTestId("attach-by-hand"), "внесите его в карту");
    await none(page, "attach");
    await page.getByTestId("copy-number").click();
    await eventually(() => desk.shell.last("copy_text")?.text === "+79005550188");
    await page.getByTestId("open-card").waitFor();
    await page.getByTestId("other-person").click();
    await page.getByTestId("find-open").waitFor();
    await none(page, "pop-name");
  }));

test("a new patient is registered from the card by keyboard alone", () =>
  withWindow(
    "pop",
    writes({ calls: [stranger()] }),
    async (page, desk) => {
      await page.getByTestId("new-open").focus();
      await page.keyboard.press("Enter");
      await eventually(() => page.evaluate(() => document.activeElement?.dataset.testid === "new-family"));
      await says(page.getByTestId("new-person"), "+7 900 555-01-88");
      await page.keyboard.type("Сомова");
      await page.keyboard.press("Enter");
      await says(page.getByTestId("new-told"), "Впишите: имя, дата рождения");
      assert.equal(desk.asked("register_person").length, 0);
      for (const text of ["Ирина", "Олеговна", "32.01.1984"]) {
        await page.keyboard.press("Tab");
        await page.keyboard.type(text);
      }
      await page.keyboard.press("Tab");
      await says(page.getByTestId("new-born-problem"), "31.01.1991");
      await page.getByTestId("new-born").fill("2.3.1984");
      await page.getByTestId("new-sex-female").check();
      await page.getByTestId("new-born").press("Enter");
      await says(page.getByTestId("done"), "Карта заведена: Сомова Ирина Олеговна");
      await says(page.getByTestId("pop-name"), "Сомова Ирина Олеговна");
      assert.deepEqual(desk.asked("register_person").map((request) => request.with), [
        { person: { family_name: "Сомова", given_name: "Ирина", patronymic: "Олеговна", born: "1984-03-02", sex: "female", phone: "+79005550188" }, call: "c3" },
      ]);
    },
    POP,
  ));

test("a half-typed patient outlives a folded form and a refusal; digits choose nobody", () =>
  withWindow(
    "pop",
    writes({ calls: [stranger()] }),
    async (page, desk) => {
      desk.answer = (request, it) => (request.do === "register_person" ? { error: { code: "directory_refused", message: "В фамилии недопустимые символы" } } : misAnswers(request, it));
      await page.getByTestId("new-open").click();
      await page.getByTestId("new-family").fill("Сомова");
      await page.getByTestId("new-family").press("Escape");
      await none(page, "new-person");
      await page.getByTestId("new-open").click();
      assert.equal(await page.getByTestId("new-family").inputValue(), "Сомова");
      await page.getByTestId("new-given").fill("Ирина");
      await page.getByTestId("new-born").fill("02.03.1984");
      await page.getByTestId("new-save").click();
      await says(page.getByTestId("new-refusal"), "В фамилии недопустимые символы.");
      assert.equal(await page.getByTestId("new-given").inputValue(), "Ирина");
      assert.ok(await page.getByTestId("new-save").isEnabled());
      desk.push("call", ended(stranger(), now()));
      await page.waitForTimeout(300);
      assert.equal(await page.getByTestId("new-family").inputValue(), "Сомова", "the end of the call takes no form away");
    },
    POP,
  ));

test("where nobody can be registered, what is typed is copied and the MIS opens", () =>
  withWindow("pop", reads({ calls: [stranger()] }), async (page, desk) => {
    await page.getByTestId("new-open").click();
    await says(page.getByTestId("new-by-hand"), "скопируйте данные");
    await page.getByTestId("new-family").fill("Сомова");
    await page.getByTestId("new-born").fill("2.3.84");
    await page.getByTestId("new-copy").click();
    await says(page.getByTestId("new-told"), "Скопировано");
    assert.equal(desk.shell.last("copy_text").text, "Сомова\n02.03.1984\n+7 900 555-01-88");
    await page.getByTestId("open-mis").click();
    await eventually(() => desk.shell.last("open_card")?.url === "https://mis.example");
    assert.equal(desk.asked("register_person").length, 0);
  }));

test("a visit is made: day, doctor, time, service", () =>
  withWindow(
    "pop",
    writes({ calls: [answered(call(now(), "c1", "+79005550101", fromMgerm("found", [{ ...awaited(now()), next_visit: null }])), now(), "201")] }),
    async (page, desk) => {
      desk.answer = (request, it) => (request.do === "visit_slots" ? { slots: slotsOf(request.with.date, date(1)) } : misAnswers(request, it));
      await page.getByTestId("book-open").click();
      await says(page.getByTestId("booking"), "Записать на приём: Иванова Мария Петровна");
      await page.getByTestId("book-time").first().waitFor({ state: "attached" });
      await page.getByTestId("book-day").selectOption(date(1));
      await says(page.getByTestId("book-none"), "свободного времени нет");
      assert.ok(await page.getByTestId("book-make").isDisabled());
      await page.getByTestId("book-day").selectOption(date(2));
      await says(page.getByTestId("book-doctor"), "Абрамова И. Л., кардиолог (11)");
      await page.getByTestId("book-doctor").selectOption({ label: "Кравчук П. А., педиатр (2)" });
      assert.equal(await page.getByTestId("book-time").count(), 2);
      await page.getByTestId("book-doctor").selectOption({ index: 0 });
      // A time by keyboard: the group is one stop of Tab, arrows go through it.
      await page.getByTestId("book-doctor").focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowRight");
      await page.getByTestId("book-service").selectOption({ index: 2 });
      assert.match(await page.getByTestId("book-service").locator("option:checked").innerText(), /ЭКГ с расшифровкой · 1\s150,50\s₽/);
      await page.getByTestId("book-comment").fill("боится уколов");
      await page.getByTestId("book-comment").press("Enter");
      await says(page.getByTestId("done"), /Записали: .* 09:30, Абрамова/);
      await says(page.getByTestId("next-visit"), "09:30");
      const [made] = desk.asked("make_visit");
      assert.equal(made.with.slot.from, `${date(2)}T09:30:00`);
      assert.deepEqual([made.with.service, made.with.comment, made.with.call, made.with.person.born], ["s2", "боится уколов", "c1", "1991-01-31"]);
      assert.equal(desk.asked("make_visit").length, 1);
    },
    POP,
  ));

test("a taken time is said in place, what was chosen stays; somebody new is booked too", () =>
  withWindow(
    "pop",
    writes({ calls: [stranger()] }),
    async (page, desk) => {
      desk.answer = (request, it) => (request.do === "make_visit" ? { error: { code: "directory_refused", message: "Это время только что заняли" } } : request.do === "visit_slots" ? { slots: slotsOf(request.with.date) } : misAnswers(request, it));
      await page.getByTestId("book-open").click();
      await page.getByTestId("book-time").first().check({ force: true });
      await page.getByTestId("book-make").click();
      await says(page.getByTestId("book-told"), "Впишите: фамилия, имя, дата рождения");
      await page.getByTestId("new-family").fill("Сомова");
      await page.getByTestId("new-given").fill("Ирина");
      await page.getByTestId("new-born").fill("02.03.1984");
      await page.getByTestId("book-make").click();
      await says(page.getByTestId("book-refusal"), "Это время только что заняли.");
      assert.ok(await page.getByTestId("book-time").first().isChecked());
      assert.equal(desk.asked("make_visit")[0].with.person.phone, "+79005550188");
    },
    POP,
  ));

test("free times that do not come are asked for again by hand", () =>
  withWindow(
    "pop",
    writes({ calls: [waiting()] }),
    async (page, desk) => {
      let down = true;
      desk.answer = (request, it) => (request.do === "visit_slots" && down ? { error: { code: "directory_down", message: "МИС не ответила вовремя" } } : misAnswers(request, it));
      await page.getByTestId("book-open").click();
      await says(page.getByTestId("book-slots-refusal"), "МИС не ответила вовремя.");
      down = false;
      await page.getByTestId("booking").getByRole("button", { name: "Спросить ещё раз" }).click();
      await eventually(async () => (await page.getByTestId("book-time").count()) + (await page.getByTestId("book-none").count()) > 0);
      assert.equal(desk.asked("visit_slots").length, 2, "one question, and one more on demand");
    },
    POP,
  ));

test("a note says whose it is; an older one about somebody else of the family stays theirs", () => {
  const { ivanova, ivan, alyona } = people();
  const family = call(now(), "c2", "+79005550101", fromMgerm("several", [ivanova, ivan, alyona]));
  const before = ended({ ...family, id: "h1", started_at: new Date(now() - 3_600_000).toISOString() }, now() - 3_500_000, { note: "аллергия на пыльцу", note_person: "p2" });
  return withWindow("pop", writes({ history: [before], calls: [family] }), async (page, desk) => {
    await says(page.getByTestId("before-note"), "Иванов Иван Сергеевич: аллергия на пыльцу");
    await page.getByTestId("note-open").click();
    await says(page.getByTestId("note-whose"), "Выберите пациента, чтобы заметка была о нём");
    await page.getByTestId("note").fill("перезвонит");
    await page.getByTestId("person-1").click();
    await says(page.locator("label"), "Заметка о пациенте: Иванова Мария Петровна");
    await none(page, "note-whose");
    await none(page, "before-note");
    await page.getByTestId("note-save").click();
    await eventually(() => desk.asked("note").length === 1);
  }, POP);
});
