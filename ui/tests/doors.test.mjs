/** What the windows may load and reach, as it is configured: a door that is opened wider is opened here as well, or not at all. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const text = (...path) => readFileSync(join(ROOT, ...path), "utf8");
const json = (...path) => JSON.parse(text(...path));

const config = json("src-tauri", "tauri.conf.json");
const { security } = config.app;
const capabilities = readdirSync(join(ROOT, "src-tauri", "capabilities")).map((file) => json("src-tauri", "capabilities", file));

const policy = new Map(
  security.csp.split(";").map((part) => {
    const [directive, ...sources] = part.trim().split(/\s+/);
    return [directive, sources];
  }),
);

test("the pages run their own script and nothing else", () => {
  assert.deepEqual(policy.get("script-src"), ["'self'"]);
  assert.deepEqual(policy.get("default-src"), ["'self'"]);
  // Each would overrule `script-src` for its part.
  for (const directive of ["script-src-elem", "script-src-attr", "worker-src", "child-src", "frame-src", "manifest-src"]) assert.equal(policy.has(directive), false, directive);
  for (const directive of ["object-src", "base-uri", "frame-ancestors"]) assert.deepEqual(policy.get(directive), ["'none'"], directive);
});

test("no source of the policy is wide", () => {
  const narrow = /^('self'|'none'|data:|ipc:|http:\/\/ipc\.localhost|(ws|http):\/\/127\.0\.0\.1:\*)$/;
  for (const [directive, sources] of policy) {
    assert.notEqual(sources.length, 0, `${directive} names nothing`);
    for (const source of sources) assert.match(source, narrow, `${directive} ${source}`);
    if (sources.includes("data:")) assert.equal(directive, "img-src", "a picture may be written into the page, nothing else");
    if (sources.some((source) => source.startsWith("http://127"))) assert.equal(directive, "media-src", "a recording comes from the desk's own port");
  }
  assert.doesNotMatch(security.csp, /unsafe|strict-dynamic|nonce|sha\d|wasm|https:|blob:|filesystem:/);
});

test("nothing loosens the policy", () => {
  // Said once for all: an exemption would be one of these.
  assert.deepEqual(Object.keys(security).sort(), ["capabilities", "csp", "freezePrototype"]);
  assert.equal(security.freezePrototype, true);
  assert.equal(config.app.withGlobalTauri, false);
  assert.deepEqual(config.app.windows, [], "each window is made in Rust, where its navigation is bound");
  assert.equal(config.build.frontendDist, "../ui/dist");
  assert.equal(new URL(config.build.devUrl).hostname, "127.0.0.1");
});

test("isolation is not used, and nothing that needs it is there", () => {
  // It filters what foreign script asks of the core. THREATS.md says why there is none; this keeps that true.
  assert.equal(security.pattern, undefined);
  for (const page of ["index", "pop", "settings"]) {
    const html = text("ui", `${page}.html`);
    const scripts = [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
    assert.equal(scripts.length, 1, page);
    assert.match(scripts[0][1], /^ type="module" src="\/src\/\w+\/main\.ts"$/);
    assert.equal(scripts[0][2], "");
    assert.doesNotMatch(html, /https?:|<link|<iframe|<base|\son\w+=|style=/);
  }
});

/** What a page of the core may be asked by each window. A new one belongs here, after somebody has asked what it could do. */
const CORE = {
  desk: ["core:event:allow-listen", "core:event:allow-unlisten"],
  pop: ["core:event:allow-listen", "core:event:allow-unlisten", "core:window:allow-start-dragging"],
  settings: ["core:event:allow-listen", "core:event:allow-unlisten"],
};
const FEED = ["feed-address", "feed-open", "feed-send", "feed-close", "settings-read", "copy-text", "show-window"];
/** Commands of ours by window. Only the settings window saves and checks; only the pop moves itself. */
const OURS = {
  desk: [...FEED, "rehearsal-call", "open-card", "save-download", "silence-read", "pause", "today-read", "today-choose"],
  pop: [...FEED, "open-card", "pop-size", "pop-focus", "pop-release", "silence-read", "ring-sound"],
  settings: [...FEED, "settings-save", "check", "try-number", "listener-knocks", "event-kinds", "first-run-keep", "rehearsal-call", "pop-reset", "ring-sound"],
};

test("each window has a capability of its own, and only those are in force", () => {
  const names = capabilities.map((one) => one.identifier).sort();
  assert.deepEqual(names, ["desk", "pop", "settings"]);
  assert.deepEqual([...security.capabilities].sort(), names);
  for (const one of capabilities) {
    assert.deepEqual(one.windows, [one.identifier]);
    // No page of the network, no webview inside a window, no platform's exception.
    assert.deepEqual(Object.keys(one).sort(), ["$schema", "description", "identifier", "permissions", "windows"], one.identifier);
  }
});

test("a window may ask what it needs, and nothing besides", () => {
  for (const { identifier, permissions } of capabilities) {
    const expected = [...CORE[identifier], ...OURS[identifier].map((command) => `allow-${command}`)];
    assert.deepEqual([...permissions].sort(), expected.sort(), identifier);
    for (const permission of permissions) {
      assert.equal(typeof permission, "string", "no scope that widens one");
      assert.doesNotMatch(permission, /default|\*|^(fs|shell|http|opener|clipboard-manager|process|updater|dialog|upload|websocket|sql|store|deep-link|global-shortcut|autostart|single-instance):/);
    }
  }
});

test("the commands that the windows may ask are those that the program has, no more and no less", () => {
  const declared = [...text("src-tauri", "build.rs").matchAll(/"([a-z_]+)"/g)].map(([, name]) => name.replaceAll("_", "-"));
  assert.deepEqual([...new Set(Object.values(OURS).flat())].sort(), declared.sort());
});

/** Versions of one file of pins, by name. */
const locked = (name) => [...text("Cargo.lock").matchAll(/name = "([^"]+)"\nversion = "([^"]+)"/g)].filter(([, one]) => one === name).map(([, , version]) => version);
const parts = (version) => version.split(".").map(Number);
const atLeast = (version, floor) => parts(version).reduce((order, part, index) => order || part - parts(floor)[index], 0) >= 0;

test("versions are those of one program, and none has a known hole", () => {
  const version = /\[workspace\.package\]\nversion = "([^"]+)"/.exec(text("Cargo.toml"))[1];
  const ui = json("ui", "package.json");
  assert.equal(ui.version, version);
  // Where it is left out it is Cargo's.
  assert.equal(config.version ?? version, version);
  assert.deepEqual(locked("callpop"), [version]);

  const [tauri, ...others] = locked("tauri");
  assert.deepEqual(others, []);
  assert.match(ui.dependencies["@tauri-apps/api"], /^\d+\.\d+\.\d+$/, "pinned");
  assert.deepEqual(parts(ui.dependencies["@tauri-apps/api"]).slice(0, 2), parts(tauri).slice(0, 2));
  // `cargo deny` asks the list of advisories in every build. This keeps a lock file from going back behind what was looked
  // at: what is known of Tauri itself (a frame that reached the commands, CVE-2024-35222) ended before 2.0.0.
  assert.ok(atLeast(tauri, "2.12.0"), tauri);
  assert.ok(atLeast(locked("tauri-plugin-opener")[0], "2.7.0"));
  assert.ok(atLeast("2.12.5", "2.12.0") && atLeast("3.0.0", "2.12.0") && !atLeast("2.11.9", "2.12.0") && !atLeast("1.99.0", "2.12.0"));
  for (const absent of ["tauri-plugin-shell", "tauri-plugin-fs", "tauri-plugin-http", "tauri-plugin-updater"]) assert.deepEqual(locked(absent), [], absent);
});
