import { describe, expect, it } from "vitest";

import { clock, dayOnly, duration, elapsed, inSentence, isToday, momentOf, money, nameParts, phone, plural, sameNumber, visitTime, type When } from "./format";
import { words } from "./words";

/** Tuesday 13 October 2026, 09:41 in Moscow. */
const NOW = Date.parse("2026-10-13T06:41:00Z");
const ru: When = { now: NOW, language: "ru", zone: "Europe/Moscow" };
const en: When = { ...ru, language: "en" };

describe("times", () => {
  it.each([
    ["2026-10-13T11:40:00Z", "Сегодня 14:40", "Today 14:40"],
    ["2026-10-14T07:30:00.000Z", "Завтра 10:30", "Tomorrow 10:30"],
    ["2026-10-12T15:40:00Z", "Вчера 18:40", "Yesterday 18:40"],
    ["2026-10-16T08:00:00Z", "пт 16.10 11:00", "Fri 16 Oct 11:00"],
    ["2026-10-22T14:00:00Z", "22.10 17:00", "22 Oct 17:00"],
    ["2024-10-12T07:00:00Z", "12.10.2024 10:00", "12 Oct 2024 10:00"],
  ])("%s is %s", (at, russian, english) => {
    expect(visitTime(at, ru)).toBe(russian);
    expect(visitTime(at, en)).toBe(english);
  });

  it("count days by the clinic's midnight, not by this computer's or by 24 hours", () => {
    // 21:30 UTC is half past midnight of the 14th in Moscow, and still the 13th in Kaliningrad.
    expect(visitTime("2026-10-13T21:30:00Z", ru)).toBe("Завтра 00:30");
    expect(visitTime("2026-10-13T21:30:00Z", { ...ru, zone: "Europe/Kaliningrad" })).toBe("Сегодня 23:30");
    expect(visitTime("2026-10-13T21:30:00Z", { ...ru, zone: "Asia/Vladivostok" })).toBe("Завтра 07:30");
    expect(isToday("2026-10-12T21:00:00Z", ru)).toBe(true);
    expect(isToday("2026-10-12T20:59:59Z", ru)).toBe(false);
  });

  it("say the hour alone for today", () => {
    expect(momentOf("2026-10-13T06:00:00Z", ru)).toBe("09:00");
    expect(momentOf("2026-10-12T06:00:00Z", ru)).toBe("Вчера 09:00");
    expect(inSentence(momentOf("2026-10-12T06:00:00Z", ru))).toBe("вчера 09:00");
    expect(dayOnly("2026-08-31T09:00:00Z", ru)).toBe("31.08");
  });

  it("survive nonsense and unknown zones", () => {
    expect(clock("soon", ru)).toBe("—");
    expect(visitTime("", ru)).toBe("—");
    expect(clock("2026-10-13T06:41:00Z", { ...ru, zone: "Nowhere/Never" })).toMatch(/^\d\d:41$/);
  });
});

describe("durations", () => {
  it.each([
    [0, "00:00"],
    [7.9, "00:07"],
    [760, "12:40"],
    [3_723, "1:02:03"],
    [-5, "00:00"],
  ])("%d s is %s", (seconds, text) => expect(duration(seconds)).toBe(text));

  it("never run backwards when clocks differ", () => {
    expect(elapsed("2026-10-13T06:41:10Z", NOW)).toBe("00:00");
    expect(elapsed("2026-10-13T06:40:53Z", NOW)).toBe("00:07");
  });
});

describe("words with numbers", () => {
  it.each([
    [0, "младше года"],
    [1, "1 год"],
    [2, "2 года"],
    [5, "5 лет"],
    [11, "11 лет"],
    [21, "21 год"],
    [35, "35 лет"],
    [52, "52 года"],
    [111, "111 лет"],
  ])("%d: %s", (age, text) => expect(words.ru.years(age)).toBe(text));

  it("fall back to the form for the rest", () => {
    expect(plural("en", 1, { other: "calls" })).toBe("calls");
    expect(words.en.years(1)).toBe("1 year");
    expect(words.ru.times(3)).toBe("3 раза");
  });
});

describe("money", () => {
  const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
  it("drops kopecks that are none and keeps those that are", () => {
    expect(plain(money({ amount: "2400.00", currency: "RUB" }, "ru"))).toBe("2 400 ₽");
    expect(plain(money({ amount: "15.50", currency: "RUB" }, "ru"))).toBe("15,50 ₽");
  });
  it("shows what it cannot read", () => {
    expect(money({ amount: "много", currency: "RUB" }, "ru")).toBe("много RUB");
    expect(money({ amount: "10", currency: "рублей" }, "ru")).toBe("10 рублей");
  });
});

describe("names and numbers", () => {
  it("part a name only when its parts are known", () => {
    expect(nameParts({ full_name: "Иванова Мария Петровна", family_name: "Иванова", given_name: "Мария", patronymic: "Петровна" })).toEqual({ family: "Иванова", address: "Мария Петровна" });
    expect(nameParts({ full_name: "Ли Вэй", family_name: null, given_name: null, patronymic: null })).toEqual({ family: null, address: "Ли Вэй" });
  });
  it("group Russian numbers and leave others", () => {
    expect(phone("+74995550199")).toBe("+7 499 555-01-99");
    expect(phone("+375291234567")).toBe("+375291234567");
    expect(phone("sip:a@b")).toBe("sip:a@b");
  });

  it("knows one number in several spellings", () => {
    for (const written of ["8 (900) 555-01-01", "+7-900-555-01-01", "89005550101", "900\u00a0555 01 01"]) expect(sameNumber(written, "+79005550101"), written).toBe(true);
    for (const other of ["+19005550101", "555-01-01", "8 900 555-01-02", "", "*21#", "sip:79005550101@a"]) expect(sameNumber(other, "+79005550101"), other).toBe(false);
    expect(sameNumber("555-01-01", "5550101")).toBe(true);
    expect(sameNumber("()", "-")).toBe(false);
    expect(sameNumber("sip:201@a", "201")).toBe(false);
  });
});
