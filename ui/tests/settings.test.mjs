/** The settings window. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { deskState } from "../dev/scenarios.mjs";
import { closeBrowser, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const state = (page, name) => page.locator(`[data-testid=save-state][data-state=${name}]`).waitFor();

test("what is typed is saved, and secrets never come back", () =>
  withWindow("settings", {}, async (page, desk) => {
    await state(page, "clean");
    assert.ok(await page.getByTestId("save").isDisabled());
    await page.getByTestId("field-api-salt").fill("тайна");
    await page.getByTestId("field-groups").fill("300; 301 302");
    await page.getByTestId("field-extension").fill(" 205 ");
    await state(page, "dirty");
    await page.getByTestId("save").click();
    await state(page, "saved");
    const { file, secrets } = desk.shell.last("settings_save");
    assert.deepEqual(secrets, { vpbx_api_salt: "тайна" }, "an untouched secret is not sent");
    assert.deepEqual(file.desk, { extension: "205", groups: ["300", "301", "302"], pop: "mine" });
    assert.equal(file.listener.bind, "0.0.0.0:8082");
    assert.equal(await page.getByTestId("field-api-salt").inputValue(), "");
    assert.ok(!(await page.content()).includes("тайна"));
  }));

test("an error stands beside its field, and goes when the field changes", () =>
  withWindow("settings", {}, async (page, desk) => {
    desk.shell.problems = [
      { field: "desk.extension", message: "нужны цифры" },
      { field: "listener.allow", message: "нет такого адреса" },
    ];
    await page.getByTestId("field-extension").fill("двести");
    await page.getByTestId("save").click();
    await state(page, "refused");
    await says(page.getByTestId("problem-field-extension"), "нужны цифры");
    await says(page.locator("footer"), "listener.allow: нет такого адреса");
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "field-extension");
    await page.getByTestId("field-extension").fill("201");
    assert.equal(await page.getByTestId("problem-field-extension").textContent(), "");
  }));

test("a port that is no number is said before anything is sent", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("field-port").fill("восемь");
    await page.getByTestId("save").click();
    await says(page.getByTestId("problem-field-port"), "целое число");
    assert.equal(desk.shell.count("settings_save"), 0);
    await page.getByTestId("revert").click();
    await state(page, "clean");
    assert.equal(await page.getByTestId("field-port").inputValue(), "8082");
  }));

test("the address for MANGO's cabinet follows the fields", () =>
  withWindow("settings", {}, async (page) => {
    await says(page.getByTestId("outside-address"), "http://192.168.1.20:8082/mangotelecom");
    await page.getByTestId("field-port").fill("9000");
    await page.getByTestId("field-tls").getByLabel("самоподписанный").check();
    await says(page.getByTestId("outside-address"), "https://192.168.1.20:9000/mangotelecom");
    await says(page.locator("#mango"), "перенаправьте порт 9000");
  }));

test("a check saves what is typed, then says what was tried and what came back", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("field-directory-path").fill("C:\\списки\\пациенты.csv");
    await page.getByTestId("check-directory").click();
    await says(page.getByTestId("check-directory-report"), "Узнаны столбцы: ФИО");
    await says(page.getByTestId("check-directory-report"), "Строка 17 пропущена");
    assert.deepEqual(
      desk.shell.asked.map(({ name }) => name).filter((name) => name === "settings_save" || name === "check"),
      ["settings_save", "check"],
    );
  }));

test("a refused command holds the check back and counts down", () =>
  withWindow("settings", {}, async (page, desk) => {
    desk.shell.reports.vpbx = {
      ok: false,
      steps: [{ what: "Подписанный запрос баланса", result: "подпись не принята (3102)", ok: false, advice: "Сверьте ключ с кабинетом" }],
      retry_at: new Date(Date.now() + 119_000).toISOString(),
    };
    await page.getByTestId("check-vpbx").click();
    await says(page.getByTestId("check-vpbx-report"), "Сверьте ключ с кабинетом");
    await says(page.getByTestId("check-vpbx-wait"), /Подождите 01:5\d/);
    assert.ok(await page.getByTestId("check-vpbx").isDisabled());
    assert.equal(desk.shell.count("check"), 1);
  }));

test("the desk's own pause after refusals holds the check back too", () =>
  withWindow("settings", { desk: deskState(Date.now(), { vpbx: { state: "refused", why: null, quiet_until: new Date(Date.now() + 30_000).toISOString() } }) }, async (page) => {
    await page.getByTestId("check-vpbx-wait").waitFor();
    assert.ok(await page.getByTestId("check-vpbx").isDisabled());
  }));

test("the listener's check waits for the cabinet's button and shows who knocked", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("check-listener").click();
    await says(page.getByTestId("knocks"), "Нажмите в кабинете");
    const knock = (answer) => ({ at: new Date().toISOString(), from: "81.88.86.1", path: "/mangotelecom/ping", answer });
    desk.shell.knocks.push(knock(403));
    await says(page.getByTestId("knock"), "ответили: 403");
    desk.shell.knocks.push(knock(200));
    await says(page.getByTestId("knock"), "ответили: принято");
    await says(page.getByTestId("knock").first(), "81.88.86.1");
  }));

test("a rehearsal call is one click", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("rehearse").click();
    await says(page.getByTestId("rehearsed"), "Учебный звонок начался");
    assert.ok(desk.shell.last("rehearsal_call").scenario);
  }));

test("language and theme change at once, in other windows too", () =>
  withWindow("settings", {}, async (page, desk) => {
    const other = await page.context().newPage();
    await other.goto(desk.url("index"));
    await page.getByTestId("field-language").getByLabel("English").check();
    await page.getByTestId("field-theme").getByLabel("Тёмная").check();
    await page.getByTestId("save").click();
    await says(page.locator("h1"), "Settings");
    await says(other.locator("main"), "Nobody is calling right now");
    assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), "dark");
  }));

test("a locked keyring is a notice, and a recovery code is shown to be kept", () =>
  withWindow(
    "settings",
    {},
    async (page) => {
      await says(page.getByTestId("keyring"), "Хранилище паролей заперто");
      await says(page.getByTestId("recovery"), "ABCD-EFGH");
      await page.getByTestId("recovery").getByRole("button", { name: "Записал" }).click();
      await page.getByTestId("recovery").waitFor({ state: "detached" });
    },
    {
      before: async (_page, desk) => {
        desk.shell.settings.keyring = { state: "locked", why: "no prompter" };
        desk.shell.settings.recovery_code = "ABCD-EFGH";
      },
    },
  ));

test("a shell that does not answer is said", () =>
  withWindow(
    "settings",
    {},
    async (page) => {
      await says(page.getByRole("alert"), "Настройки не прочитаны: disk on fire");
    },
    {
      expected: ["500"],
      before: async (_page, desk) => {
        desk.shell.command = () => {
          throw new Error("disk on fire");
        };
      },
    },
  ));
