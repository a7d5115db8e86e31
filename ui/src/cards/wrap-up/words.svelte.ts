/** What is written about calls from this window. It outlives cards and folded fields, and lies in memory only. */
import { untrack } from "svelte";

import type { Link } from "../../link.svelte";
import type { Refusal } from "../../socket";
import type { Call, WrapUp } from "../../wire/messages";
import { Saving } from "./saving.svelte";

/** A part of a wrap-up that was changed. */
export interface WrapUpChange {
  /** `""` takes it back. */
  outcome?: string;
  tags?: string[];
  done?: boolean;
}

/** Calls whose words are remembered; older ones are forgotten once the desk has them. */
const MOST = 200;

/** Texts of this window that are known again when the desk tells them back. */
const MOST_SENT = 50;

/** Two texts that grew out of one, as one text: nothing of either is lost. */
export function together(mine: string, before: string, theirs: string): string {
  if (mine === before || theirs.includes(mine)) return theirs;
  if (mine.includes(theirs)) return mine;
  if (theirs.startsWith(before)) return mine + theirs.slice(before.length);
  if (mine.startsWith(before)) return `${theirs}\n${mine.slice(before.length).trimStart()}`;
  return `${theirs}\n${mine}`;
}

/** What is written about one call. */
export class CallWords {
  /** What stands in the field; null: what the desk has. */
  draft = $state<string | null>(null);
  readonly note: Saving<string>;
  readonly wrapUp: Saving<WrapUpChange>;
  /** What the desk had when this window last looked. */
  #kept = "";
  /** What this window sent last: the desk tells it back. */
  #sent: string[] = [];

  constructor(link: Link, call: string) {
    this.note = new Saving({
      send: async (text) => {
        this.#sent = [...this.#sent, text].slice(-MOST_SENT);
        return (await link.ask({ do: "note", with: { call, text } })).error ?? null;
      },
      merge: (_before, after) => after,
    });
    this.wrapUp = new Saving<WrapUpChange>({
      send: async (change): Promise<Refusal | null> => {
        // "Done" makes the note a fact, so the whole note goes first.
        if (change.done) {
          await this.note.flush();
          if (this.note.unsaved !== null && this.note.refusal !== null) return this.note.refusal;
        }
        return (await link.ask({ do: "outcome", with: { call, ...change } })).error ?? null;
      },
      merge: (before, after) => ({ ...before, ...after }),
    });
  }

  type(text: string): void {
    this.draft = text;
    this.note.change(text);
  }

  /** What the desk has now. Words that somebody else wrote meanwhile, at another desk, are taken into what is written here. */
  heard(kept: string): void {
    const before = this.#kept;
    if (kept === before) return;
    this.#kept = kept;
    if (this.draft === null || this.#sent.includes(kept)) return;
    const both = together(this.draft, before, kept);
    this.draft = both;
    if (both !== kept) this.note.change(both);
  }

  /** The field was left: what the desk has, it may tell from now on. */
  async settle(): Promise<void> {
    await this.note.flush();
    if (this.note.unsaved === null) this.draft = null;
  }

  /** Changes a wrap-up; it is said at once. */
  say(change: WrapUpChange): Promise<void> {
    this.wrapUp.change(change);
    return this.wrapUp.flush();
  }

  /** The wrap-up as this window sees it: with what the desk does not have yet. */
  shown(call: Call): Pick<WrapUp, "outcome" | "tags" | "done"> {
    const change = this.wrapUp.unsaved ?? {};
    const kept = call.wrap_up;
    return {
      outcome: change.outcome === undefined ? (kept?.outcome ?? null) : change.outcome === "" ? null : change.outcome,
      tags: change.tags ?? kept?.tags ?? [],
      done: change.done ?? kept?.done ?? false,
    };
  }

  /** Something that the desk does not have yet. */
  get isUnsaved(): boolean {
    return this.note.unsaved !== null || this.wrapUp.unsaved !== null;
  }
}

class AllWords {
  readonly #calls = new Map<string, CallWords>();
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
    $effect.root(() => {
      $effect(() => {
        if (link.connection !== "live") return;
        // Only the link's coming back counts here, not each change of what waits for it.
        untrack(() => this.#again());
      });
    });
    window.addEventListener("pagehide", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#again();
    });
  }

  of(call: string): CallWords {
    let words = this.#calls.get(call);
    if (words === undefined) {
      words = new CallWords(this.#link, call);
      this.#forget();
      this.#calls.set(call, words);
    }
    return words;
  }

  #again(): void {
    for (const { note, wrapUp } of this.#calls.values()) {
      note.again();
      wrapUp.again();
    }
  }

  #hurry(): void {
    for (const { note, wrapUp } of this.#calls.values()) {
      note.hurry();
      wrapUp.hurry();
    }
  }

  #forget(): void {
    for (const [call, words] of this.#calls) {
      if (this.#calls.size < MOST) return;
      if (!words.isUnsaved) this.#calls.delete(call);
    }
  }
}

const known = new WeakMap<Link, AllWords>();

/** The words of one call, the same for every card of this window. */
export function wordsOf(link: Link, call: string): CallWords {
  let all = known.get(link);
  if (all === undefined) {
    all = new AllWords(link);
    known.set(link, all);
  }
  return all.of(call);
}
