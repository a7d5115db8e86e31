/** The board as the components see it, and what they may ask of the desk. */
import { SvelteMap, SvelteSet } from "svelte/reactivity";

import { apply, emptyBoard, isOver, KEPT, since, type Board, type Kept } from "./board";
import { sameNumber } from "./format";
import { wholeRoster } from "./lenient";
import type { Shell } from "./shell";
import { Feed, webSocket, type Connection, type Refusal, type Reply } from "./socket";
import type { Call, DeskFrame, Dial, Do, Roster } from "./wire/messages";

/** How long the end of a click-to-call, or its refusal, stays beside the number, ms. */
const TOLD_FOR = 30_000;

/** A window that nobody sees is brought up to date this often, ms: what it would draw costs the others' frames. */
const UNSEEN_EVERY = 1_000;

export class Link {
  board = $state.raw<Board>(emptyBoard);
  /** Calls that somebody works in stay on the board however old they are. */
  held: (call: string) => boolean = () => false;
  connection = $state<Connection>("connecting");
  /** Hears of every call that changed, and whether it is new here. */
  oncall: ((call: Call, isNew: boolean) => void) | null = null;
  readonly #feed: Feed;
  /** The board with every frame in it. */
  #latest: Board = emptyBoard;
  #due = false;
  readonly #rests: boolean;
  readonly #kept: Kept;
  /** Numbers whose dial request has no reply yet. */
  readonly #asking = new SvelteSet<string>();
  /** When each click-to-call was last heard of here; those a snapshot brought already over are not news. */
  readonly #heard = new SvelteMap<string, number>();
  /** The click-to-call that came of a number as it was written here: the desk tells it by the number it read. */
  readonly #commands = new SvelteMap<string, string>();
  /** When each command about a call last changed here. */
  readonly #deeds = new SvelteMap<string, number>();
  /** The outgoing line chosen here for this session; null: the usual one. */
  line = $state<string | null>(null);
  /** A question for the roster is under way. */
  rosterAsked = $state(false);
  /** Why the last question for it came to nothing. */
  rosterRefusal = $state.raw<Refusal | null>(null);
  readonly #refused = new SvelteMap<string, { refusal: Refusal; at: number }>();

  /** `rests`: while the window is not seen it follows in steps; a window that a call raises must not. `kept`: how much of what is over. */
  constructor(shell: Pick<Shell, "feedAddress" | "channel">, { rests = false, kept = KEPT }: { rests?: boolean; kept?: Kept } = {}) {
    this.#feed = new Feed({
      address: () => shell.feedAddress(),
      socket: webSocket,
      channel: shell.channel,
      since: () => since(this.#latest),
      frame: (frame) => this.#apply(frame),
      connection: (state) => (this.connection = state),
      id: newId,
    });
    this.#rests = rests;
    this.#kept = kept;
    if (rests) document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#show());
  }

  ask<T = object>(what: Do): Promise<Reply<T>> {
    return this.#feed.ask<T>(what);
  }

  /** Asks the PBX for colleagues and groups when what is known is old. `fresh`: somebody insists. */
  async askRoster(now: number, fresh = false): Promise<void> {
    const { at } = this.board.roster;
    if (this.rosterAsked || (!fresh && at !== null && now - Date.parse(at) < ROSTER_SERVES)) return;
    this.rosterAsked = true;
    const reply = await this.ask<{ roster?: Roster }>({ do: "roster", with: fresh ? { fresh } : {} });
    this.rosterAsked = false;
    this.rosterRefusal = reply.error ?? null;
    // The frame comes too; a desk that had nothing new to tell only replies.
    if (reply.ok?.roster && this.#latest.roster.at === null) {
      this.#latest = { ...this.#latest, roster: wholeRoster(reply.ok.roster) };
      this.#show();
    }
  }

  /** When a command about a call last came a step further; null: it was so before this window looked. */
  readonly deedHeard = (command: string): number | null => this.#deeds.get(command) ?? null;

  /** Calls a number; answers the command's id, if it was taken. One click is one request: while a call to it is under way, nothing is sent. */
  async dial(number: string): Promise<string | null> {
    if (this.isDialling(number)) return null;
    this.#asking.add(number);
    this.#refused.delete(number);
    const reply = await this.ask<{ command_id?: string }>({ do: "dial", with: { number, ...(this.line === null ? {} : { line: this.line }) } });
    this.#asking.delete(number);
    if (reply.error) remember(this.#refused, number, { refusal: reply.error, at: Date.now() });
    const command = reply.ok?.command_id ?? null;
    if (command !== null) remember(this.#commands, number, command);
    return command;
  }

  /** Whether a click-to-call to this number is under way. */
  isDialling(number: string): boolean {
    for (const asked of this.#asking) if (sameNumber(asked, number)) return true;
    for (const dial of this.board.dials.values()) if (this.#isTo(number, dial) && !isOver(dial.state)) return true;
    return false;
  }

  /** The click-to-call to tell about beside a number, if there is one. */
  dialFor(number: string, now: number): Dial | null {
    let latest: Dial | null = null;
    for (const dial of this.board.dials.values()) {
      if (this.#isTo(number, dial) && (!isOver(dial.state) || now - (this.#heard.get(dial.command_id) ?? 0) < TOLD_FOR)) latest = dial;
    }
    return latest;
  }

  /** Whether the request itself is still on its way. */
  isAsking(number: string): boolean {
    return this.#asking.has(number);
  }

  /** Why the last try to call this number was refused, while that is news. */
  refusalFor(number: string, now: number): Refusal | null {
    const told = this.#refused.get(number);
    return told && now - told.at < TOLD_FOR ? told.refusal : null;
  }

  #isTo(number: string, dial: Dial): boolean {
    return sameNumber(dial.number, number) || this.#commands.get(number) === dial.command_id;
  }

  #hearDeeds({ id, deeds = [] }: Call): void {
    const before = this.#latest.calls.get(id)?.deeds ?? [];
    for (const { command_id, state } of deeds) {
      if (before.find((deed) => deed.command_id === command_id)?.state !== state) remember(this.#deeds, command_id, Date.now());
    }
  }

  #apply(frame: DeskFrame): void {
    if (frame.type === "dial") remember(this.#heard, frame.dial.command_id, Date.now());
    if (frame.type === "call") this.#hearDeeds(frame.call);
    const { calls } = this.#latest;
    this.#latest = apply(this.#latest, frame, this.held, this.#kept);
    this.#follow();
    if (this.oncall !== null && frame.type === "call" && this.#latest.calls !== calls) this.oncall(frame.call, !calls.has(frame.call.id));
  }

  #follow(): void {
    if (!this.#rests || document.visibilityState === "visible") this.#show();
    else if (!this.#due) {
      this.#due = true;
      setTimeout(() => this.#show(), UNSEEN_EVERY);
    }
  }

  #show(): void {
    this.#due = false;
    this.board = this.#latest;
  }
}

/** For how long a roster is good enough to hand a call to somebody, ms. */
const ROSTER_SERVES = 10 * 60_000;

/** What is remembered of each kind; a window may stay open for weeks. */
const REMEMBERED = 300;

/** Writes something down, and forgets the oldest of it. */
function remember<T>(map: SvelteMap<string, T>, key: string, what: T): void {
  map.delete(key);
  map.set(key, what);
  for (const oldest of map.keys()) {
    if (map.size <= REMEMBERED) return;
    map.delete(oldest);
  }
}

function newId(): string {
  return crypto.randomUUID();
}
