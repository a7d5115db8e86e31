/** Tells the desk when a call stands on the screen: once for each call that came while the page was open. */
import type { Link } from "./link.svelte";
import type { Call } from "./wire/messages";

/** Calls that are remembered as told; a desk's day has fewer. */
const MOST = 500;

/** After this call every new call that `isSeen` picks is reported once it has been painted. Calls of a rehearsal never are. */
export function reportShown(link: Link, isSeen: (call: Call) => boolean): void {
  const told = new Set<string>();
  link.oncall = (call, isNew) => {
    // A call that was there before the page looked says nothing about the way of its first post.
    if (!isNew) told.add(call.id);
    if (told.has(call.id) || call.rehearsal || call.state === "ended" || !isSeen(call)) return;
    if (told.size >= MOST) told.clear();
    told.add(call.id);
    // The first frame may already be under way when the call comes; after the second it is on the screen. A window that is hidden paints nothing.
    requestAnimationFrame(() => requestAnimationFrame(() => void link.ask({ do: "shown", with: { call: call.id } })));
  };
}
