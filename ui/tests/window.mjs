/** A window in Chromium before a desk that the test holds in its hands. */
import assert from "node:assert/strict";

import { launch } from "../dev/browser.mjs";
import { MockDesk } from "../dev/mock.mjs";
import { deskState, goodAnswers } from "../dev/scenarios.mjs";

let browser;

/** One browser for a file of tests. */
export async function openBrowser() {
  browser = await launch();
}

export async function closeBrowser() {
  await browser.close();
}

/** Opens a page, plays `story(page, desk)`, and fails when the page had an error nobody expected. */
export async function withWindow(page, picture, story, { expected = [], ...options } = {}) {
  const desk = await new MockDesk({ desk: deskState(Date.now()), ...picture }).start();
  desk.answer = goodAnswers;
  const context = await browser.newContext({ locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: { width: 1280, height: 720 }, ...options });
  const tab = await context.newPage();
  tab.setDefaultTimeout(20_000);
  const errors = [];
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !expected.some((known) => text.includes(known))) errors.push(text);
  });
  try {
    await options.before?.(tab, desk);
    await tab.goto(desk.url(page));
    await story(tab, desk);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await desk.stop();
  }
}

/** Waits until something is so, with a deadline. */
export async function eventually(check, what = "it") {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline) assert.fail(`${what} did not come true in 5 s`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** The text of an element once it contains what is awaited. */
export async function says(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor();
}
