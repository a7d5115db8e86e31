/** What to say of a call's way: which stage was late, in words. Pure. */
import { took } from "../../format";
import type { CallWay } from "../../wire/messages";
import type { Language, Words } from "../../words";

/** Later than this a receptionist has answered without the card, ms. */
const SLOW_LOOK_UP = 1_500;
const SLOW_EVENT = 3_000;
const SLOW_DISK = 1_000;
const SLOW_SHOWN = 1_000;
/** The PBX's moments are whole seconds: so much earlier than it happened is still no wrong clock, ms. */
const EARLY = -2_000;
/** So young a way may still be under way, ms. */
const YOUNG = 5_000;

export interface Judgement {
  text: string;
  bad: boolean;
}

export interface Stage {
  name: string;
  /** After the post came, ms; null: not reached. */
  ms: number | null;
}

export function stagesOf(way: CallWay, w: Words["diagnostics"]): Stage[] {
  const { verified, fed, stored, looked, shown } = w.stages;
  return [
    { name: verified, ms: way.verified_ms },
    { name: fed, ms: way.fed_ms },
    { name: stored, ms: way.stored_ms },
    { name: looked, ms: way.looked_up_ms },
    { name: shown, ms: way.shown_ms },
  ];
}

/** How long the event was on its way from the PBX, ms; null when one of the moments is not known. */
export function underWay(way: CallWay): number | null {
  const late = Date.parse(way.received_at ?? "") - Date.parse(way.happened_at ?? "");
  return Number.isNaN(late) ? null : late;
}

/** Everything that was not in time, in the order of the way; one good word when all was. */
export function judge(way: CallWay, w: Words["diagnostics"], language: Language, now: number): Judgement[] {
  const say = (ms: number) => took(ms, language, { ms: w.ms, secondsLong: w.seconds });
  const isYoung = now - Date.parse(way.received_at ?? "") < YOUNG;
  const late = underWay(way);
  const wrong: string[] = [];
  if (late !== null && late > SLOW_EVENT) wrong.push(w.judgements.lateEvent(say(late)));
  if (late !== null && late < EARLY) wrong.push(w.judgements.clock);
  if (way.stored_ms === null) {
    if (!isYoung) wrong.push(w.judgements.notStored);
  } else if (way.stored_ms > SLOW_DISK) wrong.push(w.judgements.slowDisk(say(way.stored_ms)));
  if (way.looked_up === "unavailable") wrong.push(w.judgements.lookUpFailed);
  else if (way.looked_up_ms !== null && way.looked_up_ms > SLOW_LOOK_UP) wrong.push(w.judgements.slowLookUp(say(way.looked_up_ms)));
  else if (way.looked_up_ms === null && way.number !== null && !isYoung) wrong.push(w.judgements.noLookUp);
  if (way.shown_ms === null) {
    if (!isYoung) wrong.push(w.judgements.notShown);
  } else if (way.fed_ms !== null && way.shown_ms - way.fed_ms > SLOW_SHOWN) wrong.push(w.judgements.slowShown(say(way.shown_ms)));
  return wrong.length === 0 ? [{ text: w.judgements.good, bad: false }] : wrong.map((text) => ({ text, bad: true }));
}

/** `734 КБ`, `12,4 МБ`. */
export function size(bytes: number, language: Language): string {
  const [count, unit] = bytes < 1_000_000 ? [bytes / 1_000, "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: bytes < 1_000_000 ? 0 : 1 }).format(count);
}
