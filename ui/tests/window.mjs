/** A window in Chromium before a desk that the test holds in its hands. */
import assert from "node:assert/strict";

import { launch } from "../dev/browser.mjs";
import { MockDesk } from "../dev/mock.mjs";
import { deskState, goodAnswers } from "../dev/scenarios.mjs";

/** How long a test waits for anything. */
const DEADLINE_MS = 20_000;

let browser;

/** One browser for a file of tests. */
export async function openBrowser() {
  browser = await launch();
}

export async function closeBrowser() {
  await browser.close();
}

/** Opens a page, plays `story(page, desk)` once the page has greeted the desk (`linked`), and fails when the page had an error nobody expected. */
export async function withWindow(page, picture, story, { expected = [], linked = true, ...options } = {}) {
  const desk = await new MockDesk({ desk: deskState(Date.now()), ...picture }).start();
  desk.answer = goodAnswers;
  const context = await browser.newContext({ locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: { width: 1280, height: 720 }, ...options });
  const tab = await context.newPage();
  tab.setDefaultTimeout(DEADLINE_MS);
  const errors = [];
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !expected.some((known) => text.includes(known))) errors.push(text);
  });
  try {
    await options.before?.(tab, desk);
    await tab.goto(desk.url(page));
    if (linked) await eventually(() => desk.hellos.length > 0, "the link to the desk");
    await story(tab, desk);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await desk.stop();
  }
}

/** Waits until something is so, with a deadline. */
export async function eventually(check, what = "it") {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline) assert.fail(`${typeof what === "function" ? what() : what} did not come true in ${DEADLINE_MS / 1_000} s`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** Waits until a number has been the same for a second. */
export async function settled(count) {
  for (let before = NaN; before !== count(); await new Promise((next) => setTimeout(next, 1_000))) before = count();
}

/** The text of an element once it contains what is awaited. */
export async function says(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor();
}
