import { expect, test } from "vitest";

import { emptyRoster } from "../board";
import { aCall, aPerson } from "../testing";
import type { Leg } from "../wire/messages";
import { words } from "../words";
import { clocked, colleagueOf, endOf, iconOf, isLost, joined, nameOfCall, saidOf, talkedFor, waitedFor, wayOf } from "./pastCall";

const w = words.ru;
const leg = (extension: string | null, location: string | null, state: Leg["state"] = "ended"): Leg => ({ id: `${extension}${location}${state}`, extension, state, location, device: null });
const ended = { state: "ended", ended_at: "2026-10-13T06:43:00.000Z" } as const;

test("waiting lasts until the answer, or until the caller gave up", () => {
  const answered = aCall("a", { ...ended, outcome: "answered", answered_at: "2026-10-13T06:41:12.000Z" });
  expect([clocked(waitedFor(answered)), clocked(talkedFor(answered))]).toEqual(["00:12", "01:48"]);
  const missed = aCall("b", { ...ended, outcome: "missed" });
  expect([clocked(waitedFor(missed)), clocked(talkedFor(missed))]).toEqual(["02:00", ""]);
});

test("what nobody knows is not zero", () => {
  expect(waitedFor(aCall("a", { outcome: "unknown", state: "ended" }))).toBeNull();
  expect(waitedFor(aCall("b", { ...ended, outcome: "answered" }))).toBeNull();
  expect(talkedFor(aCall("c", { outcome: "answered", answered_at: "2026-10-13T06:41:12.000Z" }))).toBeNull();
  expect(waitedFor(aCall("d", { ...ended, outcome: "missed", ended_at: "2026-10-13T06:40:00.000Z" }))).toBe(0);
});

test("the outcome has a word and a picture of its direction", () => {
  const lost = aCall("a", { ...ended, outcome: "missed" });
  expect([endOf(lost, w), iconOf(lost), isLost(lost)]).toEqual(["пропущен", "missed", true]);
  const out = aCall("b", { ...ended, outcome: "failed", direction: "outbound", by: "201", answered_by: "202" });
  expect([endOf(out, w), iconOf(out), isLost(out), colleagueOf(out)]).toEqual(["не дозвонились", "outbound", true, "201"]);
  const inner = aCall("c", { ...ended, outcome: "answered", direction: "internal", by: "203", number: null });
  expect([endOf(inner, w), iconOf(inner), isLost(inner), nameOfCall(inner, w)]).toEqual(["поговорили", "colleague", false, "Коллега, внутренний 203"]);
  expect(endOf(aCall("d"), w)).toBe("идёт сейчас");
});

test("who it was is never a guess", () => {
  const card = aCall("a").card;
  const people = [aPerson("1"), aPerson("2")];
  expect(nameOfCall(aCall("a", { card: { ...card, people, chosen: "2" } }), w)).toBe("Иванова Мария 2");
  expect(nameOfCall(aCall("a", { card: { ...card, people } }), w)).toBe("Иванова Мария 1, Иванова Мария 2");
  expect(nameOfCall(aCall("a", { known_as: "Лаборатория" }), w)).toBe("Лаборатория");
  expect(nameOfCall(aCall("a"), w)).toBeNull();
  expect(nameOfCall(aCall("a", { number: null }), w)).toBe("Номер скрыт");
});

test("the way of a call is told in words, each place once", () => {
  const call = aCall("a", { ...ended, answered_by: "202", legs: [leg(null, "ivr"), leg(null, "queue"), leg("201", "abonent"), leg("201", "abonent", "ringing"), leg("202", "abonent"), leg(null, "abonent", "talking"), leg(null, "новое слово")] });
  expect(wayOf(call, w, emptyRoster)).toEqual(["голосовое меню", "очередь", "201: звонил", "202: говорил первым", "внешний номер: говорит", "АТС"]);
  expect(wayOf(aCall("b"), w, emptyRoster)).toEqual([]);
});

test("outcome and tags stand together, and pages do not repeat a call", () => {
  expect(saidOf(aCall("a", { wrap_up: { outcome: "Записан", tags: ["ДМС"], done: true, by: null, at: null } }))).toEqual(["Записан", "ДМС"]);
  expect(saidOf(aCall("a"))).toEqual([]);
  expect(joined([aCall("a"), aCall("b")], [aCall("b"), aCall("c")]).map((call) => call.id)).toEqual(["a", "b", "c"]);
});
