/** Colleagues and groups: who a short number is, and whom a call can be handed to. Pure. */
import type { Board } from "./board";
import { phone } from "./format";
import type { Call, Colleague, Presence, Roster } from "./wire/messages";
import type { Words } from "./words";

/** The name behind a short number, if the PBX has told one. */
export function nameOf(roster: Roster, extension: string): string | null {
  const colleague = roster.colleagues.find((one) => one.extension === extension);
  return colleague?.name ?? roster.groups.find((one) => one.extension === extension)?.name ?? null;
}

/** `202 Анна Ким`, `202`, `+7 900 555-01-01`. */
export function named(roster: Roster, number: string): string {
  const name = nameOf(roster, number);
  return name === null ? phone(number) : `${number} ${name}`;
}

/** What a colleague is doing, as far as it matters to somebody who wants to hand over a call. */
export type Doing = "talking" | "ringing" | Presence | null;

/** Somebody a call can be handed to. */
export type Target =
  | { kind: "colleague"; number: string; name: string | null; about: string | null; doing: Doing; word: string | null }
  | { kind: "group"; number: string; name: string | null; free: number; members: number }
  /** What was typed: a telephone number, or a short number that nobody told. */
  | { kind: "typed"; number: string; outside: boolean };

/** A short number has no more digits; what is longer is a telephone number. */
const LONGEST_SHORT_NUMBER = 6;

export interface TargetFacts {
  board: Board;
  /** The extension of this connection: nobody hands a call to themselves. */
  me: string | null;
  /** What was typed to find somebody. */
  text: string;
}

/** Everybody that fits what was typed; the best match first, without a text in the order of the PBX. */
export function targets({ board, me, text }: TargetFacts): Target[] {
  const { roster } = board;
  const busy = onThePhone(board.calls.values());
  const asked = fold(text);
  const fits = (number: string, name: string | null) => rank(asked, number, name);
  const colleagues = roster.colleagues.filter((one) => one.extension !== me);
  const found: { target: Target; rank: number }[] = [];
  for (const one of colleagues) {
    const best = Math.min(fits(one.extension, one.name), one.department && asked !== "" && fold(one.department).includes(asked) ? 4 : Infinity);
    if (best === Infinity) continue;
    const doing = busy.get(one.extension) ?? one.presence ?? null;
    found.push({ target: { kind: "colleague", number: one.extension, name: one.name, about: one.department, doing, word: one.presence_text }, rank: best });
  }
  for (const one of roster.groups) {
    const best = fits(one.extension, one.name);
    if (best === Infinity) continue;
    const members = colleagues.filter((colleague) => colleague.groups.includes(one.extension));
    found.push({
      target: { kind: "group", number: one.extension, name: one.name, free: members.filter((member) => isFree(member, busy)).length, members: members.length },
      rank: best,
    });
  }
  // Without a text everybody has the same rank, and the order stays: nobody jumps under a pointer.
  const known = found.sort((a, b) => a.rank - b.rank).map(({ target }) => target);
  const typed = typedNumber(text);
  if (typed === null || typed.number === me || known.some((target) => target.number === typed.number)) return known;
  return typed.outside ? [typed, ...known] : [...known, typed];
}

/** Who talks or is being rung just now, by the calls at hand. */
export function onThePhone(calls: Iterable<Call>): Map<string, "talking" | "ringing"> {
  const busy = new Map<string, "talking" | "ringing">();
  for (const call of calls) {
    if (call.state === "ended") continue;
    for (const leg of call.legs) {
      if (leg.extension === null || leg.state === "ended") continue;
      if (leg.state !== "ringing") busy.set(leg.extension, "talking");
      else if (!busy.has(leg.extension)) busy.set(leg.extension, "ringing");
    }
  }
  return busy;
}

/** `говорит`, `на месте`, `нет на работе`; empty when nobody told. */
export function doingWords(target: Extract<Target, { kind: "colleague" }>, w: Words): string {
  if (target.doing === null) return "";
  if (target.doing === "other") return target.word ?? w.presence.other;
  return w.presence[target.doing];
}

function isFree(colleague: Colleague, busy: ReadonlyMap<string, unknown>): boolean {
  return !busy.has(colleague.extension) && (colleague.presence === null || colleague.presence === "available" || colleague.presence === "other");
}

/** How well somebody fits: 0 the best, infinity not at all. */
function rank(asked: string, number: string, name: string | null): number {
  if (asked === "") return 0;
  if (number === asked) return 0;
  if (number.startsWith(asked)) return 1;
  const words = fold(name ?? "");
  if (words.startsWith(asked)) return 1;
  if (words.split(" ").some((word) => word.startsWith(asked))) return 2;
  return words.includes(asked) ? 3 : Infinity;
}

function fold(text: string): string {
  return text.trim().toLowerCase().replaceAll("ё", "е").replace(/\s+/g, " ");
}

function typedNumber(text: string): Extract<Target, { kind: "typed" }> | null {
  const trimmed = text.trim();
  if (!/^[+\d\s().*#-]+$/.test(trimmed)) return null;
  const digits = trimmed.replace(/\D/g, "");
  if (/^[\d*#]+$/.test(trimmed) && digits.length > 0 && trimmed.length <= LONGEST_SHORT_NUMBER) return { kind: "typed", number: trimmed, outside: false };
  return digits.length > LONGEST_SHORT_NUMBER && digits.length <= 15 ? { kind: "typed", number: trimmed, outside: true } : null;
}
