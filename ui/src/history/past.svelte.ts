/** The search in all calls: what is asked for, and the pages that came. It outlives its page, so that one comes back to where one was. */
import type { VListHandle } from "virtua/svelte";

import { wholeCall } from "../lenient";
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Call } from "../wire/messages";
import { asked, isEmpty, noFilter, type Filter } from "./filter";
import { joined } from "./pastCall";

/** The first page comes with every key, so it is no longer than what a large screen shows. */
const FIRST_PAGE = 40;
const NEXT_PAGE = 200;
/** More rows than anybody scrolls through; what is older is found by a filter. */
const MOST_ROWS = 20_000;

export interface HistoryAnswer {
  calls?: Call[];
  next?: string | null;
  /** Which words of the text became filters. */
  understood?: unknown;
  /** True when a newer question came before this one was answered. */
  superseded?: boolean;
}

export class Past {
  text = $state("");
  filter = $state.raw<Filter>(noFilter);
  /** Null until the first answer. An answer stays until the next one is there, so that nothing flashes. */
  calls = $state.raw<readonly Call[] | null>(null);
  next = $state.raw<string | null>(null);
  /** Which words of the text became filters, as the desk told it. */
  understood = $state.raw<unknown>([]);
  refusal = $state.raw<Refusal | null>(null);
  /** A question is under way. */
  asking = $state(false);
  /** Another page of the same answer is under way. */
  turning = $state(false);
  /** What the rows at hand were asked by. */
  shownText = $state.raw("");
  shownFilter = $state.raw<Filter>(noFilter);
  /** The row that has the keyboard's mark. */
  marked = $state<string | null>(null);
  /** The row whose details are open. */
  opened = $state<string | null>(null);
  /** Where the list was scrolled to when its page was left, px. */
  offset = 0;
  /** The rows' sizes at that moment, and of how many rows. */
  measured: { rows: number; cache: ReturnType<VListHandle["getCache"]> } | null = null;
  /** When the question whose answer stands in the list was typed, by the page's clock, ms. */
  typedAt: number | null = null;

  readonly words: string = $derived(this.text.trim());
  readonly plain: boolean = $derived(this.words === "" && isEmpty(this.filter));
  readonly #link: Link;
  readonly #today: () => string;
  #turn = 0;

  constructor(link: Link, today: () => string) {
    this.#link = link;
    this.#today = today;
  }

  type(text: string, at: number): void {
    this.text = text;
    void this.ask(at);
  }

  choose(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    void this.ask(null);
  }

  /** Asks for the first page. Answers to older questions are dropped. */
  async ask(typedAt: number | null, insisted = false): Promise<void> {
    const turn = ++this.#turn;
    const { words, filter } = this;
    this.asking = true;
    const reply = await this.#request(words, filter, null);
    if (turn !== this.#turn) return;
    // Nobody here asked anything newer: another window of this desk did.
    if (reply.ok?.superseded === true && !insisted) return this.ask(typedAt, true);
    this.asking = false;
    this.turning = false;
    this.refusal = reply.error ?? null;
    if (!reply.ok) return;
    this.typedAt = typedAt;
    this.shownText = words;
    this.shownFilter = filter;
    this.understood = reply.ok.understood;
    this.calls = this.#whole(reply.ok);
    this.next = reply.ok.next ?? null;
    await this.#fill(turn);
  }

  /** The desk looks for a moment only and then says where it stopped: it is asked on until there is a page, or no more. */
  async #fill(turn: number): Promise<void> {
    while (turn === this.#turn && this.next !== null && (this.calls?.length ?? 0) < FIRST_PAGE) {
      const stopped = this.next;
      await this.more();
      if (this.next === stopped) return;
    }
  }

  /** The next page, if there is one and none is under way. */
  async more(): Promise<void> {
    if (this.next === null || this.turning || this.asking || (this.calls?.length ?? 0) >= MOST_ROWS) return;
    const turn = this.#turn;
    this.turning = true;
    const reply = await this.#request(this.shownText, this.shownFilter, this.next);
    if (turn !== this.#turn) return;
    this.turning = false;
    this.refusal = reply.error ?? null;
    if (!reply.ok) return;
    this.calls = joined(this.calls ?? [], this.#whole(reply.ok));
    this.next = reply.ok.next ?? null;
  }

  #request(text: string, filter: Filter, before: string | null) {
    return this.#link.ask<HistoryAnswer>({
      do: "history",
      with: { ...(text === "" ? {} : { text }), limit: before === null ? FIRST_PAGE : NEXT_PAGE, ...(before === null ? {} : { before }), ...asked(filter, this.#today()) },
    });
  }

  #whole({ calls = [] }: HistoryAnswer): Call[] {
    const me = this.#link.board.desk?.extension ?? null;
    return calls.map((call) => wholeCall(call, me));
  }
}
