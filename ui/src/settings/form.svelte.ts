/** The settings as they stand in the fields: what was read, what was changed, what the desk says is wrong. */
import type { Problem, Settings, SettingsChange, SettingsFile, Shell, WindowSettings } from "../shell";
import type { WrapUpChoice } from "../wire/messages";

export type SaveState = "clean" | "dirty" | "saving" | "saved" | "refused" | "failed";

const SECRETS = ["vpbx_api_key", "vpbx_api_salt", "directory_token"] as const;

const noSecrets = () => ({ vpbx_api_key: "", vpbx_api_salt: "", directory_token: "" });

export class Form {
  saved = $state.raw<Settings>() as Settings;
  file = $state<SettingsFile>() as SettingsFile;
  window = $state<WindowSettings>() as WindowSettings;
  /** Only what was typed now: what is kept never comes back to a page. */
  secrets = $state(noSecrets());
  /** Lists and numbers are text while they are typed. */
  groups = $state("");
  allow = $state("");
  proxies = $state("");
  port = $state("");
  ignoreUnder = $state("");
  keepDays = $state("");
  timeout = $state("");
  mgerm = $state({ days_back: "", days_ahead: "", refresh_s: "", history_days: "" });
  /** How often another code or key was kept. */
  keptSecrets = $state(0);
  problems = $state.raw<Problem[]>([]);
  failure = $state<string | null>(null);
  #state = $state<"idle" | "saving" | "saved" | "refused" | "failed">("idle");
  readonly #shell: Shell;

  readonly dirty: boolean = $derived.by(() => {
    const { file, window, secrets } = this.change();
    return (
      Object.keys(secrets).length > 0 ||
      JSON.stringify(file) !== JSON.stringify(withFields(this.saved.file)) ||
      JSON.stringify(window) !== JSON.stringify(this.saved.window)
    );
  });
  readonly state: SaveState = $derived(
    this.#state === "saving" || this.#state === "refused" || this.#state === "failed" ? this.#state : this.dirty ? "dirty" : this.#state === "saved" ? "saved" : "clean",
  );

  constructor(shell: Shell, settings: Settings) {
    this.#shell = shell;
    this.#fill(settings);
  }

  /** Back to what is kept. */
  revert(): void {
    this.#fill(this.saved);
    this.#state = "idle";
  }

  /** True when everything was kept. `words` says what is wrong with a number before the desk can. */
  async save(words: { wholeNumber: string }): Promise<boolean> {
    if (this.#state === "saving") return false;
    const unread = this.#unreadable(words.wholeNumber);
    if (unread.length > 0) {
      this.problems = unread;
      this.#state = "refused";
      return false;
    }
    this.#state = "saving";
    this.failure = null;
    try {
      const change = this.change();
      const { problems } = await this.#shell.settingsSave(change);
      this.problems = problems;
      if (problems.length > 0) {
        this.#state = "refused";
        return false;
      }
      this.#fill(await this.#shell.settingsRead());
      if (Object.keys(change.secrets).length > 0) this.keptSecrets += 1;
      this.#state = "saved";
      return true;
    } catch (error) {
      this.failure = said(error);
      this.#state = "failed";
      return false;
    }
  }

  /** A field was changed: what was said about it no longer holds. */
  touched(field: string): void {
    this.problems = this.problems.filter((problem) => fieldOf(problem) !== field && !(field === "directory.http" && problem.field.startsWith("directory.http.")));
    if (this.#state !== "saving") this.#state = "idle";
  }

  problem(field: string): string | null {
    return this.problems.find((problem) => fieldOf(problem) === field)?.message ?? null;
  }

  /** Problems of keys under one, with their names: a text holds many keys. */
  problemsUnder(prefix: string): string[] {
    const own = ["preset", "base", "auth"].map((name) => prefix + name);
    return this.problems.filter(({ field }) => field.startsWith(prefix) && !own.includes(field)).map(({ field, message }) => `${field.slice(prefix.length)}: ${message}`);
  }

  /** Problems that belong to no field of this page. */
  others(fields: ReadonlySet<string>): Problem[] {
    const isInText = ({ field }: Problem) => this.file.directory.kind === "http" && (field === "directory.http" || field.startsWith("directory.http."));
    return this.problems.filter((problem) => !fields.has(fieldOf(problem)) && !isInText(problem));
  }

  change(): SettingsChange {
    const secrets: SettingsChange["secrets"] = {};
    for (const name of SECRETS) {
      const typed = this.secrets[name].trim();
      if (typed !== "") secrets[name] = typed;
    }
    const { file } = this;
    return {
      file: withFields({
        ...$state.snapshot(file),
        vpbx: { ...file.vpbx, api_base: file.vpbx.api_base.trim() },
        listener: {
          ...$state.snapshot(file.listener),
          bind: `${host(this.saved.file.listener.bind)}:${this.port.trim()}`,
          allow: list(this.allow),
          behind_proxy: list(this.proxies),
        },
        desk: { ...file.desk, extension: file.desk.extension.trim(), groups: list(this.groups), line: file.desk.line.trim() },
        directory: {
          ...trimmed($state.snapshot(file.directory)),
          timeout_ms: number(this.timeout),
          mgerm: {
            ...trimmed($state.snapshot(file.directory.mgerm)),
            days_back: number(this.mgerm.days_back),
            days_ahead: number(this.mgerm.days_ahead),
            refresh_s: number(this.mgerm.refresh_s),
            history_days: number(this.mgerm.history_days),
          },
        },
        missed: { ignore_under_s: number(this.ignoreUnder) },
        history: { keep_days: number(this.keepDays) },
      }),
      secrets,
      window: $state.snapshot(this.window),
    };
  }

  #unreadable(message: string): Problem[] {
    const numbers = {
      "listener.bind": this.port,
      "missed.ignore_under_s": this.ignoreUnder,
      "history.keep_days": this.keepDays,
      "directory.timeout_ms": this.timeout,
      "directory.mgerm.days_back": this.mgerm.days_back,
      "directory.mgerm.days_ahead": this.mgerm.days_ahead,
      "directory.mgerm.refresh_s": this.mgerm.refresh_s,
      "directory.mgerm.history_days": this.mgerm.history_days,
    };
    return Object.entries(numbers)
      .filter(([, text]) => !/^\d{1,9}$/.test(text.trim()))
      .map(([field]) => ({ field, message }));
  }

  #fill(told: Settings): void {
    // A shell that knows no wrap-up neither tells nor keeps one.
    const { wrap_up }: Partial<SettingsFile> = told.file;
    const settings = { ...told, file: { ...told.file, wrap_up: wrap_up ?? { outcomes: [], tags: [] } } };
    this.saved = settings;
    this.file = structuredClone(settings.file);
    this.window = structuredClone(settings.window);
    this.secrets = noSecrets();
    this.groups = settings.file.desk.groups.join(", ");
    this.allow = settings.file.listener.allow.join(", ");
    this.proxies = settings.file.listener.behind_proxy.join(", ");
    this.port = port(settings.file.listener.bind);
    this.ignoreUnder = String(settings.file.missed.ignore_under_s);
    this.keepDays = String(settings.file.history.keep_days);
    const { timeout_ms, mgerm } = settings.file.directory;
    this.timeout = String(timeout_ms);
    this.mgerm = { days_back: String(mgerm.days_back), days_ahead: String(mgerm.days_ahead), refresh_s: String(mgerm.refresh_s), history_days: String(mgerm.history_days) };
    this.problems = settings.problems;
  }
}

/** Without the spaces that come with a copied address. */
function trimmed<T extends object>(of: T): T {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, typeof value === "string" && key !== "text" ? value.trim() : value])) as T;
}

/** Whether an address sends patients' names unencrypted over a network. */
export function isOpen(address: string): boolean {
  const host = /^http:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(address.trim())?.[1];
  return host !== undefined && host !== "" && !/^(localhost|127(\.\d+){3}|\[::1\])$/i.test(host);
}

/** Groups and numbers as people type them: commas, semicolons, spaces. */
export function list(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== "");
}

/** `0.0.0.0:8082` → `8082`; the host may be `[::]`. */
export function port(bind: string): string {
  return bind.slice(bind.lastIndexOf(":") + 1);
}

export function host(bind: string): string {
  return bind.slice(0, Math.max(0, bind.lastIndexOf(":")));
}

/** The address to type into the PBX's account, for what the fields say now. */
export function outsideAddress(suggested: string, fields: { port: string; path: string; tls: SettingsFile["listener"]["tls"] }): string {
  const name = /^[a-z]+:\/\/(\[[^\]]*\]|[^:/]*)/i.exec(suggested)?.[1] ?? suggested;
  return `${fields.tls === "off" ? "http" : "https"}://${name}:${fields.port}/${fields.path.replace(/^\/+/, "")}`;
}

export function said(error: unknown): string {
  if (typeof error === "string") return error;
  return error instanceof Error ? error.message : String(error);
}

/** What is no number is never sent: `save` says so beside the field. */
function number(text: string): number {
  return Number(text.trim());
}

/** Some keys of the desk have fields of another name on this page. */
function fieldOf(problem: Problem): string {
  if (problem.field === "directory.file.path") return "directory.path";
  return problem.field === "directory-token" ? "directory_token" : problem.field;
}

function withSections(of: SettingsFile["directory"]): SettingsFile["directory"] {
  const { kind, path, timeout_ms, open_url, fallback, certificate, mgerm, fhir, http, sql } = of;
  // A field of the free card without a path is not in the file.
  const card = sorted(Object.fromEntries(Object.entries(mgerm.card).filter(([, jsonPath]) => jsonPath.trim() !== "")));
  return { kind, path, timeout_ms, open_url, fallback, certificate, mgerm: sorted({ ...mgerm, card }), fhir: sorted(trimmed(fhir)), http: sorted(trimmed(http)), sql: sorted(trimmed(sql)) };
}

function sorted<T extends object>(of: T): T {
  return Object.fromEntries(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}

/** Exactly the fields of the file in one order, so that two can be compared. */
function withFields(file: SettingsFile): SettingsFile {
  const { vpbx, listener, desk, directory, clinic, missed, history, lines, sms, wrap_up } = file;
  const tls = typeof listener.tls === "object" ? { cert: listener.tls.cert, key: listener.tls.key } : listener.tls;
  return {
    vpbx: { api_base: vpbx.api_base, ask_about_callers: vpbx.ask_about_callers },
    listener: { bind: listener.bind, path: listener.path, tls, allow: listener.allow, behind_proxy: listener.behind_proxy },
    desk: { extension: desk.extension, groups: desk.groups, pop: desk.pop, line: desk.line, auto_answer: desk.auto_answer },
    directory: withSections(directory),
    clinic: { time_zone: clinic.time_zone, country: clinic.country, area_code: clinic.area_code, name: clinic.name },
    missed: { ignore_under_s: missed.ignore_under_s },
    history: { keep_days: history.keep_days },
    // A line without a name is not in the file, and a template without a word is none.
    lines: Object.fromEntries(
      Object.entries(lines)
        .filter(([, name]) => name.trim() !== "")
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    sms: { templates: sms.templates.map(({ name, text }) => ({ name, text })).filter(({ name, text }) => name.trim() + text.trim() !== "") },
    wrap_up: { outcomes: choices(wrap_up.outcomes), tags: choices(wrap_up.tags) },
  };
}

/** A choice without a name is none. */
function choices(typed: WrapUpChoice[]): WrapUpChoice[] {
  return typed.map(({ name, key }) => ({ name: name.trim(), key: key.trim().toLowerCase() })).filter(({ name }) => name !== "");
}
