/** The border to what stands around the page: Tauri's commands, or a plain browser for tests and development. */
import { Channel, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Connect, FeedAddress } from "./socket";
import type { Pop, SmsTemplate, WrapUpChoices } from "./wire/messages";
import type { Language } from "./words";

export type Theme = "auto" | "light" | "dark";
export type WindowName = "desk" | "settings" | "pop";
export type CheckSection = "vpbx" | "listener" | "directory" | "desk";

/** How this user's windows look and behave. */
export interface WindowSettings {
  language: Language;
  theme: Theme;
  notifications: boolean;
  autostart: boolean;
  manners: Manners;
}

/** When and how the program may disturb. */
export interface Manners {
  pops: boolean;
  ring: { sound: "none" | "gentle" | "own"; file: string; volume: number };
  /** `days`: Monday is 1. */
  quiet: { on: boolean; from: string; to: string; days: number[] };
  hides_when_locked: boolean;
  hides_when_shared: boolean;
  hot_desk: boolean;
  clipboard_key: string;
}

/** Nothing disturbs: why, and until when as far as that is known. */
export interface Silence {
  why: "locked" | "paused" | "quiet_hours" | "pops_off";
  until: string | null;
}

export type Pause = { minutes: number } | "tomorrow" | "over";

/** Who works at this desk today. */
export interface Today {
  is_asked: boolean;
  hot_desk: boolean;
  extension: string | null;
  before: string[];
}

export type DirectoryKind = "file" | "mgerm" | "fhir" | "http" | "sql";

/** Where patients are looked up: what is typed for every kind stays, whichever is chosen. */
export interface DirectorySettings {
  kind: DirectoryKind;
  /** The CSV: the directory itself, or what answers when another does not. */
  path: string;
  /** How long a card waits, ms. */
  timeout_ms: number;
  /** Where a chart opens: an address with `{id}` or `{chart}`. */
  open_url: string;
  /** `file`, or nothing. */
  fallback: string;
  /** A certificate authority of the clinic's own (PEM file). */
  certificate: string;
  mgerm: { base: string; days_back: number; days_ahead: number; refresh_s: number; history_days: number; keep: string; card: Record<string, string> };
  fhir: {
    base: string;
    auth: string;
    client_id: string;
    key_id: string;
    token_url: string;
    scopes: string[];
    chart_system: string;
    phone_search: string;
    search_by_post: boolean;
    write: boolean;
  };
  /** `text` is the rest of the description, TOML. */
  http: { preset: string; base: string; auth: string; text: string };
  sql: { url: string; query: string; search: string };
}

/** The part of the settings file that the window edits. */
export interface SettingsFile {
  vpbx: { api_base: string; ask_about_callers: boolean };
  listener: { bind: string; path: string; tls: string | { cert: string; key: string }; allow: string[]; behind_proxy: string[] };
  desk: { extension: string; groups: string[]; pop: Pop; line: string; auto_answer: boolean };
  directory: DirectorySettings;
  clinic: { time_zone: string; country: string; area_code: string; name: string };
  missed: { ignore_under_s: number };
  history: { keep_days: number };
  /** What the clinic calls its lines: number → name. */
  lines: Record<string, string>;
  sms: { templates: SmsTemplate[] };
  /** What can be said of a call. */
  wrap_up: WrapUpChoices;
}

export type FirstRunStep = "mango" | "listener" | "place" | "patients";

/** How far the first run is: the steps that are behind, with a good check or knowingly without one. */
export interface FirstRunKept {
  finished: boolean;
  steps: Partial<Record<FirstRunStep, "good" | "skipped">>;
}

/** What is wrong with one field; `field` is its path in the file (`listener.bind`) or a secret's name. */
export interface Problem {
  field: string;
  message: string;
}

export interface Settings {
  file: SettingsFile;
  /** Whether each secret is set. Their values never come back. */
  secrets: { vpbx_api_key: boolean; vpbx_api_salt: boolean; directory_token: boolean; store_key: boolean };
  keyring: { state: "ok" | "locked" | "absent"; why: string | null };
  window: WindowSettings;
  problems: Problem[];
  /** What works and deserves a word all the same: a certificate that ends soon. */
  notes: Problem[];
  /** Where the self-signed certificate lies, once there is one. */
  self_signed: string;
  addresses: { lan: string[]; port: number; suggested: string };
  /** Only before it was read for the first time. */
  recovery_code: string | null;
  first_run: FirstRunKept & { is_due: boolean };
  version: string;
}

export interface SettingsChange {
  file: SettingsFile;
  secrets: { vpbx_api_key?: string; vpbx_api_salt?: string; directory_token?: string };
  window: WindowSettings;
}

export interface CheckStep {
  what: string;
  result: string;
  /** Null: it says something, and is neither good nor bad. */
  ok: boolean | null;
  advice: string | null;
}

export interface CheckReport {
  ok: boolean;
  steps: CheckStep[];
  /** Before this moment another try could lock the account out. */
  retry_at: string | null;
}

/** A look-up of one number, told step by step. Nothing of it is kept. */
export interface Trial {
  steps: { what: string; text: string }[];
  /** Who was found, in words, one each. */
  people: string[];
  /** How the number is written in the record, or why nobody was found. */
  why: string | null;
  /** Why it could not be looked up; null when it could. */
  error: string | null;
  took_ms: number;
}

/** Somebody tried the listener's address. */
export interface Knock {
  at: string;
  from: string;
  path: string;
  /** The status we answered, with words where there are any: `200`, `403 wrong signature`. */
  answer: string | number;
}

/** A `tel:` or `callto:` link was clicked somewhere. */
export interface DialLink {
  /** As the link spells it. */
  number: string;
}

/** A notification for a system that has nowhere to show it; the words are the shell's. */
export interface ShellNotice {
  about: "ringing" | "missed" | "program";
  /** The call that rings, or the missed row. */
  id: string | null;
  title: string;
  body: string;
  /** What its button says; null: no button. */
  button: string | null;
}

export interface Shell {
  feedAddress(): Promise<FeedAddress>;
  /** The feed without a socket; null where there is none. */
  channel: Connect | null;
  settingsRead(): Promise<Settings>;
  settingsSave(change: SettingsChange): Promise<{ problems: Problem[] }>;
  check(section: CheckSection): Promise<CheckReport>;
  /** Looks a number up, in any spelling, with what is kept. */
  tryNumber(number: string): Promise<Trial>;
  listenerKnocks(since: string): Promise<Knock[]>;
  /** Events accepted since the start, by their kind: `events/call`, numbers masked. */
  eventKinds(): Promise<Record<string, number>>;
  firstRunKeep(done: FirstRunKept): Promise<void>;
  rehearsalCall(scenario: string): Promise<void>;
  openCard(url: string): Promise<void>;
  copyText(text: string): Promise<void>;
  /** Saves a file of the desk's into the user's downloads and shows it there; answers the name it got. Null: a page that downloads by itself. */
  saveDownload: ((url: string, name: string) => Promise<string>) | null;
  /** The height the pop's content needs, px; 0: nothing to show. */
  popSize(height: number): Promise<void>;
  /** The pop needs the keyboard: somebody writes. */
  popFocus(): Promise<void>;
  /** The keyboard goes back to the window it came from. */
  popRelease(): Promise<void>;
  showWindow(name: WindowName): Promise<void>;
  silenceRead(): Promise<Silence | null>;
  onSilence(heard: (silence: Silence | null) => void): void;
  pause(pause: Pause): Promise<void>;
  todayRead(): Promise<Today>;
  /** Null: the settings' extension. False: it is no extension. */
  todayChoose(extension: string | null): Promise<boolean>;
  /** Somebody else works here from now on. */
  onToday(heard: () => void): void;
  /** Forgets where the pop was dragged to. */
  popReset(): Promise<void>;
  /** The sound of one's own, as its file's bytes. */
  ringSound(): Promise<ArrayBuffer>;
  onWindowSettings(changed: (settings: Partial<WindowSettings>) => void): void;
  /** Settled once it listens: the link that started the program is told when the desk's page asks for the feed. */
  onDialLink(heard: (link: DialLink) => void): Promise<void>;
  onNotice(heard: (notice: ShellNotice) => void): Promise<void>;
}

/** The shell this page runs in. */
export function findShell(): Shell {
  return "__TAURI_INTERNALS__" in window ? tauriShell() : browserShell();
}

function tauriShell(): Shell {
  return {
    feedAddress: () => invoke("feed_address"),
    channel: tauriChannel,
    settingsRead: () => invoke("settings_read"),
    settingsSave: (change) => invoke("settings_save", { ...change }),
    check: (section) => invoke("check", { section }),
    tryNumber: (number) => invoke("try_number", { number }),
    listenerKnocks: (since) => invoke("listener_knocks", { since }),
    eventKinds: () => invoke("event_kinds"),
    firstRunKeep: (done) => invoke("first_run_keep", { done }),
    rehearsalCall: (scenario) => invoke("rehearsal_call", { scenario }),
    openCard: (url) => invoke("open_card", { url }),
    copyText: (text) => invoke("copy_text", { text }),
    saveDownload: (url, name) => invoke("save_download", { url, name }),
    popSize: (height) => invoke("pop_size", { height }),
    popFocus: () => invoke("pop_focus"),
    popRelease: () => invoke("pop_release"),
    showWindow: (name) => invoke("show_window", { name }),
    silenceRead: () => invoke("silence_read"),
    onSilence: (heard) => {
      void listen<Silence | null>("silence", (event) => heard(event.payload));
    },
    pause: (pause) => invoke("pause", { pause }),
    todayRead: () => invoke("today_read"),
    todayChoose: (extension) => invoke("today_choose", { extension }),
    onToday: (heard) => {
      void listen("today", () => heard());
    },
    popReset: () => invoke("pop_reset"),
    ringSound: () => invoke("ring_sound"),
    onWindowSettings: (changed) => {
      void listen<Partial<WindowSettings>>("window-settings", (event) => changed(event.payload));
    },
    onDialLink: async (heard) => {
      await listen<DialLink>("dial-link", (event) => heard(event.payload));
    },
    onNotice: async (heard) => {
      await listen<ShellNotice>("notice", (event) => heard(event.payload));
    },
  };
}

/** The same frames through the process instead of a socket. An empty frame from the desk means that the session has ended. */
const tauriChannel: Connect = (_address, events) => {
  let session: number | null = null;
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    events.closed(null);
  };
  const channel = new Channel<string>();
  channel.onmessage = (frame) => {
    if (over) return;
    if (frame === "") end();
    else events.frame(frame);
  };
  invoke<number>("feed_open", { channel }).then((id) => {
    session = id;
    if (over) void invoke("feed_close", { session: id }).catch(() => {});
    else events.opened();
  }, end);
  return {
    send: (frame) => {
      if (session !== null && !over) invoke("feed_send", { session, frame }).catch(end);
    },
    close: () => {
      if (session !== null && !over) void invoke("feed_close", { session }).catch(() => {});
      end();
    },
  };
};

/**
 * A plain browser: the feed's address is in `location.hash` (`#feed=ws://…&token=…`), and the commands are posts to
 * `/shell/<command>` of the page's own server, which `ui/dev` answers. The shell's events come from another tab or a test:
 * `new BroadcastChannel("callpop-shell").postMessage({ event: "dial-link", payload: { number: "+79005550101" } })`.
 */
function browserShell(): Shell {
  const hash = new URLSearchParams(location.hash.slice(1));
  const command = async <T>(name: string, args: object = {}): Promise<T> => {
    const answer = await fetch(`/shell/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(args),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T;
  };
  const others = new BroadcastChannel("callpop-window-settings");
  const told = new BroadcastChannel("callpop-shell");
  const on = <T>(name: string, heard: (payload: T) => void): Promise<void> => {
    told.addEventListener("message", ({ data }: MessageEvent<{ event: string; payload: T }>) => {
      if (data.event === name) heard(data.payload);
    });
    return Promise.resolve();
  };
  const viewer = hash.get("extension");
  return {
    feedAddress: async () => ({
      url: hash.get("feed") ?? `ws://${location.host}/feed`,
      token: hash.get("token") ?? "",
      viewer: viewer === null ? null : { extension: viewer, groups: hash.get("groups")?.split(",") ?? [], pop: "mine" },
    }),
    channel: null,
    settingsRead: () => command("settings_read"),
    settingsSave: async (change) => {
      const answer = await command<{ problems: Problem[] }>("settings_save", change);
      if (answer.problems.length === 0) others.postMessage(change.window);
      return answer;
    },
    check: (section) => command("check", { section }),
    tryNumber: (number) => command("try_number", { number }),
    listenerKnocks: (since) => command("listener_knocks", { since }),
    eventKinds: () => command("event_kinds"),
    firstRunKeep: (done) => command("first_run_keep", { done }),
    rehearsalCall: (scenario) => command("rehearsal_call", { scenario }),
    openCard: (url) => command("open_card", { url }),
    copyText: (text) => command("copy_text", { text }),
    saveDownload: null,
    popSize: (height) => command("pop_size", { height }),
    popFocus: () => command("pop_focus"),
    popRelease: () => command("pop_release"),
    showWindow: (name) => command("show_window", { name }),
    silenceRead: () => command("silence_read"),
    onSilence: (heard) => void on("silence", heard),
    pause: (pause) => command("pause", { pause }),
    todayRead: () => command("today_read"),
    todayChoose: (extension) => command("today_choose", { extension }),
    onToday: (heard) => void on("today", heard),
    popReset: () => command("pop_reset"),
    ringSound: async () => Uint8Array.from(await command<number[]>("ring_sound")).buffer,
    onWindowSettings: (changed) => {
      others.onmessage = (message: MessageEvent<Partial<WindowSettings>>) => changed(message.data);
    },
    onDialLink: (heard) => on("dial-link", heard),
    onNotice: (heard) => on("notice", heard),
  };
}
