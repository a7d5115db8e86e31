/** A desk may be older than this window: what its frames lack is filled in, so that nobody else has to ask whether it is there. */
import { emptyRoster, legStateOf } from "./board";
import type { Action, Call, Card, Closed, Desk, DirectoryCan, Missed, Person, Roster } from "./wire/messages";

/** A call as an older desk may tell it. */
type Told<T> = Partial<T>;

/** A whole call. `me` is the extension of this connection. */
export function wholeCall(told: Call, me: string | null): Call {
  const call: Told<Call> = told;
  const card = wholeCard(told.card);
  const later = { card, place: call.place ?? null, note_person: call.note_person ?? null, wrap_up: call.wrap_up ?? null, last_words: call.last_words ?? null };
  if (call.may !== undefined && call.deeds !== undefined && call.recordings !== undefined && call.pressed !== undefined) {
    return card === told.card && call.note_person !== undefined && call.place !== undefined && call.wrap_up !== undefined && call.last_words !== undefined ? told : { ...told, ...later };
  }
  return {
    ...told,
    ...later,
    line_name: call.line_name ?? null,
    recordings: call.recordings ?? [],
    pressed: call.pressed ?? [],
    advert: call.advert ?? null,
    topics: call.topics ?? [],
    known_as: call.known_as ?? null,
    deeds: call.deeds ?? [],
    may: call.may ?? olderMay(told, me),
    sip_call_id: call.sip_call_id ?? null,
    recalled: call.recalled ?? false,
  };
}

/** A whole card; the same one when nothing lacks. */
function wholeCard(told: Card): Card {
  const card: Told<Card> = told;
  const people = told.people.map(wholePerson);
  if (card.steps !== undefined && people.every((person, index) => person === told.people[index])) return told;
  return { ...told, people, steps: card.steps ?? [], as_of: card.as_of ?? null, last_chosen: card.last_chosen ?? null, more_to_come: card.more_to_come ?? false };
}

export function wholePerson(told: Person): Person {
  const person: Told<Person> = told;
  return person.gaps === undefined ? { ...told, gaps: [] } : told;
}

export function wholeMissed(told: Missed): Missed {
  const row: Told<Missed> = told;
  const closed: Told<Closed> | null = told.closed;
  return {
    ...told,
    person: told.person === null ? null : wholePerson(told.person),
    postponed_until: row.postponed_until ?? null,
    last_words: row.last_words ?? null,
    closed: told.closed === null ? null : { ...told.closed, after_ms: closed?.after_ms ?? null, call: closed?.call ?? null, reason: closed?.reason ?? null },
  };
}

/** A desk that does not say what may be done could always hang up one's own call. */
function olderMay(call: Call, me: string | null): Action[] {
  if (call.state === "ended") return [];
  const mine = legStateOf(call, me);
  return mine !== null || (me !== null && call.by === me) ? ["hang_up"] : [];
}

/** A directory that is only read. */
export const canNothing: DirectoryCan = { confirm_visit: false, register_person: false, attach_number: false, make_visit: false, cancel_visit: false };

export function wholeDesk(told: Desk): Desk {
  const desk: Told<Desk> = told;
  const directory: Told<Desk["directory"]> = told.directory;
  return { ...told, listener: { ...told.listener, why: told.listener.why ?? null }, directory: { ...told.directory, can: { ...canNothing, ...directory.can } }, catch_up: desk.catch_up ?? null, line: desk.line ?? null, sms_templates: desk.sms_templates ?? [], wrap_up: desk.wrap_up ?? { outcomes: [], tags: [] } };
}

/** The PBX may name one extension twice; who chooses sees it once. */
export function wholeRoster(told: Roster | undefined): Roster {
  const { colleagues, groups, lines, ...rest } = { ...emptyRoster, ...told };
  return { ...rest, colleagues: once(colleagues, (one) => one.extension), groups: once(groups, (one) => one.extension), lines: once(lines, (one) => one.number) };
}

/** The first of each key. */
function once<T>(list: readonly T[], key: (one: T) => string): T[] {
  const keys = new Set<string>();
  return list.filter((one) => !keys.has(key(one)) && keys.add(key(one)));
}
