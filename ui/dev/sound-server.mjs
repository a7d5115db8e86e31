/** A recording as the desk serves it: an address of another port of this computer, with ranges. */
import { createServer } from "node:http";

const RATE = 8_000;

/** A tone that swells and fades, as a WAV file. */
export function tone(seconds) {
  const samples = Buffer.alloc(seconds * RATE);
  for (let n = 0; n < samples.length; n++) {
    const loud = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / RATE);
    samples[n] = Math.round(128 + 40 * loud * Math.sin((2 * Math.PI * 330 * n) / RATE));
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

export class SoundServer {
  /** The ranges that were asked for. */
  ranges = [];
  #sound = tone(94);
  #http;

  async start() {
    this.#http = createServer((request, response) => this.#serve(request, response));
    await new Promise((done) => this.#http.listen(0, "127.0.0.1", done));
    this.port = this.#http.address().port;
    return this;
  }

  url(recording) {
    return `http://127.0.0.1:${this.port}/recording/${recording}`;
  }

  async stop() {
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  #serve(request, response) {
    if (request.url.endsWith("/gone")) {
      response.writeHead(404).end();
      return;
    }
    const all = this.#sound;
    const head = { "content-type": "audio/wav", "accept-ranges": "bytes", "cache-control": "no-store" };
    const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    if (!asked) {
      response.writeHead(200, { ...head, "content-length": all.length }).end(all);
      return;
    }
    this.ranges.push(request.headers.range);
    const from = Number(asked[1]);
    const to = Math.min(asked[2] === "" ? all.length - 1 : Number(asked[2]), all.length - 1);
    response.writeHead(206, { ...head, "content-length": to - from + 1, "content-range": `bytes ${from}-${to}/${all.length}` }).end(all.subarray(from, to + 1));
  }
}
