/** What the desk has told this window: a fold over the feed's frames. No clock, no DOM, no socket. */
import { wholeCall, wholeDesk, wholeMissed, wholeRoster } from "./lenient";
import type { Call, Desk, DeskFrame, Dial, DialState, Missed, Person, Roster, Since, Sms } from "./wire/messages";

/** The latest whole object of everything the feed has told. Never changed in place. */
export interface Board {
  /** Which start of the desk this came from; null before the first snapshot. */
  readonly epoch: string | null;
  /** Number of the last change that is in here. */
  readonly seq: number;
  readonly desk: Desk | null;
  readonly calls: ReadonlyMap<string, Call>;
  readonly missed: ReadonlyMap<string, Missed>;
  readonly dials: ReadonlyMap<string, Dial>;
  readonly sms: ReadonlyMap<string, Sms>;
  readonly roster: Roster;
}

export const emptyRoster: Roster = { colleagues: [], groups: [], lines: [], at: null, why: null };

export const emptyBoard: Board = {
  epoch: null,
  seq: 0,
  desk: null,
  calls: new Map(),
  missed: new Map(),
  dials: new Map(),
  sms: new Map(),
  roster: emptyRoster,
};

/** What is over and still kept, so that the tenth hour of a day costs no more than the first: as much as a snapshot brings. */
export const KEPT: Kept = { calls: 500, missed: 200, dials: 50 };
/** The same for a window that shows nothing of what is over. */
export const KEPT_LITTLE: Kept = { calls: 50, missed: 20, dials: 20 };

export interface Kept {
  calls: number;
  missed: number;
  dials: number;
}

/** Only so much more than that is a reason to look what is too old. */
const SURPLUS = 50;

/** The board after one frame. Types this program does not know leave it as it was. `isHeld`: calls that stay although they are old. */
export function apply(board: Board, frame: DeskFrame, isHeld: (call: string) => boolean = () => false, kept: Kept = KEPT): Board {
  return lighter(told(board, frame), isHeld, kept);
}

function told(board: Board, frame: DeskFrame): Board {
  switch (frame.type) {
    case "snapshot":
      return {
        epoch: frame.epoch,
        seq: frame.seq,
        desk: wholeDesk(frame.desk),
        calls: byId(
          frame.calls.map((call) => wholeCall(call, frame.desk.extension)),
          (call) => call.id,
        ),
        missed: byId(frame.missed.map(wholeMissed), (row) => row.id),
        dials: byId(frame.dials, (dial) => dial.command_id),
        sms: byId(frame.sms ?? [], (sms) => sms.command_id),
        roster: wholeRoster(frame.roster),
      };
    // `resumed.seq` is where the desk stands; the changes up to it still follow, so ours must not jump ahead.
    case "resumed":
    case "reply":
      return board;
    case "call":
      return isNew(board, frame) ? { ...board, seq: frame.seq, calls: put(board.calls, frame.call.id, wholeCall(frame.call, board.desk?.extension ?? null)) } : board;
    case "missed":
      return isNew(board, frame) ? { ...board, seq: frame.seq, missed: put(board.missed, frame.missed.id, wholeMissed(frame.missed)) } : board;
    case "dial":
      return isNew(board, frame) ? { ...board, seq: frame.seq, dials: put(board.dials, frame.dial.command_id, frame.dial) } : board;
    case "sms":
      return isNew(board, frame) ? { ...board, seq: frame.seq, sms: put(board.sms, frame.sms.command_id, frame.sms) } : board;
    case "roster":
      return isNew(board, frame) ? { ...board, seq: frame.seq, roster: wholeRoster(frame.roster) } : board;
    case "desk":
      return isNew(board, frame) ? { ...board, seq: frame.seq, desk: wholeDesk(frame.desk) } : board;
    case "gone":
      return isNew(board, frame) ? without({ ...board, seq: frame.seq }, frame.kind, frame.id) : board;
    default:
      return board;
  }
}

function lighter(board: Board, isHeld: (call: string) => boolean, kept: Kept): Board {
  const calls = newest(board.calls, kept.calls, (call) => (call.state === "ended" && !isHeld(call.id) ? call.started_at : null));
  const missed = newest(board.missed, kept.missed, (row) => row.closed?.at ?? null);
  // In the order in which they came.
  const dials = newest(board.dials, kept.dials, (dial) => (isOver(dial.state) ? "" : null));
  return calls === board.calls && missed === board.missed && dials === board.dials ? board : { ...board, calls, missed, dials };
}

/** The map without the oldest of what is over; `over`: since when, null while it is not. */
function newest<T>(map: ReadonlyMap<string, T>, most: number, over: (one: T) => string | null): ReadonlyMap<string, T> {
  if (map.size <= most + SURPLUS) return map;
  const ended = [...map].flatMap(([id, one]) => {
    const at = over(one);
    return at === null ? [] : [{ id, at }];
  });
  if (ended.length <= most + SURPLUS) return map;
  ended.sort((a, b) => compare(a.at, b.at));
  const rest = new Map(map);
  for (const { id } of ended.slice(0, ended.length - most)) rest.delete(id);
  return rest;
}

/** What to say in the next hello. */
export function since(board: Board): Since | null {
  return board.epoch === null ? null : { epoch: board.epoch, seq: board.seq };
}

/** Calls that are not over, newest first. */
export function liveCalls(board: Board): Call[] {
  return newestFirst([...board.calls.values()].filter((call) => call.state !== "ended"));
}

/** Whether this extension takes part in a call: it talks, holds, or placed it. */
export function isOwn(call: Call, extension: string | null): boolean {
  const state = legStateOf(call, extension);
  return state === "talking" || state === "held" || (call.by !== null && call.by === extension);
}

/** Calls that live as the desk lists them: one's own first, then what rings here, then the others; each newest first. */
export function deskCalls(board: Board, extension: string | null): Call[] {
  const place = (call: Call) => (isOwn(call, extension) ? 0 : legStateOf(call, extension) === "ringing" ? 1 : 2);
  return liveCalls(board).sort((one, other) => place(one) - place(other));
}

/** Calls that are over, newest first. */
export function endedCalls(board: Board): Call[] {
  return newestFirst([...board.calls.values()].filter((call) => call.state === "ended"));
}

/** Whether a click-to-call has come to its end. */
export function isOver(state: DialState): boolean {
  return state === "done" || state === "failed" || state === "unclear";
}

/** The click-to-call that made this call. */
export function dialOf(board: Board, call: Call): Dial | null {
  for (const dial of board.dials.values()) {
    if (dial.call === call.id || (call.command_id !== null && dial.command_id === call.command_id)) return dial;
  }
  return null;
}

/** Who the other side is: the only one, or the one a receptionist chose. Never a guess. */
export function knownPerson(call: Call): Person | null {
  const { people, chosen } = call.card;
  if (chosen !== null) return people.find((person) => person.id === chosen) ?? null;
  return people.length === 1 ? (people[0] ?? null) : null;
}

/** Whether an employee's phone takes part in a call, and how. */
export function legStateOf(call: Call, extension: string | null): "ringing" | "talking" | "held" | null {
  let best: "ringing" | "talking" | "held" | null = null;
  for (const leg of call.legs) {
    if (extension === null || leg.extension !== extension || leg.state === "ended") continue;
    if (leg.state === "talking") return "talking";
    if (best !== "held") best = leg.state;
  }
  return best;
}

function isNew(board: Board, frame: { seq: number }): boolean {
  return frame.seq > board.seq;
}

function without(board: Board, kind: string, id: string): Board {
  switch (kind) {
    case "call":
      return { ...board, calls: drop(board.calls, id) };
    case "missed":
      return { ...board, missed: drop(board.missed, id) };
    case "dial":
      return { ...board, dials: drop(board.dials, id) };
    default:
      return board;
  }
}

function byId<T>(all: readonly T[], id: (one: T) => string): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [id(one), one]));
}

function put<T>(map: ReadonlyMap<string, T>, id: string, one: T): ReadonlyMap<string, T> {
  return new Map(map).set(id, one);
}

function drop<T>(map: ReadonlyMap<string, T>, id: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(id);
  return rest;
}

function newestFirst(calls: Call[]): Call[] {
  return calls.sort((a, b) => compare(b.started_at, a.started_at) || compare(b.id, a.id));
}

/** Order of two RFC 3339 times in UTC with the same precision. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
