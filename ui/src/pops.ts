/** Which calls have a card in the pop window, and what each card is about. Pure: the time is handed in. */
import { dialOf, isOver, legStateOf, type Board } from "./board";
import { consultationOf, handedOver } from "./deeds";
import type { Call, Dial } from "./wire/messages";

/** What a card tells about its call. */
export type Phase =
  /** It rings here. */
  | "ringing"
  /** This desk called: a phone rings. */
  | "calling"
  /** This desk talks. */
  | "talking"
  /** This desk put it on hold. */
  | "held"
  /** This desk asks a colleague while the patient waits. */
  | "consulting"
  /** This desk handed it over, and the colleague's phone rings. */
  | "handing"
  /** This desk talked, and it is over. */
  | "ended"
  /** Nobody took it. */
  | "missed"
  /** This desk called and reached nobody. */
  | "failed"
  /** A colleague took it. */
  | "taken"
  /** It no longer rings here, and nobody has it yet. */
  | "moved";

export interface PopCard {
  /** Key of the card: the call's id, or `dial:` and the command's id before there is a call. */
  readonly key: string;
  readonly call: string | null;
  readonly dial: string | null;
  readonly phase: Phase;
  /** When the card came, ms. */
  readonly shownAt: number;
  /** When it got its phase, ms. */
  readonly since: number;
}

/** How long a card stays after its call needs nobody here any more, ms. */
export const STAYS: Record<Phase, number> = {
  ringing: Infinity,
  calling: Infinity,
  talking: Infinity,
  held: Infinity,
  consulting: Infinity,
  handing: Infinity,
  taken: 4_000,
  moved: 4_000,
  // Long enough to write the note and to look at the next visit once more.
  ended: 30_000,
  failed: 30_000,
  // The desk keeps the row of a missed call; the card must not cover the MIS for ever.
  missed: 120_000,
};

export interface PopFacts {
  board: Board;
  now: number;
  /** Cards closed by hand. */
  dismissed: ReadonlySet<string>;
  /** Cards that hold unsaved words or the keyboard: they never fold away by themselves. */
  kept: ReadonlySet<string>;
}

/** The cards after a change, newest ringing first. Cards keep their key, so a card's own state survives. */
export function popCards(before: readonly PopCard[], { board, now, dismissed, kept }: PopFacts): PopCard[] {
  const me = board.desk?.extension ?? null;
  const cards: PopCard[] = [];
  const known = new Map(before.map((card) => [card.key, card]));

  for (const call of board.calls.values()) {
    const old = known.get(call.id) ?? null;
    // A day has many of these, and none of them comes back.
    if (old === null && call.state === "ended") continue;
    const phase = phaseOf(call, me, old?.phase ?? null, dialOf(board, call));
    if (phase === null || dismissed.has(call.id)) continue;
    cards.push(next(old, { key: call.id, call: call.id, dial: null, phase }, now));
  }
  for (const dial of board.dials.values()) {
    const key = `dial:${dial.command_id}`;
    const old = known.get(key) ?? null;
    if (dismissed.has(key) || (dial.call !== null && board.calls.has(dial.call))) continue;
    if (dial.extension !== me || (isOver(dial.state) && old === null)) continue;
    // A card of this number that is already here tells the progress itself.
    if (cards.some((card) => card.call !== null && board.calls.get(card.call)?.number === dial.number)) continue;
    cards.push(next(old, { key, call: null, dial: dial.command_id, phase: isOver(dial.state) ? "failed" : "calling" }, now));
  }

  const stay = cards.filter((card) => kept.has(card.key) || now - card.since < STAYS[card.phase]);
  return withoutOutdated(stay, board, kept).sort(order);
}

/** What a call's card is about; null when it has none. */
function phaseOf(call: Call, me: string | null, before: Phase | null, dial: Dial | null): Phase | null {
  if (call.pops) return "ringing";
  const mine = legStateOf(call, me);
  const byMe = call.direction === "outbound" && me !== null && (call.by === me || dial?.extension === me);
  if (call.state === "ended") {
    if (before === null) return null;
    switch (call.outcome) {
      case "missed":
      case "abandoned":
        return "missed";
      case "failed":
        return "failed";
      case "answered":
        return before === "talking" || before === "held" || before === "consulting" || before === "ended" || byMe || call.answered_by === me ? "ended" : "taken";
      case "unknown":
      case null:
        // The end is known before its outcome: a card that rang waits for the word "missed" as "moved".
        return before === "ringing" ? "moved" : before === "calling" ? "failed" : before;
    }
  }
  if (call.direction !== "internal") {
    if (consultationOf(call, me) !== null) return "consulting";
    const handed = handedOver(call, me);
    if (handed !== null && (before !== null || byMe)) return handed.state === "done" || call.state === "talking" ? "taken" : "handing";
  }
  if (byMe) return call.state === "talking" ? "talking" : call.state === "held" ? "held" : "calling";
  // Internal calls are no business of this window; a consultation shows in the desk.
  if (call.direction === "internal") return null;
  if (mine === "talking" || mine === "held") return call.state === "held" ? "held" : "talking";
  if (before === null) return null;
  if (call.state === "talking" || call.state === "held") {
    // Handed over by us: our part is over, a colleague goes on.
    return "taken";
  }
  return "moved";
}

function next(old: PopCard | null, card: Omit<PopCard, "shownAt" | "since">, now: number): PopCard {
  if (old === null) return { ...card, shownAt: now, since: now };
  return old.phase === card.phase ? old : { ...card, shownAt: old.shownAt, since: now };
}

/** So many cards fit beside the medical system; what is beyond them waits in the desk's lists. */
export const MOST_CARDS = 6;

/** What the window shows of the cards: the first, and those that somebody works in wherever they stand. */
export function shownCards(cards: readonly PopCard[], kept: ReadonlySet<string>): { shown: readonly PopCard[]; folded: readonly PopCard[] } {
  const isShown = (card: PopCard, index: number) => index < MOST_CARDS || kept.has(card.key);
  return { shown: cards.filter(isShown), folded: cards.filter((card, index) => !isShown(card, index)) };
}

/** An old card makes way for a newer one of the same number: nobody needs the same patient twice. */
function withoutOutdated(cards: PopCard[], board: Board, kept: ReadonlySet<string>): PopCard[] {
  const number = (card: PopCard) => (card.call === null ? null : (board.calls.get(card.call)?.number ?? null));
  const started = (card: PopCard) => (card.call === null ? "" : (board.calls.get(card.call)?.started_at ?? ""));
  return cards.filter((card) => {
    if (STAYS[card.phase] === Infinity || kept.has(card.key) || number(card) === null) return true;
    return !cards.some((other) => other !== card && number(other) === number(card) && started(other) > started(card));
  });
}

const RANK: Record<Phase, number> = {
  ringing: 0,
  talking: 1,
  calling: 1,
  held: 1,
  consulting: 1,
  handing: 1,
  missed: 2,
  failed: 2,
  ended: 2,
  moved: 3,
  taken: 3,
};

function order(a: PopCard, b: PopCard): number {
  return RANK[a.phase] - RANK[b.phase] || b.shownAt - a.shownAt || (a.key < b.key ? 1 : -1);
}
