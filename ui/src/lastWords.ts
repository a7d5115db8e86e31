/** What was said the last time, in one line. Pure. */
import { inSentence, momentOf, type When } from "./format";
import type { LastWords, Person } from "./wire/messages";
import type { Words } from "./words";

export interface Hearers {
  /** Whom the card or row is about; null: nobody is known. */
  person: Person | null;
  /** Everybody on the number. */
  people: readonly Person[];
}

/** The same for a list of many rows: `вчера 18:40, 202: Записали · «перенести на утро»`. */
export function lastWordsInShort(said: LastWords, hearers: Hearers, w: Words, when: When): string | null {
  const what = whatWasSaid(said, hearers, w);
  return what === "" ? null : w.wrapUp.lastTimeSaid([inSentence(momentOf(said.at, when)), said.by ?? ""].filter((part) => part !== "").join(", "), what);
}

/** `В прошлый раз (вчера 18:40, 202): Записали, Анализы · «перенести на утро»`; null when nothing may be told. A note about another person of a family stays theirs. */
export function lastWordsText(said: LastWords, hearers: Hearers, w: Words, when: When): string | null {
  const what = whatWasSaid(said, hearers, w);
  return what === "" ? null : w.wrapUp.lastTimeSaid(w.wrapUp.lastTime(inSentence(momentOf(said.at, when)), said.by), what);
}

function whatWasSaid(said: LastWords, hearers: Hearers, w: Words): string {
  return [[said.outcome ?? "", ...said.tags].filter((part) => part !== "").join(", "), noteText(said, hearers, w)].filter((part) => part !== "").join(" · ");
}

function noteText(said: LastWords, { person, people }: Hearers, w: Words): string {
  const note = said.note?.trim() ?? "";
  if (note === "" || (person !== null && said.person !== null && said.person !== person.id)) return "";
  const owner = person === null && people.length > 1 && said.person !== null ? people.find((one) => one.id === said.person) : undefined;
  return owner === undefined ? w.wrapUp.quote(note) : w.card.before.noteAbout(owner.full_name, w.wrapUp.quote(note));
}
