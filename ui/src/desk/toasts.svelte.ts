/** Notices the shell could show nowhere else: few at once, each for a short while. No clock, no DOM. */
import type { Board } from "../board";
import type { ShellNotice } from "../shell";

/** How many are seen at once. */
const AT_ONCE = 3;
/** How long one stays, ms. */
const STAYS = 20_000;

export interface Toast extends ShellNotice {
  key: number;
  /** Since when it is seen, ms; null: not yet. */
  since: number | null;
}

export interface ToastFacts {
  now: number;
  board: Board;
  /** Somebody points at them or nobody can see them: nothing moves and no time passes. */
  held: boolean;
  /** Whether the call back of this one is under way. */
  isBusy(toast: Toast): boolean;
}

export class Toasts {
  #all = $state.raw<Toast[]>([]);
  /** While they are held those beyond the first few wait. */
  readonly shown: Toast[] = $derived(this.#all.slice(0, AT_ONCE));
  #keys = 0;

  /** What is said again takes the place of what was said before. */
  hear(notice: ShellNotice): void {
    const before = this.#all.findIndex((toast) => isSame(toast, notice));
    const toast = { ...notice, key: this.#all[before]?.key ?? ++this.#keys, since: null };
    const all = before < 0 ? [...this.#all, toast] : this.#all.with(before, toast);
    this.#all = [...all.slice(0, AT_ONCE), ...all.slice(AT_ONCE).slice(-AT_ONCE)];
  }

  close(key: number): void {
    this.#all = this.#all.filter((toast) => toast.key !== key);
  }

  /** Folds away what has had its time or is no longer so; the newest stay. */
  tidy({ now, board, held, isBusy }: ToastFacts): void {
    if (held || this.#all.length === 0) return;
    const told = this.#all.map((toast) => {
      // How a call back ends is to be read too, so the time runs from then.
      const since = toast.since === null || isBusy(toast) ? now : toast.since;
      return since === toast.since ? toast : { ...toast, since };
    });
    const fresh = told.filter((toast) => isBusy(toast) || (!isPast(toast, board) && now - (toast.since ?? now) < STAYS)).slice(-AT_ONCE);
    if (fresh.length !== this.#all.length || fresh.some((toast, index) => toast !== this.#all[index])) this.#all = fresh;
  }
}

function isSame(one: ShellNotice, other: ShellNotice): boolean {
  if (one.about !== other.about || one.id !== other.id) return false;
  return one.id !== null || (one.title === other.title && one.body === other.body);
}

/** A call that no longer rings here, a row that is done with or that a colleague took. What the board does not know may still be so. */
function isPast({ about, id }: Toast, board: Board): boolean {
  if (id === null) return false;
  switch (about) {
    case "ringing":
      return board.calls.get(id)?.pops === false;
    case "missed": {
      const row = board.missed.get(id);
      return row !== undefined && (row.closed !== null || (row.claimed_by !== null && row.claimed_by !== board.desk?.extension));
    }
    case "program":
      return false;
  }
}
