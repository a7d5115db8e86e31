/** Which page of the main window is seen, and whose story lies over it. */
import { getContext, setContext } from "svelte";

import { hearStories, showStory, type About } from "../story/about";
import type { Here } from "../look/here";

export type PageName = "today" | "history" | "numbers";
export const PAGES: readonly PageName[] = ["today", "history", "numbers"];

/** The page seen last; nothing private. */
const REMEMBERED = "callpop.page";

export class Pages {
  shown = $state<PageName>(remembered());
  /** Whose story is read; null: the page itself is seen. */
  story = $state.raw<About | null>(null);

  show(page: PageName): void {
    this.story = null;
    this.shown = page;
    try {
      localStorage.setItem(REMEMBERED, page);
    } catch {
      // A web view without storage starts at the desk each time.
    }
  }

  open(about: About): void {
    this.story = about;
  }

  back(): void {
    this.story = null;
  }

  /** Stories that other windows ask for; answers how to stop. */
  listen(): () => void {
    return hearStories((about) => this.open(about));
  }
}

const KEY = Symbol("pages");

export function providePages(pages: Pages): void {
  setContext(KEY, pages);
}

/** The pages of this window; undefined in a window that has none. */
export function pages(): Pages | undefined {
  return getContext<Pages | undefined>(KEY);
}

/** Opens somebody's story: here, or in the main window. */
export function openStory(here: Here, own: Pages | undefined, about: About): void {
  if (own) own.open(about);
  else void showStory(here.shell, about);
}

function remembered(): PageName {
  try {
    return PAGES.find((page) => page === localStorage.getItem(REMEMBERED)) ?? "today";
  } catch {
    return "today";
  }
}
