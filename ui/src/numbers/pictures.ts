/** What each picture shows: the same numbers as bars and as a table. Pure, no chart library. */
import { phone } from "../format";
import type { Numbers, Tally } from "../wire/messages";
import type { Words } from "../words";
import { hoursInWords, spanInWords } from "./spans";
import { percent, share } from "./tiles";

/** How a series is drawn: each has a colour and a pattern of its own. */
export type Ink = "answered" | "missed" | "abandoned" | "unknown" | "made" | "half" | "ninety";

export interface Series {
  name: string;
  ink: Ink;
  values: readonly (number | null)[];
}

export interface Bars {
  /** What each bar, or group of bars, is about. */
  names: readonly string[];
  series: readonly Series[];
  stacked: boolean;
  /** Lying bars: for names that are long. */
  lying: boolean;
  /** From one line of the scale to the next, where tens and hundreds are not what one reads. */
  step?: number;
  /** A value in words, for the bar's end and the pointer. */
  write: (value: number) => string;
}

export interface Picture {
  key: keyof Words["numbers"]["chart"];
  title: string;
  /** The picture in one sentence. */
  summary: string;
  /** Null: there is nothing to draw. */
  bars: Bars | null;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** The table is wanted beside the picture, not instead of it. */
  both?: boolean;
  /** It has the whole width. */
  wide?: boolean;
}

/** More lying bars than this are a table. */
const MOST_BARS = 12;
/** The hours of a usual day; others are shown when somebody called then. */
const [FIRST_HOUR, LAST_HOUR] = [8, 20];

export interface Facts {
  w: Words["numbers"];
  /** A whole number in the reader's language. */
  write: (n: number) => string;
  /** A date as one reads it: `24.11`. */
  day: (date: string) => string;
}

export function pictures(numbers: Numbers, facts: Facts): Picture[] {
  const made = [hours(numbers, facts), days(numbers, facts), waits(numbers, facts), callbacks(numbers, facts), rows(numbers, facts), outcomes(numbers, facts), lines(numbers, facts), tags(numbers, facts), colleagues(numbers, facts)];
  return made.filter((picture) => picture !== null);
}

function shownHours(hours: readonly Tally[]): number[] {
  const busy = hours.flatMap((tally, hour) => (tally.inbound + tally.outbound > 0 ? [hour] : []));
  const [first, last] = [Math.min(FIRST_HOUR, ...busy), Math.max(LAST_HOUR, ...busy)];
  return hours.flatMap((_, hour) => (hour >= first && hour <= last ? [hour] : []));
}

function stack(tallies: readonly Tally[], w: Words["numbers"]): Series[] {
  const series: Series[] = (["answered", "missed", "abandoned"] as const).map((ink) => ({ name: w.series[ink], ink, values: tallies.map((tally) => tally[ink]) }));
  return tallies.some((tally) => tally.unknown > 0) ? [...series, { name: w.series.unknown, ink: "unknown", values: tallies.map((tally) => tally.unknown) }] : series;
}

function tallyHead(first: string, w: Words["numbers"]): string[] {
  const c = w.column;
  return [first, c.inbound, c.answered, c.share, c.missed, c.abandoned, c.reached, c.callback, c.wait, c.wait90, c.talk, c.outbound];
}

function tallyRow(name: string, tally: Tally, { w, write }: Facts): string[] {
  const span = (ms: number | null) => (ms === null ? "—" : spanInWords(ms, w));
  return [
    name,
    write(tally.inbound),
    write(tally.answered),
    percent(share(tally.answered, tally.inbound)),
    write(tally.missed),
    write(tally.abandoned),
    tally.rows === 0 ? "—" : w.of(write(tally.reached), write(tally.rows)),
    span(tally.callback_p50_ms),
    span(tally.wait_p50_ms),
    span(tally.wait_p90_ms),
    span(tally.talk_p50_ms),
    write(tally.outbound),
  ];
}

/** `больше всего: 10:00 (124)`. */
function busiest(names: readonly string[], values: readonly number[], { w, write }: Facts): string {
  const most = Math.max(0, ...values);
  const at = values.indexOf(most);
  return most === 0 ? w.said.nothing : w.said.busiest(names[at] ?? "", write(most));
}

function hours({ hours: all, days: { length: dayCount } }: Numbers, facts: Facts): Picture {
  const { w, write } = facts;
  const shown = shownHours(all);
  const tallies = shown.flatMap((hour) => all[hour] ?? []);
  const names = shown.map(w.hour);
  return {
    key: "hours",
    title: w.chart.hours,
    summary: busiest(names, tallies.map((tally) => tally.inbound), facts),
    bars: tallies.some((tally) => tally.inbound > 0) ? { names, series: stack(tallies, w), stacked: true, lying: false, write } : null,
    head: tallyHead(w.column.hour, w),
    rows: tallies.map((tally, index) => tallyRow(names[index] ?? "", tally, facts)),
    // Without days beside them.
    wide: dayCount < 2,
  };
}

function days({ days: all }: Numbers, facts: Facts): Picture | null {
  const { w, write } = facts;
  if (all.length < 2) return null;
  const tallies = all.map((one) => one.tally);
  const names = all.map((one) => facts.day(one.date));
  return {
    key: "days",
    title: w.chart.days,
    summary: busiest(names, tallies.map((tally) => tally.inbound), facts),
    bars: tallies.some((tally) => tally.inbound > 0) ? { names, series: stack(tallies, w), stacked: true, lying: false, write } : null,
    head: tallyHead(w.column.day, w),
    rows: tallies.map((tally, index) => tallyRow(names[index] ?? "", tally, facts)),
  };
}

/** Half and nine of ten beside each other, by hour or by day. */
function spans(names: readonly string[], tallies: readonly Tally[], kind: "wait" | "callback", w: Words["numbers"]): Bars | null {
  const pick = (part: "p50" | "p90") => tallies.map((tally) => tally[`${kind}_${part}_ms`]);
  if (pick("p50").every((value) => value === null)) return null;
  return {
    names,
    series: [
      { name: w.series.half, ink: "half", values: pick("p50") },
      { name: w.series.ninety, ink: "ninety", values: pick("p90") },
    ],
    stacked: false,
    lying: false,
    step: niceStep(Math.max(0, ...pick("p90").map((value) => value ?? 0), ...pick("p50").map((value) => value ?? 0)) / LINES),
    write: (ms) => spanInWords(ms, w),
  };
}

/** Steps of a scale of time as clocks have them, s. */
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
/** How many lines a scale has, about. */
const LINES = 4;

function niceStep(ms: number): number {
  return (STEPS.find((step) => step * 1_000 >= ms) ?? Math.ceil(ms / 86_400_000) * 86_400) * 1_000;
}

function waits({ hours: all, total }: Numbers, facts: Facts): Picture {
  const { w, write } = facts;
  const shown = shownHours(all);
  const tallies = shown.flatMap((hour) => all[hour] ?? []);
  const names = shown.map(w.hour);
  const span = (ms: number | null) => (ms === null ? "—" : spanInWords(ms, w));
  return {
    key: "waits",
    title: w.chart.waits,
    summary: total.wait_p50_ms === null ? w.said.nothing : `${w.series.half}: ${span(total.wait_p50_ms)}, ${w.series.ninety}: ${span(total.wait_p90_ms)}`,
    bars: spans(names, tallies, "wait", w),
    head: [w.column.hour, w.column.answered, w.column.wait, w.column.wait90, w.column.talk],
    rows: tallies.map((tally, index) => [names[index] ?? "", write(tally.answered), span(tally.wait_p50_ms), span(tally.wait_p90_ms), span(tally.talk_p50_ms)]),
  };
}

function callbacks({ days: all, hours: byHour, total }: Numbers, facts: Facts): Picture {
  const { w, write } = facts;
  const span = (ms: number | null) => (ms === null ? "—" : spanInWords(ms, w));
  const shown = shownHours(byHour);
  // One day has nothing to compare but its hours.
  const one = all.length < 2;
  const tallies = one ? shown.flatMap((hour) => byHour[hour] ?? []) : all.map((day) => day.tally);
  const names = one ? shown.map(w.hour) : all.map((day) => facts.day(day.date));
  return {
    key: "callbacks",
    title: w.chart.callbacks,
    summary: total.callback_p50_ms === null ? w.said.noCallbacks : `${w.series.half}: ${span(total.callback_p50_ms)}, ${w.series.ninety}: ${span(total.callback_p90_ms)}`,
    bars: spans(names, tallies, "callback", w),
    head: [one ? w.column.hour : w.column.day, w.column.lost, w.column.reached, w.column.callback, w.column.callback90],
    rows: tallies.map((tally, index) => [names[index] ?? "", write(tally.rows), write(tally.reached), span(tally.callback_p50_ms), span(tally.callback_p90_ms)]),
  };
}

function rows({ total }: Numbers, { w, write }: Facts): Picture {
  const fates = ["reached", "called_again", "dismissed", "open"] as const;
  return {
    key: "rows",
    title: w.chart.rows,
    summary: total.rows === 0 ? w.said.nothing : fates.map((fate) => `${w.series[fate]}: ${percent(share(total[fate], total.rows))}`).join(", "),
    bars: total.rows === 0 ? null : { names: fates.map((fate) => w.series[fate]), series: [{ name: w.series.count, ink: "answered", values: fates.map((fate) => total[fate]) }], stacked: true, lying: true, write },
    head: [w.column.what, w.column.count, "%"],
    rows: fates.map((fate) => [w.series[fate], write(total[fate]), percent(share(total[fate], total.rows))]),
  };
}

function named(key: "outcomes" | "tags", all: Numbers["outcomes"], facts: Facts): Picture {
  const { w, write } = facts;
  const shown = all.slice(0, MOST_BARS);
  return {
    key,
    title: w.chart[key],
    summary: all.length === 0 ? w.said.noOutcomes : withRest(busiest(all.map((one) => one.name), all.map((one) => one.count), facts), all.length, w),
    bars: all.length === 0 ? null : { names: shown.map((one) => one.name), series: [{ name: w.series.count, ink: "answered", values: shown.map((one) => one.count) }], stacked: true, lying: true, write },
    head: [w.column.outcome, w.column.count],
    rows: all.map((one) => [one.name, write(one.count)]),
  };
}

const outcomes = ({ outcomes: all }: Numbers, facts: Facts) => named("outcomes", all, facts);
const tags = ({ tags: all }: Numbers, facts: Facts) => (all.length === 0 ? null : named("tags", all, facts));

function withRest(text: string, all: number, w: Words["numbers"]): string {
  return all > MOST_BARS ? `${text}; ${w.said.top(MOST_BARS, all)}` : text;
}

function lines({ lines: all }: Numbers, facts: Facts): Picture {
  const { w, write } = facts;
  const nameOf = ({ line, name }: Numbers["lines"][number]) => name ?? (line === "" ? w.noLine : phone(line));
  const shown = all.slice(0, MOST_BARS);
  return {
    key: "lines",
    title: w.chart.lines,
    summary: withRest(busiest(all.map(nameOf), all.map((one) => one.tally.inbound), facts), all.length, w),
    bars: shown.some((one) => one.tally.inbound > 0) ? { names: shown.map(nameOf), series: stack(shown.map((one) => one.tally), w), stacked: true, lying: true, write } : null,
    head: tallyHead(w.column.line, w),
    rows: all.map((one) => tallyRow(nameOf(one), one.tally, facts)),
  };
}

function colleagues({ colleagues: all }: Numbers, facts: Facts): Picture {
  const { w, write } = facts;
  const nameOf = ({ extension, name }: Numbers["colleagues"][number]) => (name === null ? extension : `${extension} ${name}`);
  const span = (ms: number | null) => (ms === null ? "—" : spanInWords(ms, w));
  const shown = all.slice(0, MOST_BARS);
  return {
    key: "colleagues",
    title: w.chart.colleagues,
    summary: withRest(busiest(all.map(nameOf), all.map((one) => one.answered + one.outbound), facts), all.length, w),
    bars:
      shown.length === 0
        ? null
        : {
            names: shown.map(nameOf),
            series: [
              { name: w.series.answered, ink: "answered", values: shown.map((one) => one.answered) },
              { name: w.series.made, ink: "made", values: shown.map((one) => one.outbound) },
            ],
            stacked: true,
            lying: true,
            write,
          },
    head: [w.column.colleague, w.column.answered, w.column.wait, w.column.talk, w.column.total, w.column.outbound, w.column.reached],
    rows: all.map((one) => [nameOf(one), write(one.answered), span(one.wait_p50_ms), span(one.talk_p50_ms), one.talk_total_ms === 0 ? "—" : hoursInWords(one.talk_total_ms, w, write), write(one.outbound), write(one.reached)]),
    both: true,
    wide: true,
  };
}
