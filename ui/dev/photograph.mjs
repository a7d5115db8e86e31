/** Photographs every screen: `npm run shots` writes `screenshots/` anew. The time is fixed, so pictures differ only when the look does. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { visitScreens } from "./shots.mjs";

const OUT = join(dirname(fileURLToPath(import.meta.url)), "..", "screenshots");

const only = process.argv[2];
if (!only) rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
await visitScreens((name) => !only || name.includes(only), async (tab, { name, page }, { language, theme }) => {
  const path = join(OUT, `${name}-${theme}-${language}.png`);
  if (page === "pop") await tab.locator("main").screenshot({ path });
  else await tab.screenshot({ path });
});
console.log(`screenshots in ${OUT.split("/").slice(-2).join("/")}`);
