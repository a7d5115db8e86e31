/** The sound of a ringing call: two quiet tones of our own, or a file; made with Web Audio, so nothing is fetched. */
import type { Manners, Shell } from "../shell";

type Wanted = Manners["ring"];

/** One round of the gentle signal, s: two tones and a pause. */
const ROUND = 3;
const TONES = [
  { at: 0, pitch: 587.33 },
  { at: 0.45, pitch: 783.99 },
];
const TONE_LASTS = 0.9;

export class Ring {
  readonly #shell: Pick<Shell, "ringSound">;
  #context: AudioContext | null = null;
  #turn = 0;

  constructor(shell: Pick<Shell, "ringSound">) {
    this.#shell = shell;
  }

  /** True once it plays; false when there is nothing to play or no way to. */
  async start(wanted: Wanted): Promise<boolean> {
    this.stop();
    if (wanted.sound === "none" || wanted.volume === 0) return wanted.sound === "none";
    const turn = this.#turn;
    try {
      const context = new AudioContext();
      this.#context = context;
      const sound = wanted.sound === "own" ? await context.decodeAudioData(await this.#shell.ringSound()) : gentle(context);
      if (turn !== this.#turn) return false;
      const source = new AudioBufferSourceNode(context, { buffer: sound, loop: true });
      // Loudness is heard by its square.
      source.connect(new GainNode(context, { gain: (wanted.volume / 100) ** 2 })).connect(context.destination);
      source.start();
      await context.resume();
      return context.state === "running";
    } catch {
      if (turn === this.#turn) this.stop();
      return false;
    }
  }

  stop(): void {
    this.#turn++;
    void this.#context?.close().catch(() => {});
    this.#context = null;
  }
}

/** Two soft tones that fade, then a pause. */
function gentle(context: BaseAudioContext): AudioBuffer {
  const rate = context.sampleRate;
  const buffer = context.createBuffer(1, rate * ROUND, rate);
  const samples = buffer.getChannelData(0);
  for (const { at, pitch } of TONES) {
    const begin = Math.round(at * rate);
    for (let index = 0; index < TONE_LASTS * rate; index++) {
      const time = index / rate;
      const swell = Math.min(1, time / 0.02) * Math.exp(-4 * time);
      samples[begin + index]! += 0.5 * swell * Math.sin(2 * Math.PI * pitch * time);
    }
  }
  return buffer;
}
