/** Spans of time in the words of the page of numbers. Pure. */
import type { Words } from "../words";

/** `12 с`, `1 мин 40 с`, `2 ч 5 мин`, `3 дн 4 ч`: two units at most, and no false precision. */
export function spanInWords(ms: number, w: Pick<Words["numbers"], "unit">): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const { unit } = w;
  if (seconds < 60) return unit.seconds(String(seconds));
  if (seconds < 600) return two(unit.minutes(String(Math.floor(seconds / 60))), seconds % 60, unit.seconds);
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit.minutes(String(minutes));
  if (minutes < 1_440) return two(unit.hours(String(Math.floor(minutes / 60))), minutes % 60, unit.minutes);
  const hours = Math.round(minutes / 60);
  return two(unit.days(String(Math.floor(hours / 24))), hours % 24, unit.hours);
}

/** All the talking of a month is hours, however many: `1 048 ч`. */
export function hoursInWords(ms: number, w: Pick<Words["numbers"], "unit">, write: (n: number) => string): string {
  const hours = ms / 3_600_000;
  return hours < 24 ? spanInWords(ms, w) : w.unit.hours(write(Math.round(hours)));
}

function two(large: string, rest: number, small: (n: string) => string): string {
  return rest === 0 ? large : `${large} ${small(String(rest))}`;
}
