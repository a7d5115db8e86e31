/** The one recording that plays: its sound comes from the desk on this computer, and is kept nowhere. */
import { SvelteMap } from "svelte/reactivity";

import type { Link } from "../link.svelte";
import type { Refusal } from "../socket";

/** How far one step goes, s. */
export const STEP = 10;
export const RATES = [1, 1.25, 1.5, 2] as const;
/** The desk holds a sound for a quarter of an hour; an older address is asked for anew, ms. */
const ADDRESS_SERVES = 10 * 60_000;

/** What is told to the other windows: only one of them plays. */
const CHANNEL = "callpop-sound";

export class Sound {
  /** The recording that is open here. */
  recording = $state<string | null>(null);
  loading = $state(false);
  playing = $state(false);
  /** Seconds. */
  at = $state(0);
  /** Seconds; zero until it is known. */
  length = $state(0);
  rate = $state<number>(1);
  /** The recording that could not be opened, and why; a null refusal: its sound did not play. */
  failed = $state.raw<{ recording: string; refusal: Refusal | null } | null>(null);

  #audio: HTMLAudioElement | null = null;
  readonly #addresses = new SvelteMap<string, { url: string; at: number }>();
  /** Counts what was asked for, so that a late answer opens nothing. */
  #turn = 0;
  readonly #others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);

  constructor() {
    if (this.#others) this.#others.onmessage = () => this.#audio?.pause();
  }

  /** Opens a recording and plays it; what played before ends. */
  async open(link: Link, call: string, recording: string): Promise<void> {
    if (this.recording === recording && this.loading) return;
    const turn = ++this.#turn;
    this.#stop();
    this.recording = recording;
    this.loading = true;
    this.failed = null;
    const known = this.#addresses.get(recording);
    let url = known && Date.now() - known.at < ADDRESS_SERVES ? known.url : null;
    if (url === null) {
      const reply = await link.ask<{ url?: string }>({ do: "recording", with: { call, recording } });
      if (turn !== this.#turn) return;
      url = reply.ok?.url ?? null;
      if (url === null) {
        this.failed = { recording, refusal: reply.error ?? null };
        this.close();
        return;
      }
      this.#addresses.set(recording, { url, at: Date.now() });
    }
    this.#play(url, recording, turn);
  }

  toggle(): void {
    if (!this.#audio) return;
    if (this.#audio.paused) void this.#audio.play().catch(() => {});
    else this.#audio.pause();
  }

  step(seconds: number): void {
    this.seek(this.at + seconds);
  }

  seek(seconds: number): void {
    if (!this.#audio) return;
    const end = this.length > 0 ? this.length : Infinity;
    this.#audio.currentTime = Math.min(Math.max(0, seconds), end);
    this.at = this.#audio.currentTime;
  }

  nextRate(): void {
    const index = RATES.findIndex((rate) => rate === this.rate);
    this.rate = RATES[(index + 1) % RATES.length] ?? 1;
    if (this.#audio) this.#audio.playbackRate = this.rate;
  }

  close(): void {
    this.#turn++;
    this.#stop();
    this.recording = null;
    this.loading = false;
  }

  #play(url: string, recording: string, turn: number): void {
    const audio = new Audio();
    this.#audio = audio;
    const mine = (act: () => void) => () => {
      if (turn === this.#turn) act();
    };
    audio.preload = "auto";
    audio.ontimeupdate = mine(() => (this.at = audio.currentTime));
    audio.ondurationchange = mine(() => (this.length = Number.isFinite(audio.duration) ? audio.duration : 0));
    audio.oncanplay = mine(() => (this.loading = false));
    audio.onplay = mine(() => {
      this.playing = true;
      this.#others?.postMessage(recording);
    });
    audio.onpause = mine(() => (this.playing = false));
    audio.onended = mine(() => (this.playing = false));
    audio.onerror = mine(() => {
      this.#addresses.delete(recording);
      this.failed = { recording, refusal: null };
      this.close();
    });
    audio.src = url;
    audio.defaultPlaybackRate = this.rate;
    audio.playbackRate = this.rate;
    // A web view that wants another click shows the open player with its button.
    void audio.play().catch(() => {});
  }

  #stop(): void {
    if (this.#audio) {
      this.#audio.pause();
      this.#audio.removeAttribute("src");
      this.#audio.load();
      this.#audio = null;
    }
    this.playing = false;
    this.at = 0;
    this.length = 0;
  }
}

/** One per window: two recordings at once are none. */
export const sound = new Sound();
