/** Whose story is meant, and how a window without pages asks the main one for it. */
import type { Shell } from "../shell";
import type { Call, Missed, Person } from "../wire/messages";
import { knownPerson } from "../board";

/** A number, a person, or both: the calls of either. */
export interface About {
  /** E.164. */
  number: string | null;
  /** The directory's id. */
  person: string | null;
  /** What stands above the page until the story is there. */
  name: string | null;
}

/** Between windows of this program; it is written nowhere. */
const CHANNEL = "callpop-story";
/** How long and how often a main window that is just opening is asked, ms. */
const PATIENCE = 5_000;
const AGAIN = 200;

/** Whose story a call is part of; null: the number is hidden and nobody is known. */
export function aboutCall(call: Call): About | null {
  return about(call.number, knownPerson(call), call.direction === "internal");
}

export function aboutMissed(row: Missed): About | null {
  return about(row.number, row.person, false);
}

function about(number: string | null, person: Person | null, internal: boolean): About | null {
  if (internal || (number === null && person === null)) return null;
  return { number, person: person?.id ?? null, name: person?.full_name ?? null };
}

type Message = { show: About; id: string } | { heard: string };

/** Brings the main window to the front and asks it for a story, until it has heard. */
export async function showStory(shell: Shell, about: About): Promise<void> {
  await shell.showWindow("desk").catch(() => {});
  const id = crypto.randomUUID();
  const channel = new BroadcastChannel(CHANNEL);
  let heard = false;
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ("heard" in data && data.heard === id) heard = true;
  };
  for (let waited = 0; !heard && waited < PATIENCE; waited += AGAIN) {
    channel.postMessage({ show: about, id } satisfies Message);
    await new Promise((next) => setTimeout(next, AGAIN));
  }
  channel.close();
}

/** Hears what other windows ask for, each once. */
export function hearStories(open: (about: About) => void): () => void {
  if (typeof BroadcastChannel === "undefined") return () => {};
  const channel = new BroadcastChannel(CHANNEL);
  let last = "";
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (!("show" in data)) return;
    channel.postMessage({ heard: data.id } satisfies Message);
    if (data.id === last) return;
    last = data.id;
    open(data.show);
  };
  return () => channel.close();
}
