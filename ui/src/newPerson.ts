/** A patient as a receptionist types one. Pure: the day is handed in. */
import type { NewPerson, Person, Sex } from "./wire/messages";
import type { Words } from "./words";

/** What stands in the fields. */
export interface PersonDraft {
  family: string;
  given: string;
  patronymic: string;
  /** As typed: `31.01.1991`. */
  born: string;
  sex: Sex;
}

export type Lacking = "family" | "given" | "born";

export function emptyDraft(): PersonDraft {
  return { family: "", given: "", patronymic: "", born: "", sex: "unknown" };
}

/** The fields for somebody whose record is known. */
export function draftOf(person: Person): PersonDraft {
  const [family = "", given = "", ...rest] = person.full_name.split(/\s+/);
  return {
    family: person.family_name ?? family,
    given: person.given_name ?? given,
    patronymic: person.patronymic ?? (person.given_name === null ? rest.join(" ") : ""),
    born: person.born === null ? "" : dateInWords(person.born),
    sex: person.sex,
  };
}

export function isTouched({ family, given, patronymic, born }: PersonDraft): boolean {
  return [family, given, patronymic, born].some((text) => text.trim() !== "");
}

/** What must be typed yet, in the order of the fields. */
export function lacking(draft: PersonDraft, today: string): Lacking[] {
  const lacks: Lacking[] = [];
  if (draft.family.trim() === "") lacks.push("family");
  if (draft.given.trim() === "") lacks.push("given");
  if (readDate(draft.born, today) === null) lacks.push("born");
  return lacks;
}

/** The patient for a request; null while something lacks. */
export function newPerson(draft: PersonDraft, phone: string | null, today: string): NewPerson | null {
  const born = readDate(draft.born, today);
  if (born === null || lacking(draft, today).length > 0) return null;
  const patronymic = draft.patronymic.trim();
  return {
    family_name: draft.family.trim(),
    given_name: draft.given.trim(),
    ...(patronymic === "" ? {} : { patronymic }),
    born,
    ...(draft.sex === "unknown" ? {} : { sex: draft.sex }),
    ...(phone === null ? {} : { phone }),
  };
}

/** What is typed, a line each, for the clipboard: a MIS that takes no patients from here takes text. */
export function asText(draft: PersonDraft, number: string | null, today: string, w: Words): string {
  const name = [draft.family, draft.given, draft.patronymic].map((part) => part.trim()).filter(Boolean).join(" ");
  const born = readDate(draft.born, today);
  return [name, born === null ? draft.born.trim() : dateInWords(born), draft.sex === "unknown" ? "" : w.newPerson.sexes[draft.sex], number ?? ""].filter((line) => line !== "").join("\n");
}

/** `31.01.1991`, `31/1/1991`, `31 01 91`, `31011991` or `1991-01-31` as `1991-01-31`; null for no day, a day to come, or one before 1900. `today` is `2026-11-24`. */
export function readDate(text: string, today: string): string | null {
  const typed = text.trim();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed);
  const written = /^(\d{1,2})[.\-/ ,]+(\d{1,2})[.\-/ ,]+(\d{4}|\d{2})\.?(?:\s*г\.?)?$/.exec(typed) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(typed);
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]].map(Number) : written ? [wholeYear(written[3] ?? "", today), Number(written[2]), Number(written[1])] : [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const read = date.toISOString().slice(0, 10);
  return read >= "1900-01-01" && read <= today ? read : null;
}

/** A year of two digits is the latest that is not to come. */
function wholeYear(typed: string, today: string): number {
  if (typed.length !== 2) return Number(typed);
  const century = Number(today.slice(0, 2)) * 100;
  const year = century + Number(typed);
  return year > Number(today.slice(0, 4)) ? year - 100 : year;
}

/** `1991-01-31` as `31.01.1991`. */
export function dateInWords(iso: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  return parts ? `${parts[3]}.${parts[2]}.${parts[1]}` : iso;
}
