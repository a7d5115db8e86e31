/** No text from the PBX or the MIS runs in a window: every fortieth turn of `dev/injection.mjs`. Needs Chromium. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { PAYLOADS, TEXTS } from "../dev/payloads.mjs";
import { isFixed, Poison } from "../dev/poison.mjs";

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), "..", "dev", "injection.mjs");

test("the payloads are many, and no two are the same", () => {
  assert.ok(PAYLOADS.length >= 100);
  assert.equal(new Set(TEXTS.map((text) => text(7))).size, TEXTS.length);
});

test("what the wire's types fix stays, and every other text is replaced", () => {
  for (const [path, value] of [["call.outcome", "missed"], ["call.state", "ringing"], ["missed.why", "queue"], ["call.started_at", "2026-10-13T06:41:07.000Z"], ["type", "snapshot"]]) assert.ok(isFixed(path, value), path);
  for (const [path, value] of [["call.wrap_up.outcome", "Записали"], ["listener.why", "занят"], ["call.card.people[].full_name", "Иванова"], ["call.id", "c1"], ["desk.listener.url", "http://x"], ["call.card.people[].open_url", "https://mis.example"]]) assert.ok(!isFixed(path, value), path);
});

test("a value is one text wherever it stands, has every payload in turn, and is known again when a page says it", () => {
  const poison = new Poison();
  const had = new Set();
  for (const turn of TEXTS.keys()) {
    poison.turn(turn);
    const told = poison.told({ call: { id: "c1", state: "ringing", note: "Перезвонить" }, calls: ["c1"] });
    assert.equal(told.call.id, told.calls[0]);
    assert.equal(told.call.state, "ringing");
    assert.notEqual(told.call.note, told.call.id);
    assert.deepEqual(poison.heard({ with: { call: told.call.id } }), { with: { call: "c1" } });
    had.add(told.call.note.replace(/\d+/g, "N"));
  }
  assert.ok(had.size > 100);
  assert.equal(poison.fields.get("call.note").had.size, TEXTS.length);
});

test("none of them runs on any screen, and the eyes that look for it are not blind", { timeout: 600_000 }, async () => {
  const program = spawn(process.execPath, [PROGRAM, "--small", "--every=40"], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, said] = ["", ""];
  program.stdout.on("data", (part) => (out += part));
  program.stderr.on("data", (part) => (said += part));
  const [code] = await once(program, "close");
  assert.equal(code, 0, `${said}\n${out}`);
  const told = JSON.parse(out.trim().split("\n").at(-1));
  for (const sign of ["ran", "dialogs", "popups", "navigated", "outside", "violations", "planted", "polluted", "offered", "errors"]) assert.equal(told[sign], 0, sign);
  // It looked: at very many fields, which stood on the pages, and at careless pages where every text did run.
  assert.ok(told.fields > 150 && told.fields_on_a_page > 120 && told.fields_in_every_turn > 150, out);
  assert.ok(told.pressed > 1_000, out);
  assert.ok(told.control.ran > 0 && told.control.stopped_by_csp > 0 && told.control.silent === 0, out);
});
