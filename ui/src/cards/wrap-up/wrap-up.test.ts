import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Refusal } from "../../socket";
import { lastWordsText } from "../../lastWords";
import { aCall, aPerson } from "../../testing";
import { words } from "../../words";
import { choiceOf, toggled, unfinished } from "./choices";
import { AGAIN, PAUSE, Saving } from "./saving.svelte";

const refusal = (code: Refusal["code"]): Refusal => ({ code, message: "" });

describe("saving as one types", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A desk that answers when it is told to. */
  function desk() {
    const sent: string[] = [];
    const waiting: ((refusal: Refusal | null) => void)[] = [];
    const saving = new Saving<string>({
      send: (text) => {
        sent.push(text);
        return new Promise((settle) => waiting.push(settle));
      },
      merge: (_before, after) => after,
    });
    const answer = async (said: Refusal | null = null) => {
      waiting.shift()?.(said);
      await vi.advanceTimersByTimeAsync(0);
    };
    return { saving, sent, answer };
  }

  it("sends the last of what was typed in a pause, and does not wait for the end of typing", async () => {
    const { saving, sent, answer } = desk();
    for (const text of ["а", "аб", "абв"]) saving.change(text);
    await vi.advanceTimersByTimeAsync(PAUSE - 1);
    expect(sent).toEqual([]);
    saving.change("абвг");
    await vi.advanceTimersByTimeAsync(1);
    expect(sent).toEqual(["абвг"]);
    expect(saving.state).toBe("saving");
    await answer();
    expect(saving.state).toBe("saved");
    expect(saving.unsaved).toBeNull();
  });

  it("has one request under way, and the last text wins", async () => {
    const { saving, sent, answer } = desk();
    saving.change("а");
    void saving.flush();
    saving.change("аб");
    saving.change("абв");
    await vi.advanceTimersByTimeAsync(10 * PAUSE);
    expect(sent).toEqual(["а"]);
    expect(saving.unsaved).toBe("абв");
    await answer();
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(sent).toEqual(["а", "абв"]);
  });

  it("keeps what was refused, and tries again what may pass", async () => {
    const { saving, sent, answer } = desk();
    saving.change("а");
    void saving.flush();
    await answer(refusal("log_failing"));
    expect([saving.state, saving.unsaved]).toEqual(["refused", "а"]);
    await vi.advanceTimersByTimeAsync(AGAIN);
    expect(sent).toEqual(["а", "а"]);
    await answer(refusal("bad_request"));
    await vi.advanceTimersByTimeAsync(10 * AGAIN);
    expect(sent).toHaveLength(2);
    saving.change("б");
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(sent.at(-1)).toBe("б");
  });

  it("waits for the link, and a later text takes the place of the refused one", async () => {
    const { saving, sent, answer } = desk();
    saving.change("а");
    void saving.flush();
    saving.change("аб");
    await answer(refusal("no_connection"));
    expect([saving.state, saving.unsaved]).toEqual(["offline", "аб"]);
    saving.again();
    expect(sent).toEqual(["а", "аб"]);
    await answer();
    expect(saving.state).toBe("saved");
  });

  it("hurries when the page goes away, even beside a request that is under way", async () => {
    const { saving, sent } = desk();
    saving.change("а");
    void saving.flush();
    saving.change("аб");
    saving.hurry();
    expect(sent).toEqual(["а", "аб"]);
  });
});

describe("what a key chooses", () => {
  const choices = { outcomes: [{ name: "Записали", key: "1" }, { name: "Запись", key: "з" }], tags: [{ name: "Цены", key: "p" }, { name: "Жалоба", key: "" }] };

  it("goes by the sign, else by the place of the key", () => {
    expect(choiceOf(choices, { key: "1", code: "Digit1" })).toEqual({ kind: "outcome", name: "Записали" });
    expect(choiceOf(choices, { key: "!", code: "Numpad1" })).toEqual({ kind: "outcome", name: "Записали" });
    expect(choiceOf(choices, { key: "З", code: "KeyP" })).toEqual({ kind: "outcome", name: "Запись" });
    expect(choiceOf(choices, { key: "π", code: "KeyP" })).toEqual({ kind: "tag", name: "Цены" });
    expect(choiceOf(choices, { key: "", code: "Digit9" })).toBeNull();
  });

  it("keeps tags in the settings' order, and those the settings forgot", () => {
    expect(toggled(["Жалоба"], "Цены", choices)).toEqual(["Цены", "Жалоба"]);
    expect(toggled(["Старая", "Жалоба"], "Жалоба", choices)).toEqual(["Старая"]);
  });
});

describe("what is left to finish", () => {
  const when = { now: Date.parse("2026-10-13T09:00:00Z"), language: "ru" as const, zone: "Europe/Moscow" };
  const mine = (id: string, more = {}) => aCall(id, { state: "ended", outcome: "answered", answered_by: "201", ...more });
  const said = (more = {}) => ({ outcome: null, tags: [], done: false, by: "201", at: null, ...more });

  it("is what was begun today by oneself, and nothing else", () => {
    const calls = [
      mine("note", { note: "просит" }),
      mine("tags", { started_at: "2026-10-13T07:41:00.000Z", wrap_up: said({ tags: ["Цены"] }) }),
      mine("nothing"),
      mine("outcome", { wrap_up: said({ outcome: "Записали" }) }),
      mine("done", { note: "всё", wrap_up: said({ done: true }) }),
      mine("yesterday", { note: "просит", started_at: "2026-10-12T09:00:00.000Z" }),
      mine("theirs", { note: "просит", answered_by: "202" }),
      mine("live", { note: "просит", state: "talking" }),
    ];
    expect(unfinished(calls, "201", when).map((call) => call.id)).toEqual(["tags", "note"]);
    expect(unfinished(calls, null, when)).toEqual([]);
  });
});

describe("the last words", () => {
  const when = { now: Date.parse("2026-10-27T09:00:00Z"), language: "ru" as const, zone: "Europe/Moscow" };
  const said = { call: "x", at: "2026-10-24T06:00:00.000Z", by: "202", note: "перенести на утро", person: "a", outcome: "Записали", tags: ["Цены"] };
  const [a, b] = [aPerson("a"), aPerson("b")];

  it("are one line", () => {
    expect(lastWordsText(said, { person: a, people: [a] }, words.ru, when)).toBe("В прошлый раз (24.10 09:00, 202): Записали, Цены · «перенести на утро»");
    expect(lastWordsText({ ...said, note: null, tags: [], by: null }, { person: a, people: [a] }, words.en, when)).toBe("Last time (24.10 09:00): Записали");
  });

  it("hide a note about another person, and name its owner while nobody is chosen", () => {
    expect(lastWordsText(said, { person: b, people: [a, b] }, words.ru, when)).toBe("В прошлый раз (24.10 09:00, 202): Записали, Цены");
    expect(lastWordsText({ ...said, outcome: null, tags: [] }, { person: b, people: [a, b] }, words.ru, when)).toBeNull();
    expect(lastWordsText(said, { person: null, people: [a, b] }, words.ru, when)).toContain("Иванова Мария a: «перенести на утро»");
  });
});
