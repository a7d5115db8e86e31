/** The numbers of the chosen days, as the desk counts them. */
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Numbers } from "../wire/messages";
import type { Days } from "./period";

export class Counted {
  numbers = $state.raw<Numbers | null>(null);
  /** When they came, ms. */
  at = $state(0);
  loading = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  readonly #link: Link;
  #turn = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** What stood before stays until the answer is there. Answers for other days than the last asked are dropped. */
  async ask({ from, to }: Days): Promise<void> {
    const turn = ++this.#turn;
    this.loading = true;
    const reply = await this.#link.ask<{ numbers?: Numbers }>({ do: "numbers", with: { from, to } });
    if (turn !== this.#turn) return;
    this.loading = false;
    this.refusal = reply.error ?? null;
    if (!reply.ok?.numbers) return;
    this.numbers = reply.ok.numbers;
    this.at = Date.now();
  }
}
