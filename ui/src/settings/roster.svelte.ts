/** Colleagues, groups and lines as the PBX tells them, for the fields that choose among them. */
import { sameNumber } from "../format";
import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";
import type { Desk, Roster } from "../wire/messages";

/** One line of a list to choose from. */
export interface Option {
  value: string;
  /** `201 — Анна Ким, регистратура`. */
  label: string;
  /** What stands beside the field once it is chosen: the label without its number. */
  name: string;
}

/** `failed`: it was asked, and there is no list. */
export type RosterState = "unasked" | "asking" | "known" | "failed";

export class RosterAsk {
  readonly #link: Link;
  #asking = $state(false);
  /** Whether somebody, or the page, has asked since code and key are what they are. */
  asked = $state(false);
  #refusal = $state.raw<Refusal | null>(null);
  /** The last list that came as an answer: a desk with nothing new to tell only replies. */
  #replied = $state.raw<Roster | null>(null);
  #why = $state.raw<string | null>(null);

  /** What can be chosen from. What the desk has kept since yesterday does as well: it is rarely wrong. */
  readonly roster: Roster | null = $derived.by(() => {
    const { roster } = this.#link.board;
    return isSomething(roster) ? roster : this.#replied;
  });
  readonly state: RosterState = $derived(this.#asking ? "asking" : this.roster !== null ? "known" : this.asked ? "failed" : "unasked");
  /** Why there is no list, or no new one: the desk's refusal, or its sentence. */
  readonly why: string | Refusal | null = $derived.by(() => this.#refusal ?? this.#why ?? this.#link.board.roster.why);

  constructor(link: Link) {
    this.#link = link;
  }

  /** Asks the PBX; `fresh` even when it was asked a moment ago. One question at a time. */
  async ask(fresh: boolean): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    this.asked = true;
    const reply = await this.#link.ask<{ roster?: Roster }>({ do: "roster", with: fresh ? { fresh } : {} });
    this.#asking = false;
    const told = reply.ok?.roster;
    this.#refusal = reply.error ?? null;
    this.#why = told?.why ?? null;
    if (told && isSomething(told)) this.#replied = told;
  }

  /** Code or key are others now: so is the PBX. */
  forget(): void {
    this.asked = false;
    this.#refusal = null;
    this.#why = null;
    this.#replied = null;
  }
}

/**
 * Whether the PBX may be asked without anybody's click. A code or key just typed is tried by the check first: two
 * refusals in two minutes would lock the account out, and the check is the one that explains them.
 */
export function mayAskByItself(desk: Desk, secrets: { vpbx_api_key: boolean; vpbx_api_salt: boolean }, typedNow: boolean): boolean {
  if (!secrets.vpbx_api_key || !secrets.vpbx_api_salt || !desk.configured || desk.vpbx.quiet_until !== null) return false;
  return desk.vpbx.state === "ok" || (desk.vpbx.state === "unknown" && !typedNow);
}

function isSomething(roster: Roster): boolean {
  return roster.colleagues.length + roster.groups.length + roster.lines.length > 0;
}

export function colleagueOptions(roster: Roster | null): Option[] {
  return (roster?.colleagues ?? []).map(({ extension, name, department }) => option(extension, [name, department]));
}

/** `names` as the settings have them, each number in its own spelling. */
export function lineOptions(roster: Roster | null, names: Readonly<Record<string, string>>, show: (number: string) => string): Option[] {
  const named = (number: string) => Object.entries(names).find(([typed, name]) => name !== "" && sameNumber(typed, number))?.[1];
  return (roster?.lines ?? []).map(({ number, name }) => ({ ...option(show(number), [named(number) ?? name]), value: number }));
}

/** Groups of the PBX with the number of their people, where it told any. */
export function groupsOf(roster: Roster | null): { extension: string; name: string | null; people: number | null }[] {
  if (!roster) return [];
  const toldMembers = roster.colleagues.some((colleague) => colleague.groups.length > 0);
  return roster.groups.map(({ extension, name }) => ({
    extension,
    name,
    people: toldMembers ? roster.colleagues.filter((colleague) => colleague.groups.includes(extension)).length : null,
  }));
}

/** Options that fit what was typed: by number from its beginning, by any part of the name. */
export function fitting(options: readonly Option[], typed: string): Option[] {
  const text = typed.trim().toLowerCase();
  if (text === "") return [...options];
  // A line may be typed with brackets and dashes, from its middle.
  const digits = /^[\d\s()+-]{3,}$/.test(text) ? digitsOf(text) : "";
  return options.filter(
    ({ value, name }) => value.toLowerCase().startsWith(text) || name.toLowerCase().includes(text) || (digits.length >= 3 && digitsOf(value).includes(digits)),
  );
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

function option(number: string, names: readonly (string | null | undefined)[]): Option {
  const name = names.filter((part) => part !== null && part !== undefined && part !== "").join(", ");
  return { value: number, label: name === "" ? number : `${number} — ${name}`, name };
}
