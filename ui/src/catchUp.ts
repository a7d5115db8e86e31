/** What the desk slept through, in words. Pure: the time is handed in. */
import { clock, dayOnly, inSentence, spanInDays, type When } from "./format";
import type { CatchUp } from "./wire/messages";
import type { Words } from "./words";
import { tellable } from "./words/told";

/** `За ночь (с 19:40 до 8:02): 7 пропущенных, всего 23 звонка`. */
export function catchUpText(told: CatchUp, w: Words, when: When): string {
  switch (told.state) {
    case "asking":
      return w.catchUp.asking;
    case "failed":
      return w.catchUp.failed(tellable(told.why, when.language));
    case "done": {
      const night = isNight(told, when);
      const said = night ? w.catchUp.night : w.catchUp.during;
      const oneDay = spanInDays(told.since, told.until, when.zone)?.days === 0;
      // A night begins on the evening before, which nobody has to be told.
      const [since, until] = [told.since, told.until].map((at) => (night || oneDay ? clock(at, when) : `${inSentence(dayOnly(at, when))} ${clock(at, when)}`)) as [string, string];
      return `${said(since, until)}: ${w.catchUp.told(told.missed, told.calls)}`;
    }
  }
}

/** Whether the silence is one night: from an evening to the morning after. */
export function isNight({ since, until }: Pick<CatchUp, "since" | "until">, { zone }: Pick<When, "zone">): boolean {
  const span = spanInDays(since, until, zone);
  return span !== null && span.days === 1 && span.sinceHour >= 15 && span.untilHour >= 4 && span.untilHour < 12;
}

/** Whether there is something to say: a silence in which nothing happened is none. */
export function isWorthTelling(told: CatchUp | null, dismissed: string | null): told is CatchUp {
  if (told === null) return false;
  if (told.state === "asking") return true;
  if (told.state === "done" && told.calls === 0 && told.missed === 0) return false;
  return dismissed !== `${told.state} ${told.until}`;
}
