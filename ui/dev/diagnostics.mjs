/** How a desk fares: one call in time, one whose look-up was late, one that nobody saw. */
import { withRoster } from "./roster.mjs";

const iso = (ms) => new Date(ms).toISOString();

export function diagnostics(now) {
  const way = (number, ago, more = {}) => ({
    number,
    happened_at: iso(now - ago - 400),
    received_at: iso(now - ago),
    verified_ms: 0.118,
    fed_ms: 0.562,
    stored_ms: 4.31,
    looked_up_ms: 184.2,
    looked_up: "found",
    shown_ms: 61.7,
    ...more,
  });
  return {
    ways: [
      way("+7 9•• •••-••-01", 60_000, { looked_up_ms: 2_904, looked_up: "several" }),
      way("+7 9•• •••-••-42", 240_000),
      way(null, 900_000, { looked_up_ms: null, looked_up: null, shown_ms: null }),
      way("+7 4•• •••-••-10", 3_600_000, { happened_at: iso(now - 3_612_000), looked_up_ms: 3_011, looked_up: "unavailable", stored_ms: 1_420 }),
    ],
    counters: { accepted: 1_204, refused: 3, unknown: 1, written: 1_377, viewers: 3, look_ups: 96 },
    events: { "events/call": 1_204 },
    started_at: iso(now - 7_384_000),
    version: "0.1.0",
    system: "windows (Windows_NT), x86_64",
    log_bytes: 12_412_000,
    facts: 48_213,
  };
}

/** Answers a settings page that looks at diagnostics. */
export function diagnosticsAnswers(now) {
  return (request, desk) => {
    if (request.do === "diagnostics") return { diagnostics: diagnostics(now) };
    if (request.do === "support_bundle") return { url: `http://127.0.0.1:41873/file/${"0".repeat(64)}`, name: "callpop-report-2026-10-13-0941.zip" };
    return withRoster(request, desk);
  };
}
