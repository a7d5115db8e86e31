/** The first run and the diagnostics of the settings window. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { diagnosticsAnswers } from "../dev/diagnostics.mjs";
import { withRoster } from "../dev/roster.mjs";
import { call, card, deskState } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const nothingYet = { listener: { url: "http://127.0.0.1:8082/mangotelecom", last_event_at: null, accepted: 0, refused: 0, why: null } };

/** A program that was never set up. */
const fresh = (more = {}) => ({
  before: async (_page, desk) => {
    desk.answer = withRoster;
    desk.shell.settings.first_run = { is_due: true, finished: false, steps: {}, ...more };
    desk.shell.settings.secrets = { ...desk.shell.settings.secrets, vpbx_api_key: false, vpbx_api_salt: false };
  },
});
const story = (play, more) => withWindow("settings", { desk: deskState(Date.now(), nothingYet) }, play, fresh(more));
const at = (page, step) => page.locator(`[data-testid=first-run][data-step=${step}]`).waitFor();
const is = (page, step, state) => page.locator(`[data-testid=step-${step}][data-state=${state}]`).waitFor();
const knock = (desk, from, path, answer) => desk.shell.knocks.push({ at: new Date().toISOString(), from, path, answer });

test("the whole way: every step checks itself, and a rehearsal call ends it", () =>
  story(async (page, desk) => {
    await at(page, "mango");
    await says(page.getByTestId("step-mango"), "не проверено");
    assert.ok(await page.getByTestId("first-run-next").isDisabled());
    await says(page.getByTestId("first-run-why"), "Сначала проверьте");
    await page.getByTestId("field-api-key").fill("код");
    await page.getByTestId("field-api-salt").fill("соль");
    await page.getByTestId("check-vpbx").click();
    await is(page, "mango", "good");
    assert.deepEqual(desk.shell.last("settings_save").secrets, { vpbx_api_key: "код", vpbx_api_salt: "соль" });
    await page.getByTestId("first-run-next").click();

    await at(page, "listener");
    await says(page.getByTestId("door"), "Пока никого");
    await says(page.getByTestId("outside-address"), "http://192.168.1.20:8082/mangotelecom");
    knock(desk, "81.88.80.132", "/mangotelecom/ping", 200);
    await is(page, "listener", "good");
    await says(page.getByTestId("guest"), "81.88.80.132: /mangotelecom/ping — ответили: принято");
    await page.keyboard.press("Control+Enter");

    await at(page, "place");
    await page.getByTestId("field-extension").fill("205");
    await page.getByTestId("field-extension").press("Escape");
    await page.getByTestId("field-autostart").check();
    await page.getByTestId("check-desk").click();
    await is(page, "place", "good");
    await page.getByTestId("first-run-next").click();

    await at(page, "patients");
    await page.getByTestId("check-directory").click();
    await is(page, "patients", "good");
    await page.getByTestId("first-run-next").click();

    await at(page, "last");
    await page.getByTestId("first-run-call").click();
    await says(page.getByTestId("first-run-calling"), "Смотрите на всплывающее окно");
    assert.equal(desk.shell.last("rehearsal_call").scenario, "demo");
    await page.getByTestId("first-run-unseen").click();
    await says(page.getByTestId("where-to-look"), "второй монитор");
    await page.getByTestId("first-run-call").click();
    await page.getByTestId("first-run-seen").click();
    await says(page.getByTestId("first-run-done"), "Готово");
    const done = await eventually(() => [desk.shell.last("first_run_keep").done].find((kept) => kept.finished), "the end");
    assert.deepEqual(done, { finished: true, steps: { mango: "good", listener: "good", place: "good", patients: "good" } });
    assert.equal(desk.shell.settings.window.autostart, true);
    await page.getByTestId("first-run-to-settings").click();
    await page.getByTestId("save").waitFor();
  }));

test("a failing check says so, holds the way back and counts down; the way past is a knowing one", () =>
  story(async (page, desk) => {
    desk.shell.reports.vpbx = {
      ok: false,
      steps: [{ what: "Подписанный запрос баланса", result: "подпись не принята (3102)", ok: false, advice: "Сверьте ключ с кабинетом" }],
      retry_at: new Date(Date.now() + 119_000).toISOString(),
    };
    await page.getByTestId("check-vpbx").click();
    await is(page, "mango", "failed");
    await says(page.getByTestId("first-run-why"), "Исправьте, что отмечено");
    await says(page.getByTestId("check-vpbx-wait"), /Подождите 01:5\d/);
    assert.ok(await page.getByTestId("first-run-next").isDisabled());
    await page.keyboard.press("Control+Enter");
    await at(page, "mango");
    await says(page.locator(".past"), "не примет ни одной команды");
    await page.getByTestId("first-run-skip").click();
    await at(page, "listener");
    await page.keyboard.press("Alt+ArrowLeft");
    await at(page, "mango");
  }));

test("a knock that was refused, or our own, opens no door", () =>
  story(
    async (page, desk) => {
      await at(page, "listener");
      knock(desk, "127.0.0.1", "/mangotelecom/ping", 200);
      knock(desk, "81.88.80.132", "/mangotelecom/events/call", 403);
      knock(desk, "81.88.80.132", "/events/call", 404);
      await says(page.getByTestId("guest").nth(0), "этот компьютер, не в счёт");
      await says(page.getByTestId("guest").nth(1), "подпись или код не те");
      await says(page.getByTestId("guest").nth(2), "путь не тот");
      assert.ok(await page.getByTestId("first-run-next").isDisabled());
      desk.push("desk", deskState(Date.now(), { listener: { ...nothingYet.listener, last_event_at: new Date().toISOString(), accepted: 1 } }));
      await is(page, "listener", "good");
      await says(page.getByTestId("door"), "уже приходят");
    },
    { steps: { mango: "good" } },
  ));

test("what was put off is remembered and shown until it is mended", () =>
  story(
    async (page, desk) => {
      await at(page, "listener");
      await says(page.getByTestId("first-run-skip"), "Пропустить: звонки не будут всплывать");
      await page.getByTestId("first-run-skip").click();
      await at(page, "place");
      await eventually(() => desk.shell.last("first_run_keep")?.done.steps.listener === "skipped", "the step put off");
      await page.getByTestId("first-run-leave").click();
      await says(page.getByTestId("put-off"), "не узнает ни об одном звонке");
      const other = await page.context().newPage();
      await other.goto(desk.url("index"));
      await says(other.getByTestId("put-off"), "звонки не всплывают");
      desk.push("desk", deskState(Date.now(), { listener: { ...nothingYet.listener, last_event_at: new Date().toISOString(), accepted: 1 } }));
      await eventually(async () => (await page.getByTestId("put-off").count()) === 0 && (await other.getByTestId("put-off").count()) === 0);
    },
    { steps: { mango: "good" } },
  ));

test("closed in the middle, it opens at the first step that is not done, with what was typed", () =>
  story(async (page, desk) => {
    await page.getByTestId("field-api-base").fill("https://pbx.example/vpbx/");
    await page.getByTestId("check-vpbx").click();
    await is(page, "mango", "good");
    await page.reload();
    await at(page, "listener");
    await page.getByTestId("first-run-back").click();
    assert.equal(await page.getByTestId("field-api-base").inputValue(), "https://pbx.example/vpbx/");
    // What is changed must be checked again.
    await page.getByTestId("field-api-base").fill("https://other.example/vpbx/");
    await is(page, "mango", "open");
    assert.ok(await page.getByTestId("first-run-next").isDisabled());
    await eventually(() => desk.shell.settings.first_run.steps.mango === undefined, "the step open again");
    desk.shell.problems = [{ field: "vpbx.api_base", message: "это не адрес" }];
    await page.getByTestId("first-run-skip").click();
    await says(page.getByTestId("first-run-why"), "не сохранено");
    await at(page, "mango");
  }));

test("it can be gone through again from the settings, and works at 200 %", () =>
  withWindow(
    "settings",
    {},
    async (page) => {
      await page.getByTestId("open-first-run").click();
      await at(page, "mango");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.ok(!wide, "nothing is cut off");
    },
    { viewport: { width: 640, height: 360 }, before: async (_page, desk) => void (desk.answer = withRoster) },
  ));

test("the way of a call is told with a judgement, and the report is a link where nothing can save it", () =>
  withWindow(
    "settings",
    {},
    async (page, desk) => {
      await says(page.getByTestId("way").first(), "+7 9•• •••-••-01");
      await says(page.getByTestId("judgement").nth(0), "МИС ответила за 2,9 с: медленно");
      await says(page.getByTestId("judgement").nth(1), "Всё вовремя");
      await says(page.getByTestId("counters"), "событий принято");
      await page.getByTestId("bundle").click();
      const link = page.getByTestId("bundled").getByRole("link");
      assert.match(await link.getAttribute("href"), /^http:\/\/127\.0\.0\.1:\d+\/file\//);
      desk.answer = (request) => (request.do === "support_bundle" ? { error: { code: "bad_request", message: "не хватило места", vpbx_result: null, until: null } } : diagnosticsAnswers(Date.now())(request));
      await page.getByTestId("bundle").click();
      await says(page.locator(".bundle"), "не хватило места");
    },
    { before: async (_page, desk) => void (desk.answer = diagnosticsAnswers(Date.now())) },
  ));

test("a window says once that a new call stands on the screen, and never of a rehearsal", () =>
  withWindow("index", {}, async (page, desk) => {
    await page.getByTestId("search").waitFor();
    const ringing = call(Date.now(), "new", "+79005550101", card("looking"));
    desk.push("call", { ...ringing, id: "rehearsed", rehearsal: true });
    desk.push("call", ringing);
    await eventually(() => desk.asked("shown").length === 1);
    desk.push("call", { ...ringing, state: "talking" });
    await page.waitForTimeout(200);
    assert.deepEqual(desk.asked("shown").map((request) => request.with.call), ["new"]);
  }));
