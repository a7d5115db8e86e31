/** Who may post to the listener. */
import { list } from "./form.svelte";

/** The addresses that MANGO publishes as the sources of its events (manual 1.2; reference 1.1). */
export const MANGO_SOURCES = ["81.88.80.132", "81.88.80.133", "81.88.82.36", "81.88.82.44", "81.88.82.45"] as const;

export type Sources = "any" | "mango" | "own";

/** What a list of addresses amounts to. */
export function sourcesOf(allow: string): Sources {
  const addresses = new Set(list(allow));
  if (addresses.size === 0) return "any";
  return addresses.size === MANGO_SOURCES.length && MANGO_SOURCES.every((address) => addresses.has(address)) ? "mango" : "own";
}
