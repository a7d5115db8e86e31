import { expect, test } from "vitest";

import type { Numbers, Tally } from "../wire/messages";
import { words } from "../words";
import { heightOf } from "./draw";
import { before, daysOf, inFull, inWords, length } from "./period";
import { pictures } from "./pictures";
import { hoursInWords, spanInWords } from "./spans";
import { percent, share, tiles } from "./tiles";

const w = words.ru.numbers;
const plain = (text: string) => text.replaceAll("\u00a0", " ");
const write = (n: number) => String(n);
const facts = { w, write, day: (date: string) => date.slice(8) };

const none: Tally = { inbound: 0, answered: 0, missed: 0, abandoned: 0, unknown: 0, outbound: 0, outbound_answered: 0, rows: 0, reached: 0, called_again: 0, dismissed: 0, open: 0, wait_p50_ms: null, wait_p90_ms: null, talk_p50_ms: null, talk_total_ms: 0, callback_p50_ms: null, callback_p90_ms: null };
const some: Tally = { ...none, inbound: 10, answered: 7, missed: 2, abandoned: 1, rows: 3, reached: 2, open: 1, wait_p50_ms: 12_000, wait_p90_ms: 40_000, talk_p50_ms: 95_000, talk_total_ms: 665_000, callback_p50_ms: 600_000, callback_p90_ms: 5_400_000 };
const told = (more: Partial<Numbers> = {}): Numbers => ({ from: "2026-11-24", to: "2026-11-24", kept_since: null, total: some, before: null, days: [{ date: "2026-11-24", tally: some }], hours: Array.from({ length: 24 }, (_, hour) => (hour === 10 ? some : none)), lines: [], colleagues: [], outcomes: [], tags: [], ...more });

test("spans are told in two units at most", () => {
  const cases: [number, string][] = [[0, "0 с"], [59_400, "59 с"], [100_000, "1 мин 40 с"], [600_000, "10 мин"], [3_599_999, "1 ч"], [7_500_000, "2 ч 5 мин"], [273_600_000, "3 дн. 4 ч"], [-5, "0 с"]];
  for (const [ms, text] of cases) expect(plain(spanInWords(ms, w))).toBe(text);
  expect(plain(hoursInWords(3_774_676_392, w, write))).toBe("1049 ч");
});

test("periods are whole days, compared with as many before", () => {
  const week = daysOf("week", { from: "", to: "" }, "2026-11-24");
  expect(week).toEqual({ from: "2026-11-18", to: "2026-11-24" });
  expect(before(week)).toEqual({ from: "2026-11-11", to: "2026-11-17" });
  expect(length(daysOf("month", week, "2026-03-01"))).toBe(30);
  expect(length({ from: "2026-11-24", to: "2026-11-23" })).toBe(0);
  expect(length({ from: "", to: "2026-11-23" })).toBe(0);
  expect(inWords(week, { now: Date.parse("2026-11-24T09:00:00Z"), language: "ru", zone: "Europe/Moscow" })).toBe("18.11 – сегодня");
  expect(inFull({ from: "2026-11-24", to: "2026-11-24" }, "ru-RU")).toContain("24 ноября 2026");
});

test("a share of nothing is not a hundred and not zero", () => {
  expect(percent(share(0, 0))).toBe("—");
  expect(plain(percent(share(2, 3)))).toBe("67 %");
});

test("each figure says whether it got better, in words", () => {
  const was: Tally = { ...some, inbound: 8, missed: 4, answered: 3, callback_p50_ms: 900_000, wait_p50_ms: 12_300 };
  const changes = Object.fromEntries(tiles(told({ before: was }), w, write).map((tile) => [tile.key, tile.change && [plain(tile.change.text), tile.change.tone]]));
  expect(changes).toEqual({
    inbound: ["▲ на 2 больше", "neutral"],
    answered: ["▲ на 32 п. п. больше, лучше", "better"],
    missed: ["▼ на 2 меньше, лучше", "better"],
    reached: ["столько же", "neutral"],
    callback: ["▼ на 5 мин меньше, лучше", "better"],
    wait: ["столько же", "neutral"],
    talk: ["столько же", "neutral"],
  });
  expect(tiles(told(), w, write).every((tile) => tile.change === null)).toBe(true);
  expect(tiles(told({ total: none }), w, write).map((tile) => tile.value)).toEqual(["0", "—", "0", "—", "—", "—", "—"]);
});

test("pictures show the usual hours and the unusual ones that had calls", () => {
  const early = told({ hours: Array.from({ length: 24 }, (_, hour) => (hour === 6 || hour === 10 ? some : none)) });
  const [hours] = pictures(early, facts);
  expect([hours?.bars?.names[0], hours?.bars?.names.at(-1), hours?.bars?.names.length]).toEqual(["06:00", "20:00", 15]);
  expect(hours?.rows.length).toBe(15);
  expect(hours?.summary).toBe("больше всего: 06:00 (10)");
});

test("one day has no picture of days; nothing at all draws nothing", () => {
  expect(pictures(told(), facts).some((picture) => picture.key === "days")).toBe(false);
  const two = told({ days: [{ date: "2026-11-23", tally: none }, { date: "2026-11-24", tally: some }] });
  expect(pictures(two, facts).find((picture) => picture.key === "days")?.bars?.series[0]?.values).toEqual([0, 7]);
  const empty = told({ total: none, days: [{ date: "2026-11-24", tally: none }], hours: Array.from({ length: 24 }, () => none) });
  expect(pictures(empty, facts).map((picture) => picture.bars)).toEqual([null, null, null, null, null, null, null]);
});

test("of forty lines twelve are drawn and all stand in the table", () => {
  const lines = Array.from({ length: 40 }, (_, n) => ({ line: `+749955501${String(n).padStart(2, "0")}`, name: n === 1 ? "сайт" : null, tally: some }));
  const picture = pictures(told({ lines }), facts).find((one) => one.key === "lines");
  expect([picture?.bars?.names.length, picture?.rows.length]).toEqual([12, 40]);
  expect(picture?.bars?.names.slice(0, 2)).toEqual(["+7 499 555-01-00", "сайт"]);
  expect(picture?.summary).toContain("12 из 40");
});

test("a scale of time goes by steps of a clock, and a legend that wraps makes its picture higher", () => {
  const picture = pictures(told(), facts).find((one) => one.key === "callbacks");
  expect(picture?.bars?.step).toBe(1_800_000);
  const hours = pictures(told(), facts)[0]?.bars;
  if (!hours) throw new Error("no bars");
  expect(heightOf(hours, { width: 200, paper: false })).toBeGreaterThan(heightOf(hours, { width: 900, paper: false }));
  expect(heightOf(hours, { width: 600, paper: true })).toBeLessThan(heightOf(hours, { width: 600, paper: false }));
});
