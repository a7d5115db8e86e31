/** Sees what a text does that runs: a door that it opens, a dialog, a window, a page left behind, a foreign host. */
const KINDS = ["ran", "dialogs", "popups", "navigated", "outside", "violations", "planted", "polluted", "offered", "errors"];

const ours = (url) => /^(https?|wss?):\/\/127\.0\.0\.1[:/]/.test(url);

export class Watch {
  counts = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  /** The first of each kind, in words. */
  told = [];

  /** Watches a browser context before its first page. `mayFrame`: whether a frame may be where it is. */
  static async of(context, mayFrame = () => false) {
    const watch = new Watch();
    await context.exposeBinding("__ran", (_, number) => watch.count("ran", number));
    await context.exposeBinding("__violated", (_, what) => watch.count("violations", what));
    await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => window.__violated(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
    context.on("request", (request) => {
      const url = request.url();
      if (!ours(url) && !/^(data|blob|about):/.test(url)) watch.count("outside", url);
    });
    context.on("page", (page) => watch.#page(page, mayFrame));
    return watch;
  }

  count(kind, what) {
    this.counts[kind] += 1;
    if (this.told.filter((one) => one.kind === kind).length < 5) this.told.push({ kind, what: String(what).slice(0, 300) });
  }

  /** How often anything at all happened. */
  get total() {
    return KINDS.reduce((sum, kind) => sum + this.counts[kind], 0);
  }

  #page(page, mayFrame) {
    void page.opener().then((opener) => opener && this.count("popups", page.url()), () => {});
    page.on("dialog", (dialog) => {
      this.count("dialogs", dialog.message());
      void dialog.dismiss().catch(() => {});
    });
    page.on("websocket", (socket) => !ours(socket.url()) && this.count("outside", socket.url()));
    page.on("pageerror", (error) => this.count("errors", error.stack ?? error));
    let home = null;
    page.on("framenavigated", (frame) => {
      const url = frame.url().replace(/#.*/, "");
      if (frame === page.mainFrame()) {
        home ??= url === "about:blank" ? null : url;
        if (url !== (home ?? "about:blank")) this.count("navigated", url);
      } else if (!mayFrame(url)) this.count("navigated", `a frame: ${url}`);
    });
  }
}

/**
 * Runs in a page: looks for what only a text that was read as a page can have put there, and for addresses that run.
 * Answers `{ planted, offered, polluted, numbers }`; `numbers` are those of the texts that stand there as text.
 */
export function census() {
  const planted = [];
  const offered = [];
  const numbers = new Set();
  const seen = (text) => {
    for (const [, a, b] of text.matchAll(/__ran(?:\(|%28)(\d+)|outside\.example\/(\d+)/g)) numbers.add(Number(a ?? b));
  };
  const WRITTEN_BY_NOBODY = "iframe,object,embed,base,math,form[action],meta[http-equiv],body script,body style,body link,template,noscript,marquee,video,xss,[srcdoc],[formaction],[background],image,animate,set";
  for (const one of document.querySelectorAll(WRITTEN_BY_NOBODY)) planted.push(`${one.localName} ${[...one.attributes].map(({ name, value }) => `${name}=${value}`).join(" ")} in ${one.parentElement?.localName}.${one.parentElement?.getAttribute("class")}`);
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) planted.push(`${name}=${value}`);
      else if (/^(href|src|action|data|poster|srcset|xlink:href|ping|style)$/.test(name)) {
        const scheme = /^[\s\0-\x1f]*([a-z][a-z0-9+.\s-]*):/i.exec(value)?.[1].replace(/\s/g, "").toLowerCase();
        if (name === "style" ? /url\(|expression|@import/i.test(value) : /^\s*[\\/]{2}/.test(value) || (scheme && !/^(https?|blob)$/.test(scheme)) || value.includes("outside.example")) offered.push(`${one.localName} ${name}=${value}`);
      }
      seen(value);
    }
    if ("value" in one && typeof one.value === "string") seen(one.value);
  }
  seen(document.documentElement.textContent);
  const polluted = Object.keys(Object.prototype).length + ("polluted" in {} ? 1 : 0);
  return { planted, offered, polluted, numbers: [...numbers] };
}

/**
 * Runs in a page: points at, focuses and presses whatever can be pressed, what comes up by it too; of a kind at most
 * `perKind`, at most `limit` in all.
 */
export async function press({ limit, perKind }) {
  const PRESSED = "a,area,button,summary,select,input,textarea,[title],[role=button],[role=option],[role=tab],[tabindex],[contenteditable],b,xss,text";
  // What takes away what stands there comes last.
  const CLOSES = "[data-testid=dismiss],[data-testid$=close],[data-testid$=back],[data-testid$=leave]";
  const kinds = new Map();
  const done = new WeakSet();
  const channel = new MessageChannel();
  const breath = () => new Promise((next) => ((channel.port1.onmessage = next), channel.port2.postMessage(0)));
  const kind = (one) => `${one.localName} ${one.dataset?.testid ?? one.getAttribute("class") ?? ""} ${one.getAttribute("value") ?? ""}`;
  let pressed = 0;
  for (;;) {
    const left = [...document.querySelectorAll(PRESSED)].filter((one) => !done.has(one) && !one.disabled && (kinds.get(kind(one)) ?? 0) < perKind);
    const next = left.find((one) => !one.matches(CLOSES)) ?? left[0];
    if (!next || pressed >= limit) break;
    done.add(next);
    kinds.set(kind(next), (kinds.get(kind(next)) ?? 0) + 1);
    pressed += 1;
    for (const name of ["pointerover", "pointerenter", "mouseover", "mouseenter", "mousemove"]) next.dispatchEvent(new MouseEvent(name, { bubbles: name.endsWith("over") }));
    next.focus?.();
    if (typeof next.click === "function") next.click();
    else next.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    await breath();
  }
  channel.port1.close();
  return pressed;
}
