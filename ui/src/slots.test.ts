import { describe, expect, it } from "vitest";

import { byDoctor, daysFrom, timeOf } from "./slots";
import type { VisitSlot } from "./wire/messages";

const slot = (doctor_id: string, doctor: string, from: string): VisitSlot => ({ from, to: from, doctor_id, doctor, department_id: "1", department: "Терапия", services: [] });

describe("free times", () => {
  it("stand by doctor, in the order of names and of the clock", () => {
    const doctors = byDoctor([slot("7", "Тищенко", "2026-11-30T12:00:00"), slot("5", "Абрамова", "2026-11-30T10:30:00"), slot("7", "Тищенко", "2026-11-30T09:15:00")]);
    expect(doctors.map(({ name, slots }) => [name, ...slots.map(timeOf)])).toEqual([
      ["Абрамова", "10:30"],
      ["Тищенко", "09:15", "12:00"],
    ]);
  });

  it("are asked for days that follow each other, over the end of a month too", () => {
    expect(daysFrom("2026-11-29", 4)).toEqual(["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02"]);
  });
});
