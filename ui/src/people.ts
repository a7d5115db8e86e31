/** What a patient's record says, put into the words of a card. Pure. */
import { nameOf } from "./roster";
import type { Call, Debt, Person, Roster, Visit } from "./wire/messages";
import type { Language, Words } from "./words";
import { toldOfPerson } from "./words/told";

export interface Warning {
  kind: Person["alerts"][number]["kind"];
  text: string;
}

/** What to know before speaking, in words: the record's alerts in its order, and the debt once. */
export function warnings(person: Person, w: Words, language: Language, money: (debt: Debt) => string): Warning[] {
  const shown: Warning[] = [];
  for (const { kind, text } of person.alerts) {
    // The amount says it better.
    if (kind === "debt" && person.debt !== null) continue;
    const label = labelled(w.alert[kind], toldOfPerson(text, language));
    // Two doctors have written the same.
    if (!shown.some((one) => one.kind === kind && one.text === label)) shown.push({ kind, text: label });
  }
  if (person.debt !== null) shown.push({ kind: "debt", text: w.card.debt(money(person.debt)) });
  return shown;
}

/** `Аллергия: пенициллин`; a text that already begins with the label stands alone. */
function labelled(label: string, text: string): string {
  const plain = text.trim();
  if (plain === "") return label;
  return plain.toLowerCase().startsWith(label.toLowerCase()) ? plain : `${label}: ${plain}`;
}

/** A person's numbers, each once, however often the record has them. */
export function phonesOf(person: Person): string[] {
  return [...new Set(person.phones)];
}

/** `Петров, терапевт · каб. 12`. */
export function visitDetails(visit: Visit): string {
  const what = [visit.doctor, visit.service].filter((part) => part !== null && part !== "").join(", ");
  return [what, visit.place].filter((part) => part !== null && part !== "").join(" · ");
}

/** `35 лет · жен.` */
export function ageAndSex(person: Person, w: Words): string {
  return [person.age === null ? "" : w.years(person.age), w.sex[person.sex]].filter((part) => part !== "").join(" · ");
}

/** The calls before this one with the same number, at most so many, out of a history that is newest first. */
export function callsBefore(call: Call, history: readonly Call[], most: number): Call[] {
  return history
    .filter((other) => other.id !== call.id && other.number === call.number && other.state === "ended" && other.started_at <= call.started_at && other.outcome !== null)
    .slice(0, most);
}

/** Whether a note of an earlier call may stand on a card: one about another person of a family stays theirs. */
export function noteFits(before: Call, person: Person | null): boolean {
  const about = before.note_person ?? null;
  return before.note !== null && before.note.trim() !== "" && (person === null || about === null || about === person.id);
}

/** Whose note it is, where several could be meant. */
export function noteOwner(before: Call, people: readonly Person[]): Person | null {
  const about = before.note_person ?? null;
  return people.length < 2 || about === null ? null : (people.find((person) => person.id === about) ?? null);
}

/** Enough of a record to tell two people apart, and not the whole of it: `Громов А. В., 1974 г. р., карта 871/08, сейчас в карте: +7 900 •••-••-02`. */
export function inShort(person: Person, w: Words): string {
  const { family_name, given_name, patronymic } = person;
  const initials = [given_name, patronymic].filter((name) => name !== null && name !== "").map((name) => `${(name ?? "").charAt(0)}.`);
  const name = family_name !== null && initials.length > 0 ? [family_name, ...initials].join(" ") : person.full_name;
  return [
    name,
    person.born === null ? "" : w.stranger.born(person.born.slice(0, 4)),
    person.chart === null ? "" : w.card.chart(person.chart),
    person.phones.length === 0 ? w.stranger.hasNone : w.stranger.has(person.phones.map(masked).join(", ")),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** `+7 900 •••-••-02`. */
function masked(number: string): string {
  return number.startsWith("+7") && number.length === 12 ? `+7\u00a0${number.slice(2, 5)}\u00a0•••-••-${number.slice(-2)}` : `${number.slice(0, 3)} ••• ${number.slice(-2)}`;
}

/** What a dead directory said, without the headline that stands above it. */
export function outage(why: string | null, headline: string): string | null {
  if (why === null) return null;
  const rest = why.startsWith(headline) ? why.slice(headline.length).replace(/^[\s:.—-]+/, "") : why;
  return rest === "" ? null : rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** Which group and line a call came by, for the card's head. */
export function cameBy(call: Call, w: Words, { roster, phone }: { roster: Roster; phone: (number: string) => string }): string {
  const group = call.group ? (nameOf(roster, call.group) ?? w.call.group(call.group)) : "";
  // What the clinic calls its line says more than eleven digits.
  return [group, call.line_name ?? (call.line ? phone(call.line) : "")].filter((part) => part !== "").join(" · ");
}

/** Who of the clinic has the call: the extension that talks now, else the one that talked first. */
export function whoHasIt(call: Call): string | null {
  const talking = call.legs.find((leg) => leg.extension !== null && (leg.state === "talking" || leg.state === "held"));
  return talking?.extension ?? call.answered_by;
}
