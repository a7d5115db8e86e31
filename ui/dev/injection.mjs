/**
 * Tries to make a text from the PBX or the MIS run: every field of every screen gets every payload, under the windows'
 * policy and without any, where only the pages' own care is left. Says what came of it in one line of JSON, and fails when
 * anything ran. `--small`: every tenth turn; `--every=N`: every so-many-th. `--turn=N`: that one. `--fields`: what was filled.
 */
import { launch } from "./browser.mjs";
import { FakeShell } from "./fake-shell.mjs";
import { anew, lookAt, pictures, screens } from "./hostile.mjs";
import { CSP, MockDesk } from "./mock.mjs";
import { PAYLOADS, TEXTS } from "./payloads.mjs";
import { Poison } from "./poison.mjs";
import { careless } from "./unsafe.mjs";
import { Watch } from "./watch.mjs";

/** Foreign hosts must not be found; that somebody asked for one is seen all the same. */
const NO_OUTSIDE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
/** A card's address is not opened by the page, so its command is watched. */
const RUNS = /^[\s\0-\x1f]*(javascript|data|file|vbscript|blob|about|view-source):/i;

/**
 * Both pages show everything every time. What is pressed is pressed without the policy, where nothing but the page's care
 * is in the way, and with it every so many turns.
 */
const PRESSED_ON_BOTH = 4;

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

  add(watch) {
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

/** A screen's desk and its two pages, with the policy and without it; they stay for all turns. */
class Stage {
  views = [];

  async open(browser, page) {
    this.desk = await new MockDesk({}).start();
    for (const bare of [false, true]) {
      const context = await browser.newContext({ locale: "ru-RU", timezoneId: "Europe/Moscow", viewport: page === "pop" ? { width: 460, height: 900 } : { width: 1280, height: 900 }, reducedMotion: "reduce" });
      const watch = await Watch.of(context);
      const tab = await context.newPage();
      tab.setDefaultTimeout(30_000);
      this.views.push({ context, tab, watch, bare, url: bare ? this.desk.url(page).replace(".html", ".html?bare") : this.desk.url(page) });
    }
    return this;
  }

  /** Shows the screen from the beginning. `both`: pressed on both pages, else where no policy helps. */
  async show(screen, { poison, tally, both }) {
    const { desk, views } = this;
    desk.load(screen.picture);
    [desk.shell, desk.answer] = [new FakeShell(), screen.answer];
    screen.prepare?.(desk);
    const told = (value, path) => poison.told(value, path);
    [desk.telling, desk.hearing] = [told, (value) => poison.heard(value)];
    const tabs = (work) => Promise.all(views.map(({ tab }) => work(tab)));
    const look = (how, before) =>
      Promise.all(
        views.map(async ({ tab, watch, bare }) => {
          // A screen that does not come is a finding too.
          await before(tab)
            .then(() => lookAt(tab, bare || both ? how : { ...how, limit: 0 }))
            .then((seen) => tally.look(watch, seen))
            .catch((error) => watch.count("errors", error));
        }),
      );
    // A page that was led away or broke down is a finding; the next turn begins at home again.
    await Promise.all(views.map((view) => begin(view, tally)))
      .then(() => screen.visit({ tabs, desk, look, told }))
      .catch((error) => views[0].watch.count("errors", error));
    tally.cardsOpened(desk.shell.asked);
  }

  async close(tally) {
    for (const { context, watch } of this.views) {
      await context.close();
      tally.add(watch);
    }
    await this.desk.stop();
  }
}

/** The page anew, with nothing remembered. */
async function begin({ tab, url }, tally) {
  tally.pages += 1;
  return tab.url().split("#")[0] === url.split("#")[0] ? anew(tab) : tab.goto(url);
}

const small = process.argv.includes("--small");
const only = process.argv.find((word) => /^--turn=\d+$/.test(word))?.slice(7);
const every = Number(process.argv.find((word) => /^--every=\d+$/.test(word))?.slice(8) ?? (small ? 10 : 1));
const wanted = (n) => (only === undefined ? n % every === 0 : n === Number(only));
const turns = TEXTS.map((_, turn) => turn).filter(wanted);
const begun = Date.now();
const seconds = () => Math.round((Date.now() - begun) / 1_000);
const browser = await launch([NO_OUTSIDE]);
const poison = new Poison();
const tally = new Tally();
const stages = [];
let control;
try {
  control = await careless(browser, CSP, [...PAYLOADS.keys()].filter(wanted));
  for (const { page } of screens(begun, pictures(begun))) stages.push(await new Stage().open(browser, page));
  for (const [index, turn] of turns.entries()) {
    poison.turn(turn);
    const now = Date.now();
    const how = { poison, tally, both: index % PRESSED_ON_BOTH === 0 };
    // Most of the time a page is waited for: they go side by side.
    await Promise.all(screens(now, pictures(now)).map((screen, which) => stages[which].show(screen, how)));
    if (process.stderr.isTTY) process.stderr.write(`\r${turn + 1}/${TEXTS.length}, ${seconds()} s `);
  }
} finally {
  for (const stage of stages) await stage.close(tally);
  await browser.close();
}

const fields = [...poison.fields];
const stood = new Set(poison.fieldsOf(tally.stood));
// A detector that sees nothing where everything runs proves nothing.
const SIGNS = small || only !== undefined ? ["ran", "planted"] : ["ran", "dialogs", "popups", "navigated", "outside", "planted", "offered", "polluted"];
const sees = control.silent.length === 0 && control.stopped > 0 && control.ran_in_spite === 0 && SIGNS.every((sign) => control.signs[sign] > 0);
// Each turn has another payload for each field; after as many turns as there are texts, it had them all.
const inEveryTurn = fields.filter(([, { had }]) => had.size >= turns.length).length;
// Some are told only when something is pressed, which a busy machine may do too late once.
const filled = inEveryTurn >= 0.95 * fields.length && stood.size > 0.5 * fields.length;
const holds = sees && (filled || only !== undefined) && Object.values(tally.counts).every((count) => count === 0);
for (const { kind, what } of tally.told.slice(0, 40)) console.error(kind, what);
for (const number of control.silent) console.error("does nothing anywhere:", JSON.stringify(PAYLOADS[number](number)));
if (process.argv.includes("--fields")) for (const [field, { had }] of fields) console.error(had.size, field, stood.has(field) ? "" : "(not on a page)");
console.log(
  JSON.stringify({
    payloads: PAYLOADS.length,
    fields: fields.length,
    fields_in_every_turn: inEveryTurn,
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
