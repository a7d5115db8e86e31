/** Counts the days of an invented past as a desk does. */
import { hourOf } from "./history.mjs";

const DAY = 86_400_000;
const part = (values, share) => (values.length === 0 ? null : values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]);

function tally(records) {
  const inbound = records.filter((one) => one.direction === "inbound");
  const outbound = records.filter((one) => one.direction === "outbound");
  const count = (list, test) => list.filter(test).length;
  const answered = inbound.filter((one) => one.outcome === "answered");
  const talked = [...answered, ...outbound.filter((one) => one.outcome === "answered")].map((one) => one.talk);
  const waits = answered.map((one) => one.wait);
  const rows = inbound.filter((one) => one.row !== null);
  const backs = rows.filter((one) => one.row === "reached").map((one) => one.back);
  return {
    inbound: inbound.length,
    answered: answered.length,
    missed: count(inbound, (one) => one.outcome === "missed"),
    abandoned: count(inbound, (one) => one.outcome === "abandoned"),
    unknown: count(inbound, (one) => one.outcome === "unknown"),
    outbound: outbound.length,
    outbound_answered: count(outbound, (one) => one.outcome === "answered"),
    rows: rows.length,
    reached: count(rows, (one) => one.row === "reached"),
    called_again: count(rows, (one) => one.row === "called_again"),
    dismissed: count(rows, (one) => one.row === "dismissed"),
    open: count(rows, (one) => one.row === "open"),
    wait_p50_ms: part(waits, 0.5),
    wait_p90_ms: part(waits, 0.9),
    talk_p50_ms: part(talked, 0.5),
    talk_total_ms: talked.reduce((sum, one) => sum + one, 0),
    callback_p50_ms: part(backs, 0.5),
    callback_p90_ms: part(backs, 0.9),
  };
}

const dates = (from, to) => {
  const all = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) all.push(new Date(at).toISOString().slice(0, 10));
  return all;
};

const grouped = (records, key) => {
  const groups = new Map();
  for (const one of records) {
    if (!groups.has(key(one))) groups.set(key(one), []);
    groups.get(key(one)).push(one);
  }
  return groups;
};

const counted = (names) => {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
};

export function numbersOf(past, from, to) {
  const days = dates(from, to);
  const shift = (date) => new Date(Date.parse(date) - days.length * DAY).toISOString().slice(0, 10);
  const between = (a, b) => past.records.filter((one) => one.date >= a && one.date <= b);
  const records = between(from, to);
  const before = between(shift(from), shift(to));
  const oldest = past.records.length === 0 ? from : past.records.at(-1).date;
  const byDay = new Map(days.map((date) => [date, []]));
  for (const one of records) byDay.get(one.date).push(one);
  const byHour = Array.from({ length: 24 }, () => []);
  for (const one of records) byHour[hourOf(one.at)].push(one);
  const outer = records.filter((one) => one.direction !== "internal");
  const colleague = ([extension, list]) => {
    const answered = list.filter((one) => one.direction === "inbound" && one.outcome === "answered");
    const made = list.filter((one) => one.direction === "outbound");
    const talks = [...answered, ...made.filter((one) => one.outcome === "answered")].map((one) => one.talk);
    return {
      extension,
      name: past.staff.get(extension) ?? null,
      answered: answered.length,
      outbound: made.length,
      outbound_answered: made.filter((one) => one.outcome === "answered").length,
      reached: list.filter((one) => one.row === "reached").length,
      talk_p50_ms: part([...talks], 0.5),
      talk_total_ms: talks.reduce((sum, one) => sum + one, 0),
      wait_p50_ms: part(answered.map((one) => one.wait), 0.5),
    };
  };
  return {
    from,
    to,
    kept_since: oldest > from ? oldest : null,
    total: tally(records),
    before: before.length === 0 ? null : tally(before),
    days: days.map((date) => ({ date, tally: tally(byDay.get(date)) })),
    hours: byHour.map(tally),
    lines: [...grouped(outer, (one) => one.line)].map(([line, list]) => ({ line, name: past.lineNames.get(line) ?? null, tally: tally(list) })).sort((a, b) => b.tally.inbound - a.tally.inbound),
    colleagues: [...grouped(records, (one) => one.by)].map(colleague).filter((one) => one.answered + one.outbound > 0).sort((a, b) => b.answered + b.outbound - a.answered - a.outbound),
    outcomes: counted(records.map((one) => one.said).filter(Boolean)),
    tags: counted(records.flatMap((one) => one.tags)),
  };
}
