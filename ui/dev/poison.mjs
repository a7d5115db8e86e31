/**
 * Puts hostile texts into everything that the desk and the shell tell a page. What stays as it was is a rule, not a
 * choice: what the wire's own types allow no other text for.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { TEXTS } from "./payloads.mjs";

const SRC = join(dirname(fileURLToPath(import.meta.url)), "..", "src");
const TYPES = ["wire/messages.ts", "shell.ts"].map((file) => readFileSync(join(SRC, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "")).join("\n");

const quoted = (type) => [...type.matchAll(/"([^"]*)"/g)].map(([, word]) => word);

/** Types that are a choice of words: `Direction` → `inbound`, `outbound`, … */
const CHOICES = new Map([...TYPES.matchAll(/type (\w+) = ((?:\s*\|?\s*"[^"]*")+);/g)].map(([, name, type]) => [name, quoted(type)]));

/** Each field's name → the words that the types name for it. The parser of the Rust side refuses any other. */
const NAMED = new Map();
for (const [, field, type] of TYPES.matchAll(/\b(\w+)\??: ([^;,{}]+)/g)) {
  const words = [...quoted(type), ...[...type.matchAll(/\b[A-Z]\w+\b/g)].flatMap(([name]) => CHOICES.get(name) ?? [])];
  if (words.length > 0) NAMED.set(field, new Set([...(NAMED.get(field) ?? []), ...words]));
}

/**
 * Fields that nobody outside fills: the frame's own, what the windows' settings choose from (the shell reads each into a
 * type), and the addresses of files that the desk serves on this computer.
 */
export const FIXED = new Set(["type", "epoch", "code", "field", "url", "language", "theme", "kind", "auth", "tls", "keep", "time_zone", "country", "first_run", "manners"]);
/** `url` is the desk's own in a reply; where it listens, and what is in the settings, is text like any other. */
const TEXT_AFTER_ALL = /(^|\.)(listener|sql)\.url$/;

/** Moments, days and times of day: RFC 3339, as the Rust side writes them. */
const MOMENT = /^(\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?|\d\d:\d\d)$/;

/** Lists of counters whose names come from posts and from the settings. */
const NAMES_ARE_TEXT = new Set(["events", "lines", "event_kinds"]);

/** What may be absent, and is a text when it is there: filled, so that no text escapes for being absent in the picture. */
const OFTEN_ABSENT = new Set(["why", "note", "relation", "service", "doctor", "chart", "department", "presence_text", "known_as", "line_name", "source", "device", "log_why", "advice", "patronymic", "sip_call_id", "error", "recovery_code", "group", "price"]);

/** What texts ran out of: every value that was ever told, in the order in which it was first seen. */
export class Poison {
  #order = new Map();
  #back = new Map();
  #turn = 0;
  /** Path of a field → which payloads it had. */
  fields = new Map();

  /** With each turn, every value has the next text: after as many turns as there are texts, each had them all. */
  turn(turn) {
    this.#turn = turn;
    this.#back.clear();
  }

  /** What a page is told. The same value is the same text wherever it stands, so that who is who is still known. */
  told(value, path = "") {
    if (typeof value === "string") return this.#text(value, path);
    if (Array.isArray(value)) return value.map((one) => this.told(one, `${path}[]`));
    if (value === null) return OFTEN_ABSENT.has(last(path)) ? this.#text(`no ${last(path)}`, path) : null;
    if (typeof value !== "object") return value;
    const named = /\w$/.test(path) && NAMES_ARE_TEXT.has(last(path));
    return Object.fromEntries(Object.entries(value).map(([key, one]) => (named ? [this.#text(key, `${path}{}`), this.told(one, `${path}{}`)] : [key, this.told(one, path === "" ? key : `${path}.${key}`)])));
  }

  /** What a page asks, in the words that were before. */
  heard(value) {
    if (typeof value === "string") return this.#back.get(value) ?? value;
    if (Array.isArray(value)) return value.map((one) => this.heard(one));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [this.#back.get(key) ?? key, this.heard(one)]));
  }

  /** The fields whose values stood on a page, by the numbers in their texts. */
  fieldsOf(numbers) {
    const values = [...this.#order.keys()];
    const stood = new Set([...numbers].map((number) => values[Math.floor(number / TEXTS.length)]));
    return [...this.fields].filter(([, field]) => [...field.values].some((value) => stood.has(value))).map(([name]) => name);
  }

  #text(value, path) {
    if (value === "" || isFixed(path, value)) return value;
    const order = this.#order.get(value) ?? this.#order.set(value, this.#order.size).get(value);
    const which = (order + this.#turn) % TEXTS.length;
    const name = path.replace(/^(ok\.)?(call|dial)s\[\]/, "$2").replace(/^(ok\.)?(missed|sms)\[\]/, "$2");
    const field = this.fields.get(name) ?? this.fields.set(name, { had: new Set(), values: new Set() }).get(name);
    field.had.add(which);
    field.values.add(value);
    // The number is of payload and value: two values are never the same text, unless it is a bare word.
    const text = TEXTS[which](order * TEXTS.length + which);
    const told = this.#back.has(text) && this.#back.get(text) !== value ? `${text} ${order}` : text;
    this.#back.set(told, value);
    return told;
  }
}

const last = (path) => /(\w+)(\[\]|\{\})*$/.exec(path)?.[1] ?? "";

/** Whether the types leave no other text for a field with this value. */
export function isFixed(path, value) {
  if (MOMENT.test(value) || NAMED.get(last(path))?.has(value)) return true;
  if (TEXT_AFTER_ALL.test(path)) return false;
  return path.split(/[.[\]{}]+/).some((key) => FIXED.has(key));
}
