/** Lists are drawn by what tells their rows apart: what a MIS or a PBX says twice would take the whole list away. */
import { expect, test } from "vitest";

import { saidOf } from "./history/pastCall";
import { wholeRoster } from "./lenient";
import { phonesOf, warnings } from "./people";
import { byDoctor } from "./slots";
import { aCall, aPerson } from "./testing";
import { words } from "./words";

test("a warning that two doctors have written stands once", () => {
  const allergy = { kind: "allergy", text: "пенициллин" } as const;
  const person = aPerson("p1", { alerts: [allergy, { kind: "allergy", text: "Аллергия: пенициллин" }, { kind: "note", text: "пенициллин" }, allergy] });
  expect(warnings(person, words.ru, "ru", () => "").map((one) => one.kind)).toEqual(["allergy", "note"]);
});

test("a number, an outcome and a tag stand once", () => {
  expect(phonesOf(aPerson("p1", { phones: ["+79005550101", "+79005550102", "+79005550101"] }))).toEqual(["+79005550101", "+79005550102"]);
  expect(saidOf(aCall("a", { wrap_up: { outcome: "Жалоба", tags: ["Цены", "Жалоба", "Цены"], done: true, by: null, at: null } }))).toEqual(["Жалоба", "Цены"]);
});

test("a colleague, a group and a line are offered once, in their order", () => {
  const colleague = { extension: "201", name: "Ким", department: null, groups: [], presence: null, presence_text: null };
  const roster = wholeRoster({ colleagues: [colleague, { ...colleague, extension: "202" }, { ...colleague, name: "Ким А." }], groups: [{ extension: "300", name: null }, { extension: "300", name: "x" }], lines: [{ number: "+74995550199", name: "a" }, { number: "+74995550199", name: "b" }], at: "2026-10-13T06:41:00.000Z", why: null });
  expect(roster.colleagues.map((one) => [one.extension, one.name])).toEqual([["201", "Ким"], ["202", "Ким"]]);
  expect([roster.groups.length, roster.lines.length, roster.at]).toEqual([1, 1, "2026-10-13T06:41:00.000Z"]);
});

test("the same time in two rooms is one choice", () => {
  const slot = (department: string) => ({ from: "2026-11-30T10:30:00", to: "2026-11-30T11:00:00", doctor_id: "5", doctor: "Абрамова", department_id: department, department, services: [] });
  expect(byDoctor([slot("1"), slot("2")])[0]?.slots.map((one) => one.department)).toEqual(["1"]);
});
