/** What is wrong with an outcome or tag, before the desk can say so. Pure. */
import type { WrapUpChoice } from "../wire/messages";

export type BadChoice = { what: "long" } | { what: "name" } | { what: "key"; name: string };

/** A key is one sign and belongs to one button of the panel, whichever of the two lists it is in; names differ within a list. */
export function badChoice(choice: WrapUpChoice, { own, other }: { own: readonly WrapUpChoice[]; other: readonly WrapUpChoice[] }): BadChoice | null {
  const fold = (text: string) => text.trim().toLowerCase();
  const [name, key] = [fold(choice.name), fold(choice.key)];
  if (key !== "" && !/^[\p{L}\p{N}]$/u.test(key)) return { what: "long" };
  const before = own.slice(0, own.indexOf(choice));
  if (name !== "" && before.some((one) => fold(one.name) === name)) return { what: "name" };
  const twin = key === "" ? undefined : [...own, ...other].find((one) => one !== choice && fold(one.key) === key);
  return twin === undefined ? null : { what: "key", name: twin.name };
}
