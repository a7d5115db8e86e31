/** How a row of missed calls came to its end, in words. Pure. */
import { named } from "../../roster";
import type { Closed, Roster } from "../../wire/messages";
import type { Words } from "../../words";
import { after } from "./times";

/** `перезвонил(а) 202 Ким Анна через 12 мин`, `закрыл(а) 201: Спам`. */
export function closingText(closed: Closed, roster: Roster, w: Words["missedList"]): string {
  const who = closed.by === null ? null : named(roster, closed.by);
  const when = closed.after_ms === null ? null : after(closed.after_ms, w);
  switch (closed.how) {
    case "reached":
      return w.reachedBy(who, when);
    case "called_again":
      return w.calledAgain(who, when);
    case "dismissed":
      return w.dismissedBy(who, closed.reason);
  }
}
