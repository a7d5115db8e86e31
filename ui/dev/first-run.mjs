/** What is photographed of the first run and of diagnostics: `[file, page, scenario, viewport, what to do before, scale, the whole page]`. */
import { deskState } from "./scenarios.mjs";

const WINDOW = { width: 1280, height: 720 };

/** A program that was never set up, with these steps behind. */
const at = (steps, then) => async (page, desk) => {
  desk.shell.settings = { ...desk.shell.settings, first_run: { is_due: true, finished: false, steps } };
  desk.picture.desk = deskState(desk.now, { listener: { url: "http://127.0.0.1:8082/mangotelecom", last_event_at: null, accepted: 0, refused: 0, why: null } });
  await page.reload();
  await page.getByTestId("first-run").waitFor();
  await then?.(page, desk);
};

const failing = (section, testid) => async (page, desk) => {
  desk.shell.reports[section] = FAILED[section];
  await page.getByTestId(testid).click();
  await page.getByTestId(`${testid}-report`).waitFor();
};

const checked = (testid) => async (page) => {
  await page.getByTestId(testid).click();
  await page.getByTestId(`${testid}-report`).waitFor();
};

const FAILED = {
  vpbx: {
    ok: false,
    steps: [{ what: "Подписанный запрос баланса", result: "MANGO не приняла подпись (3102)", ok: false, advice: "Сверьте «Ключ для создания подписи» с кабинетом: там при смене меняются оба значения" }],
    retry_at: null,
  },
  desk: { ok: false, steps: [{ what: "Внутренний номер", result: "не указан", ok: false, advice: "Без него не перезвонить одним щелчком: впишите внутренний номер телефона на этом столе" }], retry_at: null },
  directory: {
    ok: false,
    steps: [
      { what: "Файл", result: "C:\\Выгрузка\\пациенты.csv: такого файла нет", ok: null, advice: null },
      { what: "Поиск пациентов", result: "не работает", ok: false, advice: "Исправьте то, что названо последним выше, и проверьте ещё раз" },
    ],
    retry_at: null,
  },
};

const good = (...names) => Object.fromEntries(names.map((name) => [name, "good"]));

async function knocked(page, desk) {
  await page.clock.resume();
  const knock = (from, path, answer) => desk.shell.knocks.push({ at: new Date(Date.now() + 3_600_000 * 24 * 365).toISOString(), from, path, answer });
  knock("127.0.0.1", "/mangotelecom/ping", 200);
  knock("81.88.80.132", "/mangotelecom/events/call", 403);
  if (desk.shell.opened) knock("81.88.80.132", "/mangotelecom/ping", 200);
  await page.getByTestId("guest").nth(1).waitFor();
}

async function called(page) {
  await page.getByTestId("first-run-call").click();
  await page.getByTestId("first-run-seen").click();
  await page.getByTestId("first-run-done").waitFor();
}

async function unseen(page) {
  await page.getByTestId("first-run-call").click();
  await page.getByTestId("first-run-unseen").click();
}

const opened = async (page, desk) => {
  desk.shell.opened = true;
  await knocked(page, desk);
};

const ALL = ["mango", "listener", "place", "patients"];

/** In every theme and language. */
export const FIRST_RUN_MATRIX = [
  ["first-run-mango", "settings", "desk", WINDOW, at({}), 1, true],
  ["first-run-listener", "settings", "desk", WINDOW, at(good("mango"), opened), 1, true],
  ["diagnostics", "settings", "desk", WINDOW, (page) => page.locator("#diagnostics").evaluate((section) => section.scrollIntoView({ block: "start" }))],
];

/** Once: Russian and light. */
export const FIRST_RUN_ONCE = [
  ["first-run-mango-good", "settings", "desk", WINDOW, at({}, checked("check-vpbx")), 1, true],
  ["first-run-mango-failing", "settings", "desk", WINDOW, at({}, failing("vpbx", "check-vpbx")), 1, true],
  ["first-run-listener-failing", "settings", "desk", WINDOW, at(good("mango"), knocked), 1, true],
  ["first-run-place", "settings", "desk", WINDOW, at(good("mango", "listener"), checked("check-desk")), 1, true],
  ["first-run-place-failing", "settings", "desk", WINDOW, at({ mango: "good", listener: "skipped" }, failing("desk", "check-desk")), 1, true],
  ["first-run-patients", "settings", "desk", WINDOW, at(good("mango", "listener", "place"), checked("check-directory")), 1, true],
  ["first-run-patients-failing", "settings", "desk", WINDOW, at(good("mango", "listener", "place"), failing("directory", "check-directory")), 1, true],
  ["first-run-call", "settings", "desk", WINDOW, at(good(...ALL), called)],
  ["first-run-unseen", "settings", "desk", WINDOW, at({ ...good(...ALL), listener: "skipped" }, unseen)],
  ["first-run-put-off", "settings", "desk", WINDOW, at({ ...good(...ALL), listener: "skipped" }, (page) => page.getByTestId("first-run-leave").click())],
  ["first-run-zoom200", "settings", "desk", { width: 640, height: 360 }, at({}), 2],
];
