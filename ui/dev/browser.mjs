/** Chromium for tests and screenshots. */
import { chromium } from "playwright-core";

/** `args`: what a program wants beside. */
export function launch(args = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync", ...args],
  });
}
