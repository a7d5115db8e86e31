import { describe, expect, it } from "vitest";

import { apply, emptyBoard, type Board } from "./board";
import { MOST_CARDS, popCards, shownCards, STAYS, type PopCard } from "./pops";
import { aCall, aDeed, aDial, aLeg, snapshot } from "./testing";
import type { Call, Dial } from "./wire/messages";

/** A pop window whose script a test plays. */
class Window {
  board: Board = apply(emptyBoard, snapshot());
  cards: PopCard[] = [];
  now = 1_000_000;
  dismissed = new Set<string>();
  kept = new Set<string>();
  #seq = 1;

  call(call: Call): string[] {
    this.board = apply(this.board, { type: "call", seq: ++this.#seq, call });
    return this.shown();
  }

  dial(dial: Dial): string[] {
    this.board = apply(this.board, { type: "dial", seq: ++this.#seq, dial });
    return this.shown();
  }

  after(ms: number): string[] {
    this.now += ms;
    return this.shown();
  }

  shown(): string[] {
    this.cards = popCards(this.cards, this);
    return this.cards.map((card) => `${card.key} ${card.phase}`);
  }
}

const ringing = (id: string, more: Partial<Call> = {}) => aCall(id, { pops: true, legs: [aLeg("201", "ringing")], ...more });
const talking = (id: string, by: string) =>
  aCall(id, { state: "talking", answered_by: by, answered_at: "2026-10-13T06:41:09.000Z", legs: [aLeg(by, "talking"), aLeg("201", by === "201" ? "talking" : "ended")] });
const over = (id: string, more: Partial<Call>) => aCall(id, { state: "ended", ended_at: "2026-10-13T06:42:00.000Z", ...more });

describe("what the window shows of many cards", () => {
  const cards = (count: number) => {
    const window = new Window();
    for (let n = 0; n < count; n++) {
      window.call(ringing(`c${n}`, { number: `+790055500${n + 10}` }));
      window.after(1_000);
    }
    return window.cards;
  };

  it("all of a few", () => {
    expect(shownCards(cards(MOST_CARDS), new Set())).toMatchObject({ shown: { length: MOST_CARDS }, folded: [] });
  });

  it("the newest of many, and the one that somebody works in", () => {
    const { shown, folded } = shownCards(cards(12), new Set(["c0"]));
    expect(shown.map((card) => card.key)).toEqual(["c11", "c10", "c9", "c8", "c7", "c6", "c0"]);
    expect(folded.map((card) => card.key)).toEqual(["c5", "c4", "c3", "c2", "c1"]);
  });
});

describe("the cards of the pop", () => {
  it("stack, the newest ringing first", () => {
    const w = new Window();
    w.call(ringing("a"));
    w.after(1_000);
    expect(w.call(ringing("b", { number: "+79005550102" }))).toEqual(["b ringing", "a ringing"]);
  });

  it("stay while we talk, and half a minute longer", () => {
    const w = new Window();
    w.call(ringing("a"));
    expect(w.call(talking("a", "201"))).toEqual(["a talking"]);
    w.after(600_000);
    expect(w.call(over("a", { outcome: "answered", answered_by: "201" }))).toEqual(["a ended"]);
    expect(w.after(STAYS.ended - 1)).toEqual(["a ended"]);
    expect(w.after(1)).toEqual([]);
  });

  it("fold away four seconds after a colleague took the call", () => {
    const w = new Window();
    w.call(ringing("a"));
    expect(w.call(talking("a", "202"))).toEqual(["a taken"]);
    expect(w.after(3_999)).toEqual(["a taken"]);
    expect(w.after(1)).toEqual([]);
    expect(w.call(over("a", { outcome: "answered", answered_by: "202" }))).toEqual([]);
  });

  it("do not come for calls that never rang here", () => {
    const w = new Window();
    expect(w.call(talking("a", "202"))).toEqual([]);
    expect(w.call(over("a", { outcome: "missed" }))).toEqual([]);
    expect(w.call(aCall("i", { direction: "internal", state: "talking", legs: [aLeg("201", "talking")] }))).toEqual([]);
  });

  it("say that a call was missed, also when its outcome comes late", () => {
    const w = new Window();
    w.call(ringing("a"));
    expect(w.call(aCall("a", { legs: [aLeg("201", "ended")] }))).toEqual(["a moved"]);
    w.after(3_000);
    expect(w.call(over("a", { outcome: "missed" }))).toEqual(["a missed"]);
    expect(w.after(STAYS.missed)).toEqual([]);
  });

  it("never fold away while somebody writes", () => {
    const w = new Window();
    w.call(ringing("a"));
    w.kept.add("a");
    w.call(over("a", { outcome: "missed" }));
    expect(w.after(3_600_000)).toEqual(["a missed"]);
    w.kept.delete("a");
    expect(w.shown()).toEqual([]);
  });

  it("keep away once closed by hand", () => {
    const w = new Window();
    w.call(ringing("a"));
    w.dismissed.add("a");
    expect(w.call(ringing("a", { note: "…" }))).toEqual([]);
  });

  it("come back when a transfer rings here again", () => {
    const w = new Window();
    w.call(ringing("a"));
    w.call(talking("a", "202"));
    expect(w.after(60_000)).toEqual([]);
    expect(w.call(ringing("a", { answered_by: "202" }))).toEqual(["a ringing"]);
    expect(w.call({ ...talking("a", "202"), legs: [aLeg("201", "talking")] })).toEqual(["a talking"]);
  });

  it("show a click-to-call before there is a call, then the call", () => {
    const w = new Window();
    expect(w.dial(aDial("d"))).toEqual(["dial:d calling"]);
    const call = aCall("o", { direction: "outbound", by: "201", command_id: "d", legs: [aLeg("201", "ringing")] });
    w.dial(aDial("d", { state: "ringing_us", call: "o" }));
    expect(w.call(call)).toEqual(["o calling"]);
    expect(w.call({ ...call, state: "talking" })).toEqual(["o talking"]);
    expect(w.call({ ...call, state: "ended", outcome: "failed" })).toEqual(["o failed"]);
  });

  it("tell why a click-to-call without a call failed, and not those of yesterday or of colleagues", () => {
    const w = new Window();
    w.dial(aDial("d"));
    expect(w.dial(aDial("d", { state: "failed" }))).toEqual(["dial:d failed"]);
    expect(w.after(STAYS.failed)).toEqual([]);
    expect(w.dial(aDial("old", { state: "done" }))).toEqual([]);
    expect(w.dial(aDial("theirs", { extension: "202" }))).toEqual([]);
  });

  it("show one card when a missed caller is called back", () => {
    const w = new Window();
    w.call(ringing("a"));
    w.call(over("a", { outcome: "missed" }));
    expect(w.dial(aDial("d"))).toEqual(["a missed"]);
    w.dial(aDial("d", { state: "ringing_us", call: "o" }));
    expect(w.call(aCall("o", { direction: "outbound", by: "201", started_at: "2026-10-13T06:43:00.000Z" }))).toEqual(["o calling"]);
  });

  it("say that a colleague is asked, and tell a hand-over to its end", () => {
    const w = new Window();
    w.call(ringing("a"));
    w.call(talking("a", "201"));
    const asked = aCall("a", { state: "talking", may: ["hang_up", "cancel_transfer"], legs: [aLeg("201", "held"), aLeg("202", "ringing")], deeds: [aDeed("consult", "accepted", { to: "202" })] });
    expect(w.call(asked)).toEqual(["a consulting"]);
    const handing = aCall("a", { state: "ringing", legs: [aLeg("201", "ended"), aLeg("202", "ringing")], deeds: [aDeed("transfer", "accepted", { to: "202" })] });
    expect(w.call(handing)).toEqual(["a handing"]);
    expect(w.after(60_000), "it stays until somebody answers").toEqual(["a handing"]);
    expect(w.call({ ...handing, state: "talking", legs: [aLeg("201", "ended"), aLeg("202", "talking")], deeds: [aDeed("transfer", "done", { to: "202" })] })).toEqual(["a taken"]);
    expect(w.after(STAYS.taken)).toEqual([]);
  });

  it("ring again when nobody took what was handed over", () => {
    const w = new Window();
    w.call(talking("a", "201"));
    w.call(aCall("a", { state: "ringing", legs: [aLeg("202", "ringing")], deeds: [aDeed("transfer", "accepted", { to: "202" })] }));
    expect(w.call(ringing("a", { deeds: [aDeed("transfer", "failed", { to: "202", vpbx_result: 1111 })] }))).toEqual(["a ringing"]);
  });

  it("of a call made here end as the colleague's once it is handed over", () => {
    const w = new Window();
    const out = aCall("a", { direction: "outbound", by: "201", state: "talking", legs: [aLeg("201", "talking")] });
    expect(w.call(out)).toEqual(["a talking"]);
    expect(w.call({ ...out, state: "ringing", legs: [aLeg("202", "ringing")], deeds: [aDeed("transfer", "accepted", { to: "202" })] })).toEqual(["a handing"]);
    expect(w.call({ ...out, legs: [aLeg("202", "talking")], deeds: [aDeed("transfer", "done", { to: "202" })] })).toEqual(["a taken"]);
  });
});
