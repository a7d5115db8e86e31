/** What a call of the past says in a row and in its details. Pure. */
import { knownPerson } from "../board";
import { duration, phone } from "../format";
import type { IconName } from "../look/Icon.svelte";
import { named } from "../roster";
import type { Call, Leg, Roster } from "../wire/messages";
import type { Words } from "../words";

/** How long the caller waited for an answer, or rang in vain, ms; null where it is not known. */
export function waitedFor(call: Call): number | null {
  return between(call.started_at, call.answered_at ?? (call.outcome === "answered" ? null : call.ended_at));
}

/** How long it was talked, ms. */
export function talkedFor(call: Call): number | null {
  return call.answered_at === null ? null : between(call.answered_at, call.ended_at);
}

function between(from: string, to: string | null): number | null {
  if (to === null) return null;
  const length = Date.parse(to) - Date.parse(from);
  return Number.isNaN(length) ? null : Math.max(0, length);
}

/** `01:34`, or nothing. */
export function clocked(ms: number | null): string {
  return ms === null ? "" : duration(ms / 1_000);
}

/** The colleague of the clinic's side: who talked first, else who called. */
export function colleagueOf(call: Call): string | null {
  return call.direction === "inbound" ? call.answered_by : (call.by ?? call.answered_by);
}

export function isLost(call: Call): boolean {
  return call.direction === "inbound" ? call.outcome === "missed" || call.outcome === "abandoned" : call.outcome === "failed" || call.outcome === "missed" || call.outcome === "abandoned";
}

export function iconOf(call: Call): IconName {
  if (call.direction === "internal") return "colleague";
  if (call.direction === "outbound") return "outbound";
  return isLost(call) || call.outcome === "failed" ? "missed" : "inbound";
}

/** How it ended, by its direction: `пропущен`, `дозвонились`. */
export function endOf(call: Call, w: Words): string {
  return call.outcome === null ? w.history.going : (w.history.ends[call.direction]?.[call.outcome] ?? w.outcome[call.outcome]);
}

/** Who it was with: the person, several people, a colleague, a name of the address book; null: only the number is known. */
export function nameOfCall(call: Call, w: Words): string | null {
  const person = knownPerson(call);
  if (person !== null) return person.full_name;
  if (call.card.people.length > 1) return call.card.people.map((one) => one.full_name).join(", ");
  if (call.direction === "internal") return w.call.internal(call.by);
  if (call.number === null) return w.call.hidden;
  return call.known_as;
}

export function numberOf(call: Call): string | null {
  return call.number === null ? null : (call.number_display ?? phone(call.number));
}

/** A list with another page; a call that moved between two pages stands once. */
export function joined(calls: readonly Call[], page: readonly Call[]): Call[] {
  const known = new Set(calls.map((call) => call.id));
  return [...calls, ...page.filter((call) => !known.has(call.id))];
}

/** What the receptionist said it was about: the outcome, and the tags. */
export function saidOf(call: Call): string[] {
  const { outcome = null, tags = [] } = call.wrap_up ?? {};
  return [...new Set([...(outcome === null || outcome === "" ? [] : [outcome]), ...tags])];
}

/** The branches of a call in the order they appeared, one phrase each; devices of one extension are told once. */
export function wayOf(call: Call, w: Words, roster: Roster): string[] {
  const l = w.history.leg;
  const seen = new Set<string>();
  const phrases: string[] = [];
  for (const leg of call.legs) {
    const who = placeOf(leg, w, roster);
    if (seen.has(who)) continue;
    seen.add(who);
    if (leg.state === "talking") phrases.push(l.talking(who));
    else if (leg.state === "held") phrases.push(l.held(who));
    else if (leg.state === "ringing") phrases.push(l.ringing(who));
    else if (leg.extension !== null && leg.extension === call.answered_by) phrases.push(l.talked(who));
    else phrases.push(leg.extension === null ? who : l.rang(who));
  }
  return phrases;
}

function placeOf(leg: Leg, w: Words, roster: Roster): string {
  const l = w.history.leg;
  if (leg.extension !== null) return named(roster, leg.extension);
  if (leg.location === "ivr") return l.menu;
  if (leg.location === "queue") return l.queue;
  return leg.location === "abonent" ? l.outside : l.unknown;
}
