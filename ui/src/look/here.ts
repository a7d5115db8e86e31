/** What every component of a page shares, by context. */
import { getContext, setContext } from "svelte";

import type { Link } from "../link.svelte";
import type { Shell } from "../shell";
import type { Look } from "./look.svelte";

export interface Here {
  shell: Shell;
  link: Link;
  look: Look;
}

const KEY = Symbol("here");

export function provide(here: Here): void {
  setContext(KEY, here);
}

export function here(): Here {
  return getContext<Here>(KEY);
}
