import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Link } from "../../link.svelte";
import { PAUSE } from "./saving.svelte";
import { CallWords, together } from "./words.svelte";

describe("a note that two desks write", () => {
  it("keeps what a colleague added behind one's own words", () => {
    expect(together("АААв", "ААА", "ААА аллергия на йод")).toBe("АААв аллергия на йод");
  });

  it("keeps one's own addition when the colleague rewrote the whole", () => {
    expect(together("АААв", "ААА", "Совсем другое")).toBe("Совсем другое\nв");
  });

  it("keeps both when both rewrote it", () => {
    expect(together("моё", "было", "чужое")).toBe("чужое\nмоё");
  });

  it("is the colleague's when nothing was written here, and one's own when it holds theirs", () => {
    expect(together("ААА", "ААА", "ААА и ещё")).toBe("ААА и ещё");
    expect(together("ААА", "ААА", "Б")).toBe("Б");
    expect(together("ААА и ещё", "ААА", "ААА и")).toBe("ААА и ещё");
  });
});

describe("two windows that write about one call", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A desk with two windows, each of which hears what is kept. */
  function desk() {
    let kept = "";
    const windows: CallWords[] = [];
    const link = {
      ask: (request: { with: { text: string } }) => {
        kept = request.with.text;
        for (const window of windows) window.heard(kept);
        return Promise.resolve({ ok: {} });
      },
    } as unknown as Link;
    windows.push(new CallWords(link, "c1"), new CallWords(link, "c1"));
    const [one, other] = windows as [CallWords, CallWords];
    return { one, other, kept: () => kept };
  }

  it("loses nobody's words, whoever writes on", async () => {
    const { one, other, kept } = desk();
    one.type("Просит справку");
    await vi.advanceTimersByTimeAsync(PAUSE);
    other.type("Просит справку, аллергия на йод");
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(one.draft).toBe("Просит справку, аллергия на йод");
    one.type(`${one.draft ?? ""}; завтра`);
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect([kept(), other.draft]).toEqual(["Просит справку, аллергия на йод; завтра", "Просит справку, аллергия на йод; завтра"]);
  });

  it("keeps both when both write in the same moment", async () => {
    const { one, other, kept } = desk();
    one.type("А");
    await vi.advanceTimersByTimeAsync(PAUSE);
    one.type("А один");
    other.heard("А");
    other.type("А другой");
    await vi.advanceTimersByTimeAsync(10 * PAUSE);
    for (const part of ["один", "другой"]) expect(kept()).toContain(part);
    expect(one.draft).toBe(kept());
    expect(other.draft).toBe(kept());
  });

  it("hears its own words come back and goes on with newer ones", async () => {
    const { one, kept } = desk();
    one.type("а");
    await vi.advanceTimersByTimeAsync(PAUSE);
    one.type("аб");
    one.heard("а");
    expect(one.draft).toBe("аб");
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(kept()).toBe("аб");
  });
});
