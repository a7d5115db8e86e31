import { expect, test } from "vitest";

import { LIVELY_FOR, pauseFrom } from "./pace";

const NOON = Date.parse("2026-11-10T12:00:00Z");
const still = { seconds: false, happened: NOON - LIVELY_FOR, moments: [] };

test("every second while something happens or is counted down", () => {
  expect(pauseFrom(NOON, { ...still, happened: NOON - LIVELY_FOR + 1 })).toBe(1_000);
  expect(pauseFrom(NOON, { ...still, seconds: true })).toBe(1_000);
});

test("otherwise at each full minute", () => {
  expect(pauseFrom(NOON, still)).toBe(60_000);
  expect(pauseFrom(NOON + 59_990, still)).toBe(10);
});

test("and at a moment that counts, whichever comes first", () => {
  expect(pauseFrom(NOON, { ...still, moments: [NOON + 90_000, NOON + 12_300, NOON - 5] })).toBe(12_300);
  expect(pauseFrom(NOON, { ...still, moments: [NOON + 90_000] })).toBe(60_000);
});

test("a clock that was put back by hours is no reason to hurry for hours", () => {
  expect(pauseFrom(NOON, { ...still, happened: NOON + 3 * 3_600_000 })).toBe(60_000);
});
