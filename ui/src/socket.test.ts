import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { BACKOFF_FIRST, BACKOFF_LONGEST, Feed, HELLO_PATIENCE, REPLY_PATIENCE, type Connect, type Connection, type Reply, type TransportEvents } from "./socket";
import { snapshot } from "./testing";
import type { DeskFrame, Since } from "./wire/messages";

/** The desk's side of a connection, in a test's hands. */
class Line {
  sent: Record<string, unknown>[] = [];
  isClosed = false;
  constructor(
    readonly way: "socket" | "channel",
    readonly events: TransportEvents,
  ) {}
  open() {
    this.events.opened();
  }
  say(frame: object) {
    this.events.frame(JSON.stringify(frame));
  }
  live() {
    this.open();
    this.say(snapshot());
  }
  requests() {
    return this.sent.filter((frame) => frame["type"] === "request");
  }
}

let lines: Line[];
let states: Connection[];
let frames: DeskFrame[];
let seen: Since | null;
let feed: Feed;

function start(withChannel = false) {
  const by =
    (way: Line["way"]): Connect =>
    (_address, events) => {
      const line = new Line(way, events);
      lines.push(line);
      return { send: (frame) => line.sent.push(JSON.parse(frame)), close: () => (line.isClosed = true) };
    };
  let ids = 0;
  feed = new Feed({
    address: async () => ({ url: "ws://127.0.0.1:1/feed", token: "t", viewer: null }),
    socket: by("socket"),
    channel: withChannel ? by("channel") : null,
    since: () => seen,
    frame: (frame) => frames.push(frame),
    connection: (state) => states.push(state),
    id: () => `r${++ids}`,
  });
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const last = () => lines.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  states = [];
  frames = [];
  seen = null;
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

describe("the connection", () => {
  it("greets with the token and what was seen last", async () => {
    seen = { epoch: "e1", seq: 7 };
    start();
    await settle();
    last().open();
    expect(last().sent).toEqual([{ type: "hello", token: "t", since: { epoch: "e1", seq: 7 } }]);
    last().say({ type: "resumed", epoch: "e1", seq: 7 });
    expect(states).toEqual(["live"]);
  });

  it("comes back with growing pauses, none longer than five seconds", async () => {
    start();
    await settle();
    const pauses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const tries = lines.length;
      last().events.closed(1006);
      let waited = 0;
      while (lines.length === tries) {
        await vi.advanceTimersByTimeAsync(100);
        waited += 100;
      }
      pauses.push(waited);
    }
    expect(pauses.slice(0, 5)).toEqual([200, 400, 800, 1_600, 3_200]);
    expect(Math.max(...pauses)).toBe(BACKOFF_LONGEST);
    last().live();
    expect(states.at(-1)).toBe("live");
    const tries = lines.length;
    last().events.closed(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF_FIRST);
    expect(lines.length).toBe(tries + 1);
  });

  it("gives up on a desk that does not answer the hello", async () => {
    start();
    await settle();
    last().open();
    await vi.advanceTimersByTimeAsync(HELLO_PATIENCE);
    expect(lines[0]?.isClosed).toBe(true);
    expect(states).toEqual(["lost"]);
  });

  it("takes the channel after two sockets that never opened, and stays with it", async () => {
    start(true);
    await settle();
    last().events.closed(null);
    await vi.advanceTimersByTimeAsync(200);
    last().events.closed(null);
    await vi.advanceTimersByTimeAsync(400);
    expect(lines.map((line) => line.way)).toEqual(["socket", "socket", "channel"]);
    last().live();
    last().events.closed(null);
    await vi.advanceTimersByTimeAsync(BACKOFF_FIRST);
    expect(last().way).toBe("channel");
  });

  it("outlives frames that are no JSON", async () => {
    start();
    await settle();
    last().open();
    last().events.frame("{");
    last().events.frame("null");
    last().say(snapshot());
    expect(frames).toHaveLength(1);
  });

  it("ignores what a former connection still says", async () => {
    start();
    await settle();
    const former = last();
    former.live();
    former.events.closed(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF_FIRST);
    last().live();
    former.say(snapshot({ epoch: "ghost" }));
    former.events.closed(1006);
    expect(frames.some((frame) => frame.type === "snapshot" && frame.epoch === "ghost")).toBe(false);
    expect(states.at(-1)).toBe("live");
  });
});

describe("requests", () => {
  async function asked(what: Parameters<Feed["ask"]>[0]) {
    let reply: Reply<object> | undefined;
    void feed.ask<object>(what).then((told) => (reply = told));
    await settle();
    return () => reply;
  }

  it("get their own reply", async () => {
    start();
    await settle();
    last().live();
    const first = await asked({ do: "lookup_again", with: { call: "c" } });
    const second = await asked({ do: "search_people", with: { text: "ив" } });
    last().say({ type: "reply", id: "r2", ok: { people: [] } });
    last().say({ type: "reply", id: "r1", error: { code: "not_found", message: "no call" } });
    await settle();
    expect(second()).toEqual({ ok: { people: [] } });
    expect(first()?.error?.code).toBe("not_found");
  });

  it("are not sent later when there is no connection now", async () => {
    start();
    await settle();
    const reply = await asked({ do: "dial", with: { number: "+79005550101" } });
    expect(reply()?.error?.code).toBe("no_connection");
    last().live();
    expect(last().requests()).toEqual([]);
  });

  it("go out again under the same id when the connection comes back", async () => {
    start();
    await settle();
    last().live();
    const reply = await asked({ do: "dial", with: { number: "+79005550101" } });
    last().events.closed(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF_FIRST);
    last().open();
    last().say({ type: "resumed", epoch: "e1", seq: 1 });
    expect(last().requests()).toEqual([{ type: "request", id: "r1", do: "dial", with: { number: "+79005550101" } }]);
    last().say({ type: "reply", id: "r1", ok: { command_id: "x" } });
    await settle();
    expect(reply()).toEqual({ ok: { command_id: "x" } });
  });

  it("never repeat a phone call, a message or a hand-over to a desk that was started anew", async () => {
    start();
    await settle();
    last().live();
    const dial = await asked({ do: "dial", with: { number: "+79005550101" } });
    const sms = await asked({ do: "sms", with: { number: "+79005550101", text: "t" } });
    const transfer = await asked({ do: "transfer", with: { call: "c", to: "202", method: "blind" } });
    const note = await asked({ do: "note", with: { call: "c", text: "t" } });
    last().events.closed(1006);
    await vi.advanceTimersByTimeAsync(BACKOFF_FIRST);
    last().open();
    last().say(snapshot({ epoch: "e2" }));
    await settle();
    expect([dial, sms, transfer].map((reply) => reply()?.error?.code)).toEqual(["no_answer", "no_answer", "no_answer"]);
    expect(note()).toBeUndefined();
    expect(last().requests().map((request) => request["do"])).toEqual(["note"]);
  });

  it("end as unknown when no reply comes", async () => {
    start();
    await settle();
    last().live();
    const reply = await asked({ do: "dial", with: { number: "+79005550101" } });
    await vi.advanceTimersByTimeAsync(REPLY_PATIENCE);
    expect(reply()?.error?.code).toBe("no_answer");
    last().say({ type: "reply", id: "r1", ok: {} });
  });
});
