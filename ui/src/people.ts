/** What a patient's record says, put into the words of a card. Pure. */
import { nameOf } from "./roster";
import type { Call, Debt, Person, Roster, Visit } from "./wire/messages";
import type { Words } from "./words";

export interface Warning {
  kind: Person["alerts"][number]["kind"];
  text: string;
}

/** What to know before speaking, in words: the record's alerts in its order, and the debt once. */
export function warnings(person: Person, w: Words, money: (debt: Debt) => string): Warning[] {
  const shown: Warning[] = [];
  for (const { kind, text } of person.alerts) {
    // The amount says it better.
    if (kind === "debt" && person.debt !== null) continue;
    shown.push({ kind, text: labelled(w.alert[kind], text) });
  }
  if (person.debt !== null) shown.push({ kind: "debt", text: w.card.debt(money(person.debt)) });
  return shown;
}

/** `Аллергия: пенициллин`; a text that already begins with the label stands alone. */
function labelled(label: string, text: string): string {
  const plain = text.trim();
  if (plain === "") return label;
  return plain.toLowerCase().startsWith(label.toLowerCase()) ? plain : `${label}: ${plain}`;
}

/** `Петров, терапевт · каб. 12`. */
export function visitDetails(visit: Visit): string {
  const what = [visit.doctor, visit.service].filter((part) => part !== null && part !== "").join(", ");
  return [what, visit.place].filter((part) => part !== null && part !== "").join(" · ");
}

/** `35 лет · жен.` */
export function ageAndSex(person: Person, w: Words): string {
  return [person.age === null ? "" : w.years(person.age), w.sex[person.sex]].filter((part) => part !== "").join(" · ");
}

/** The call before this one with the same number, out of a history that is newest first. */
export function callBefore(call: Call, history: readonly Call[]): Call | null {
  return (
    history.find(
      (other) =>
        other.id !== call.id && other.number === call.number && other.state === "ended" && other.started_at <= call.started_at && other.outcome !== null,
    ) ?? null
  );
}

/** Which group and line a call came by, for the card's head. */
export function cameBy(call: Call, w: Words, { roster, phone }: { roster: Roster; phone: (number: string) => string }): string {
  const group = call.group ? (nameOf(roster, call.group) ?? w.call.group(call.group)) : "";
  // What the clinic calls its line says more than eleven digits.
  return [group, call.line_name ?? (call.line ? phone(call.line) : "")].filter((part) => part !== "").join(" · ");
}

/** Who of the clinic has the call: the extension that talks now, else the one that talked first. */
export function whoHasIt(call: Call): string | null {
  const talking = call.legs.find((leg) => leg.extension !== null && (leg.state === "talking" || leg.state === "held"));
  return talking?.extension ?? call.answered_by;
}
