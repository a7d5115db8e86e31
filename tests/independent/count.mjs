/**
 * A second opinion about a day: counts calls, rows of missed calls and the numbers of the day from nothing but the
 * PBX's posts, by the letter of its manual, in another language and without a line of the product.
 *
 * node count.mjs JOURNAL [TIME_ZONE] [IGNORE_UNDER_S] < nothing > JSON
 * JOURNAL has a JSON object a line: `path`, and `json` as the text that was posted.
 */
import { readFileSync } from "node:fs";

const [journal, zone = "Europe/Moscow", ignoreUnder = "5"] = process.argv.slice(2);
const entries = new Map();

for (const line of readFileSync(journal, "utf8").split("\n").filter((text) => text !== "")) {
  const { path, json } = JSON.parse(line);
  const post = JSON.parse(json);
  if (path !== "events/call" && path !== "events/summary") continue;
  if (!entries.has(post.entry_id)) entries.set(post.entry_id, { events: [], summary: null });
  const entry = entries.get(post.entry_id);
  if (path === "events/summary") entry.summary = post;
  else entry.events.push(post);
}

const text = (value) => (value === undefined || value === null || value === "" ? null : String(value));
const e164 = (number) => (number !== null && /^\d{10,15}$/.test(number) ? `+${number}` : number);
const isPhone = (event) => event.location === "abonent";

/** Manual 3.1.6: 0 internal, 1 inbound, 2 outbound. */
const DIRECTIONS = ["internal", "inbound", "outbound"];

function call(id, { events, summary }) {
  if (summary === null) throw new Error(`${id}: every call of this day has a summary`);
  const direction = DIRECTIONS[Number(summary.call_direction)];
  const outside = direction === "inbound" ? summary.from : direction === "outbound" ? summary.to : null;
  const isClickToCall = (event) => event.command_id !== undefined && event.from?.taken_from_call_id === undefined;
  // The PBX tells seconds; of two answers within one, the leg that the other was taken from came first.
  const parents = new Map(events.flatMap((event) => (event.from?.taken_from_call_id ? [[event.call_id, event.from.taken_from_call_id]] : [])));
  const depth = (leg) => (parents.has(leg) ? 1 + depth(parents.get(leg)) : 0);
  const talks = events
    .filter((event) => event.call_state === "Connected" && isPhone(event) && (direction !== "outbound" || !isClickToCall(event)))
    .sort((a, b) => Number(a.timestamp) - Number(b.timestamp) || depth(a.call_id) - depth(b.call_id));
  const answered = Number(summary.entry_result) === 1 && Number(summary.talk_time) > 0;
  const rang = events.some(isPhone) || text(summary.to?.extension) !== null || text(summary.to?.number) !== null;
  const outcome = answered ? "answered" : direction === "outbound" ? "failed" : direction === "internal" ? "missed" : rang ? "missed" : "abandoned";
  const times = [...events.map((event) => Number(event.timestamp)), Number(summary.create_time)];
  const talker = talks[0] === undefined ? null : direction === "outbound" ? text(talks[0].from?.extension) : text(talks[0].to?.extension);
  return {
    id,
    direction,
    outcome,
    number: outside === null ? null : e164(text(outside.number)),
    line: e164(text(summary.line_number)),
    started: Math.min(...times),
    answered: answered ? Number(summary.talk_time) : null,
    ended: Number(summary.end_time),
    by: direction === "outbound" ? text(summary.from?.extension) : answered ? (talker ?? text(summary.to?.extension)) : null,
  };
}

const calls = [...entries].map(([id, entry]) => call(id, entry));

/**
 * What matters for a number's missed calls, in order. The PBX tells seconds: within one a miss comes before what closes it,
 * and a call of ours that reached somebody before one of theirs that got through.
 */
function episodes(number) {
  return calls
    .filter((one) => (one.number ?? one.id) === number && one.direction !== "internal")
    .flatMap((one) => {
      if (one.outcome === "answered") return [one.direction === "inbound" ? { at: one.answered, kind: "called_again", order: 2, call: one } : { at: one.answered, kind: "reached", order: 1, call: one }];
      const isMiss = one.direction === "inbound" && one.ended - one.started >= Number(ignoreUnder);
      return isMiss ? [{ at: one.ended, kind: "missed", order: 0, call: one }] : [];
    })
    .sort((a, b) => a.at - b.at || a.order - b.order || (a.call.id < b.call.id ? -1 : 1));
}

const rows = [];
for (const number of new Set(calls.map((one) => one.number ?? one.id))) {
  let open = null;
  for (const { at, kind, call: one } of episodes(number)) {
    if (kind === "missed") {
      if (open === null) {
        open = { number: one.number, line: one.line, calls: [], first: at, closed: null };
        rows.push(open);
      }
      open.calls.push(one.id);
    } else if (open !== null) {
      open.closed = { how: kind, after: at - open.first, by: one.by };
      open = null;
    }
  }
}

const clock = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", hourCycle: "h23" });
function local(second) {
  const parts = Object.fromEntries(clock.formatToParts(new Date(second * 1000)).map(({ type, value }) => [type, value]));
  return { date: `${parts.year}-${parts.month}-${parts.day}`, hour: Number(parts.hour) };
}

function tally(some, begun) {
  const inbound = some.filter((one) => one.direction === "inbound");
  const outbound = some.filter((one) => one.direction === "outbound");
  const answered = inbound.filter((one) => one.outcome === "answered");
  const talked = [...answered, ...outbound.filter((one) => one.outcome === "answered")];
  const closedBy = (how) => begun.filter((row) => row.closed?.how === how);
  const sorted = (values) => values.sort((a, b) => a - b);
  return {
    inbound: inbound.length,
    answered: answered.length,
    missed: inbound.filter((one) => one.outcome === "missed").length,
    abandoned: inbound.filter((one) => one.outcome === "abandoned").length,
    outbound: outbound.length,
    outbound_answered: outbound.filter((one) => one.outcome === "answered").length,
    rows: begun.length,
    reached: closedBy("reached").length,
    called_again: closedBy("called_again").length,
    open: begun.filter((row) => row.closed === null).length,
    talk_total_s: talked.reduce((sum, one) => sum + one.ended - one.answered, 0),
    waits_s: sorted(answered.map((one) => one.answered - one.started)),
    talks_s: sorted(talked.map((one) => one.ended - one.answered)),
    callbacks_s: sorted(closedBy("reached").map((row) => row.closed.after)),
  };
}

function by(key) {
  // Calls between colleagues are in history and in no number.
  const counted = calls.filter((one) => one.direction !== "internal");
  const keys = new Set([...counted.map((one) => key(one.started, one)), ...rows.map((row) => key(row.first, row))]);
  return Object.fromEntries(
    [...keys].map((value) => [value, tally(calls.filter((one) => key(one.started, one) === value), rows.filter((row) => key(row.first, row) === value))]),
  );
}

const colleagues = {};
for (const one of calls.filter((some) => some.by !== null && some.direction !== "internal")) {
  colleagues[one.by] ??= { answered: 0, outbound: 0, outbound_answered: 0 };
  if (one.direction === "inbound") colleagues[one.by].answered += 1;
  else colleagues[one.by].outbound += 1;
  if (one.direction === "outbound" && one.outcome === "answered") colleagues[one.by].outbound_answered += 1;
}

process.stdout.write(
  JSON.stringify({
    calls,
    rows,
    total: tally(calls, rows),
    days: by((second) => local(second).date),
    hours: by((second) => local(second).hour),
    lines: by((_, { line }) => line ?? ""),
    colleagues,
  }),
);
