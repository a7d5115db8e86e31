/** The large figures above the pictures, each compared with the time before. Pure. */
import type { Numbers, Tally } from "../wire/messages";
import type { Words } from "../words";
import { hoursInWords, spanInWords } from "./spans";

export interface Change {
  /** `▲ на 12 больше`. */
  text: string;
  tone: "better" | "worse" | "neutral";
}

export interface Tile {
  key: keyof Words["numbers"]["tile"];
  value: string;
  /** What the figure is made of. */
  hint: string;
  /** Null: there is nothing to compare with. */
  change: Change | null;
}

/** Missing is not zero. */
const NOTHING = "—";

export function tiles({ total, before }: Numbers, w: Words["numbers"], write: (n: number) => string): Tile[] {
  const lost = (tally: Tally) => tally.missed + tally.abandoned;
  const span = (ms: number | null) => (ms === null ? NOTHING : spanInWords(ms, w));
  const counted = (now: number, was: number | undefined, good: "more" | "less" | null) => change(now, was ?? null, good, w, write);
  const timed = (now: number | null, was: number | null | undefined) => change(now, was ?? null, "less", w, (ms) => spanInWords(ms, w), 1_000);
  const shared = (now: number | null, was: number | null) => change(now, was, "more", w, (points) => w.change.points(write(points)));
  return [
    { key: "inbound", value: write(total.inbound), hint: w.outbound(write(total.outbound), write(total.outbound_answered)), change: counted(total.inbound, before?.inbound, null) },
    {
      key: "answered",
      value: percent(share(total.answered, total.inbound)),
      hint: w.of(write(total.answered), write(total.inbound)),
      change: shared(share(total.answered, total.inbound), before && share(before.answered, before.inbound)),
    },
    { key: "missed", value: write(lost(total)), hint: w.lost(write(total.missed), write(total.abandoned)), change: counted(lost(total), before ? lost(before) : undefined, "less") },
    {
      key: "reached",
      value: percent(share(total.reached, total.rows)),
      hint: [w.of(write(total.reached), write(total.rows)), total.called_again > 0 ? w.calledAgain(write(total.called_again)) : ""].filter(Boolean).join(", "),
      change: shared(share(total.reached, total.rows), before && share(before.reached, before.rows)),
    },
    { key: "callback", value: span(total.callback_p50_ms), hint: total.callback_p90_ms === null ? "" : `${w.half}, ${w.ninety(spanInWords(total.callback_p90_ms, w))}`, change: timed(total.callback_p50_ms, before?.callback_p50_ms) },
    { key: "wait", value: span(total.wait_p50_ms), hint: total.wait_p90_ms === null ? "" : `${w.half}, ${w.ninety(spanInWords(total.wait_p90_ms, w))}`, change: timed(total.wait_p50_ms, before?.wait_p50_ms) },
    // A long talk is neither good nor bad.
    {
      key: "talk",
      value: span(total.talk_p50_ms),
      hint: total.talk_total_ms === 0 ? "" : w.inAll(hoursInWords(total.talk_total_ms, w, write)),
      change: change(total.talk_p50_ms, before?.talk_p50_ms ?? null, null, w, (ms) => spanInWords(ms, w), 1_000),
    },
  ];
}

/** Whole percents; null of nothing. */
export function share(part: number, all: number): number | null {
  return all === 0 ? null : Math.round((part / all) * 100);
}

export function percent(share: number | null): string {
  return share === null ? NOTHING : `${share}\u00a0%`;
}

/** `step` is the smallest difference that is told. */
function change(now: number | null, was: number | null, good: "more" | "less" | null, w: Words["numbers"], write: (by: number) => string, step = 1): Change | null {
  if (now === null || was === null) return null;
  const by = Math.abs(now - was);
  if (by < step) return { text: w.change.same, tone: "neutral" };
  const way = now > was ? "more" : "less";
  const text = w.change[way](write(by));
  if (good === null) return { text, tone: "neutral" };
  return way === good ? { text: `${text}, ${w.change.better}`, tone: "better" } : { text: `${text}, ${w.change.worse}`, tone: "worse" };
}
