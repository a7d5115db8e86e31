import { expect, test } from "vitest";

import { aCall, aMissed, aPerson } from "../testing";
import { byMonth, count, numbersOf, peopleOf } from "./gathered";

const about = { number: "+79005550101", person: null, name: null };
const card = aCall("x").card;

test("months keep the order of the calls", () => {
  const calls = [aCall("c", { started_at: "2026-11-02T06:00:00.000Z" }), aCall("b", { started_at: "2026-11-01T06:00:00.000Z" }), aCall("a", { started_at: "2026-09-30T06:00:00.000Z" })];
  expect(byMonth(calls, (iso) => iso.slice(0, 7)).map((month) => [month.key, month.calls.map((call) => call.id)])).toEqual([["2026-11", ["c", "b"]], ["2026-09", ["a"]]]);
  expect(byMonth([], (iso) => iso)).toEqual([]);
});

test("how often, by direction, and what was lost", () => {
  const calls = [aCall("a", { outcome: "missed" }), aCall("b", { outcome: "answered", started_at: "2025-01-01T00:00:00.000Z" }), aCall("c", { direction: "outbound", outcome: "failed" })];
  expect(count(calls, Date.parse("2026-10-14T00:00:00Z"))).toEqual({ inbound: 2, outbound: 1, lost: 1, recent: 2 });
});

test("everybody of the number is told once, the one it is about first", () => {
  const calls = [aCall("a", { card: { ...card, people: [aPerson("1"), aPerson("2")] } }), aCall("b", { card: { ...card, people: [aPerson("1"), aPerson("2")], chosen: "2" } })];
  expect(peopleOf(calls, [aMissed("m", { person: aPerson("3") })], { ...about, person: "2" }).map((person) => person.id)).toEqual(["2", "1", "3"]);
});

test("numbers are read as the desk tells them", () => {
  expect(numbersOf(["+79005550102", { number: "+79005550103" }, 7], [aCall("a", { number: null })], about)).toEqual(["+79005550101", "+79005550102", "+79005550103"]);
  expect(numbersOf(undefined, [], { ...about, number: null })).toEqual([]);
});
