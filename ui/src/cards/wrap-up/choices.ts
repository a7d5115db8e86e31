/** What a key chooses in a wrap-up, and which calls still want words. Pure. */
import { isToday, type When } from "../../format";
import type { Call, WrapUpChoices } from "../../wire/messages";

export interface Choice {
  kind: "outcome" | "tag";
  name: string;
}

/** The outcome or tag of a key. With Alt, or in another layout, the place of the key counts. */
export function choiceOf({ outcomes, tags }: WrapUpChoices, { key, code }: { key: string; code: string }): Choice | null {
  const pressed = [key.toLowerCase(), /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1], /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase()];
  for (const one of pressed) {
    if (one === undefined || one === "") continue;
    const outcome = outcomes.find((choice) => choice.key === one);
    if (outcome) return { kind: "outcome", name: outcome.name };
    const tag = tags.find((choice) => choice.key === one);
    if (tag) return { kind: "tag", name: tag.name };
  }
  return null;
}

/** The tags after one was chosen or taken back, in the settings' order; a tag that the settings no longer have stays. */
export function toggled(tags: readonly string[], name: string, { tags: known }: WrapUpChoices): string[] {
  const chosen = tags.includes(name) ? tags.filter((tag) => tag !== name) : [...tags, name];
  const order = known.map((tag) => tag.name);
  return [...order.filter((tag) => chosen.includes(tag)), ...chosen.filter((tag) => !order.includes(tag))];
}

/** Whether this extension talked on a call, or made it. */
export function isOwn(call: Call, me: string | null): boolean {
  return me !== null && call.direction !== "internal" && (call.answered_by === me || (call.direction === "outbound" && call.by === me));
}

/**
 * Today's own calls with something begun and not finished, the newest first: a note that nobody said is done, tags
 * without an outcome. An outcome alone is a whole word, and a call without any is nobody's duty.
 */
export function unfinished(calls: Iterable<Call>, me: string | null, when: When): Call[] {
  const found = [...calls].filter((call) => call.state === "ended" && isOwn(call, me) && isBegun(call) && isToday(call.started_at, when));
  return found.sort((a, b) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0));
}

function isBegun({ note, wrap_up }: Call): boolean {
  if (wrap_up?.done) return false;
  return (note ?? "").trim() !== "" || ((wrap_up?.tags.length ?? 0) > 0 && wrap_up?.outcome === null);
}
