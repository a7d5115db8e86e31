/** What is done with rows of missed calls: one click is one request, and each row keeps its own refusal. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";

import type { Link } from "../../link.svelte";
import type { Refusal } from "../../socket";
import type { Do, Missed } from "../../wire/messages";

/** What can be done with one row, and with many. */
export type MissedDeed = { kind: "claim" } | { kind: "give_back" } | { kind: "postpone"; until: number | null } | { kind: "dismiss"; reason: string | null };

/** Requests of one click on many rows that are under way at once. */
const AT_ONCE = 4;

export class MissedDeeds {
  readonly selected = new SvelteSet<string>();
  /** Checkboxes stand in every row. */
  selecting = $state(false);
  /** How far a deed with many rows is; null: none is under way. */
  progress = $state.raw<{ done: number; of: number } | null>(null);
  /** How the last deed with many rows ended. */
  told = $state.raw<{ done: number; failed: number } | null>(null);
  /** Rows with a request under way. Their buttons stay usable, so that the keyboard stays where it is: a click more asks for nothing. */
  readonly #busy = new SvelteSet<string>();
  readonly #refused = new SvelteMap<string, Refusal>();
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  refusal(row: string): Refusal | null {
    return this.#refused.get(row) ?? null;
  }

  toggle(row: string): void {
    this.told = null;
    if (!this.selected.delete(row)) this.selected.add(row);
  }

  unselect(): void {
    this.selected.clear();
    this.selecting = false;
  }

  /** Whether it was done. */
  async one(row: string, deed: MissedDeed): Promise<boolean> {
    if (this.#busy.has(row)) return false;
    this.#busy.add(row);
    this.#refused.delete(row);
    const reply = await this.#link.ask(request(row, deed));
    this.#busy.delete(row);
    if (reply.error) this.#refused.set(row, reply.error);
    return !reply.error;
  }

  /** Does one thing with many rows; those that were refused stay selected. */
  async many(rows: readonly Missed[], deed: MissedDeed): Promise<void> {
    if (this.progress !== null) return;
    const waiting = rows.map((row) => row.id);
    this.told = null;
    this.progress = { done: 0, of: waiting.length };
    let failed = 0;
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        if (await this.one(id, deed)) this.selected.delete(id);
        else failed++;
        this.progress = { done: (this.progress?.done ?? 0) + 1, of: rows.length };
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.progress = null;
    this.told = { done: rows.length - failed, failed };
    if (failed === 0) this.selecting = false;
  }

  /** Rows that are no longer open cannot be selected. */
  keepOnly(open: ReadonlySet<string>): void {
    for (const id of this.selected) if (!open.has(id)) this.selected.delete(id);
    for (const id of this.#refused.keys()) if (!open.has(id)) this.#refused.delete(id);
  }
}

function request(missed: string, deed: MissedDeed): Do {
  switch (deed.kind) {
    case "claim":
      return { do: "claim_missed", with: { missed } };
    case "give_back":
      return { do: "claim_missed", with: { missed, give_back: true } };
    case "postpone":
      return { do: "postpone_missed", with: { missed, until: deed.until === null ? null : new Date(deed.until).toISOString() } };
    case "dismiss":
      return { do: "close_missed", with: { missed, how: "dismissed", ...(deed.reason === null ? {} : { reason: deed.reason }) } };
  }
}
