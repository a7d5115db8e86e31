/** What a text template may hold. */

/** What the card and the settings fill in. */
export const PLACES = ["{имя}", "{врач}", "{когда}", "{клиника}"] as const;
export type Place = (typeof PLACES)[number];

/** The PBX's longest text messages, in characters (reference 4.7): with any letter beyond Latin fewer fit. */
const LATIN = 612;
const OTHER = 268;

/** How long a template is as it stands; names and dates come on top. */
export function length(text: string): { used: number; most: number; left: number } {
  const used = [...text].length;
  // The names that are filled in are Cyrillic, as are the placeholders themselves.
  const most = /^[\u0000-\u007f]*$/.test(text) ? LATIN : OTHER;
  return { used, most, left: most - used };
}
