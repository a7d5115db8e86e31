/** What a person does with one call just now: which panel is open, what was asked for, what was refused. */
import { SvelteSet } from "svelte/reactivity";

import { isSending } from "../deeds";
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Action, Call, Do, TransferMethod } from "../wire/messages";

export type Panel = "transfer" | "sms" | "person" | "visit";

export class Doing {
  panel = $state<Panel | null>(null);
  /** The less common buttons are shown. */
  more = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  /** Kinds of command whose request has no reply yet. */
  readonly #asked = new SvelteSet<Action>();
  #opener: Element | null = null;
  readonly #link: Link;
  readonly #call: () => Call;

  constructor(link: Link, call: () => Call) {
    this.#link = link;
    this.#call = call;
  }

  get #me(): string | null {
    return this.#link.board.desk?.extension ?? null;
  }

  may(what: Action): boolean {
    return this.#call().may.includes(what);
  }

  /** While a command is on its way another click would be the same command again. */
  isBusy(what: Action): boolean {
    return this.#asked.has(what) || isSending(this.#call(), what, this.#me);
  }

  /** A refusal that no deed of the call tells already. */
  get told(): Refusal | null {
    const last = this.#call().deeds.at(-1);
    const saidByDeed = last?.by === this.#me && (last?.state === "failed" || last?.state === "unclear");
    return saidByDeed && this.refusal?.code.startsWith("vpbx_") ? null : this.refusal;
  }

  toggle(panel: Panel): void {
    if (this.panel === panel) return this.close();
    this.#opener = document.activeElement;
    this.panel = panel;
    this.more = false;
  }

  /** The keyboard goes back to the button it came from. */
  close(): void {
    this.panel = null;
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  hangUp = (): Promise<boolean> => this.#command("hang_up", { do: "hang_up", with: { call: this.#call().id } });
  take = (): Promise<boolean> => this.#command("take", { do: "take", with: { call: this.#call().id } });
  hold = (): Promise<boolean> => this.#command("hold", { do: "hold", with: { call: this.#call().id } });
  record = (): Promise<boolean> => this.#command("record", { do: "record", with: { call: this.#call().id } });
  complete = (): Promise<boolean> => this.#command("complete_transfer", { do: "complete_transfer", with: { call: this.#call().id } });
  cancel = (): Promise<boolean> => this.#command("cancel_transfer", { do: "cancel_transfer", with: { call: this.#call().id } });

  transfer(to: string, method: TransferMethod): Promise<boolean> {
    const what = method === "blind" ? "transfer" : "consult";
    // One of the two is enough: the other would pull the same leg the other way.
    if (this.isBusy("transfer") || this.isBusy("consult")) return Promise.resolve(false);
    return this.#command(what, { do: "transfer", with: { call: this.#call().id, to, method } });
  }

  /** Whether it was taken. One click is one request. */
  async #command(what: Action, request: Do): Promise<boolean> {
    if (this.isBusy(what)) return false;
    this.#asked.add(what);
    this.refusal = null;
    const reply = await this.#link.ask(request);
    this.#asked.delete(what);
    this.refusal = reply.error ?? null;
    return !reply.error;
  }
}
