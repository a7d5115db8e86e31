/**
 * The connection to the desk's feed: hello, resume, reconnect, requests with their replies.
 * What the frames mean is the board's business. Timers, ids and transports are handed in.
 */
import type { DeskFrame, Do, ErrorCode, RequestError, Since, Viewer } from "./wire/messages";

/** Where the feed is, and who looks. */
export interface FeedAddress {
  url: string;
  token: string;
  viewer: Viewer | null;
}

/** One opened connection. */
export interface Transport {
  send(frame: string): void;
  close(): void;
}

/** What a transport tells. `closed` comes exactly once, also when the connection was never made. */
export interface TransportEvents {
  opened(): void;
  frame(text: string): void;
  closed(code: number | null): void;
}

export type Connect = (address: FeedAddress, events: TransportEvents) => Transport;

export type Connection = "connecting" | "live" | "lost";

/** Why a request was not done: the desk's code, or one of this side. */
export type Refusal = Omit<RequestError, "code"> & { code: ErrorCode | LocalCode };
/** `no_connection`: it never left. `no_answer`: it left, and nobody knows. `shell`: the window's own system refused. */
export type LocalCode = "no_connection" | "no_answer" | "shell";

export type Reply<T> = { ok: T; error?: undefined } | { ok?: undefined; error: Refusal };

/** First and longest pause between two attempts, ms. */
export const BACKOFF_FIRST = 200;
export const BACKOFF_LONGEST = 5_000;
/** A desk that does not answer the hello within this long is tried anew, ms. */
export const HELLO_PATIENCE = 10_000;
/** How long a request waits for its reply, reconnects included, ms. Shorter than the desk remembers ids. */
export const REPLY_PATIENCE = 60_000;
/** After so many web sockets in a row that never opened, the other transport is tried. */
const SOCKETS_BEFORE_CHANNEL = 2;

export interface FeedOptions {
  address(): Promise<FeedAddress>;
  socket: Connect;
  /** The same frames by another way, for a web view that refuses the socket. */
  channel: Connect | null;
  since(): Since | null;
  frame(frame: DeskFrame): void;
  connection(state: Connection): void;
  id(): string;
}

/** What the PBX acts on. */
const COMMANDS: ReadonlySet<Do["do"]> = new Set<Do["do"]>([
  "dial",
  "hang_up",
  "transfer",
  "complete_transfer",
  "cancel_transfer",
  "hold",
  "take",
  "record",
  "sms",
]);

interface Pending {
  id: string;
  what: Do;
  epoch: string | null;
  settle(reply: Reply<never>): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Feed {
  #options: FeedOptions;
  #transport: Transport | null = null;
  #state: Connection = "connecting";
  #attempt = 0;
  #failures = 0;
  #unopened = 0;
  #epoch: string | null = null;
  #pending = new Map<string, Pending>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #hello: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(options: FeedOptions) {
    this.#options = options;
    void this.#connect();
  }

  /** Asks the desk for something. Always settles, never throws. */
  ask<T>(what: Do): Promise<Reply<T>> {
    if (this.#state !== "live") {
      return Promise.resolve({ error: { code: "no_connection", message: "" } });
    }
    return new Promise((resolve) => {
      const id = this.#options.id();
      const settle = (reply: Reply<never>) => {
        clearTimeout(pending.timer);
        this.#pending.delete(id);
        resolve(reply as Reply<T>);
      };
      const timer = setTimeout(() => settle({ error: { code: "no_answer", message: "" } }), REPLY_PATIENCE);
      const pending: Pending = { id, what, epoch: this.#epoch, settle, timer };
      this.#pending.set(id, pending);
      this.#send(pending);
    });
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#hello);
    this.#transport?.close();
    for (const pending of [...this.#pending.values()]) pending.settle({ error: { code: "no_answer", message: "" } });
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    let address: FeedAddress;
    try {
      address = await this.#options.address();
    } catch {
      this.#closed(attempt);
      return;
    }
    if (this.#stopped || attempt !== this.#attempt) return;
    const { channel, socket } = this.#options;
    const byChannel = channel !== null && this.#unopened >= SOCKETS_BEFORE_CHANNEL;
    // A channel gets one chance, then the socket is tried again: whichever works stays.
    this.#unopened = byChannel ? 0 : this.#unopened + 1;
    const mine = () => attempt === this.#attempt && !this.#stopped;
    this.#hello = setTimeout(() => {
      if (!mine()) return;
      this.#transport?.close();
      this.#closed(attempt);
    }, HELLO_PATIENCE);
    this.#transport = (byChannel ? channel : socket)(address, {
      opened: () => {
        if (!mine()) return;
        if (byChannel) this.#unopened = SOCKETS_BEFORE_CHANNEL;
        else this.#unopened = 0;
        const { token, viewer } = address;
        const since = this.#options.since();
        this.#transport?.send(JSON.stringify({ type: "hello", token, since, ...(viewer ? { as: viewer } : {}) }));
      },
      frame: (text) => {
        if (mine()) this.#frame(text);
      },
      closed: () => {
        if (mine()) this.#closed(attempt);
      },
    });
  }

  #frame(text: string): void {
    const frame = parse(text);
    if (frame === null) return;
    if (frame.type === "reply") {
      const { id, ok, error } = frame;
      this.#pending.get(id)?.settle(error ? { error } : { ok: (ok ?? {}) as never });
      return;
    }
    if (frame.type === "snapshot" || frame.type === "resumed") {
      this.#epoch = frame.epoch;
      this.#failures = 0;
      clearTimeout(this.#hello);
    }
    this.#options.frame(frame);
    if (frame.type === "snapshot" || frame.type === "resumed") {
      this.#become("live");
      this.#sendAgain();
    }
  }

  #closed(attempt: number): void {
    if (attempt !== this.#attempt || this.#stopped) return;
    clearTimeout(this.#hello);
    this.#attempt++;
    this.#transport = null;
    this.#become("lost");
    const pause = Math.min(BACKOFF_FIRST * 2 ** this.#failures, BACKOFF_LONGEST);
    this.#failures++;
    this.#retry = setTimeout(() => void this.#connect(), pause);
  }

  /** Requests without a reply go out again under their ids: the desk answers a repeat with the first reply. */
  #sendAgain(): void {
    for (const pending of [...this.#pending.values()]) {
      const forgotten = pending.epoch !== this.#epoch;
      // A restarted desk may not know the id, and no click may become two phone calls or messages.
      if (forgotten && COMMANDS.has(pending.what.do)) {
        pending.settle({ error: { code: "no_answer", message: "" } });
      } else {
        this.#send(pending);
      }
    }
  }

  #send({ id, what }: Pending): void {
    this.#transport?.send(JSON.stringify({ type: "request", id, ...what }));
  }

  #become(state: Connection): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.connection(state);
  }
}

/** A web socket as a transport. */
export const webSocket: Connect = (address, events) => {
  let socket: WebSocket;
  try {
    socket = new WebSocket(address.url);
  } catch {
    queueMicrotask(() => events.closed(null));
    return { send() {}, close() {} };
  }
  socket.onopen = () => events.opened();
  socket.onmessage = (message) => {
    if (typeof message.data === "string") events.frame(message.data);
  };
  socket.onclose = (close) => events.closed(close.code);
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => socket.close(),
  };
};

function parse(text: string): DeskFrame | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "type" in value ? (value as DeskFrame) : null;
  } catch {
    return null;
  }
}
