/** Until when a row is put off, and how long somebody waited. Pure: the time and the zone are handed in. */
import { today } from "../../format";
import type { Words } from "../../words";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** `14:30`, `1430`, `14.30`, `9`, `9 15`: hours and minutes; null when it is no time. */
export function typedTime(text: string): { hours: number; minutes: number } | null {
  const parts = /^(\d{1,2})(?:[:.\s-]?(\d{2}))?$/.exec(text.trim());
  if (!parts) return null;
  const [hours, minutes] = [Number(parts[1]), Number(parts[2] ?? "0")];
  return hours > 23 || minutes > 59 ? null : { hours, minutes };
}

/** The next moment at which the clinic's clock shows this: today, or tomorrow when it has passed. */
export function nextAt({ hours, minutes }: { hours: number; minutes: number }, now: number, zone: string): number {
  const at = clinicTime(0, hours, minutes, now, zone);
  return at > now ? at : clinicTime(1, hours, minutes, now, zone);
}

/** So many days from today, when the clinic's clock shows this. */
export function clinicTime(days: number, hours: number, minutes: number, now: number, zone: string): number {
  const wall = Date.parse(`${today({ now, zone })}T00:00:00Z`) + days * DAY + (hours * 60 + minutes) * MINUTE;
  // What the zone is off is asked of the moment itself, twice, because the guess may lie beyond a change of the clock.
  let at = wall - offset(wall, zone);
  at = wall - offset(at, zone);
  return at;
}

/** `через 12 мин`, `через 1 ч 5 мин`, `через 2 дн. 3 ч`, `меньше чем через минуту`. */
export function after(ms: number, w: Words["missedList"]): string {
  const minutes = Math.floor(ms / MINUTE);
  return minutes < 1 ? w.afterUnderMinute : w.after(span(minutes, w));
}

function span(minutes: number, w: Words["missedList"]): string {
  if (minutes < 60) return w.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return [w.hours(hours), minutes % 60 === 0 ? "" : w.minutes(minutes % 60)].filter(Boolean).join(" ");
  return [w.days(Math.floor(hours / 24)), hours % 24 === 0 ? "" : w.hours(hours % 24)].filter(Boolean).join(" ");
}

/** The zone's clock minus UTC at a moment, ms. */
function offset(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(at);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(value("year"), value("month") - 1, value("day"), value("hour"), value("minute")) - Math.floor(at / MINUTE) * MINUTE;
}
