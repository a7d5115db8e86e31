/** Language, theme, zone and the ticking time: what every component needs to put something into words. */
import { untrack } from "svelte";

import { isOver } from "../board";
import type { When } from "../format";
import type { Link } from "../link.svelte";
import type { Shell, Theme, WindowSettings } from "../shell";
import { words, type Language, type Words } from "../words";
import { pauseFrom } from "./pace";

/** The last known look, so that the first paint is already right. Nothing private. */
const REMEMBERED = "callpop.look";

/** What a person does to a page. */
const TOUCHES = ["pointermove", "pointerdown", "wheel", "keydown", "focusin"] as const;

export class Look {
  language = $state<Language>("ru");
  theme = $state<Theme>("auto");
  zone = $state(Intl.DateTimeFormat().resolvedOptions().timeZone);
  /** What the clinic calls itself, for paper; empty: nobody wrote it. */
  clinic = $state("");
  /** Now, ms; moves once a second while anything happens, else once a minute. */
  now = $state(Date.now());
  /** The full minute before now, ms. */
  readonly minute = $derived(Math.floor(this.now / 60_000) * 60_000);
  readonly words: Words = $derived(words[this.language]);
  readonly when: When = $derived({ now: this.minute, language: this.language, zone: this.zone });
  #happened = Date.now();
  /** How many parts of the page show seconds. */
  #seconds = 0;
  #moments: readonly { at: number }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the time moves next, ms. */
  #next = 0;

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
    this.#move();
    document.addEventListener("visibilitychange", () => this.#move());
    for (const touch of TOUCHES) window.addEventListener(touch, () => this.#stir(), { capture: true, passive: true });
  }

  /** From now on time moves with what the desk tells: each second while a call or a click-to-call lives. */
  follow(link: Link): void {
    $effect.root(() => {
      const lives = $derived([...link.board.calls.values()].some((call) => call.state !== "ended") || [...link.board.dials.values()].some((dial) => !isOver(dial.state)));
      $effect(() => (lives ? this.everySecond() : undefined));
      $effect(() => {
        void link.board;
        untrack(() => this.#stir());
      });
    });
  }

  /** Something shows seconds, until the returned function is called. */
  everySecond(): () => void {
    this.#seconds++;
    this.#hurry();
    return () => void this.#seconds--;
  }

  /** Something looks different from this moment on (ms), unless the returned function is called before. */
  at(moment: number): () => unknown {
    const mine = { at: moment };
    this.#moments = [...this.#moments, mine];
    this.#hurry();
    return () => (this.#moments = this.#moments.filter((other) => other !== mine));
  }

  #stir(): void {
    this.#happened = Date.now();
    this.#hurry();
  }

  /** Moves time sooner than planned, if it must. */
  #hurry(): void {
    const now = Date.now();
    if (this.#next - now > this.#pause(now)) this.#move();
  }

  #move(): void {
    const now = Date.now();
    this.now = now;
    clearTimeout(this.#timer);
    const pause = this.#pause(now);
    this.#next = now + pause;
    this.#timer = setTimeout(() => this.#move(), pause);
  }

  #pause(now: number): number {
    return pauseFrom(now, { seconds: this.#seconds > 0, happened: this.#happened, moments: this.#moments.map((moment) => moment.at) });
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
