/** One person's story as the desk tells it, page by page. */
import { joined } from "../history/pastCall";
import { wholeCall, wholeMissed } from "../lenient";
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Call, Missed, Sms } from "../wire/messages";
import type { About } from "./about";

const A_PAGE = 200;
/** Few people called a clinic more often; older calls come on demand. */
const AT_ONCE = 1_000;

interface Answer {
  calls?: Call[];
  next?: string | null;
  missed?: Missed[];
  sms?: Sms[];
  numbers?: unknown;
}

export class StoryTold {
  calls = $state.raw<readonly Call[]>([]);
  missed = $state.raw<readonly Missed[]>([]);
  sms = $state.raw<readonly Sms[]>([]);
  numbers = $state.raw<unknown>([]);
  next = $state.raw<string | null>(null);
  loading = $state(true);
  refusal = $state.raw<Refusal | null>(null);
  readonly #link: Link;
  readonly #about: About;

  constructor(link: Link, about: About) {
    this.#link = link;
    this.#about = about;
  }

  /** The first pages. */
  async begin(): Promise<void> {
    this.calls = [];
    await this.#page(null);
    while (this.next !== null && this.refusal === null && this.calls.length < AT_ONCE) await this.#page(this.next);
  }

  async more(): Promise<void> {
    if (this.next !== null && !this.loading) await this.#page(this.next);
  }

  async #page(before: string | null): Promise<void> {
    const { number, person } = this.#about;
    this.loading = true;
    const reply = await this.#link.ask<Answer>({
      do: "story",
      with: { ...(number === null ? {} : { number }), ...(person === null ? {} : { person }), ...(before === null ? {} : { before }), limit: A_PAGE },
    });
    this.loading = false;
    this.refusal = reply.error ?? null;
    if (!reply.ok) return;
    const me = this.#link.board.desk?.extension ?? null;
    this.calls = joined(this.calls, (reply.ok.calls ?? []).map((call) => wholeCall(call, me)));
    this.next = reply.ok.next ?? null;
    if (before !== null) return;
    this.missed = (reply.ok.missed ?? []).map(wholeMissed);
    this.sms = reply.ok.sms ?? [];
    this.numbers = reply.ok.numbers;
  }
}
