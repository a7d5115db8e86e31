import { describe, expect, it } from "vitest";

import { apply, emptyBoard, emptyRoster } from "./board";
import { doingWords, named, targets, type Target } from "./roster";
import { aCall, aLeg, snapshot } from "./testing";
import type { Call, Colleague, Roster } from "./wire/messages";
import { words } from "./words";

const colleague = (extension: string, name: string | null, more: Partial<Colleague> = {}): Colleague => ({
  extension,
  name,
  department: null,
  groups: [],
  presence: null,
  presence_text: null,
  ...more,
});
const roster: Roster = {
  ...emptyRoster,
  colleagues: [
    colleague("201", "Ольга Орлова", { groups: ["300"] }),
    colleague("202", "Анна Ким", { groups: ["300"], department: "Регистратура" }),
    colleague("203", "Семён Ёлкин", { groups: ["300"], presence: "away" }),
    colleague("2020", null),
  ],
  groups: [{ extension: "300", name: "Регистратура" }],
};
const board = (calls: Call[] = []) => apply(emptyBoard, snapshot({ calls, roster }));
const numbers = (text: string, calls: Call[] = []) => targets({ board: board(calls), me: "201", text }).map((target) => `${target.kind} ${target.number}`);

describe("whom a call can be handed to", () => {
  it("is everybody but oneself, in the PBX's order, then the groups", () => {
    expect(numbers("")).toEqual(["colleague 202", "colleague 203", "colleague 2020", "group 300"]);
  });

  it.each([
    ["ким", ["colleague 202"]],
    ["  АННА к", ["colleague 202"]],
    ["елк", ["colleague 203"]],
    ["регистр", ["group 300", "colleague 202"]],
    ["202", ["colleague 202", "colleague 2020"]],
    ["20", ["colleague 202", "colleague 203", "colleague 2020", "typed 20"]],
    ["777", ["typed 777"]],
    ["201", []],
    ["8 (900) 555-01-01", ["typed 8 (900) 555-01-01"]],
    ["зубной", []],
    ["+", []],
  ])("by what was typed: %s", (text, found) => {
    expect(numbers(text)).toEqual(found);
  });

  it("tells a telephone number from a short one", () => {
    expect(targets({ board: board(), me: "201", text: "+79005550101" })[0]).toEqual({ kind: "typed", number: "+79005550101", outside: true });
    expect(targets({ board: board(), me: "201", text: "777" })[0]).toEqual({ kind: "typed", number: "777", outside: false });
  });

  it("says who talks by the calls, and what the contact centre told of the others", () => {
    const calls = [
      aCall("a", { state: "talking", legs: [aLeg("202", "talking")] }),
      aCall("b", { legs: [aLeg("2020", "ringing"), aLeg("202", "ringing")] }),
      aCall("c", { state: "ended", legs: [aLeg("203", "talking")] }),
    ];
    const told = targets({ board: board(calls), me: "201", text: "" });
    const doing = told.filter((target): target is Extract<Target, { kind: "colleague" }> => target.kind === "colleague").map((target) => doingWords(target, words.ru));
    expect(doing).toEqual(["говорит", "отошёл", "ему звонят"]);
    expect(told.at(-1)).toMatchObject({ kind: "group", free: 0, members: 2 });
  });

  it("names whom it knows", () => {
    expect([named(roster, "202"), named(roster, "300"), named(roster, "2020"), named(roster, "+79005550101")]).toEqual(["202 Анна Ким", "300 Регистратура", "2020", "+7 900 555-01-01"]);
  });
});
