/** One kind of request to the medical system: whether it is on its way, and why it was refused. */
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Do } from "../wire/messages";

export class Asking {
  busy = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** The answer; null when it was refused, or when one is on its way already: one click is one request. */
  async ask<T = object>(what: Do): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.refusal = null;
    const reply = await this.#link.ask<T>(what);
    this.busy = false;
    this.refusal = reply.error ?? null;
    return reply.error ? null : ((reply.ok ?? {}) as T);
  }
}
