/**
 * The desk's sentences in the window's language. The desk speaks Russian; its sentence is the key of its translation, so
 * that neither the feed nor the log has to hold two texts. What has no translation stays as it came.
 */
import { codes } from "./en/codes";
import { pairs, records, type Pair } from "./en/told";
import type { Language } from "./index";

/** A sentence with places to fill in. */
interface Template {
  ru: string;
  matches: RegExp;
  /** The English, cut at its places. */
  parts: readonly string[];
  /** Which of the Russian's places goes between two parts, and whether it stays as it is. */
  places: readonly { at: number; kept: "never" | "unlessWhole" | "always" }[];
}

const RUSSIAN = /\p{Script=Cyrillic}/u;
const PLACE = /\{#?\}/g;
const ENGLISH_PLACE = /\{(\d*)([=!]?)\}/g;
/** Where the desk joins its sentences, the widest first. */
const JOINTS = ["\n", ". ", "; ", ": ", " — ", ", "] as const;
/** Something said in brackets at the end. */
const BRACKETS = /^(.*?)(\s?\()([^()]*(?:\([^()]*\)[^()]*)*)(\))$/su;
/** Texts remembered; a desk says the same few again and again, but a chart's own words are without number. */
const REMEMBERED = 2_000;
/** The longest text that is taken apart, in characters: the desk's own are shorter by far. */
const LONGEST = 4_000;

interface Table {
  sentences: ReadonlyMap<string, Pair>;
  templates: readonly Template[];
}

const said = new Map<string, string>();
const desk = whenWanted([pairs, records, codes]);
const record = whenWanted([records]);

/** Made when it is first wanted: a Russian window never is the slower for it. */
function whenWanted(lists: readonly (readonly Pair[])[]): () => Table {
  let made: Table | null = null;
  return () => (made ??= tableOf(lists.flat()));
}

function tableOf(all: readonly Pair[]): Table {
  const sentences = new Map<string, Pair>();
  const templates: Template[] = [];
  for (const pair of weighed(all)) {
    const [ru] = pair;
    if (ru.includes("{")) templates.push(templateOf(pair));
    // Alone a sentence begins with a capital, behind a colon it does not.
    else if (!sentences.has(small(ru))) sentences.set(small(ru), pair);
  }
  return { sentences, templates };
}

/** A sentence of the desk, or several joined. */
export function told(text: string, language: Language): string {
  if (language === "ru" || !RUSSIAN.test(text)) return text;
  const known = said.get(text);
  if (known !== undefined) return known;
  const english = text.length > LONGEST ? text : (whole(text, desk()) ?? joined(text));
  if (said.size >= REMEMBERED) said.clear();
  said.set(text, english);
  return english;
}

/** As `told`, and nothing where there is nothing, or no English for it: a newer desk's sentence. */
export function tellable(text: string | null, language: Language): string | null {
  if (text === null) return null;
  const english = told(text, language);
  return language !== "ru" && english === text && RUSSIAN.test(text) ? null : english;
}

/** A text that may be the desk's or somebody's own: only what is a sentence of the desk from end to end is put into English. */
export function toldWhole(text: string, language: Language): string {
  if (language === "ru" || text.length > LONGEST || !RUSSIAN.test(text)) return text;
  return whole(text, desk()) ?? text;
}

/** A name, a warning, a note or a relation of a person: the clinic's words stay as they are, however like the desk's they sound. */
export function toldOfPerson(text: string, language: Language): string {
  if (language === "ru" || text.length > LONGEST || !RUSSIAN.test(text)) return text;
  return whole(text, record()) ?? text;
}

/** A check's line, which the desk said in one: `адрес: http://…`. */
export function toldStep(what: string, result: string, language: Language): { what: string; result: string } {
  if (language === "ru" || !RUSSIAN.test(what + result)) return { what, result };
  const line = told(`${what}: ${result}`, language);
  const at = line.indexOf(": ");
  return at < 0 ? { what: told(what, language), result: told(result, language) } : { what: line.slice(0, at), result: line.slice(at + 2) };
}

function whole(text: string, { sentences, templates }: Table): string | null {
  const plain = sentences.get(small(text));
  if (plain !== undefined) return begun(text, plain);
  for (const { ru, matches, parts, places } of templates) {
    const found = matches.exec(text);
    if (found === null) continue;
    const english = parts.map((part, index) => {
      const place = places[index - 1];
      if (place === undefined) return part;
      const filled = found[place.at + 1] ?? "";
      if (place.kept === "always") return filled + part;
      return (place.kept === "never" ? told(filled, "en") : toldWhole(filled, "en")) + part;
    });
    return begun(text, [ru, english.join("")]);
  }
  return null;
}

/** What no template knows as a whole is taken apart where the desk may have joined it. */
function joined(text: string): string {
  for (const joint of JOINTS) {
    const at = text.indexOf(joint);
    if (at >= 0) return told(text.slice(0, at), "en") + joint + told(text.slice(at + joint.length), "en");
  }
  const [, before, open, inside, close] = BRACKETS.exec(text) ?? [];
  if (before === undefined || inside === undefined) return text;
  return told(before, "en") + open + told(inside, "en") + close;
}

/** The most telling first: a sentence of few letters of its own would take what belongs to a longer one. */
function weighed(all: readonly Pair[]): Pair[] {
  const weight = ([ru]: Pair) => ru.replace(PLACE, "").length;
  return [...all].sort((a, b) => weight(b) - weight(a));
}

function templateOf([ru, en]: Pair): Template {
  const literals = ru.split(PLACE).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const kinds = ru.match(PLACE) ?? [];
  const body = literals.map((part, index) => part + (kinds[index] === undefined ? "" : kinds[index] === "{#}" ? "(\\P{Script=Cyrillic}*?)" : "(.*?)")).join("");
  // Either case of the first letter; it is never a sign of the pattern.
  const begin = /^\p{L}/u.test(ru) ? `[${ru.charAt(0).toLowerCase()}${ru.charAt(0).toUpperCase()}]${body.slice(1)}` : body;
  let next = 0;
  const places = [...en.matchAll(ENGLISH_PLACE)].map(([, number, mark]) => ({ at: number === "" ? next++ : Number(number) - 1, kept: mark === "=" ? ("always" as const) : mark === "!" ? ("unlessWhole" as const) : ("never" as const) }));
  return { ru, matches: new RegExp(`^${begin}$`, "su"), parts: en.replace(ENGLISH_PLACE, "\0").split("\0"), places };
}

function small(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A capital where the desk has one; PBX and MIS keep their own. */
function begun(text: string, [ru, en]: Pair): string {
  const [is, was] = [text.charAt(0), ru.charAt(0)];
  if (is === was || is.toLowerCase() !== was.toLowerCase()) return en;
  if (is !== is.toLowerCase()) return en.charAt(0).toUpperCase() + en.slice(1);
  return /^\p{Lu}{2}/u.test(en) ? en : small(en);
}
