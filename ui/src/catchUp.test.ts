import { describe, expect, it } from "vitest";

import { catchUpText, isNight, isWorthTelling } from "./catchUp";
import type { When } from "./format";
import type { CatchUp } from "./wire/messages";
import { words } from "./words";

const when: When = { now: Date.parse("2026-11-24T05:10:00Z"), language: "ru", zone: "Europe/Moscow" };
const told = (more: Partial<CatchUp> = {}): CatchUp => ({ state: "done", since: "2026-11-23T16:40:00Z", until: "2026-11-24T05:02:00Z", calls: 23, missed: 7, why: null, ...more });

describe("what was slept through", () => {
  it("is a night from an evening to the next morning", () => {
    expect(catchUpText(told(), words.ru, when)).toBe("За ночь (с 19:40 до 08:02): 7 пропущенных, всего 23 звонка");
    expect(isNight(told({ since: "2026-11-22T16:40:00Z" }), when), "two nights").toBe(false);
    expect(isNight(told({ until: "2026-11-24T12:00:00Z" }), when), "until the afternoon").toBe(false);
    expect(isNight(told({ since: "2026-11-24T03:00:00Z" }), when), "a morning").toBe(false);
  });

  it("is a span of today, or one with its days", () => {
    expect(catchUpText(told({ since: "2026-11-24T04:00:00Z", calls: 1, missed: 1 }), words.ru, when)).toBe("Пока Callpop не работал (с 07:00 до 08:02): 1 пропущенный, всего 1 звонок");
    expect(catchUpText(told({ since: "2026-11-20T16:40:00Z", missed: 0 }), words.ru, when)).toBe("Пока Callpop не работал (с 20.11 19:40 до сегодня 08:02): пропущенных нет, всего 23 звонка");
    expect(catchUpText(told(), words.en, { ...when, language: "en" })).toBe("Overnight (19:40 to 08:02): 7 missed, 23 calls in all");
  });

  it("is said while it is asked for, and why not", () => {
    expect(catchUpText(told({ state: "asking" }), words.ru, when)).toContain("Узнаём у АТС");
    expect(catchUpText(told({ state: "failed", why: "статистика не готова" }), words.ru, when)).toMatch(/: статистика не готова$/);
    expect(catchUpText(told({ state: "failed", why: "АТС просит спрашивать реже. Спросим ещё раз через минуту" }), words.en, { ...when, language: "en" })).toMatch(/: Too many questions for the PBX/);
    expect(catchUpText(told({ state: "failed", why: "статистика не готова" }), words.en, { ...when, language: "en" })).not.toMatch(/: /);
  });

  it("is worth telling once, and not when nothing happened", () => {
    const key = "done 2026-11-24T05:02:00Z";
    expect(isWorthTelling(told(), null)).toBe(true);
    expect(isWorthTelling(told(), key)).toBe(false);
    expect(isWorthTelling(told({ until: "2026-11-25T05:02:00Z" }), key)).toBe(true);
    expect(isWorthTelling(told({ state: "failed" }), key)).toBe(true);
    expect(isWorthTelling(told({ calls: 0, missed: 0 }), null)).toBe(false);
    expect(isWorthTelling(null, null)).toBe(false);
  });
});
