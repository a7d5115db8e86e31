import { describe, expect, it } from "vitest";

import { aClosing, aMissed } from "../../testing";
import { words } from "../../words";
import { closingText } from "./closing";
import { arrange, steady } from "./order";
import { clinicTime, nextAt, after, typedTime } from "./times";

const NOW = Date.parse("2026-10-13T06:41:00.000Z");
const at = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const row = (id: string, minutes: number, more = {}) => aMissed(id, { first_at: at(minutes), last_at: at(minutes), ...more });

describe("the order of missed calls", () => {
  it("begins with who waits longest; mine, colleagues', put off and closed follow", () => {
    const rows = [
      row("late", 5),
      row("early", 50),
      row("often", 70, { last_at: at(1) }),
      row("hidden", 200, { number: null }),
      row("mine", 90, { claimed_by: "201" }),
      row("theirs", 95, { claimed_by: "202" }),
      row("off", 99, { postponed_until: new Date(NOW + 60_000).toISOString() }),
      row("back", 30, { postponed_until: new Date(NOW).toISOString() }),
      row("closed", 40, { closed: aClosing() }),
    ];
    const arranged = arrange(rows, { me: "201", now: NOW });
    expect(arranged.open.map((one) => one.id)).toEqual(["often", "early", "back", "late", "hidden", "mine", "theirs"]);
    expect(arranged.postponed.map((one) => one.id)).toEqual(["off"]);
    expect(arranged.closed.map((one) => one.id)).toEqual(["closed"]);
  });

  it("waits while somebody points at it", () => {
    expect(steady(["a", "b"], ["c", "b", "a"], true)).toEqual(["a", "b", "c"]);
    expect(steady(["a", "b"], ["b"], true)).toEqual(["a", "b"]);
    expect(steady(["a", "b"], ["c", "b", "a"], false)).toEqual(["c", "b", "a"]);
    const shown = ["a", "b"];
    expect(steady(shown, ["a", "b"], false)).toBe(shown);
  });
});

describe("until when", () => {
  it("reads a time as people type it", () => {
    expect(["14:30", "1430", "14.30", "9", " 9 15 ", "0900"].map((text) => typedTime(text))).toEqual([
      { hours: 14, minutes: 30 },
      { hours: 14, minutes: 30 },
      { hours: 14, minutes: 30 },
      { hours: 9, minutes: 0 },
      { hours: 9, minutes: 15 },
      { hours: 9, minutes: 0 },
    ]);
    for (const text of ["", "24:00", "9:60", "девять", "1:2", "143000"]) expect(typedTime(text)).toBeNull();
  });

  it("means the clinic's clock: today, or tomorrow when it has passed", () => {
    const iso = (ms: number) => new Date(ms).toISOString();
    expect(iso(nextAt({ hours: 14, minutes: 30 }, NOW, "Europe/Moscow"))).toBe("2026-10-13T11:30:00.000Z");
    expect(iso(nextAt({ hours: 9, minutes: 0 }, NOW, "Europe/Moscow"))).toBe("2026-10-14T06:00:00.000Z");
    expect(iso(clinicTime(1, 9, 0, NOW, "Asia/Kamchatka"))).toBe("2026-10-13T21:00:00.000Z");
    // The clock goes back that night.
    expect(iso(clinicTime(1, 9, 0, Date.parse("2026-10-24T12:00:00Z"), "Europe/Berlin"))).toBe("2026-10-25T08:00:00.000Z");
    expect(iso(clinicTime(1, 9, 0, Date.parse("2026-03-28T12:00:00Z"), "Europe/Berlin"))).toBe("2026-03-29T07:00:00.000Z");
  });
});

describe("how a row ended", () => {
  const w = words.ru.missedList;
  const roster = { colleagues: [], groups: [], lines: [], at: null, why: null };

  it("says spans as people do", () => {
    expect([20_000, 12 * 60_000, 65 * 60_000, 120 * 60_000, 51 * 3_600_000].map((ms) => after(ms, w))).toEqual(["меньше чем через минуту", "через 12 мин", "через 1 ч 5 мин", "через 2 ч", "через 2 дн. 3 ч"]);
  });

  it("says who and after how long, or why", () => {
    expect(closingText(aClosing({ by: "202", after_ms: 12 * 60_000 }), roster, w)).toBe("перезвонил(а) 202 через 12 мин");
    expect(closingText(aClosing({ how: "called_again", by: null, after_ms: 300_000 }), roster, w)).toBe("дозвонились сами через 5 мин");
    expect(closingText(aClosing({ how: "dismissed", by: "201", reason: "Спам", after_ms: 1 }), roster, w)).toBe("закрыл(а) 201: Спам");
    expect(closingText(aClosing({ how: "dismissed", by: null }), roster, words.en.missedList)).toBe("closed");
  });
});
