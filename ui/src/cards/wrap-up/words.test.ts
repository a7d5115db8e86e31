import { describe, expect, it } from "vitest";

import { together } from "./words.svelte";

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
