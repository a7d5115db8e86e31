/** Where somebody begins to write. */

const WRITTEN_IN = "input, textarea, select";
/** What opens in one piece. */
const PANEL = "section, form, [data-panel]";

/**
 * Brings the keyboard to this window, where it does not have it by itself, and then to a field. Whoever has gone on to
 * another field of the same panel before the window had the keyboard stays there. Answers whether the field has it.
 */
export async function beginWriting(field: HTMLElement | undefined, takeKeyboard: (() => Promise<void>) | undefined): Promise<boolean> {
  await takeKeyboard?.();
  const { activeElement } = document;
  const isElsewhere = activeElement !== field && activeElement?.matches(WRITTEN_IN) === true && field?.closest(PANEL)?.contains(activeElement) === true;
  if (!isElsewhere) field?.focus();
  return document.activeElement === field;
}
