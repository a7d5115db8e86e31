import { expect, test } from "vitest";

import { emptyRoster } from "../board";
import { words } from "../words";
import { asked, inWords, isBackwards, isEmpty, noFilter, plusDays, understoodWords } from "./filter";

const TODAY = "2026-11-24";
const when = { now: Date.parse("2026-11-24T12:00:00Z"), language: "ru" as const, zone: "Europe/Moscow" };
const roster = { ...emptyRoster, colleagues: [{ extension: "202", name: "Ким Анна", department: null, groups: [], presence: null, presence_text: null }], lines: [{ number: "+74995550199", name: "сайт" }] };

test("a period is asked for as days of the clinic", () => {
  expect(asked({ ...noFilter, period: "today" }, TODAY)).toEqual({ from: TODAY, to: TODAY });
  expect(asked({ ...noFilter, period: "yesterday" }, "2026-03-01")).toEqual({ from: "2026-02-28", to: "2026-02-28" });
  expect(asked({ ...noFilter, period: "week" }, TODAY)).toEqual({ from: "2026-11-18", to: TODAY });
  expect(asked({ ...noFilter, period: "month" }, TODAY)).toEqual({ from: "2026-10-26", to: TODAY });
  expect(asked({ ...noFilter, period: "range", from: "2026-01-31" }, TODAY)).toEqual({ from: "2026-01-31" });
  expect(plusDays("2028-02-28", 1)).toBe("2028-02-29");
  expect(plusDays("nonsense", 1)).toBe("nonsense");
});

test("nothing chosen asks for nothing", () => {
  expect(asked(noFilter, TODAY)).toEqual({});
  expect(isEmpty(noFilter)).toBe(true);
  expect(isEmpty({ ...noFilter, period: "range" })).toBe(true);
  expect(isEmpty({ ...noFilter, tag: "ДМС" })).toBe(false);
});

test("every other part goes under its own name", () => {
  const all = { ...noFilter, ended: "missed", direction: "inbound", extension: "202", line: "+74995550199", wrapUp: "Записан", tag: "ДМС" } as const;
  expect(asked(all, TODAY)).toEqual({ ended: "missed", direction: "inbound", extension: "202", line: "+74995550199", wrap_up: "Записан", tag: "ДМС" });
  expect(inWords(all, words.ru, { roster, when })).toBe("пропущен, входящий, 202 Ким Анна, сайт, Записан, ДМС");
});

test("a range is told, and a backwards one is noticed", () => {
  expect(inWords({ ...noFilter, period: "range", from: "2026-11-20", to: "2026-11-23" }, words.ru, { roster, when })).toBe("с 20.11 по вчера");
  expect(inWords({ ...noFilter, period: "range", to: "2026-11-20" }, words.en, { roster, when: { ...when, language: "en" } })).toBe("to 20 Nov");
  expect(isBackwards({ ...noFilter, period: "range", from: "2026-11-24", to: "2026-11-20" })).toBe(true);
  expect(isBackwards({ ...noFilter, period: "range", from: "2026-11-24" })).toBe(false);
});

test("what the desk understood is told in words", () => {
  const told = [
    { kind: "days", text: "вчера", from: "2026-11-23", to: "2026-11-23" },
    { kind: "days", text: "ноябрь 2025", from: "2025-11-01", to: "2025-11-30" },
    { kind: "ended", text: "пропущенные", ended: ["missed", "abandoned"] },
    { kind: "direction", text: "входящие", direction: "inbound" },
    { kind: "moon", text: "полнолуние" },
    5,
    null,
  ];
  expect(understoodWords(told, words.ru, when)).toEqual([
    "вчера",
    "ноябрь 2025: с 01.11.2025 по 30.11.2025",
    "пропущенные: пропущен, не дождался",
    "входящие: входящий",
  ]);
  expect(understoodWords(undefined, words.ru, when)).toEqual([]);
  expect(understoodWords("вчера", words.ru, when)).toEqual([]);
});
