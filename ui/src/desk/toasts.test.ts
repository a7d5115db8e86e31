import { describe, expect, it } from "vitest";

import { apply, emptyBoard } from "../board";
import { aCall, aClosing, aMissed, snapshot } from "../testing";
import type { ShellNotice } from "../shell";
import { Toasts, type ToastFacts } from "./toasts.svelte";

const notice = (id: string | null, more: Partial<ShellNotice> = {}): ShellNotice => ({ about: "missed", id, title: "Пропущенный звонок", body: `${id}`, button: "Перезвонить", ...more });
const facts = (more: Partial<ToastFacts> = {}): ToastFacts => ({ now: 0, board: emptyBoard, held: false, isBusy: () => false, ...more });
const ids = (toasts: Toasts) => toasts.shown.map((toast) => toast.id);

function told(...all: ShellNotice[]): Toasts {
  const toasts = new Toasts();
  for (const one of all) toasts.hear(one);
  return toasts;
}

describe("the notices of the shell", () => {
  it("are the newest three", () => {
    const toasts = told(notice("a"), notice("b"), notice("c"), notice("d"));
    toasts.tidy(facts());
    expect(ids(toasts)).toEqual(["b", "c", "d"]);
  });

  it("stand still while somebody points at them, however many come", () => {
    const toasts = told(notice("a"), notice("b"), notice("c"));
    toasts.tidy(facts());
    for (let n = 0; n < 500; n++) toasts.hear(notice(`n${n}`));
    toasts.tidy(facts({ now: 60_000, held: true }));
    expect(ids(toasts)).toEqual(["a", "b", "c"]);
    toasts.tidy(facts({ now: 61_000 }));
    expect(ids(toasts)).toEqual(["n497", "n498", "n499"]);
    toasts.tidy(facts({ now: 80_999 }));
    expect(ids(toasts), "those that waited get their time too").toHaveLength(3);
    toasts.tidy(facts({ now: 81_000 }));
    expect(ids(toasts)).toEqual([]);
  });

  it("say a thing once, with what was said last", () => {
    const toasts = told(notice("a"), notice("b"), notice("a", { body: "2" }), notice(null, { about: "program" }), notice(null, { about: "program" }));
    expect(toasts.shown.map((toast) => toast.body)).toEqual(["2", "b", "null"]);
    expect(new Set(toasts.shown.map((toast) => toast.key)).size).toBe(3);
  });

  it("go away with what they speak of", () => {
    const toasts = told(notice("c1", { about: "ringing" }), notice("m1"), notice("m2"));
    const board = apply(emptyBoard, snapshot({ calls: [aCall("c1", { pops: true })], missed: [aMissed("m1"), aMissed("m2", { claimed_by: "201" })] }));
    toasts.tidy(facts({ board }));
    expect(ids(toasts)).toEqual(["c1", "m1", "m2"]);
    const later = snapshot({ calls: [aCall("c1")], missed: [aMissed("m1", { claimed_by: "202" }), aMissed("m2", { closed: aClosing({ at: "", by: null }) })] });
    toasts.tidy(facts({ board: apply(board, later) }));
    expect(ids(toasts)).toEqual([]);
  });

  it("stay while their call back is under way, and long enough to read how it ended", () => {
    const toasts = told(notice("m1"));
    toasts.tidy(facts());
    toasts.tidy(facts({ now: 50_000, isBusy: () => true }));
    toasts.tidy(facts({ now: 69_999 }));
    expect(ids(toasts)).toEqual(["m1"]);
    toasts.tidy(facts({ now: 70_000 }));
    expect(ids(toasts)).toEqual([]);
  });
});
