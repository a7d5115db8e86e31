import type { Call } from "../../wire/messages";

/** What was written about a call, in one line: outcome and tags, then the note. Empty: nothing. */
export function keptText(call: Call): string {
  const chosen = [call.wrap_up?.outcome ?? "", ...(call.wrap_up?.tags ?? [])].filter((part) => part !== "").join(", ");
  return [chosen, (call.note ?? "").trim()].filter((part) => part !== "").join(" · ");
}
