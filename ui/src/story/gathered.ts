/** A person's story out of their calls: who it is, how often, and what belongs to which month. Pure. */
import { knownPerson } from "../board";
import { isLost } from "../history/pastCall";
import type { Call, Missed, Person } from "../wire/messages";
import type { About } from "./about";

export interface Counted {
  inbound: number;
  outbound: number;
  /** Inbound ones nobody talked on. */
  lost: number;
  /** Of the last thirty days. */
  recent: number;
}

export interface Month {
  /** `2026-11`, by the clinic's clock. */
  key: string;
  /** Its first moment in the list, for its name. */
  at: string;
  calls: Call[];
}

const RECENT = 30 * 86_400_000;

export function count(calls: readonly Call[], now: number): Counted {
  const inbound = calls.filter((call) => call.direction === "inbound");
  return {
    inbound: inbound.length,
    outbound: calls.filter((call) => call.direction === "outbound").length,
    lost: inbound.filter(isLost).length,
    recent: calls.filter((call) => now - Date.parse(call.started_at) < RECENT).length,
  };
}

/** Months of a list that is newest first; their order stays. */
export function byMonth(calls: readonly Call[], monthOf: (iso: string) => string): Month[] {
  const months: Month[] = [];
  for (const call of calls) {
    const key = monthOf(call.started_at);
    const last = months.at(-1);
    if (last?.key === key) last.calls.push(call);
    else months.push({ key, at: call.started_at, calls: [call] });
  }
  return months;
}

/** Everybody these calls were with, each once: whom the story is about first. */
export function peopleOf(calls: readonly Call[], missed: readonly Missed[], about: About): Person[] {
  const people = new Map<string, Person>();
  for (const call of calls) {
    const known = knownPerson(call);
    for (const person of known === null ? call.card.people : [known]) if (!people.has(person.id)) people.set(person.id, person);
  }
  for (const { person } of missed) if (person !== null && !people.has(person.id)) people.set(person.id, person);
  return [...people.values()].sort((a, b) => Number(b.id === about.person) - Number(a.id === about.person));
}

/** The numbers of the story, each once. The desk tells them as texts, or as objects with a `number`. */
export function numbersOf(told: unknown, calls: readonly Call[], about: About): string[] {
  const numbers = new Set<string>();
  if (about.number !== null) numbers.add(about.number);
  if (Array.isArray(told)) {
    for (const one of told as unknown[]) {
      if (typeof one === "string") numbers.add(one);
      else if (typeof one === "object" && one !== null && "number" in one && typeof one.number === "string") numbers.add(one.number);
    }
  }
  for (const { number } of calls) if (number !== null) numbers.add(number);
  return [...numbers];
}
