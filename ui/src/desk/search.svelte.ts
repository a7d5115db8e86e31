/** The desk's search: people and past calls for what is in the field, as it is typed. */
import { wholeCall } from "../lenient";
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Call, Person } from "../wire/messages";

/** A pause in typing before the desk is asked, ms. */
const PAUSE = 200;
const FEWEST_LETTERS = 2;
const CALLS_A_PAGE = 50;

export class Search {
  text = $state("");
  people = $state.raw<Person[] | null>(null);
  calls = $state.raw<Call[] | null>(null);
  /** Where the next page of calls begins. */
  next = $state<string | null>(null);
  peopleRefusal = $state.raw<Refusal | null>(null);
  callsRefusal = $state.raw<Refusal | null>(null);
  readonly asked: string = $derived(this.text.trim());
  readonly active: boolean = $derived(this.asked.length >= FEWEST_LETTERS);
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** To be called whenever the text has changed; answers how to take it back. */
  begin(): () => void {
    this.people = null;
    this.calls = null;
    this.next = null;
    this.peopleRefusal = null;
    this.callsRefusal = null;
    const text = this.asked;
    if (!this.active) return () => {};
    const timer = setTimeout(() => this.#find(text), PAUSE);
    return () => clearTimeout(timer);
  }

  /** Somebody can answer again: what was asked in vain is asked anew. */
  again(): void {
    if ([this.peopleRefusal, this.callsRefusal].some((refusal) => refusal?.code === "no_connection")) this.#find(this.asked);
  }

  #find(text: string): void {
    void this.#findPeople(text);
    void this.#findCalls(text, null);
  }

  more(): Promise<void> {
    return this.next === null ? Promise.resolve() : this.#findCalls(this.asked, this.next);
  }

  async #findPeople(text: string): Promise<void> {
    const reply = await this.#link.ask<{ people?: Person[] }>({ do: "search_people", with: { text } });
    // An answer to what is no longer in the field is no answer.
    if (text !== this.asked) return;
    this.peopleRefusal = reply.error ?? null;
    this.people = reply.ok?.people ?? [];
  }

  async #findCalls(text: string, before: string | null): Promise<void> {
    const reply = await this.#link.ask<{ calls?: Call[]; next?: string | null }>({
      do: "history",
      with: { text, limit: CALLS_A_PAGE, ...(before === null ? {} : { before }) },
    });
    if (text !== this.asked) return;
    this.callsRefusal = reply.error ?? null;
    this.calls = [...(before === null ? [] : (this.calls ?? [])), ...(reply.ok?.calls ?? []).map((call) => wholeCall(call, this.#link.board.desk?.extension ?? null))];
    this.next = reply.ok?.next ?? null;
    // The desk looks for a moment only and then says where it stopped.
    if (this.calls.length === 0 && this.next !== null && this.next !== before) await this.#findCalls(text, this.next);
  }
}
