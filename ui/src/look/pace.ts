/** How often the time on a page moves: every second costs a processor that has nothing else to do. */

const SECOND = 1_000;
const MINUTE = 60_000;

/** For so long after anything happened every second counts, ms: what goes by itself is gone by then. */
export const LIVELY_FOR = 60_000;

export interface Pace {
  /** Something on the page shows seconds. */
  seconds: boolean;
  /** When something last happened, ms. */
  happened: number;
  /** Moments at which the page looks different, ms. */
  moments: Iterable<number>;
}

/** How long from now the time need not move, ms: a second, or until the next full minute or the next moment that counts. */
export function pauseFrom(now: number, { seconds, happened, moments }: Pace): number {
  // A clock that was put back must not stop the page.
  if (seconds || Math.abs(now - happened) < LIVELY_FOR) return SECOND;
  let next = (Math.floor(now / MINUTE) + 1) * MINUTE;
  for (const moment of moments) if (moment > now) next = Math.min(next, moment);
  return next - now;
}
