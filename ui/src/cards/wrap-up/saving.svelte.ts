/** Keeps what is typed as it is typed: at most one request is under way, the last value wins, and nothing is lost when one is refused. */
import type { NoticeCode } from "../../notices";
import type { Refusal } from "../../socket";

export type SavingState =
  /** Nothing was changed here. */
  | "clean"
  /** Changed, and not told the desk yet, or on its way. */
  | "saving"
  | "saved"
  /** The link is down: it goes out by itself. */
  | "offline"
  | "refused";

/** From a change until it is sent, ms. It is not begun anew by the next letter: whoever types without a pause loses no more than this. */
export const PAUSE = 400;
/** Until a refusal that may pass is tried again, ms. */
export const AGAIN = 5_000;

/** Refusals after which the same may be taken a moment later. */
const PASSES: ReadonlySet<NoticeCode> = new Set<NoticeCode>(["busy", "log_failing", "no_answer", "not_ready"]);

export interface SavingOptions<T> {
  /** Null when it was taken. */
  send(value: T): Promise<Refusal | null>;
  /** A later change on top of one that was not sent. */
  merge(before: T, after: T): T;
}

export class Saving<T> {
  state = $state<SavingState>("clean");
  refusal = $state.raw<Refusal | null>(null);
  /** When the desk last took one, ms. */
  savedAt = $state<number | null>(null);
  #next = $state.raw<{ value: T } | null>(null);
  #flight = $state.raw<{ value: T } | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #under: Promise<void> | null = null;
  readonly #options: SavingOptions<T>;

  constructor(options: SavingOptions<T>) {
    this.#options = options;
  }

  /** What the desk does not have yet. */
  get unsaved(): T | null {
    if (this.#flight !== null && this.#next !== null) return this.#options.merge(this.#flight.value, this.#next.value);
    return (this.#next ?? this.#flight)?.value ?? null;
  }

  change(value: T): void {
    this.#next = { value: this.#next === null ? value : this.#options.merge(this.#next.value, value) };
    this.state = "saving";
    this.#timer ??= setTimeout(() => void this.flush(), PAUSE);
  }

  /** Sends what waits; settled when the desk has it or has refused it. */
  async flush(): Promise<void> {
    this.#stopTimer();
    if (this.#under !== null) await this.#under;
    if (this.#next === null || this.#under !== null) return this.#under ?? undefined;
    this.#under = this.#send(this.#next.value);
    await this.#under;
  }

  /** The page goes away: nothing can be waited for. The requests of one link keep their order, so the last text wins. */
  hurry(): void {
    this.#stopTimer();
    if (this.#next === null) return;
    const { value } = this.#next;
    this.#flight = { value };
    this.#next = null;
    void this.#options.send(value).then(() => (this.#flight = null));
  }

  /** The link is back, or somebody insists. */
  again(): void {
    if (this.#next !== null && this.#under === null) void this.flush();
  }

  async #send(value: T): Promise<void> {
    this.#flight = { value };
    this.#next = null;
    this.state = "saving";
    const refusal = await this.#options.send(value);
    this.#flight = null;
    this.#under = null;
    this.refusal = refusal;
    if (refusal === null) {
      this.savedAt = Date.now();
      if (this.#next === null) this.state = "saved";
      else this.#timer ??= setTimeout(() => void this.flush(), PAUSE);
      return;
    }
    const later = this.#next as { value: T } | null;
    this.#next = { value: later === null ? value : this.#options.merge(value, later.value) };
    this.state = refusal.code === "no_connection" ? "offline" : "refused";
    if (PASSES.has(refusal.code)) this.#timer ??= setTimeout(() => void this.flush(), AGAIN);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
