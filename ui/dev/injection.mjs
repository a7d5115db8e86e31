/**
 * Tries to make a text from the PBX or the MIS run: every field of every screen gets every payload, under the windows'
 * policy and without any, where only the pages' own care is left. Says what came of it in one line of JSON, and fails when
 * anything ran. `--small`: every tenth turn. `--turn=N`: that one. `--fields`: what was filled.
 */
import { launch } from "./browser.mjs";
import { lookAt, pictures, screens } from "./hostile.mjs";
import { CSP, MockDesk } from "./mock.mjs";
import { PAYLOADS, TEXTS } from "./payloads.mjs";
import { Poison } from "./poison.mjs";
import { careless } from "./unsafe.mjs";
import { Watch } from "./watch.mjs";

/** Foreign hosts must not be found; that somebody asked for one is seen all the same. */
const NO_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
/** A card's address is not opened by the page, so its command is watched. */
const RUNS = /^[\s\0-\x1f]*(javascript|data|file|vbscript|blob|about|view-source):/i;

/** What came of all pages together. */
class Tally {
  counts = {};
  told = [];
  pages = 0;
  looks = 0;
  pressed = 0;
  cards = 0;
  /** Numbers of the texts that stood on a page as text. */
  stood = new Set();

  look(watch, { pressed, found }) {
    this.looks += 1;
    this.pressed += pressed;
    for (const { planted, offered, polluted, numbers } of found) {
      for (const what of planted) watch.count("planted", what);
      for (const what of offered) watch.count("offered", what);
      if (polluted > 0) watch.count("polluted", polluted);
      for (const number of numbers) this.stood.add(number);
    }
  }

  page(watch) {
    this.pages += 1;
    for (const [kind, count] of Object.entries(watch.counts)) this.counts[kind] = (this.counts[kind] ?? 0) + count;
    this.told.push(...watch.told);
  }

  cardsOpened(asked) {
    for (const { args } of asked.filter(({ name }) => name === "open_card")) {
      this.cards += 1;
      if (!RUNS.test(args.url.replace(/[\t\r\n]/g, ""))) continue;
      this.counts.offered = (this.counts.offered ?? 0) + 1;
      this.told.push({ kind: "offered", what: `open_card ${args.url}` });
    }
  }
}

async function openPage(browser, desk, page, bare) {
  const context = await browser.newContext({ locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: page === "pop" ? { width: 460, height: 900 } : { width: 1280, height: 900 }, reducedMotion: "reduce" });
  const watch = await Watch.of(context);
  const tab = await context.newPage();
  tab.setDefaultTimeout(30_000);
  await tab.goto(bare ? desk.url(page).replace(".html", ".html?bare") : desk.url(page));
  return { context, tab, watch };
}

/** One screen, with the policy and without it, side by side before one desk. */
async function visit(browser, screen, poison, tally) {
  const desk = await new MockDesk(screen.picture).start();
  desk.answer = screen.answer;
  screen.prepare?.(desk);
  const told = (value, path) => poison.told(value, path);
  [desk.telling, desk.hearing] = [told, (value) => poison.heard(value)];
  const views = [];
  try {
    for (const bare of [false, true]) views.push(await openPage(browser, desk, screen.page, bare));
    const tabs = (work) => Promise.all(views.map(({ tab }) => work(tab)));
    const look = (how, before) =>
      Promise.all(
        views.map(async ({ tab, watch }) => {
          await before(tab);
          tally.look(watch, await lookAt(tab, how));
        }),
      );
    await screen.visit({ tabs, desk, look, told });
  } finally {
    for (const { context, watch } of views) {
      await context.close();
      tally.page(watch);
    }
    tally.cardsOpened(desk.shell.asked);
    await desk.stop();
  }
}

const small = process.argv.includes("--small");
const only = process.argv.find((word) => /^--turn=\d+$/.test(word))?.slice(7);
const wanted = (n) => (only === undefined ? n % (small ? 10 : 1) === 0 : n === Number(only));
const turns = TEXTS.map((_, turn) => turn).filter(wanted);
const begun = Date.now();
const seconds = () => Math.round((Date.now() - begun) / 1_000);
const browser = await launch([NO_OUTSIDE]);
const poison = new Poison();
const tally = new Tally();
let control;
try {
  control = await careless(browser, CSP, [...PAYLOADS.keys()].filter(wanted));
  for (const turn of turns) {
    poison.turn(turn);
    const now = Date.now();
    // Most of the time a page is waited for: they go side by side.
    await Promise.all(screens(now, pictures(now)).map((screen) => visit(browser, screen, poison, tally)));
    if (process.stderr.isTTY) process.stderr.write(`\r${turn + 1}/${TEXTS.length}, ${seconds()} s `);
  }
} finally {
  await browser.close();
}

const fields = [...poison.fields];
const stood = new Set(poison.fieldsOf(tally.stood));
// A detector that sees nothing where everything runs proves nothing.
const SIGNS = small || only !== undefined ? ["ran", "planted"] : ["ran", "dialogs", "popups", "navigated", "outside", "planted", "offered", "polluted"];
const sees = control.silent.length === 0 && control.stopped > 0 && control.ran_in_spite === 0 && SIGNS.every((sign) => control.signs[sign] > 0);
const holds = sees && Object.values(tally.counts).every((count) => count === 0);
for (const { kind, what } of tally.told.slice(0, 40)) console.error(kind, what);
for (const number of control.silent) console.error("does nothing anywhere:", JSON.stringify(PAYLOADS[number](number)));
if (process.argv.includes("--fields")) for (const [field, { had }] of fields) console.error(had.size, field, stood.has(field) ? "" : "(not on a page)");
console.log(
  JSON.stringify({
    payloads: PAYLOADS.length,
    fields: fields.length,
    fields_with_every_payload: fields.filter(([, { had }]) => had.size === TEXTS.length).length,
    fields_on_a_page: stood.size,
    turns: turns.length,
    pages: tally.pages,
    looks: tally.looks,
    pressed: tally.pressed,
    cards_opened: tally.cards,
    ...tally.counts,
    control: { armed: control.armed.length, silent: control.silent.length, ...control.signs, stopped_by_csp: control.stopped, ran_in_spite_of_csp: control.ran_in_spite },
    seconds: seconds(),
    holds,
  }),
);
process.exitCode = holds ? 0 : 1;
