import { describe, expect, it } from "vitest";

import { asText, draftOf, emptyDraft, lacking, newPerson, readDate } from "./newPerson";
import { aPerson } from "./testing";
import { words } from "./words";

const TODAY = "2026-11-24";

describe("a date of birth as people write it", () => {
  it.each([
    ["31.01.1991", "1991-01-31"],
    ["1.2.1991", "1991-02-01"],
    ["31/01/1991 г.", "1991-01-31"],
    ["31 01 91", "1991-01-31"],
    ["24.11.26", "2026-11-24"],
    ["25.11.26", null],
    ["31011991", "1991-01-31"],
    ["1991-01-31", "1991-01-31"],
    ["30.02.1991", null],
    ["29.02.2000", "2000-02-29"],
    ["01.01.1899", null],
    ["00.00.0000", null],
    ["31.01", null],
    ["тридцать первое", null],
    ["", null],
  ])("%s is %s", (text, read) => expect(readDate(text, TODAY)).toBe(read));
});

describe("a new patient", () => {
  it("lacks what is not typed, in the order of the fields", () => {
    expect(lacking(emptyDraft(), TODAY)).toEqual(["family", "given", "born"]);
    expect(newPerson({ ...emptyDraft(), family: "Сомова", given: "Ирина" }, "+79005550188", TODAY)).toBeNull();
  });

  it("has no empty field in a request", () => {
    const draft = { ...emptyDraft(), family: " Сомова ", given: "Ирина", born: "2.3.1984" };
    expect(newPerson(draft, "+79005550188", TODAY)).toEqual({ family_name: "Сомова", given_name: "Ирина", born: "1984-03-02", phone: "+79005550188" });
    expect(newPerson({ ...draft, patronymic: "Олеговна", sex: "female" }, null, TODAY)).toEqual({
      family_name: "Сомова",
      given_name: "Ирина",
      patronymic: "Олеговна",
      born: "1984-03-02",
      sex: "female",
    });
  });

  it("is copied as lines that a MIS takes", () => {
    const draft = { family: "Сомова", given: "Ирина", patronymic: "", born: "2.3.84", sex: "female" as const };
    expect(asText(draft, "+7 900 555-01-88", TODAY, words.ru)).toBe("Сомова Ирина\n02.03.1984\nженский\n+7 900 555-01-88");
  });

  it("is filled in from a record, whole name or parts", () => {
    expect(draftOf(aPerson("1", { born: "1991-01-31" }))).toEqual({ family: "Иванова", given: "Мария", patronymic: "Петровна", born: "31.01.1991", sex: "female" });
    expect(draftOf(aPerson("1", { full_name: "Ким Анна Ли", family_name: null, given_name: null, patronymic: null }))).toMatchObject({ family: "Ким", given: "Анна", patronymic: "Ли", born: "" });
  });
});
