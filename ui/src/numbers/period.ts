/** Which days are counted. Pure: today is handed in. */
import { dateLabel, inSentence, type When } from "../format";
import { plusDays } from "../history/filter";

export type PeriodName = "today" | "week" | "month" | "range";
export const PERIOD_NAMES: readonly PeriodName[] = ["today", "week", "month", "range"];

/** Whole days, both included: `2026-11-24`. */
export interface Days {
  from: string;
  to: string;
}

/** A picture of more days than a year has is read by nobody. */
export const MOST_DAYS = 366;

export function daysOf(period: PeriodName, range: Days, today: string): Days {
  switch (period) {
    case "today":
      return { from: today, to: today };
    case "week":
      return { from: plusDays(today, -6), to: today };
    case "month":
      return { from: plusDays(today, -29), to: today };
    case "range":
      return range;
  }
}

/** How many days; zero or less: the first is after the last, or one is not a date. */
export function length({ from, to }: Days): number {
  const days = (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000 + 1;
  return Number.isNaN(days) ? 0 : days;
}

/** As many days right before. */
export function before(days: Days): Days {
  const count = length(days);
  return { from: plusDays(days.from, -count), to: plusDays(days.from, -1) };
}

/** `сегодня`, `18.11 – 24.11`. */
export function inWords({ from, to }: Days, when: When): string {
  const day = (date: string) => inSentence(dateLabel(date, when));
  return from === to ? day(from) : `${day(from)} – ${day(to)}`;
}

/** In full, for paper: `24 ноября 2026 г.`, `26 октября – 24 ноября 2026 г.` */
export function inFull({ from, to }: Days, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const [first, last] = [Date.parse(`${from}T12:00:00Z`), Date.parse(`${to}T12:00:00Z`)];
  if (Number.isNaN(first) || Number.isNaN(last)) return "";
  return from === to ? format.format(first) : format.formatRange(first, last);
}
