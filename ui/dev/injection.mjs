/**
 * Tries to make a text from the PBX or the MIS run: every field of every screen gets every payload, once under the windows' policy and
 * once without any, where only the pages' own care is left. Says what came of it in one line of JSON, and fails when
 * anything ran. `--small`: every tenth turn.
 */
import { launch } from "./browser.mjs";
import { lookAt, pictures, screens } from "./hostile.mjs";
import { CSP, MockDesk } from "./mock.mjs";
import { PAYLOADS, TEXTS } from "./payloads.mjs";
import { Poison } from "./poison.mjs";
import { careless } from "./unsafe.mjs";
import { Watch } from "./watch.mjs";

/** Foreign hosts must not be found; that somebody looked is seen all the same. */
const NO_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/** Opens every screen with turn `turn` of the texts. */
async function oneTurn(browser, turn, poison, tally) {
  const now = Date.now();
  const all = pictures(now);
  poison.turn(turn);
  for (const screen of screens(now, all)) {
    const desk = await new MockDesk(screen.picture).start();
    desk.answer = screen.answer;
    desk.history = [];
    screen.prepare?.(desk);
    desk.telling = (value, path) => poison.told(value, path);
    desk.hearing = (value) => poison.heard(value);
    const views = [];
    try {
      for (const rules of ["csp", "bare"]) views.push(await open(browser, desk, screen.page, rules));
      const tabs = (work) => Promise.all(views.map(({ tab }) => work(tab)));
      const look = async (how, before) => {
        const looks = await Promise.all(views.map(async ({ tab, watch }) => {
          await before(tab);
          const { pressed, found } = await lookAt(tab, how);
          for (const { planted, offered, polluted, numbers } of found) {
            for (const what of planted) watch.count("planted", what);
            for (const what of offered) watch.count("offered", what);
            if (polluted) watch.count("polluted", polluted);
            for (const number of numbers) tally.stood.add(Math.floor(number / TEXTS.length));
          }
          return pressed;
        }));
        tally.looks += looks.length;
        tally.pressed += looks.reduce((sum, one) => sum + one, 0);
      };
      await screen.visit({ tabs, desk, look, told: (value, path) => poison.told(value, path) });
    } finally {
      for (const { context, watch } of views) {
        await context.close();
        tally.add(watch);
      }
      tally.opened(desk.shell.asked);
      await desk.stop();
    }
  }
}

async function open(browser, desk, page, rules) {
  const context = await browser.newContext({ locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: page === "pop" ? { width: 460, height: 900 } : { width: 1280, height: 900 }, reducedMotion: "reduce" });
  const watch = await Watch.of(context);
  const tab = await context.newPage();
  tab.setDefaultTimeout(10_000);
  const url = desk.url(page);
  await tab.goto(rules === "bare" ? url.replace(".html", ".html?bare") : url);
  return { context, tab, watch };
}

class Tally {
  counts = {};
  told = [];
  pages = 0;
  looks = 0;
  pressed = 0;
  stood = new Set();
  cards = 0;

  add(watch) {
    this.pages += 1;
    for (const [kind, count] of Object.entries(watch.counts)) this.counts[kind] = (this.counts[kind] ?? 0) + count;
    this.told.push(...watch.told);
  }

  /** A card's address that the shell was asked to open: the web, or the clinic's own program; a script or a file never. */
  opened(asked) {
    for (const { args } of asked.filter(({ name }) => name === "open_card")) {
      this.cards += 1;
      if (/^[\s\0-\x1f]*(javascript|data|file|vbscript|blob|about):/i.test(args.url.replace(/[\t\r\n]/g, ""))) {
        this.counts.offered += 1;
        this.told.push({ kind: "offered", what: `open_card ${args.url}` });
      }
    }
  }
}

const small = process.argv.includes("--small");
const one = process.argv.find((word) => /^--turn=\d+$/.test(word));
const step = small ? 10 : 1;
const turns = one ? [Number(one.slice(7))] : TEXTS.map((_, turn) => turn).filter((turn) => turn % step === 0);
const begun = Date.now();
const browser = await launch([NO_OUTSIDE]);
const poison = new Poison();
const tally = new Tally();
let control;
try {
  control = await careless(browser, CSP, PAYLOADS.map((_, number) => number).filter((number) => number % step === 0));
  for (const turn of turns) {
    await oneTurn(browser, turn, poison, tally);
    if (process.stderr.isTTY) process.stderr.write(`\r${turn + 1}/${TEXTS.length}, ${Math.round((Date.now() - begun) / 1_000)} s `);
  }
} finally {
  await browser.close();
}

const fields = [...poison.fields];
const whole = fields.filter(([, { had }]) => had.size === TEXTS.length).length;
const stood = new Set([...tally.stood].map((value) => poison.fieldOf(value * TEXTS.length)));
// A detector that sees nothing where everything runs proves nothing.
const sees = control.silent.length === 0 && control.stopped > 0 && control.ran_in_spite === 0 && ["ran", "dialogs", "popups", "navigated", "outside", "planted", "offered", "polluted"].every((sign) => small || control.signs[sign] > 0);
const holds = sees && Object.values(tally.counts).every((count) => count === 0);
for (const { kind, what } of tally.told.slice(0, 40)) console.error(kind, what);
for (const number of control.silent) console.error("does nothing anywhere", JSON.stringify(PAYLOADS[number](number)));
if (process.argv.includes("--fields")) for (const [field, { had }] of fields) console.error(had.size, field, stood.has(field) ? "" : "(never seen on a page)");
console.log(
  JSON.stringify({
    payloads: PAYLOADS.length,
    fields: fields.length,
    fields_with_every_payload: whole,
    fields_seen_on_a_page: stood.size,
    turns: turns.length,
    pages: tally.pages,
    looks: tally.looks,
    pressed: tally.pressed,
    cards_opened: tally.cards,
    ...tally.counts,
    control: { armed: control.armed.length, silent: control.silent.length, ...control.signs, stopped_by_csp: control.stopped, ran_in_spite_of_csp: control.ran_in_spite },
    seconds: Math.round((Date.now() - begun) / 1_000),
    holds,
  }),
);
process.exitCode = holds ? 0 : 1;
