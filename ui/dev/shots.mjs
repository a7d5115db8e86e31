/** Every screen there is: which page, before which desk, and what was done to get there. */
import { launch } from "./browser.mjs";
import { diagnosticsAnswers } from "./diagnostics.mjs";
import { FIRST_RUN_MATRIX, FIRST_RUN_ONCE } from "./first-run.mjs";
import { bigRoster, Past, pastPicture, withPast } from "./history.mjs";
import { misAnswers, misScenarios } from "./mis.mjs";
import { MockDesk } from "./mock.mjs";
import { showKind, SHOWN_KINDS } from "./patients.mjs";
import { roster } from "./roster.mjs";
import { answered, deed, ended, leg, notices, scenarios, tell } from "./scenarios.mjs";

const NOW = Date.parse("2026-10-13T06:41:07.000Z");
const POP = { width: 460, height: 720 };
const SMALL = { width: 1280, height: 720 };
const LARGE = { width: 1920, height: 1080 };

/** [file, page, scenario, viewport, what to do before, scale, the whole page]: in every theme and language. */
const MATRIX = [
  ["pop-one", "pop", "one", POP],
  ["pop-several", "pop", "several", POP],
  ["pop-unknown", "pop", "unknown", POP],
  ["pop-mis-down", "pop", "mis-down", POP],
  ["pop-last-chosen", "pop", "last-chosen", POP],
  ["pop-mis-old", "pop", "mis-old", POP],
  ["pop-mis-silent", "pop", "mis-silent", POP],
  ["pop-visit", "pop", "visit", POP],
  ["pop-new", "pop", "newcomer", POP, fillNew],
  ["pop-booking", "pop", "book", POP, book],
  ["pop-five", "pop", "five", POP],
  ["pop-twelve", "pop", "twelve", POP],
  ["desk-twelve", "index", "twelve", SMALL],
  ["desk", "index", "desk", SMALL],
  ["desk-large", "index", "desk", LARGE],
  ["settings", "settings", "desk", SMALL, undefined, 1, true],
  ...FIRST_RUN_MATRIX,
  ["desk-forty", "index", "forty", SMALL],
  ["desk-postponed", "index", "forty", SMALL, postponed],
  ["desk-keys", "index", "desk", SMALL, (page) => page.getByTestId("missed-row").first().waitFor().then(() => page.keyboard.press("F1"))],
  ["pop-wrap-up", "pop", "wrapping", POP, wrapUp],
  ["pop-last-words", "pop", "last-words", POP],
  ["history", "index", "past", SMALL, history()],
  ["history-details", "index", "past", SMALL, details],
  ["person", "index", "past", SMALL, person],
  ["numbers-day", "index", "past", SMALL, numbers("today"), 1, true],
  ["numbers-month", "index", "past-large", SMALL, numbers("month"), 1, true],
];

/** What is photographed once: Russian and light. */
const ONCE = [
  ["pop-chosen", "pop", "chosen", POP],
  ["pop-long", "pop", "long", POP],
  ["pop-hidden", "pop", "hidden", POP],
  ["pop-note", "pop", "talking", POP, (page) => page.getByTestId("note-open").click()],
  ["pop-dialling", "pop", "dialling", POP],
  ["pop-missed", "pop", "one", POP, miss],
  ["pop-taken", "pop", "one", POP, take],
  ["pop-actions", "pop", "actions", POP, (page) => page.getByTestId("more-actions").click()],
  ["pop-transfer", "pop", "actions", POP, (page) => page.getByTestId("transfer-open").click().then(() => page.getByTestId("transfer-find").press("ArrowDown"))],
  ["pop-handing", "pop", "actions", POP, hand],
  ["pop-came-back", "pop", "actions", POP, comeBack],
  ["pop-consult", "pop", "consult", POP],
  ["pop-held", "pop", "actions", POP, hold],
  ["pop-sms", "pop", "actions", POP, write],
  ["pop-listening", "pop", "listening", POP, listen],
  ["pop-stranger", "pop", "stranger", POP],
  ["pop-why", "pop", "why", POP, (page) => page.getByTestId("how").locator("summary").click()],
  ["pop-visit-cancel", "pop", "visit", POP, cancelVisit],
  ["pop-gaps", "pop", "gaps", POP],
  ["pop-found-by-hand", "pop", "newcomer", POP, attach],
  ["pop-newcomer", "pop", "newcomer", POP],
  ["pop-new-by-hand", "pop", "newcomer-by-hand", POP, (page) => page.getByTestId("new-open").click()],
  ["pop-note-whose", "pop", "last-chosen", POP, (page) => page.getByTestId("note-open").click()],
  ...SHOWN_KINDS.map((kind) => [`settings-patients-${kind}`, "settings", "desk", SMALL, (page, desk) => showKind(kind, page, desk)]),
  ["desk-transfer", "index", "desk", SMALL, (page) => page.getByTestId("transfer-open").click().then(() => page.getByTestId("transfer-find").fill("а"))],
  ["desk-morning", "index", "morning", SMALL],
  ["desk-trouble", "index", "desk-trouble", SMALL],
  ["desk-empty", "index", "empty", SMALL],
  ["desk-link", "index", "desk", SMALL, follow],
  ["desk-notices", "index", "desk", SMALL, notify],
  ["desk-notices-zoom200", "index", "desk", { width: 640, height: 360 }, notify, 2],
  ["desk-paused", "index", "desk", SMALL, beQuiet],
  ["desk-pause", "index", "desk", SMALL, (page) => page.getByTestId("pause-open").click()],
  ["desk-search", "index", "desk", SMALL, searchFor("иванов")],
  ["desk-zoom200", "index", "desk", { width: 640, height: 360 }, undefined, 2],
  ["desk-selected", "index", "forty", SMALL, select],
  ["desk-postpone", "index", "desk", SMALL, (page) => page.getByTestId("postpone").first().click().then(() => page.getByTestId("postpone-time").fill("1430"))],
  ["desk-forty-zoom200", "index", "forty", { width: 640, height: 360 }, undefined, 2],
  ["desk-unfinished", "index", "forty", LARGE, unfinished],
  ["pop-keys", "pop", "one", POP, (page) => page.getByTestId("pop-card").waitFor().then(() => page.keyboard.press("?")), 1, false],
  ["pop-not-saved", "pop", "wrapping", POP, notSaved],
  ["settings-wrap-up", "settings", "desk", SMALL, (page) => page.locator("#wrap-up").evaluate((section) => section.scrollIntoView({ block: "start" }))],
  ["history-large", "index", "past-large", LARGE, details],
  ["history-zoom200", "index", "past", { width: 640, height: 360 }, details, 2, true],
  ["history-nothing", "index", "past", SMALL, history("вчера нетакогослова")],
  ["history-export", "index", "past", SMALL, exporting],
  ["person-zoom200", "index", "past", { width: 640, height: 360 }, person, 2, true],
  ["numbers-large", "index", "past", LARGE, numbers("week")],
  ["numbers-zoom200", "index", "past", { width: 640, height: 360 }, numbers("week"), 2, true],
  ["numbers-empty", "index", "past-empty", SMALL, numbers("today")],
  ["numbers-print", "index", "past-large", { width: 703, height: 1_032 }, paper, 2, true],
  ["settings-check", "settings", "desk", SMALL, check],
  ["settings-problem", "settings", "desk", SMALL, problem],
  ["settings-mango", "settings", "desk", SMALL, checkMango],
  ["settings-place", "settings", "desk", SMALL, choose],
  ["settings-https", "settings", "desk", SMALL, certify],
  ["settings-lines", "settings", "desk", SMALL, names],
  ["settings-window", "settings", "desk", { width: 1280, height: 1000 }, manner],
  ["settings-sms", "settings", "desk", SMALL, (page) => page.locator("#sms").evaluate((section) => section.scrollIntoView({ block: "start" }))],
  ...FIRST_RUN_ONCE,
  ["settings-zoom200", "settings", "desk", { width: 640, height: 360 }, undefined, 2],
];

/** What is photographed once more in another dress. */
const ALSO = {
  "ru dark": [["pop-transfer", "pop", "actions", POP, (page) => page.getByTestId("transfer-open").click()]],
  "en light": [["pop-consult", "pop", "consult", POP]],
};

/** A call that has just ended, as its card tells it. */
async function end(page, desk) {
  const [over] = desk.picture.calls;
  desk.push("call", { ...over, state: "talking", outcome: null, legs: [leg("x", "201", "talking")] });
  await page.locator("[data-phase=talking]").waitFor();
  desk.push("call", over);
  await page.getByTestId("wrap-up").waitFor();
}

async function wrapUp(page, desk) {
  await end(page, desk);
  await page.getByTestId("note").fill("Перенесла на пятницу утром, просит напомнить накануне");
  await page.getByTestId("outcome").nth(1).click();
  await page.getByTestId("tag").nth(3).click();
  await page.locator("[data-testid=note-state][data-state=saved]").waitFor();
}

async function notSaved(page, desk) {
  await end(page, desk);
  desk.answer = (request, it) => (request.do === "note" ? { error: { code: "log_failing", message: "disk" } } : misAnswers(request, it));
  await page.getByTestId("note").fill("Перенесла на пятницу утром");
  await page.locator("[data-testid=note-state][data-state=refused]").waitFor();
}

async function postponed(page) {
  await page.getByTestId("postponed").locator("summary").click();
  await page.getByText(/Сегодня закрыто|Closed today/).click();
  await page.getByTestId("postponed").evaluate((section) => section.scrollIntoView({ block: "start" }));
}

async function select(page) {
  for (const n of [0, 1, 3]) await page.getByTestId("pick").nth(n).check({ force: true });
  await page.getByTestId("bulk-dismiss").click();
  await page.getByTestId("dismiss-2").click();
}

async function unfinished(page) {
  await page.getByTestId("unfinished").locator("summary").click();
  await page.getByTestId("finish").first().click();
  await page.getByTestId("unfinished").evaluate((section) => section.scrollIntoView({ block: "start" }));
}

function history(text = "") {
  return async (page) => {
    await page.keyboard.press("Control+2");
    await page.getByTestId("past-row").first().waitFor();
    if (text === "") return;
    await page.getByTestId("past-search").fill(text);
    await page.getByTestId("nothing-found").waitFor();
  };
}

async function details(page) {
  await history()(page);
  await page.getByTestId("past-row").filter({ hasText: "Записан" }).first().click();
  await page.getByTestId("past-call").waitFor();
}

async function person(page) {
  await history()(page);
  // Somebody who called often.
  await page.getByTestId("past-search").fill("79005550002");
  await page.getByTestId("past-row").filter({ hasText: "Соколова" }).first().click();
  await page.getByTestId("past-call").getByTestId("story-link").click();
  await page.getByTestId("story-call").first().waitFor();
}

async function exporting(page) {
  await history()(page);
  await page.getByTestId("filter-ended").selectOption("missed");
  await page.getByTestId("export-open").click();
  await page.getByTestId("export-xlsx").click();
  await page.getByTestId("export-link").waitFor();
}

function numbers(period) {
  return async (page) => {
    await page.keyboard.press("Control+3");
    await page.locator("[data-testid=numbers][data-state=shown]").waitFor();
    await page.getByTestId(`period-${period}`).check({ force: true });
    await page.waitForTimeout(1_500);
  };
}

async function paper(page) {
  await numbers("month")(page);
  await page.emulateMedia({ media: "print" });
  await page.waitForTimeout(300);
}

async function fillNew(page) {
  await page.getByTestId("new-open").click();
  await page.getByTestId("new-family").fill("Сомова");
  await page.getByTestId("new-given").fill("Ирина");
  await page.getByTestId("new-patronymic").fill("Олеговна");
  await page.getByTestId("new-born").fill("02.03.1984");
  await page.getByTestId("new-sex-female").check();
}

async function book(page) {
  await page.getByTestId("book-open").click();
  await page.getByTestId("book-day").selectOption({ index: 1 });
  await page.getByTestId("book-time").nth(4).check({ force: true });
  await page.getByTestId("book-service").selectOption({ index: 1 });
  await page.getByTestId("book-comment").fill("после ЭКГ");
}

async function attach(page) {
  await page.getByTestId("find-open").click();
  await page.getByTestId("find").fill("соколова");
  await page.getByTestId("found-person").click();
  await page.getByTestId("attach").click();
}

async function cancelVisit(page) {
  await page.getByTestId("cancel-visit").click();
  await page.getByTestId("cancel-reason").fill("заболел ребёнок");
}

async function hand(page, desk) {
  await page.getByTestId("pop-card").waitFor();
  desk.change("c1", (one) => ({ state: "ringing", may: [], legs: [...one.legs.map((each) => ({ ...each, state: "ended" })), leg("x", "202", "ringing")], deeds: [deed(NOW, "transfer", "accepted", { to: "202" })] }));
  await page.locator("[data-phase=handing]").waitFor();
}

async function comeBack(page, desk) {
  await page.getByTestId("pop-card").waitFor();
  desk.change("c1", { state: "ringing", pops: true, may: ["hang_up"], legs: [leg("x", "201", "ringing")], deeds: [deed(NOW, "transfer", "failed", { to: "202", vpbx_result: 1111, why: "Нет ответа" })] });
  await page.getByTestId("deed").waitFor();
}

async function hold(page, desk) {
  await page.getByTestId("pop-card").waitFor();
  desk.change("c1", { state: "held", may: ["hang_up"], legs: [leg("x", "201", "held")] });
  await page.getByTestId("held-hint").waitFor();
}

async function write(page) {
  await page.getByTestId("more-actions").click();
  await page.getByTestId("sms-open").click();
  await page.getByTestId("sms-template").first().click();
}

async function listen(page, desk) {
  const [over] = desk.picture.calls;
  desk.push("call", { ...over, state: "talking", outcome: null, legs: [leg("x", "201", "talking")] });
  await page.locator("[data-phase=talking]").waitFor();
  desk.push("call", over);
  await page.getByTestId("listen").click();
  await page.getByTestId("player-toggle").click();
  await page.getByTestId("player-seek").fill("37");
  await page.locator("[data-testid=player-time]").filter({ hasText: "00:37" }).waitFor();
}

async function miss(page, desk) {
  await page.getByTestId("pop-card").waitFor();
  desk.push("call", ended(desk.picture.calls[0], NOW));
  await page.getByTestId("call-back").waitFor();
}

async function take(page, desk) {
  await page.getByTestId("pop-card").waitFor();
  desk.push("call", answered(desk.picture.calls[0], NOW, "202"));
  await page.locator("[data-phase=taken]").waitFor();
}

async function problem(page, desk) {
  desk.shell.problems = [{ field: "desk.extension", message: "«двести» не номер; нужны цифры, например 201" }];
  await page.getByTestId("field-extension").fill("двести");
  await page.getByTestId("field-extension").press("Escape");
  await page.getByTestId("save").click();
  await page.locator("[data-state=refused]").waitFor();
}

async function follow(page) {
  await tell(page, "dial-link", { number: "8 (900) 555-01-88" });
  await page.getByTestId("dial-link").click();
  await page.getByTestId("dial-bar").getByTestId("dial-state").waitFor();
}

async function notify(page) {
  for (const notice of Object.values(notices)) await tell(page, "notice", notice);
  await page.getByTestId("toast").nth(2).waitFor();
}

function searchFor(text) {
  return async (page) => {
    await page.getByTestId("search").fill(text);
    await page.getByTestId("found-person").first().waitFor();
  };
}

async function checkMango(page) {
  await page.getByTestId("check-vpbx").click();
  await page.getByTestId("check-vpbx-report").waitFor();
  await page.getByTestId("field-api-salt").evaluate((field) => field.scrollIntoView({ block: "start" }));
}

async function choose(page) {
  await page.locator("[data-testid=roster][data-state=known]").waitFor();
  await page.locator("#place").evaluate((section) => section.scrollIntoView({ block: "start" }));
  await page.getByTestId("field-extension-open").click();
  await page.getByTestId("field-extension").press("ArrowDown");
}

async function names(page) {
  await page.locator("[data-testid=roster][data-state=known]").waitFor();
  await page.getByTestId("field-line").evaluate((field) => field.scrollIntoView({ block: "start" }));
}

async function manner(page) {
  await page.getByTestId("field-ring").getByLabel("тихий сигнал").check();
  await page.getByTestId("field-quiet").check();
  await page.locator("#window").evaluate((section) => section.scrollIntoView({ block: "start" }));
}

async function beQuiet(page) {
  await tell(page, "silence", { why: "paused", until: new Date(NOW + 22 * 60_000).toISOString() });
  await page.getByTestId("silence").waitFor();
}

async function certify(page, desk) {
  await page.getByTestId("field-tls").getByLabel("свой сертификат").check();
  await page.getByTestId("field-tls-cert").fill("C:\\Callpop\\chain.pem");
  await page.getByTestId("field-tls-key").fill("C:\\Callpop\\key.pem");
  await page.getByTestId("field-sources").getByLabel("Только адреса MANGO").check();
  desk.shell.problems = [{ field: "listener.tls.key", message: "Ключ не от этого сертификата. Оба файла берут из одного заказа; в C:\\Callpop\\chain.pem сертификат сервера стоит первым" }];
  await page.getByTestId("save").click();
  await page.locator("[data-state=refused]").waitFor();
  await page.getByTestId("field-tls").evaluate((field) => field.scrollIntoView({ block: "start" }));
}

async function check(page) {
  await page.getByTestId("check-directory").click();
  const report = page.getByTestId("check-directory-report");
  await report.waitFor();
  await report.scrollIntoViewIfNeeded();
}

/**
 * Opens every screen in its languages and themes and hands it over: `visit(tab, screen, { language, theme })`. The time
 * is fixed. `wanted(name, { language, theme })` says which.
 */
export async function visitScreens(wanted, visit) {
  const pasts = { past: new Past({ now: NOW, calls: 9_000, perDay: 180 }), "past-large": new Past({ now: NOW, calls: 100_000, roster: bigRoster(NOW) }), "past-empty": new Past({ now: NOW, calls: 0 }) };
  const all = { ...scenarios(NOW), ...misScenarios(NOW) };
  for (const [name, past] of Object.entries(pasts)) all[name] = pastPicture(NOW, past, name === "past" ? { calls: all.desk.calls, missed: all.desk.missed } : {});
  const browser = await launch();
  try {
    for (const language of ["ru", "en"]) {
      for (const theme of ["light", "dark"]) {
        for (const [name, page, scenario, viewport, before, scale = 1, whole = page === "pop"] of language === "ru" && theme === "light" ? [...MATRIX, ...ONCE] : [...MATRIX, ...(ALSO[`${language} ${theme}`] ?? [])]) {
          if (!wanted(name, { language, theme })) continue;
          // Each screen has a desk of its own: what one still says when it is closed does not reach the next.
          const desk = await new MockDesk(all[scenario]).start();
          desk.now = NOW;
          desk.shell.settings.secrets.vpbx_api_salt = true;
          desk.shell.settings.window = { ...desk.shell.settings.window, language, theme };
          desk.answer = page === "settings" ? diagnosticsAnswers(NOW) : scenario in pasts ? withPast(pasts[scenario]) : misAnswers;
          if (page === "settings") desk.picture.roster = roster;
          const context = await browser.newContext({ viewport, deviceScaleFactor: scale, timezoneId: "Europe/Moscow", locale: "ru-RU", reducedMotion: "reduce" });
          const tab = await context.newPage();
          tab.on("pageerror", (error) => console.error(name, error));
          tab.on("console", (message) => message.type() === "error" && console.error(name, message.text()));
          await tab.clock.setFixedTime(NOW);
          await tab.goto(desk.url(page));
          await tab.waitForLoadState("networkidle");
          await before?.(tab, desk);
          // The foot of the settings sticks to the window's end, so the window is made as high as the page.
          if (whole) await tab.setViewportSize({ ...viewport, height: await tab.evaluate(() => document.documentElement.scrollHeight) });
          await tab.waitForTimeout(50);
          await visit(tab, { name, page }, { language, theme });
          await context.close();
          await desk.stop();
        }
      }
    }
  } finally {
    await browser.close();
  }
}
