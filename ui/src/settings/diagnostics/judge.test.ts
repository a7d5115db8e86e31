import { expect, test } from "vitest";

import type { CallWay } from "../../wire/messages";
import { words } from "../../words";
import { judge, size, stagesOf } from "./judge";

const w = words.ru.diagnostics;
const NOW = Date.parse("2026-11-24T10:00:00Z");

const good: CallWay = {
  number: "+7 9•• •••-••-01",
  happened_at: "2026-11-24T09:00:00.000Z",
  received_at: "2026-11-24T09:00:00.400Z",
  verified_ms: 0.12,
  fed_ms: 0.5,
  stored_ms: 4,
  looked_up_ms: 12,
  looked_up: "found",
  shown_ms: 60,
};
const texts = (way: Partial<CallWay>, now = NOW) => judge({ ...good, ...way }, w, "ru", now).map(({ text }) => text);

test("a way in time is good", () => {
  expect(judge(good, w, "ru", NOW)).toEqual([{ text: "Всё вовремя", bad: false }]);
  expect(stagesOf(good, w).map(({ ms }) => ms)).toEqual([0.12, 0.5, 4, 12, 60]);
});

test("each late stage is said in words", () => {
  expect(texts({ looked_up_ms: 2_900 })).toEqual(["МИС ответила за 2,9 с: медленно"]);
  expect(texts({ looked_up_ms: 3_010, looked_up: "unavailable" })).toEqual(["МИС не ответила"]);
  expect(texts({ looked_up_ms: null, looked_up: null })).toEqual(["МИС ещё не ответила"]);
  expect(texts({ looked_up_ms: null, looked_up: null, number: null })).toEqual(["Всё вовремя"]);
  expect(texts({ stored_ms: 1_500, shown_ms: null })).toEqual(["На диск записано за 1,5 с: диск перегружен", "Ни одно окно не показало"]);
  expect(texts({ stored_ms: null })).toEqual(["На диск не записано"]);
  expect(texts({ shown_ms: 2_000 })).toEqual(["Окно показало через 2,0 с: компьютер перегружен"]);
  expect(texts({ received_at: "2026-11-24T09:00:07.000Z" })[0]).toContain("поздно");
  expect(texts({ received_at: "2026-11-24T08:59:50.000Z" })).toEqual([w.judgements.clock]);
});

test("what is missing is not yet late while the call is young", () => {
  expect(texts({ stored_ms: null, looked_up_ms: null, looked_up: null, shown_ms: null }, Date.parse("2026-11-24T09:00:02Z"))).toEqual(["Всё вовремя"]);
});

test("a size is short", () => {
  expect(size(734_000, "ru")).toBe("734 кБ");
  expect(size(12_400_000, "en")).toBe("12.4 MB");
});
