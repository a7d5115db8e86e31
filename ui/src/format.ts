/** Times, ages, money and numbers as people here read them. Pure: the time and the zone are handed in. */
import type { Debt } from "./wire/messages";
import type { Language } from "./words";

/** What a formatted time depends on. */
export interface When {
  /** Now, ms. */
  now: number;
  language: Language;
  /** IANA name; the clinic's zone. */
  zone: string;
}

interface DayWords {
  today: string;
  tomorrow: string;
  yesterday: string;
}

const DAYS: Record<Language, DayWords> = {
  ru: { today: "Сегодня", tomorrow: "Завтра", yesterday: "Вчера" },
  en: { today: "Today", tomorrow: "Tomorrow", yesterday: "Yesterday" },
};

const LOCALES: Record<Language, string> = { ru: "ru-RU", en: "en-GB" };

/** `09:05`. */
export function clock(iso: string, { language, zone }: When): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? "—" : formatter(language, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** `Завтра 10:30`, `чт 27.11 10:30`, `12.10.2024 10:30`. */
export function visitTime(iso: string, when: When): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? "—" : `${day(at, when)} ${clock(iso, when)}`;
}

const WEEKDAYS_RU = ["в воскресенье", "в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу"];

/** For a message to a patient: `завтра, 30 ноября, в 10:30`, `в пятницу, 27 ноября, в 10:30`, `12 января 2027 года в 10:30`. */
export function visitInWords(iso: string, when: When): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return "";
  const { now, language, zone } = when;
  const distance = dayNumber(at, zone) - dayNumber(now, zone);
  const { year } = dateParts(at, zone);
  const otherYear = year !== dateParts(now, zone).year;
  const time = `${language === "ru" ? "в" : "at"} ${clock(iso, when)}`;
  const date = formatter(language, zone, { day: "numeric", month: "long" }).format(at);
  const dated = otherYear ? (language === "ru" ? `${date} ${year} года` : `${date} ${year}`) : date;
  if (distance === 0 || distance === 1) return `${distance === 0 ? DAYS[language].today.toLowerCase() : DAYS[language].tomorrow.toLowerCase()}, ${dated}, ${time}`;
  if (distance > 1 && distance < 7) {
    const weekday = new Date(dayNumber(at, zone) * 86_400_000).getUTCDay();
    const name = language === "ru" ? WEEKDAYS_RU[weekday] : `on ${formatter("en", zone, { weekday: "long" }).format(at)}`;
    return `${name}, ${dated}, ${time}`;
  }
  return language === "ru" ? `${dated} ${time}` : `on ${dated} ${time}`;
}

/** Hours and whole days of a span as the clinic's clock shows them. */
export function spanInDays(since: string, until: string, zone: string): { days: number; sinceHour: number; untilHour: number } | null {
  const [from, to] = [Date.parse(since), Date.parse(until)];
  if (Number.isNaN(from) || Number.isNaN(to)) return null;
  const hour = (at: number) => Number(formatter("en", zone, { hour: "2-digit", hourCycle: "h23" }).format(at));
  return { days: dayNumber(to, zone) - dayNumber(from, zone), sinceHour: hour(from), untilHour: hour(to) };
}

/** `Сегодня`, `Вчера`, `12.10`, `12.10.2024`: for what is past. */
export function dayOnly(iso: string, when: When): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? "—" : day(at, when);
}

/** A time of today as `09:40`, an older one with its day. */
export function momentOf(iso: string, when: When): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return "—";
  return dayNumber(at, when.zone) === dayNumber(when.now, when.zone) ? clock(iso, when) : visitTime(iso, when);
}

/** Whether a moment lies on the same day of the clinic as now. */
export function isToday(iso: string, { now, zone }: When): boolean {
  const at = Date.parse(iso);
  return !Number.isNaN(at) && dayNumber(at, zone) === dayNumber(now, zone);
}

/** The clinic's date: `2026-11-24`. */
export function today({ now, zone }: Pick<When, "now" | "zone">): string {
  return new Date(dayNumber(now, zone) * 86_400_000).toISOString().slice(0, 10);
}

/** A date of the clinic as `Завтра`, `чт 27.11`, `12.01.2027`. */
export function dateLabel(date: string, when: When): string {
  const at = Date.parse(`${date}T12:00:00Z`);
  // Dates have no zone: both are put at noon of one that has no changes of the clock.
  return Number.isNaN(at) ? date : day(at, { ...when, now: Date.parse(`${today(when)}T12:00:00Z`), zone: "UTC" });
}

/** How long a step took: `<0,1 мс`, `4,2 мс`, `310 мс`, `3,0 с`. */
export function took(ms: number, language: Language, w: { ms: (n: string) => string; secondsLong: (n: string) => string }): string {
  const write = (n: number, places: number) => new Intl.NumberFormat(LOCALES[language], { minimumFractionDigits: places, maximumFractionDigits: places }).format(n);
  if (ms < 0.1) return w.ms(`<${write(0.1, 1)}`);
  if (ms < 10) return w.ms(write(ms, 1));
  return ms < 1_000 ? w.ms(write(ms, 0)) : w.secondsLong(write(ms / 1_000, 1));
}

/** For the middle of a sentence: `вчера 18:40`; dates stay as they are. */
export function inSentence(time: string): string {
  return time.charAt(0).toLowerCase() + time.slice(1);
}

function day(at: number, { now, language, zone }: When): string {
  const distance = dayNumber(at, zone) - dayNumber(now, zone);
  const words = DAYS[language];
  if (distance === 0) return words.today;
  if (distance === 1) return words.tomorrow;
  if (distance === -1) return words.yesterday;
  const date = dateParts(at, zone);
  const text = language === "ru" ? ruDate(date, dateParts(now, zone).year) : enDate(at, zone, date.year !== dateParts(now, zone).year);
  if (distance < 0 || distance > 6) return text;
  return `${formatter(language, zone, { weekday: "short" }).format(at)} ${text}`;
}

function ruDate({ year, month, day }: DateParts, thisYear: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(day)}.${two(month)}${year === thisYear ? "" : `.${year}`}`;
}

function enDate(at: number, zone: string, withYear: boolean): string {
  return formatter("en", zone, { day: "numeric", month: "short", ...(withYear ? { year: "numeric" } : {}) }).format(at);
}

/** `07:03` since a moment, `1:02:03` after an hour. Never negative: clocks differ. */
export function elapsed(from: string, until: number): string {
  const start = Date.parse(from);
  return Number.isNaN(start) ? "" : duration((until - start) / 1_000);
}

/** `00:07`, `12:40`, `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = two(Math.floor(whole / 60) % 60);
  const hours = Math.floor(whole / 3_600);
  return `${hours > 0 ? `${hours}:` : ""}${minutes}:${two(whole % 60)}`;
}

export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The form of a word that fits a count: 1 год, 2 года, 5 лет. */
export function plural(language: Language, count: number, forms: PluralForms): string {
  return forms[pluralRules(language).select(count)] ?? forms.other;
}

/** `2 400 ₽`, `−15,50 €`; what is no currency stays as it came. */
export function money({ amount, currency }: Debt, language: Language): string {
  const value = Number(amount);
  if (amount.trim() === "" || Number.isNaN(value)) return `${amount} ${currency}`.trim();
  try {
    return new Intl.NumberFormat(LOCALES[language], {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
      minimumFractionDigits: Number.isInteger(value) ? 0 : 2,
      maximumFractionDigits: 2,
    }).format(value);
  } catch {
    return `${amount} ${currency}`.trim();
  }
}

/** `+7 499 555-01-99`; numbers of other countries and what is no number stay as they came. */
export function phone(number: string): string {
  const parts = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
  return parts ? `+7 ${parts[1]} ${parts[2]}-${parts[3]}-${parts[4]}` : number;
}

/** What a person or a link writes for a number: digits, a plus, and what stands between them. */
const WRITTEN = /^[+\d\s().-]+$/;

/** Digits in a number that is worth calling: fewer are a short number, a chart or a year. */
const FEWEST_DIGITS = 7;
const MOST_DIGITS = 15;

/** What was typed, when it can be called as a number: any spelling, `8 (900) 555-01-01`; else null. */
export function dialable(text: string): string | null {
  const digits = text.replace(/\D/g, "").length;
  return WRITTEN.test(text) && digits >= FEWEST_DIGITS && digits <= MOST_DIGITS ? text.trim() : null;
}

/** Whether two spellings are one number: `8 (900) 555-01-01` and `+79005550101`. Numbers with a country code differ by it. */
export function sameNumber(one: string, other: string): boolean {
  if (one === other) return true;
  if (!WRITTEN.test(one) || !WRITTEN.test(other)) return false;
  const [a, b] = [one, other].map((text) => text.replace(/[^+\d]/g, "")) as [string, string];
  if (a === b) return a !== "";
  if (a.startsWith("+") && b.startsWith("+")) return false;
  const [inA, inB] = [a.replace("+", ""), b.replace("+", "")];
  return inA.length >= 10 && inB.length >= 10 && inA.slice(-10) === inB.slice(-10);
}

/** Split for the headline: the family name, and what to say aloud. */
export function nameParts(person: {
  full_name: string;
  family_name: string | null;
  given_name: string | null;
  patronymic: string | null;
}): { family: string | null; address: string } {
  const address = [person.given_name, person.patronymic].filter((part) => part !== null && part !== "").join(" ");
  if (person.family_name && address) return { family: person.family_name, address };
  return { family: null, address: person.full_name };
}

interface DateParts {
  year: number;
  month: number;
  day: number;
}

function dateParts(at: number, zone: string): DateParts {
  const parts = formatter("en", zone, { year: "numeric", month: "numeric", day: "numeric" }).formatToParts(at);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return { year: value("year"), month: value("month"), day: value("day") };
}

/** Days since 1970 in a zone: the difference of two is a number of midnights. */
function dayNumber(at: number, zone: string): number {
  const { year, month, day } = dateParts(at, zone);
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs more than using it, so each is made once. */
function formatter(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(LOCALES[language], { timeZone: knownZone(zone), ...options });
    formatters.set(key, found);
  }
  return found;
}

/** A zone the web view does not know is read as its own. */
function knownZone(zone: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone === "" ? undefined : zone;
  } catch {
    return undefined;
  }
}

const rules = new Map<Language, Intl.PluralRules>();

function pluralRules(language: Language): Intl.PluralRules {
  let found = rules.get(language);
  if (!found) {
    found = new Intl.PluralRules(LOCALES[language]);
    rules.set(language, found);
  }
  return found;
}
