/** What a screen reader is told when the board changes: news only, once. Pure. */
import { knownPerson, type Board } from "../board";
import { phone } from "../format";
import { named } from "../roster";
import type { Words } from "../words";

/** What has happened between two boards, in words. A fresh snapshot is no news. */
export function spoken(before: Board, after: Board, w: Words): { missed: string[]; taken: string[] } {
  const news: { missed: string[]; taken: string[] } = { missed: [], taken: [] };
  if (before.epoch === null || before.epoch !== after.epoch || before === after) return news;
  for (const row of after.missed.values()) {
    if (row.closed !== null || before.missed.has(row.id)) continue;
    news.missed.push(row.person?.full_name ?? row.number_display ?? (row.number === null ? w.call.hidden : phone(row.number)));
  }
  for (const call of after.calls.values()) {
    const was = before.calls.get(call.id);
    if (was === undefined || was === call || was.answered_by !== null || call.answered_by === null || call.direction !== "inbound" || call.state === "ended") continue;
    // Whoever picked up here knows.
    if (call.answered_by === after.desk?.extension) continue;
    const who = knownPerson(call)?.full_name ?? call.number_display ?? (call.number === null ? w.call.hidden : phone(call.number));
    news.taken.push(w.missedList.taken(named(after.roster, call.answered_by), who));
  }
  return news;
}

/** One sentence for news that came together. */
export function inOne(missed: readonly string[], taken: readonly string[], w: Words): string {
  const rows = missed.length > 1 ? [w.missedList.newMany(missed.length)] : missed.map((who) => w.missedList.newOne(who));
  return [...rows, ...taken].join(". ");
}
