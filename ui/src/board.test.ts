import { describe, expect, it } from "vitest";

import { apply, deskCalls, emptyBoard, emptyRoster, knownPerson, legStateOf, liveCalls, since } from "./board";
import { aCall, aDesk, aLeg, aMissed, anSms, aPerson, snapshot } from "./testing";
import type { DeskFrame } from "./wire/messages";

describe("the board", () => {
  it("is what the snapshot says, whatever was before", () => {
    const old = apply(emptyBoard, snapshot({ epoch: "e1", seq: 9, calls: [aCall("gone")] }));
    const board = apply(old, snapshot({ epoch: "e2", seq: 3, calls: [aCall("here")] }));
    expect([...board.calls.keys()]).toEqual(["here"]);
    expect(since(board)).toEqual({ epoch: "e2", seq: 3 });
  });

  it("says nothing in its first hello", () => {
    expect(since(emptyBoard)).toBeNull();
  });

  it("takes a change once, and a late one never over a newer", () => {
    let board = apply(emptyBoard, snapshot({ seq: 1 }));
    board = apply(board, { type: "call", seq: 3, call: aCall("c", { state: "talking" }) });
    board = apply(board, { type: "call", seq: 2, call: aCall("c", { state: "ringing" }) });
    expect(board.calls.get("c")?.state).toBe("talking");
    expect(board.seq).toBe(3);
  });

  it("does not jump ahead when a connection is resumed: the changes still follow", () => {
    let board = apply(emptyBoard, snapshot({ epoch: "e1", seq: 5 }));
    board = apply(board, { type: "resumed", epoch: "e1", seq: 7 });
    board = apply(board, { type: "call", seq: 6, call: aCall("c") });
    expect(board.calls.has("c")).toBe(true);
    expect(since(board)).toEqual({ epoch: "e1", seq: 6 });
  });

  it("keeps what is live or held, and of the rest the newest", () => {
    const at = (n: number) => `2026-10-13T${String(6 + Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}:00.000Z`;
    let board = apply(emptyBoard, snapshot({ seq: 0 }));
    board = apply(board, { type: "call", seq: 1, call: aCall("live", { started_at: at(0) }) });
    for (let n = 1; n <= 700; n++) board = apply(board, { type: "call", seq: n + 1, call: aCall(`c${n}`, { state: "ended", started_at: at(n) }) }, (id) => id === "c3");
    expect(board.calls.size).toBeLessThanOrEqual(552);
    for (const id of ["live", "c3", "c700", "c250"]) expect(board.calls.has(id), id).toBe(true);
    for (const id of ["c1", "c2", "c4", "c100"]) expect(board.calls.has(id), id).toBe(false);
  });

  it("removes what is gone", () => {
    let board = apply(emptyBoard, snapshot({ seq: 1, calls: [aCall("c")], missed: [aMissed("m")] }));
    board = apply(board, { type: "gone", seq: 2, kind: "call", id: "c" });
    expect(board.calls.size).toBe(0);
    expect(board.missed.size).toBe(1);
  });

  it("keeps its picture when a frame is newer than this program", () => {
    const board = apply(emptyBoard, snapshot({ seq: 1, calls: [aCall("c")] }));
    expect(apply(board, { type: "weather", seq: 2 } as unknown as DeskFrame)).toBe(board);
  });

  it("fills in what an older desk does not tell", () => {
    const older = snapshot({ calls: [aCall("mine", { legs: [aLeg("201", "talking")] }), aCall("theirs", { legs: [aLeg("202", "talking")] })] }) as unknown as Record<string, unknown>;
    delete older["sms"];
    delete older["roster"];
    for (const call of older["calls"] as Record<string, unknown>[]) for (const field of ["may", "deeds", "pressed", "topics", "advert", "known_as", "recalled", "line_name"]) delete call[field];
    const desk = older["desk"] as Record<string, unknown>;
    for (const field of ["catch_up", "line", "sms_templates"]) delete desk[field];
    const board = apply(emptyBoard, older as unknown as DeskFrame);
    expect(board.calls.get("mine")).toEqual(aCall("mine", { legs: [aLeg("201", "talking")], may: ["hang_up"] }));
    expect(board.calls.get("theirs")?.may).toEqual([]);
    expect(board.desk).toEqual(aDesk());
    expect(board.sms.size).toBe(0);
    expect(board.roster.colleagues).toEqual([]);
  });

  it("keeps messages and the roster", () => {
    let board = apply(emptyBoard, snapshot({ seq: 1 }));
    board = apply(board, { type: "sms", seq: 2, sms: anSms("s1") });
    board = apply(board, { type: "sms", seq: 3, sms: anSms("s1", { state: "delivered" }) });
    board = apply(board, { type: "roster", seq: 4, roster: { ...emptyRoster, why: "занято" } });
    expect([...board.sms.values()].map((sms) => sms.state)).toEqual(["delivered"]);
    expect(board.roster.why).toBe("занято");
  });

  it("never changes an older board", () => {
    const before = apply(emptyBoard, snapshot({ seq: 1, calls: [aCall("a")] }));
    apply(before, { type: "call", seq: 2, call: aCall("b") });
    apply(before, { type: "desk", seq: 3, desk: aDesk({ extension: "299" }) });
    expect([...before.calls.keys()]).toEqual(["a"]);
    expect(before.desk?.extension).toBe("201");
  });
});

describe("what is read off the board", () => {
  it("lists live calls, the newest first", () => {
    const board = apply(
      emptyBoard,
      snapshot({
        calls: [aCall("old", { started_at: "2026-10-13T06:00:00.000Z" }), aCall("over", { state: "ended" }), aCall("new", { started_at: "2026-10-13T06:01:00.000Z" })],
      }),
    );
    expect(liveCalls(board).map((call) => call.id)).toEqual(["new", "old"]);
  });

  it("has one's own call first, then what rings here, then the others", () => {
    const at = (second: number) => `2026-10-13T09:00:0${second}.000Z`;
    const calls = [
      aCall("own", { started_at: at(1), state: "talking", legs: [aLeg("201", "talking")] }),
      aCall("colleague", { started_at: at(5), state: "talking", legs: [aLeg("202", "talking")] }),
      aCall("rings", { started_at: at(2), legs: [aLeg("201", "ringing")] }),
      aCall("rings later", { started_at: at(3), legs: [aLeg("201", "ringing"), aLeg("202", "ringing")] }),
      aCall("elsewhere", { started_at: at(4), legs: [aLeg("202", "ringing")] }),
    ];
    const board = apply(emptyBoard, snapshot({ calls }));
    expect(deskCalls(board, "201").map((call) => call.id)).toEqual(["own", "rings later", "rings", "colleague", "elsewhere"]);
    expect(deskCalls(board, null).map((call) => call.id)).toEqual(["colleague", "elsewhere", "rings later", "rings", "own"]);
  });

  it("never guesses among several people", () => {
    const people = [aPerson("a"), aPerson("b")];
    const several = aCall("c", { card: { ...aCall("c").card, status: "several", people } });
    expect(knownPerson(several)).toBeNull();
    expect(knownPerson({ ...several, card: { ...several.card, chosen: "b" } })?.id).toBe("b");
    expect(knownPerson({ ...several, card: { ...several.card, people: [people[0]!] } })?.id).toBe("a");
  });

  it("knows how an extension takes part, whatever its other devices do", () => {
    const leg = (state: "ringing" | "talking" | "held" | "ended") => ({ id: state, extension: "201", state, location: "abonent", device: null });
    expect(legStateOf(aCall("c", { legs: [leg("ringing"), leg("talking")] }), "201")).toBe("talking");
    expect(legStateOf(aCall("c", { legs: [leg("held"), leg("ringing")] }), "201")).toBe("held");
    expect(legStateOf(aCall("c", { legs: [leg("ended")] }), "201")).toBeNull();
    expect(legStateOf(aCall("c", { legs: [leg("talking")] }), null)).toBeNull();
  });
});
