/** Free times as a receptionist goes through them: a day, a doctor, a time. Pure. */
import type { VisitSlot } from "./wire/messages";

export interface DoctorSlots {
  id: string;
  name: string;
  /** In the order of the clock. */
  slots: VisitSlot[];
}

/** The doctors of a day by name, each with their free times. */
export function byDoctor(slots: readonly VisitSlot[]): DoctorSlots[] {
  const doctors = new Map<string, DoctorSlots>();
  for (const slot of slots) {
    const known = doctors.get(slot.doctor_id);
    // The same time in two rooms is one choice.
    if (known?.slots.some((one) => one.from === slot.from)) continue;
    if (known) known.slots.push(slot);
    else doctors.set(slot.doctor_id, { id: slot.doctor_id, name: slot.doctor, slots: [slot] });
  }
  const all = [...doctors.values()];
  for (const doctor of all) doctor.slots.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  return all.sort((a, b) => a.name.localeCompare(b.name, "ru"));
}

/** `10:30`, out of the clinic's own time `2026-11-30T10:30:00`. */
export function timeOf(slot: VisitSlot): string {
  return slot.from.slice(11, 16);
}

/** The days that are offered: so many from a date on. */
export function daysFrom(date: string, count: number): string[] {
  const start = Date.parse(`${date}T00:00:00Z`);
  return Array.from({ length: count }, (_, index) => new Date(start + index * 86_400_000).toISOString().slice(0, 10));
}
