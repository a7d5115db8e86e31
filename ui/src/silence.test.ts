import { expect, test } from "vitest";

import type { Silence } from "./shell";
import { Quiet } from "./silence.svelte";

test("an answer that was overtaken does not undo what was told", async () => {
  let tell: (silence: Silence | null) => void = () => {};
  let answer: (silence: Silence | null) => void = () => {};
  const quiet = new Quiet({
    onSilence: (heard) => (tell = heard),
    silenceRead: () => new Promise((read) => (answer = read)),
  });
  const paused: Silence = { why: "paused", until: null };
  tell(paused);
  answer(null);
  await Promise.resolve();
  expect(quiet.silence).toBe(paused);
});

test("what the shell says when it is asked counts until it tells otherwise", async () => {
  const paused: Silence = { why: "paused", until: null };
  const quiet = new Quiet({ onSilence: () => {}, silenceRead: () => Promise.resolve(paused) });
  await Promise.resolve();
  expect(quiet.silence).toBe(paused);
});
