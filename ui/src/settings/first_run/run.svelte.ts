/** How far the first run is. Every change is kept at once, so closing the window loses nothing. */
import type { FirstRunKept, FirstRunStep, Shell } from "../../shell";
import type { Desk, DirectoryHealth } from "../../wire/messages";

export const STEPS: readonly FirstRunStep[] = ["mango", "listener", "place", "patients"];

export type StepState = "open" | "good" | "failed" | "skipped";

export class FirstRun {
  steps = $state.raw<FirstRunKept["steps"]>({});
  finished = $state(false);
  /** Index in `STEPS`; after the last of them comes the rehearsal call. */
  at = $state(0);
  #failed = $state.raw<readonly FirstRunStep[]>([]);
  readonly #shell: Shell;

  constructor(shell: Shell, kept: FirstRunKept) {
    this.#shell = shell;
    this.steps = kept.steps;
    this.finished = kept.finished;
    this.at = firstNotDone(kept.steps);
  }

  readonly step: FirstRunStep | null = $derived(STEPS[this.at] ?? null);

  stateOf(step: FirstRunStep): StepState {
    const passed = this.steps[step];
    if (passed === "good") return "good";
    if (this.#failed.includes(step)) return "failed";
    return passed ?? "open";
  }

  /** Whether one may go on from a step. */
  isPassed(step: FirstRunStep): boolean {
    return this.steps[step] !== undefined;
  }

  checked(step: FirstRunStep, good: boolean): void {
    this.#failed = [...this.#failed.filter((one) => one !== step), ...(good ? [] : [step])];
    if (good) this.#pass(step, "good");
    else if (this.steps[step] === "good") this.reopen(step);
  }

  /** Knowingly without a good check. */
  skip(step: FirstRunStep): void {
    if (this.steps[step] !== "good") this.#pass(step, "skipped");
  }

  /** Something in it was changed: what was checked no longer holds. */
  reopen(step: FirstRunStep): void {
    const others = { ...this.steps };
    delete others[step];
    this.steps = others;
    this.#keep();
  }

  finish(): void {
    this.finished = true;
    this.#keep();
  }

  skipped(): FirstRunStep[] {
    return STEPS.filter((step) => this.steps[step] === "skipped");
  }

  #pass(step: FirstRunStep, how: "good" | "skipped"): void {
    if (this.steps[step] === how) return;
    this.steps = { ...this.steps, [step]: how };
    this.#keep();
  }

  #keep(): void {
    // A shell that cannot keep it costs going through a step again.
    void this.#shell.firstRunKeep({ finished: this.finished, steps: this.steps }).catch(() => {});
  }
}

export function firstNotDone(steps: FirstRunKept["steps"]): number {
  const at = STEPS.findIndex((step) => steps[step] === undefined);
  return at < 0 ? STEPS.length : at;
}

/** Whether what was put off works by now, however that came. */
export function isMended(step: FirstRunStep, desk: Pick<Desk, "listener" | "vpbx"> & { directory: Pick<DirectoryHealth, "state" | "people"> }, extension: string): boolean {
  switch (step) {
    case "mango":
      return desk.vpbx.state === "ok";
    case "listener":
      return desk.listener.last_event_at !== null;
    case "place":
      return extension.trim() !== "";
    case "patients":
      return desk.directory.state === "ok" && desk.directory.people !== 0;
  }
}
