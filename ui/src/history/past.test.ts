import { expect, test } from "vitest";

import { emptyBoard } from "../board";
import type { Link } from "../link.svelte";
import { aCall } from "../testing";
import type { Do } from "../wire/messages";
import { Past } from "./past.svelte";

/** A desk that answers when the test says so. */
function desk() {
  const asked: { what: Do; answer: (ok: object) => Promise<void>; refuse: () => Promise<void> }[] = [];
  const link = {
    board: emptyBoard,
    ask: (what: Do) =>
      new Promise((settle) => {
        const done = async (reply: object) => {
          settle(reply);
          await new Promise((next) => setTimeout(next));
        };
        asked.push({ what, answer: (ok) => done({ ok }), refuse: () => done({ error: { code: "busy", message: "" } }) });
      }),
  } as unknown as Link;
  return { asked, past: new Past(link, () => "2026-11-24") };
}

const page = (...ids: string[]) => ({ calls: ids.map((id) => aCall(id)), next: null });
const shown = (past: Past) => past.calls?.map((call) => call.id);

test("every key is a question at once, and late answers to older ones are dropped", async () => {
  const { asked, past } = desk();
  past.type("и", 1);
  past.type("ив", 2);
  expect(asked.map(({ what }) => what.do === "history" && what.with.text)).toEqual(["и", "ив"]);
  await asked[1]?.answer(page("b"));
  await asked[0]?.answer(page("a"));
  expect([shown(past), past.shownText, past.typedAt, past.asking]).toEqual([["b"], "ив", 2, false]);
});

test("what stood there stays until the next answer, also when it is a refusal", async () => {
  const { asked, past } = desk();
  past.type("и", 1);
  await asked[0]?.answer(page("a"));
  past.type("ив", 2);
  expect([shown(past), past.asking]).toEqual([["a"], true]);
  await asked[1]?.refuse();
  expect([shown(past), past.refusal?.code]).toEqual([["a"], "busy"]);
  past.type("ива", 3);
  await asked[2]?.answer(page());
  expect([shown(past), past.refusal]).toEqual([[], null]);
});

test("a question that another window pushed aside is asked once more, and only once", async () => {
  const { asked, past } = desk();
  past.type("и", 1);
  await asked[0]?.answer({ superseded: true, calls: [] });
  expect(asked.length).toBe(2);
  await asked[1]?.answer({ superseded: true, ...page("a") });
  expect([asked.length, shown(past)]).toEqual([2, ["a"]]);
});

test("the next page is asked for once, for the words of the page before, and joined", async () => {
  const { asked, past } = desk();
  past.type("и", 1);
  await asked[0]?.answer({ ...page("a", "b"), next: "b" });
  void past.more();
  void past.more();
  expect(asked.length).toBe(2);
  expect(asked[1]?.what).toMatchObject({ do: "history", with: { text: "и", before: "b", limit: 200 } });
  await asked[1]?.answer(page("b", "c"));
  expect([shown(past), past.next]).toEqual([["a", "b", "c"], null]);
  await past.more();
  expect(asked.length).toBe(2);
});

test("a page of older words is not joined to the list of newer ones", async () => {
  const { asked, past } = desk();
  past.type("и", 1);
  await asked[0]?.answer({ ...page("a"), next: "a" });
  void past.more();
  past.type("ив", 2);
  await asked[1]?.answer(page("old"));
  await asked[2]?.answer({ ...page("new"), next: "n" });
  expect(shown(past)).toEqual(["new"]);
  void past.more();
  expect(asked.length).toBe(4);
});

test("a desk that stopped looking before it had a page is asked on, and nothing is said to be missing before it has looked at all", async () => {
  const { asked, past } = desk();
  past.type("иванова", 1);
  await asked[0]?.answer({ calls: [], next: "n1" });
  expect(asked[1]?.what).toMatchObject({ with: { text: "иванова", before: "n1" } });
  expect([shown(past), past.next]).toEqual([[], "n1"]);
  await asked[1]?.answer({ ...page("a"), next: "n2" });
  await asked[2]?.answer(page("b"));
  expect([shown(past), past.next, asked.length]).toEqual([["a", "b"], null, 3]);
});

test("it is asked on no further once something newer is typed, or when it does not answer", async () => {
  const { asked, past } = desk();
  past.type("и", 1);
  await asked[0]?.answer({ calls: [], next: "n1" });
  past.type("ив", 2);
  await asked[1]?.answer({ ...page("old"), next: "n2" });
  await asked[2]?.answer({ calls: [], next: "n3" });
  await asked[3]?.refuse();
  expect([asked.length, past.next, past.refusal?.code]).toEqual([4, "n3", "busy"]);
});
