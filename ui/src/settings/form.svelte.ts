/** The settings as they stand in the fields: what was read, what was changed, what the desk says is wrong. */
import type { Problem, Settings, SettingsChange, SettingsFile, Shell, WindowSettings } from "../shell";

export type SaveState = "clean" | "dirty" | "saving" | "saved" | "refused" | "failed";

type SecretName = "vpbx_api_key" | "vpbx_api_salt";

export class Form {
  saved = $state.raw<Settings>() as Settings;
  file = $state<SettingsFile>() as SettingsFile;
  window = $state<WindowSettings>() as WindowSettings;
  /** Only what was typed now: what is kept never comes back to a page. */
  secrets = $state({ vpbx_api_key: "", vpbx_api_salt: "" });
  /** Lists and numbers are text while they are typed. */
  groups = $state("");
  allow = $state("");
  proxies = $state("");
  port = $state("");
  ignoreUnder = $state("");
  keepDays = $state("");
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
    if (this.problem(field) !== null) this.problems = this.problems.filter((problem) => fieldOf(problem) !== field);
    if (this.#state !== "saving") this.#state = "idle";
  }

  problem(field: string): string | null {
    return this.problems.find((problem) => fieldOf(problem) === field)?.message ?? null;
  }

  /** Problems that belong to no field of this page. */
  others(fields: ReadonlySet<string>): Problem[] {
    return this.problems.filter((problem) => !fields.has(fieldOf(problem)));
  }

  change(): SettingsChange {
    const secrets: SettingsChange["secrets"] = {};
    for (const name of ["vpbx_api_key", "vpbx_api_salt"] satisfies SecretName[]) {
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
        missed: { ignore_under_s: number(this.ignoreUnder) },
        history: { keep_days: number(this.keepDays) },
      }),
      secrets,
      window: $state.snapshot(this.window),
    };
  }

  #unreadable(message: string): Problem[] {
    const numbers = { "listener.bind": this.port, "missed.ignore_under_s": this.ignoreUnder, "history.keep_days": this.keepDays };
    return Object.entries(numbers)
      .filter(([, text]) => !/^\d{1,9}$/.test(text.trim()))
      .map(([field]) => ({ field, message }));
  }

  #fill(settings: Settings): void {
    this.saved = settings;
    this.file = structuredClone(settings.file);
    this.window = { ...settings.window };
    this.secrets = { vpbx_api_key: "", vpbx_api_salt: "" };
    this.groups = settings.file.desk.groups.join(", ");
    this.allow = settings.file.listener.allow.join(", ");
    this.proxies = settings.file.listener.behind_proxy.join(", ");
    this.port = port(settings.file.listener.bind);
    this.ignoreUnder = String(settings.file.missed.ignore_under_s);
    this.keepDays = String(settings.file.history.keep_days);
    this.problems = settings.problems;
  }
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

/** The file's path of the CSV is one field of this page. */
function fieldOf(problem: Problem): string {
  return problem.field === "directory.file.path" ? "directory.path" : problem.field;
}

/** Exactly the fields of the file in one order, so that two can be compared. */
function withFields(file: SettingsFile): SettingsFile {
  const { vpbx, listener, desk, directory, clinic, missed, history, lines, sms } = file;
  const tls = typeof listener.tls === "object" ? { cert: listener.tls.cert, key: listener.tls.key } : listener.tls;
  return {
    vpbx: { api_base: vpbx.api_base, ask_about_callers: vpbx.ask_about_callers },
    listener: { bind: listener.bind, path: listener.path, tls, allow: listener.allow, behind_proxy: listener.behind_proxy },
    desk: { extension: desk.extension, groups: desk.groups, pop: desk.pop, line: desk.line, auto_answer: desk.auto_answer },
    directory: { kind: directory.kind, path: directory.path },
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
  };
}
