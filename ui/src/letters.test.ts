import { describe, expect, it } from "vitest";

import type { When } from "./format";
import { charactersLeft, factsOf, fill, messagesOf, type Facts } from "./letters";
import { anSms, aPerson } from "./testing";

const REMINDER = "Здравствуйте, {имя}! Напоминаем о визите: {когда}, {врач}. {клиника}";
const nothing: Facts = { имя: null, врач: null, когда: null, клиника: null };
const all: Facts = { имя: "Мария Петровна", врач: "Петров", когда: "завтра, 30 ноября, в 10:30", клиника: "Клиника «Ромашка»" };
const when: When = { now: Date.parse("2026-11-29T09:00:00Z"), language: "ru", zone: "Europe/Moscow" };
const visit = (at: string, doctor: string | null) => ({ id: null, at, doctor, service: null, place: null, confirmed: null });

describe("a template", () => {
  it("is filled from what the card knows", () => {
    expect(fill(REMINDER, all)).toBe("Здравствуйте, Мария Петровна! Напоминаем о визите: завтра, 30 ноября, в 10:30, Петров. Клиника «Ромашка»");
  });

  it.each([
    [{ имя: null }, "Здравствуйте! Напоминаем о визите: завтра, 30 ноября, в 10:30, Петров. Клиника «Ромашка»"],
    [{ врач: null }, "Здравствуйте, Мария Петровна! Напоминаем о визите: завтра, 30 ноября, в 10:30. Клиника «Ромашка»"],
    [{ когда: null }, "Здравствуйте, Мария Петровна! Напоминаем о визите: Петров. Клиника «Ромашка»"],
    [{ когда: null, врач: null }, "Здравствуйте, Мария Петровна! Напоминаем о визите. Клиника «Ромашка»"],
    [{ клиника: null }, "Здравствуйте, Мария Петровна! Напоминаем о визите: завтра, 30 ноября, в 10:30, Петров."],
    [{ клиника: " " }, "Здравствуйте, Мария Петровна! Напоминаем о визите: завтра, 30 ноября, в 10:30, Петров."],
  ])("loses %o without a trace", (missing, text) => {
    expect(fill(REMINDER, { ...all, ...missing })).toBe(text);
  });

  it.each([
    [REMINDER, "Здравствуйте! Напоминаем о визите."],
    ["{имя}, ждём вас {когда} у врача {врач}.", "Ждём вас."],
    ["Ваш приём ({врач}) {когда} подтверждён", "Ваш приём подтверждён"],
    ["Клиника «{клиника}» ждёт вас", "Клиника ждёт вас"],
    ["Визит — {когда}.\nАдрес: {клиника}\nДо встречи", "Визит.\nАдрес\nДо встречи"],
    ["{имя}", ""],
    ["{ИМЯ}, { врач }; {когда}", ""],
    ["До встречи! {клиника}.", "До встречи!"],
  ])("without anything known: %s", (template, text) => {
    expect(fill(template, nothing)).toBe(text);
  });

  it("leaves no placeholder, gap, doubled blank or lost comma, whatever is missing", () => {
    const templates = [REMINDER, "{имя}, {врач}, {когда}: {клиника}.", "Ждём: {когда}; {врач}! {имя}, до встречи. {клиника}", "С уважением, {клиника}"];
    const keys = ["имя", "врач", "когда", "клиника"] as const;
    for (const template of templates) {
      for (let mask = 0; mask < 16; mask++) {
        const facts = { ...all };
        keys.forEach((key, bit) => mask & (1 << bit) && (facts[key] = null as unknown as string));
        const text = fill(template, facts);
        expect(text, template).not.toMatch(/[{}\u{e000}]|  |,\s*[.,!;:]|:\s*[.,!;]|\s[.,!;:]|[,;]$/u);
      }
    }
  });

  it("keeps what only looks like a placeholder, and what a patient's name spells", () => {
    expect(fill("Код {123}: {имя}", { ...nothing, имя: "{врач} $& $1" })).toBe("Код {123}: {врач} $& $1");
    expect(fill("Приём в 10:30, каб. 5... {имя}", nothing)).toBe("Приём в 10:30, каб. 5...");
  });
});

describe("what a card knows", () => {
  const person = aPerson("1", { doctor: "Лечащий", next_visit: visit("2026-11-30T07:30:00Z", "Петров") });

  it("is how to address the person, and the visit in words", () => {
    expect(factsOf(person, REMINDER, when)).toEqual({ имя: "Мария Петровна", врач: "Петров", когда: "завтра, 30 ноября, в 10:30", клиника: null });
  });

  it("names no other doctor than the visit's in a reminder", () => {
    expect(factsOf({ ...person, next_visit: null }, REMINDER, when).врач).toBeNull();
    expect(factsOf({ ...person, next_visit: null }, "Ваш врач {врач}", when).врач).toBe("Лечащий");
    expect(factsOf({ ...person, next_visit: visit("2026-11-30T07:30:00Z", null) }, REMINDER, when).врач).toBeNull();
  });

  it("is nothing for a stranger", () => {
    expect(factsOf(null, REMINDER, when)).toEqual(nothing);
  });

  it.each([
    ["2026-11-29T08:40:00Z", "сегодня, 29 ноября, в 11:40"],
    ["2026-12-01T08:40:00Z", "во вторник, 1 декабря, в 11:40"],
    ["2026-12-04T21:30:00Z", "в субботу, 5 декабря, в 00:30"],
    ["2026-12-20T08:40:00Z", "20 декабря в 11:40"],
    ["2027-01-12T08:40:00Z", "12 января 2027 года в 11:40"],
  ])("says when in the clinic's words: %s", (at, words) => {
    expect(factsOf({ ...person, next_visit: visit(at, null) }, REMINDER, when).когда).toBe(words);
    expect(factsOf({ ...person, next_visit: visit(at, null) }, REMINDER, { ...when, language: "en" }).когда, "the message is in its own language").toBe(words);
  });

  it("speaks English in an English text", () => {
    expect(factsOf(person, "Your visit is {когда}", when).когда).toBe("tomorrow, 30 November, at 10:30");
  });
});

describe("what still fits", () => {
  it.each([
    ["", 612],
    ["Hello", 607],
    ["Привет", 262],
    ["ё".repeat(269), -1],
    ["👍", 267],
    [`${"x".repeat(612)} \n`, 0],
  ])("%s", (text, left) => expect(charactersLeft(text)).toBe(left));
});

describe("messages", () => {
  const told = [
    anSms("b", { call: "c1", at: "2026-10-13T07:00:00.000Z" }),
    anSms("a", { call: "c1", at: "2026-10-13T06:00:00.000Z" }),
    anSms("c", { call: "c2" }),
    anSms("d", { call: null }),
  ];
  const ids = (what: Parameters<typeof messagesOf>[1]) => messagesOf(told, what).map((sms) => sms.command_id);

  it("of a call are its own, oldest first", () => {
    expect(ids({ call: "c1" })).toEqual(["a", "b"]);
  });

  it("of a missed row are those of its calls and of its number", () => {
    expect(ids({ calls: ["c2"], number: "+79005550101" }).sort()).toEqual(["c", "d"]);
    expect(ids({ calls: ["c2"], number: null })).toEqual(["c"]);
  });
});
