/**
 * A desk for a plain browser: serves the built pages, the feed with recorded frames, and the shell's commands.
 * Nothing of it is in the program. Tests hold it in their hands: they push frames and read what was asked.
 */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { WebSocketServer } from "ws";

import { FakeShell } from "./fake-shell.mjs";
import { SoundServer } from "./sound-server.mjs";

const UI = join(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(UI, "dist");
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
/** What the program's own window allows; a page that needs more would break there. */
export const CSP = JSON.parse(readFileSync(join(UI, "..", "src-tauri", "tauri.conf.json"), "utf8")).app.security.csp;

const noRoster = { colleagues: [], groups: [], lines: [], at: null, why: null };

export const TOKEN = "dev-token";

/** How much later what a page asks arrives here (ms): a test that fails only then looks before it can know. */
const LATE_MS = Number(process.env.DESK_LATE_MS ?? 0);
const late = () => new Promise((arrived) => setTimeout(arrived, LATE_MS));

export class MockDesk {
  /** Every request since the start, as received. */
  requests = [];
  hellos = [];
  /** How requests are answered: `(request, desk) => ok | {error} | undefined`; undefined: never. */
  answer = () => ({});
  /** What everything that is told to a page goes through, with where it stands, and everything that a page asks. */
  telling = (value) => value;
  hearing = (value) => value;
  /** Frames a resumed connection still has to get. */
  missedFrames = [];
  #clients = new Set();
  #http;
  #ws;
  #accepting = true;

  constructor(picture) {
    this.shell = new FakeShell();
    this.load(picture);
  }

  /** Another picture for the next hello. */
  load({ epoch = "e1", desk, calls = [], missed = [], dials = [], sms = [], roster = noRoster, people = [], history = [] }) {
    this.picture = { epoch, desk, calls, missed, dials, sms, roster };
    this.people = people;
    this.history = history;
    this.seq = 100;
  }

  async start(port = 0) {
    this.#http = createServer((request, response) => void this.#serve(request, response));
    this.#ws = new WebSocketServer({ noServer: true });
    this.#http.on("upgrade", (request, socket, head) => {
      if (!this.#accepting || !request.url.startsWith("/feed")) return socket.destroy();
      this.#ws.handleUpgrade(request, socket, head, (client) => this.#greet(client));
    });
    await new Promise((done) => this.#http.listen(port, "127.0.0.1", done));
    this.port = this.#http.address().port;
    this.sounds = await new SoundServer().start();
    return this;
  }

  url(page, hash = {}) {
    const words = new URLSearchParams({ feed: `ws://127.0.0.1:${this.port}/feed`, token: TOKEN, ...hash });
    return `http://127.0.0.1:${this.port}/${page}.html#${words}`;
  }

  async stop() {
    for (const client of this.#clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
    await this.sounds.stop();
  }

  /** Changes a call that is in the picture. */
  change(id, more) {
    const before = this.picture.calls.find((one) => one.id === id);
    return this.push("call", { ...before, ...(typeof more === "function" ? more(before) : more) });
  }

  /** Sends a change to every window and keeps it in the picture, as the desk does. */
  push(type, value) {
    const frame = { type, seq: ++this.seq, [type]: value };
    this.#keep(type, value);
    this.#broadcast(frame);
    return frame;
  }

  /** Another picture, told at once: what the desk says after it was started anew. */
  turn(picture) {
    this.load({ ...picture, epoch: `e${this.seq}-${picture.calls?.length ?? 0}-${Math.random()}` });
    for (const client of this.#clients) this.#tell(client, this.#snapshot());
  }

  gone(kind, id) {
    const list = { call: "calls", missed: "missed", dial: "dials" }[kind];
    this.picture[list] = this.picture[list].filter((one) => (one.id ?? one.command_id) !== id);
    this.#broadcast({ type: "gone", seq: ++this.seq, kind, id });
  }

  /** Cuts every connection, and takes new ones only after `accept()`. */
  cut() {
    this.#accepting = false;
    for (const client of this.#clients) client.terminate();
  }

  accept() {
    this.#accepting = true;
  }

  /** Requests of one kind. */
  asked(what) {
    return this.requests.filter((request) => request.do === what);
  }

  #keep(type, value) {
    if (type === "desk" || type === "roster") {
      this.picture[type] = value;
      return;
    }
    const [list, id] = { call: ["calls", "id"], missed: ["missed", "id"], dial: ["dials", "command_id"], sms: ["sms", "command_id"] }[type];
    this.picture[list] = [...this.picture[list].filter((one) => one[id] !== value[id]), value];
  }

  #broadcast(frame) {
    if (this.#clients.size === 0) this.missedFrames.push(frame);
    for (const client of this.#clients) this.#tell(client, frame);
  }

  #tell(client, frame) {
    client.send(JSON.stringify(this.telling(frame)));
  }

  #snapshot() {
    return { type: "snapshot", seq: this.seq, ...this.picture };
  }

  #greet(client) {
    client.on("message", async (data) => {
      if (LATE_MS > 0) await late();
      const frame = this.hearing(JSON.parse(String(data)));
      if (frame.type === "hello") this.#hello(client, frame);
      else if (frame.type === "request") this.#request(client, frame);
    });
    client.on("close", () => this.#clients.delete(client));
  }

  #hello(client, hello) {
    this.hellos.push(hello);
    if (hello.token !== TOKEN) return client.close(4401);
    this.#clients.add(client);
    const { epoch } = this.picture;
    if (hello.since?.epoch === epoch) {
      this.#tell(client, { type: "resumed", epoch, seq: this.seq });
      for (const frame of this.missedFrames) if (frame.seq > hello.since.seq) this.#tell(client, frame);
    } else {
      this.#tell(client, this.#snapshot());
    }
    return undefined;
  }

  #request(client, request) {
    this.requests.push(request);
    const reply = this.answer(request, this);
    if (reply !== undefined) this.#send(client, request, reply);
  }

  /** Answers a request that was left unanswered. */
  reply(request, reply) {
    for (const client of this.#clients) this.#send(client, request, reply);
  }

  #send(client, request, reply) {
    const said = "error" in reply ? { error: reply.error } : { ok: reply };
    // Its number is the page's own.
    client.send(JSON.stringify({ type: "reply", id: request.id, ...this.telling(said) }));
  }

  async #serve(request, response) {
    const { pathname, searchParams } = new URL(request.url, "http://127.0.0.1");
    if (pathname.startsWith("/shell/")) {
      let body = "";
      for await (const part of request) body += part;
      if (LATE_MS > 0) await late();
      try {
        const name = pathname.slice("/shell/".length);
        const answer = await this.shell.command(name, this.hearing(JSON.parse(body || "{}")));
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(this.telling(answer ?? null, name)));
      } catch (error) {
        response.writeHead(500, { "content-type": "text/plain; charset=utf-8" }).end(error.message);
      }
      return;
    }
    if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    const file = normalize(join(DIST, pathname === "/" ? "index.html" : pathname));
    if (!file.startsWith(DIST) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    // `?bare`: without the window's rules, to see what holds when they do not.
    const rules = searchParams.has("bare") ? {} : { "content-security-policy": CSP };
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...rules });
    createReadStream(file).pipe(response);
  }
}
