/** Language, theme, zone and the ticking time: what every component needs to put something into words. */
import type { When } from "../format";
import type { Shell, Theme, WindowSettings } from "../shell";
import { words, type Language, type Words } from "../words";

/** The last known look, so that the first paint is already right. Nothing private. */
const REMEMBERED = "callpop.look";

export class Look {
  language = $state<Language>("ru");
  theme = $state<Theme>("auto");
  zone = $state(Intl.DateTimeFormat().resolvedOptions().timeZone);
  /** What the clinic calls itself, for paper; empty: nobody wrote it. */
  clinic = $state("");
  /** Now, ms; moves once a second. */
  now = $state(Date.now());
  readonly words: Words = $derived(words[this.language]);
  readonly when: When = $derived({ now: this.now, language: this.language, zone: this.zone });

  constructor(shell: Shell) {
    this.set(remembered());
    shell.onWindowSettings((changed) => this.set(changed));
    shell.settingsRead().then(
      (settings) => {
        this.set(settings.window);
        this.clinic = settings.file.clinic.name ?? "";
        if (settings.file.clinic.time_zone) this.zone = settings.file.clinic.time_zone;
      },
      // Without settings the remembered look stays; the settings window says what is wrong.
      () => {},
    );
    setInterval(() => (this.now = Date.now()), 1_000);
    document.addEventListener("visibilitychange", () => (this.now = Date.now()));
  }

  set({ language, theme }: Partial<WindowSettings>): void {
    if (language === "ru" || language === "en") this.language = language;
    if (theme === "auto" || theme === "light" || theme === "dark") this.theme = theme;
    document.documentElement.lang = this.language;
    document.documentElement.dataset["theme"] = this.theme;
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify({ language: this.language, theme: this.theme }));
    } catch {
      // A web view without storage starts in Russian each time.
    }
  }
}

function remembered(): Partial<WindowSettings> {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") as Partial<WindowSettings>;
  } catch {
    return {};
  }
}
