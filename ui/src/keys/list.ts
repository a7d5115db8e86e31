/**
 * Every key that something here listens to. The help layer is made of this list, and a test compares it with the
 * handlers: a key that is handled and not listed, or listed and not handled, fails.
 */
import type { Words } from "../words";

type KeyWords = Words["keys"];

/** The windows in which a help layer can be opened. */
export type HelpWindow = "desk" | "pop" | "settings";

export interface KeyLine {
  windows: readonly HelpWindow[];
  group: keyof KeyWords["groups"];
  /** What the keyboard says: the words of a key, or what stands on it. */
  shown: (w: KeyWords) => string;
  says: keyof KeyWords["says"];
  /** The source file that hears it, and the names of the keys as it hears them; null: the shell does. */
  heard: { file: string; keys: readonly string[] } | null;
}

const ALL: readonly HelpWindow[] = ["desk", "pop", "settings"];
const CARDS: readonly HelpWindow[] = ["desk", "pop"];

export const KEYS: readonly KeyLine[] = [
  // The shell's: see src-tauri/src/hotkeys.rs. The second can be changed in the settings.
  { windows: ALL, group: "global", shown: () => "Ctrl+Alt+P", says: "enterPop", heard: null },
  { windows: ALL, group: "global", shown: () => "Ctrl+Alt+N", says: "dialClipboard", heard: null },

  { windows: ALL, group: "window", shown: () => "? · F1", says: "help", heard: { file: "keys/KeysHelp.svelte", keys: ["?", "F1"] } },
  { windows: ["desk"], group: "window", shown: () => "Ctrl+F", says: "search", heard: { file: "desk/Today.svelte", keys: ["KeyF"] } },
  { windows: ["desk"], group: "window", shown: (w) => w.key.enter, says: "dialFound", heard: { file: "desk/Found.svelte", keys: ["Enter"] } },
  { windows: ["desk"], group: "window", shown: (w) => w.key.esc, says: "clear", heard: { file: "desk/Today.svelte", keys: ["Escape"] } },
  { windows: ["desk"], group: "window", shown: (w) => w.key.enter, says: "dialLink", heard: { file: "desk/DialBar.svelte", keys: ["Enter", " "] } },
  { windows: ["desk"], group: "window", shown: () => "Ctrl+1 … Ctrl+3", says: "page", heard: { file: "desk/Desk.svelte", keys: [] } },
  { windows: [], group: "window", shown: (w) => w.key.esc, says: "escape", heard: { file: "desk/PauseMenu.svelte", keys: ["Escape"] } },
  { windows: ["pop"], group: "window", shown: (w) => w.key.esc, says: "leavePop", heard: { file: "pop/Pop.svelte", keys: ["Escape"] } },
  { windows: ["pop"], group: "card", shown: (w) => w.key.digits, says: "choosePerson", heard: { file: "pop/Pop.svelte", keys: [] } },

  { windows: ["desk"], group: "missed", shown: (w) => w.key.arrows, says: "rows", heard: { file: "desk/missed/MissedList.svelte", keys: ["ArrowDown", "ArrowUp"] } },
  { windows: ["desk"], group: "missed", shown: (w) => w.key.homeEnd, says: "ends", heard: { file: "desk/missed/MissedList.svelte", keys: ["Home", "End"] } },
  { windows: ["desk"], group: "missed", shown: (w) => w.key.space, says: "selectRow", heard: null },
  { windows: ["desk"], group: "missed", shown: (w) => w.key.enter, says: "callRow", heard: { file: "desk/missed/MissedList.svelte", keys: ["Enter"] } },
  { windows: ["desk"], group: "missed", shown: () => "C", says: "claimRow", heard: { file: "desk/missed/MissedList.svelte", keys: ["KeyC"] } },
  { windows: ["desk"], group: "missed", shown: () => "P", says: "postponeRow", heard: { file: "desk/missed/MissedList.svelte", keys: ["KeyP"] } },
  { windows: ["desk"], group: "missed", shown: (w) => w.key.delete, says: "dismissRow", heard: { file: "desk/missed/MissedList.svelte", keys: ["Delete"] } },
  { windows: ["desk"], group: "missed", shown: (w) => w.key.esc, says: "closePanel", heard: { file: "desk/missed/PostponeChoice.svelte", keys: ["Escape"] } },
  { windows: [], group: "missed", shown: (w) => w.key.esc, says: "closePanel", heard: { file: "desk/missed/DismissChoice.svelte", keys: ["Escape"] } },
  { windows: [], group: "missed", shown: (w) => w.key.esc, says: "closePanel", heard: { file: "desk/missed/BulkBar.svelte", keys: ["Escape"] } },

  { windows: ["desk"], group: "history", shown: () => "Ctrl+F", says: "search", heard: { file: "history/History.svelte", keys: ["KeyF"] } },
  { windows: ["desk"], group: "history", shown: (w) => w.key.arrows, says: "rows", heard: { file: "history/PastList.svelte", keys: [] } },
  { windows: ["desk"], group: "history", shown: (w) => w.key.enter, says: "openCall", heard: { file: "history/PastList.svelte", keys: ["Enter"] } },
  { windows: [], group: "history", shown: (w) => w.key.enter, says: "openCall", heard: { file: "history/History.svelte", keys: ["Enter"] } },
  { windows: ["desk"], group: "history", shown: (w) => w.key.esc, says: "closeCall", heard: { file: "history/History.svelte", keys: ["Escape"] } },
  { windows: [], group: "history", shown: (w) => w.key.esc, says: "escape", heard: { file: "history/ExportPanel.svelte", keys: ["Escape"] } },
  { windows: ["desk"], group: "history", shown: (w) => w.key.esc, says: "leaveStory", heard: { file: "story/Story.svelte", keys: ["Escape"] } },

  { windows: ["settings"], group: "firstRun", shown: () => "Ctrl+Enter", says: "nextStep", heard: { file: "settings/first_run/FirstRun.svelte", keys: ["Enter"] } },
  { windows: ["settings"], group: "firstRun", shown: () => "Alt+←", says: "stepBack", heard: { file: "settings/first_run/FirstRun.svelte", keys: ["ArrowLeft"] } },

  { windows: CARDS, group: "wrapUp", shown: (w) => `Alt+${w.key.digits}`, says: "outcome", heard: { file: "cards/wrap-up/WrapUp.svelte", keys: [] } },
  { windows: CARDS, group: "wrapUp", shown: () => "Ctrl+Enter", says: "done", heard: { file: "cards/wrap-up/WrapUp.svelte", keys: ["Enter"] } },
  { windows: CARDS, group: "wrapUp", shown: (w) => w.key.esc, says: "leaveNote", heard: { file: "cards/wrap-up/WrapUp.svelte", keys: ["Escape"] } },

  { windows: CARDS, group: "panels", shown: (w) => w.key.arrows, says: "options", heard: { file: "cards/TransferMenu.svelte", keys: ["ArrowDown", "ArrowUp"] } },
  { windows: CARDS, group: "panels", shown: (w) => w.key.enter, says: "hand", heard: { file: "cards/TransferMenu.svelte", keys: ["Enter"] } },
  { windows: CARDS, group: "panels", shown: (w) => `Shift+${w.key.enter}`, says: "handFirst", heard: { file: "cards/TransferMenu.svelte", keys: ["Enter"] } },
  { windows: CARDS, group: "panels", shown: () => "Ctrl+Enter", says: "send", heard: { file: "cards/SmsField.svelte", keys: ["Enter"] } },
  { windows: ["pop"], group: "panels", shown: (w) => w.key.enter, says: "pick", heard: { file: "cards/FindPerson.svelte", keys: ["Enter"] } },
  { windows: CARDS, group: "panels", shown: (w) => w.key.esc, says: "escape", heard: { file: "cards/TransferMenu.svelte", keys: ["Escape"] } },
  ...["SmsField", "FindPerson", "NewPersonForm", "VisitAnswer", "Booking"].map(
    (name): KeyLine => ({ windows: [], group: "panels", shown: (w) => w.key.esc, says: "escape", heard: { file: `cards/${name}.svelte`, keys: ["Escape"] } }),
  ),
  { windows: ["settings"], group: "panels", shown: (w) => w.key.arrows, says: "options", heard: { file: "settings/Combobox.svelte", keys: ["ArrowDown", "ArrowUp"] } },
  { windows: ["settings"], group: "panels", shown: (w) => w.key.enter, says: "option", heard: { file: "settings/Combobox.svelte", keys: ["Enter"] } },
  { windows: ["settings"], group: "panels", shown: (w) => w.key.esc, says: "escape", heard: { file: "settings/Combobox.svelte", keys: ["Escape"] } },

  { windows: CARDS, group: "recording", shown: (w) => w.key.space, says: "play", heard: { file: "cards/Recordings.svelte", keys: [" "] } },
  { windows: CARDS, group: "recording", shown: () => "← →", says: "seek", heard: { file: "cards/Recordings.svelte", keys: ["ArrowLeft", "ArrowRight"] } },
];

export interface KeyGroup {
  title: string;
  lines: { shown: string; says: string }[];
}

/** The keys of one window by their groups, in words. */
export function keysOf(window: HelpWindow, w: KeyWords): KeyGroup[] {
  const groups = new Map<string, KeyGroup>();
  for (const line of KEYS) {
    if (!line.windows.includes(window)) continue;
    const title = w.groups[line.group];
    const group = groups.get(title) ?? { title, lines: [] };
    group.lines.push({ shown: line.shown(w), says: w.says[line.says] });
    groups.set(title, group);
  }
  return [...groups.values()];
}
