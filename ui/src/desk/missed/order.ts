/** In what order missed calls stand, and when the order may change. Pure: the time is handed in. */
import type { Missed } from "../../wire/messages";

export interface MissedRows {
  /** Whom to call now: rows nobody took, then mine, then those of colleagues. */
  open: Missed[];
  /** Put off, the nearest first. */
  postponed: Missed[];
  /** Done with today, the latest first. */
  closed: Missed[];
}

/**
 * Who waits longest is called first: nobody sinks to the end of a long list because others called later. A hidden
 * number cannot be called back, so it stands after those that can. What colleagues took needs nobody here.
 */
export function arrange(rows: Iterable<Missed>, { me, now }: { me: string | null; now: number }): MissedRows {
  const arranged: MissedRows = { open: [], postponed: [], closed: [] };
  for (const row of rows) {
    if (row.closed !== null) arranged.closed.push(row);
    else if (isPostponed(row, now)) arranged.postponed.push(row);
    else arranged.open.push(row);
  }
  arranged.open.sort((a, b) => rank(a, me) - rank(b, me) || compare(a.first_at, b.first_at) || compare(a.id, b.id));
  arranged.postponed.sort((a, b) => compare(a.postponed_until ?? "", b.postponed_until ?? "") || compare(a.id, b.id));
  arranged.closed.sort((a, b) => compare(b.closed?.at ?? "", a.closed?.at ?? ""));
  return arranged;
}

/** Put off, and the moment has not come. */
export function isPostponed(row: Missed, now: number): boolean {
  return row.postponed_until !== null && Date.parse(row.postponed_until) > now;
}

/** What stands on the screen after a change: while somebody points at the list nothing moves, and what is new comes at the end. */
export function steady(shown: readonly string[], wanted: readonly string[], held: boolean): readonly string[] {
  if (!held) return same(shown, wanted) ? shown : wanted;
  const fresh = wanted.filter((id) => !shown.includes(id));
  return fresh.length === 0 ? shown : [...shown, ...fresh];
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}

function rank(row: Missed, me: string | null): number {
  if (row.claimed_by !== null) return row.claimed_by === me ? 2 : 3;
  return row.number === null ? 1 : 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
