/** Which calls of history are meant, as it is chosen and as it is told. Pure: today is handed in. */
import { dateLabel, inSentence, phone, type When } from "../format";
import { named } from "../roster";
import type { CallFilter, Direction, Outcome, Roster, Understood } from "../wire/messages";
import type { Words } from "../words";

export type Period = "today" | "yesterday" | "week" | "month" | "range";
export const PERIODS: readonly Period[] = ["today", "yesterday", "week", "month", "range"];
export const ENDS: readonly Outcome[] = ["answered", "missed", "abandoned", "failed", "unknown"];
export const DIRECTIONS: readonly Direction[] = ["inbound", "outbound", "internal"];

export interface Filter {
  period: Period | null;
  /** Of a range, `2026-11-24`; empty: open on that side. */
  from: string;
  to: string;
  ended: Outcome | null;
  direction: Direction | null;
  extension: string | null;
  line: string | null;
  wrapUp: string | null;
  tag: string | null;
}

export const noFilter: Filter = { period: null, from: "", to: "", ended: null, direction: null, extension: null, line: null, wrapUp: null, tag: null };

/** A date so many days later. */
export function plusDays(date: string, days: number): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? date : new Date(at + days * 86_400_000).toISOString().slice(0, 10);
}

/** As the desk is asked. */
export function asked(filter: Filter, today: string): CallFilter {
  const days = daysOf(filter, today);
  return {
    ...(days.from === "" ? {} : { from: days.from }),
    ...(days.to === "" ? {} : { to: days.to }),
    ...(filter.ended === null ? {} : { ended: filter.ended }),
    ...(filter.direction === null ? {} : { direction: filter.direction }),
    ...(filter.extension === null ? {} : { extension: filter.extension }),
    ...(filter.line === null ? {} : { line: filter.line }),
    ...(filter.wrapUp === null ? {} : { wrap_up: filter.wrapUp }),
    ...(filter.tag === null ? {} : { tag: filter.tag }),
  };
}

function daysOf(filter: Filter, today: string): { from: string; to: string } {
  switch (filter.period) {
    case null:
      return { from: "", to: "" };
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: plusDays(today, -1), to: plusDays(today, -1) };
    case "week":
      return { from: plusDays(today, -6), to: today };
    case "month":
      return { from: plusDays(today, -29), to: today };
    case "range":
      return { from: filter.from, to: filter.to };
  }
}

export function isEmpty(filter: Filter): boolean {
  return told(filter).length === 0;
}

/** Whether the range ends before it begins. */
export function isBackwards(filter: Filter): boolean {
  return filter.period === "range" && filter.from !== "" && filter.to !== "" && filter.from > filter.to;
}

/** Which parts of the filter ask for something. */
function told(filter: Filter): (keyof Filter)[] {
  return (["period", "ended", "direction", "extension", "line", "wrapUp", "tag"] as const).filter((key) => filter[key] !== null && !(key === "period" && filter.period === "range" && filter.from === "" && filter.to === ""));
}

/** In words: `вчера, пропущен, 202 Ким Анна`. */
export function inWords(filter: Filter, w: Words, { roster, when }: { roster: Roster; when: When }): string {
  return told(filter)
    .map((key) => {
      switch (key) {
        case "period":
          return filter.period === null ? "" : filter.period === "range" ? rangeInWords(filter, w, when) : w.history.periods[filter.period];
        case "ended":
          return filter.ended === null ? "" : w.history.ended[filter.ended];
        case "direction":
          return filter.direction === null ? "" : w.history.direction[filter.direction];
        case "extension":
          return filter.extension === null ? "" : named(roster, filter.extension);
        case "line":
          return filter.line === null ? "" : lineName(filter.line, roster);
        case "wrapUp":
          return filter.wrapUp ?? "";
        case "tag":
          return filter.tag ?? "";
        case "from":
        case "to":
          return "";
      }
    })
    .filter((part) => part !== "")
    .join(", ");
}

function rangeInWords({ from, to }: Filter, w: Words, when: When): string {
  const day = (date: string) => inSentence(dateLabel(date, when));
  return [from === "" ? "" : `${w.history.from} ${day(from)}`, to === "" ? "" : `${w.history.to} ${day(to)}`].filter((part) => part !== "").join(" ");
}

/** What the clinic calls a line, else its number. */
export function lineName(line: string, roster: Roster): string {
  return roster.lines.find((one) => one.number === line)?.name ?? phone(line);
}

/** What the desk says it read some words of the search as: `вчера`, `пропущенные: пропущен, не дождался`. */
export function understoodWords(told: unknown, w: Words, when: When): string[] {
  if (!Array.isArray(told)) return [];
  return (told as Partial<Understood>[])
    .map((one) => {
      const means = meaning(one, w, when);
      if (typeof one?.text !== "string" || means === "") return "";
      return means === one.text ? means : `${one.text}: ${means}`;
    })
    .filter((text) => text !== "")
    .slice(0, 8);
}

function meaning(one: Partial<Understood> | null, w: Words, when: When): string {
  switch (one?.kind) {
    case "days": {
      const { from = "", to = "" } = one;
      return from === to ? inSentence(dateLabel(from, when)) : rangeInWords({ ...noFilter, from, to }, w, when);
    }
    case "ended":
      return (one.ended ?? []).map((ended) => w.history.ended[ended]).join(", ");
    case "direction":
      return one.direction === undefined ? "" : w.history.direction[one.direction];
    default:
      return "";
  }
}
