/** Text messages: a template filled from a card, and how much still fits. Pure: the time is handed in. */
import { nameParts, visitInWords, type When } from "./format";
import type { Person, Sms } from "./wire/messages";

/** What one message holds at most, by the PBX (manual 3.2): plain Latin, and anything else. */
const LONGEST_LATIN = 612;
const LONGEST_OTHER = 268;

/** How many characters still fit; negative when there are too many. */
export function charactersLeft(text: string): number {
  const trimmed = text.trim();
  // The PBX counts as Latin what is ASCII.
  const longest = /^[\x00-\x7f]*$/.test(trimmed) ? LONGEST_LATIN : LONGEST_OTHER;
  return longest - [...trimmed].length;
}

/** What a template's placeholders stand for; null or empty: the card does not know. */
export interface Facts {
  имя: string | null;
  врач: string | null;
  когда: string | null;
  клиника: string | null;
}

/** What the card of a person knows, for one template. */
export function factsOf(person: Person | null, template: string, when: When): Facts {
  const visit = person?.next_visit ?? null;
  // A reminder names the visit's doctor or none; other texts may name the one who attends.
  const ofVisit = visit !== null || template.includes("{когда}");
  // The message is in the template's language, whatever the window's is.
  const language = /[а-яё]/i.test(template.replace(/\{[^}]*\}/g, "")) ? "ru" : "en";
  return {
    имя: person === null ? null : nameParts(person).address,
    врач: ofVisit ? (visit?.doctor ?? null) : (person?.doctor ?? null),
    когда: visit === null ? null : visitInWords(visit.at, { ...when, language }),
    // The desk writes the clinic's name itself; one that is still here is not known.
    клиника: null,
  };
}

/** Stands where something is missing while the text around it is mended. */
const GAP = "\u{e000}";

/** A template with its placeholders filled. What the card does not know disappears with the comma, colon or preposition that led to it. */
export function fill(template: string, facts: Facts): string {
  const named = template.replaceAll(GAP, "").replace(/\{([^{}]*)\}/g, (whole, name: string) => {
    const key = name.trim().toLowerCase();
    if (!(key in facts)) return whole;
    // What is filled in is not read as a template again.
    return facts[key as keyof Facts]?.trim().replaceAll(GAP, "") || GAP;
  });
  let text = named;
  while (text.includes(GAP)) {
    const opens = /(?:^|[.!?…\n])\s*$/u.test(text.slice(0, text.indexOf(GAP)));
    const before = text.slice(0, text.indexOf(GAP)).trimEnd().length;
    text = mend(text);
    // What begins a sentence now begins it with a capital.
    if (opens) text = text.slice(0, before) + text.slice(before).replace(/^\s*\p{Ll}/u, (letter) => letter.toUpperCase());
  }
  return text.trim();
}

/** Words that make no sense without what follows them. */
const LEADING = "(?:(?<=^|[\\s(«])(?:у|к|ко|в|во|на|с|со|от|до|для|по|доктор|доктора|доктору|врач|врача|врачу|dr|doctor|at|on|with|to|by|for)\\s+)*";

/** Takes the first gap out. */
function mend(text: string): string {
  // Brackets and quotes around nothing.
  const wrapped = text.replace(new RegExp(`\\s*[(«"]\\s*${LEADING}${GAP}\\s*[)»"]`, "iu"), "");
  if (wrapped !== text) return wrapped;
  // "…: ∅, Петров" keeps what led to the first, and loses the comma after it.
  const listed = text.replace(new RegExp(`${LEADING}${GAP}\\s*[,;]\\s*`, "iu"), "");
  if (listed !== text) return listed;
  // "Здравствуйте, ∅!" and "о визите: ∅." lose what led to it, when nothing of the sentence follows.
  const last = new RegExp(`\\s*(?:[,;:]|\\s[—–-])?\\s*${LEADING}${GAP}(?=[^\\S\\n]*(?:[.!?…:\\n]|$))`, "iu").exec(text);
  if (last) {
    const [before, after] = [text.slice(0, last.index), text.slice(last.index + last[0].length)];
    // A full stop that ended a sentence of nothing else.
    return before + (/(?:^|[.!?…])$/u.test(before) ? after.replace(/^[^\S\n]*\.(?=\s|$)/u, "") : after);
  }
  return text.replace(new RegExp(`${LEADING}${GAP}[^\\S\\n]?`, "iu"), "");
}

/** The messages to show with a call, or with a number that called: newest last. */
export function messagesOf(all: Iterable<Sms>, { call, calls = [], number = null }: { call?: string; calls?: readonly string[]; number?: string | null }): Sms[] {
  const mine = [...all].filter((sms) => (sms.call !== null && (sms.call === call || calls.includes(sms.call))) || (sms.call === null && call === undefined && number !== null && sms.number === number));
  return mine.sort((a, b) => (a.at < b.at ? -1 : 1));
}
