/** The settings window's part about patients: five kinds, each set up from nothing. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const state = (page, name) => page.locator(`[data-testid=save-state][data-state=${name}]`).waitFor();
const saved = (desk) => desk.shell.last("settings_save");

async function save(page) {
  await page.getByTestId("save").click();
  await state(page, "saved");
}

test("a kind shows its own fields, and what was typed for another stays", () =>
  withWindow("settings", {}, async (page, desk) => {
    await says(page.getByTestId("field-directory-kind"), "Пациенты из расписания");
    await page.getByTestId("field-directory-path").waitFor();
    await page.getByTestId("kind-mgerm").check();
    assert.equal(await page.getByTestId("field-directory-path").count(), 0);
    await page.getByTestId("field-mgerm-base").fill(" https://mis.example/_mgerm_external ");
    await page.getByTestId("field-mgerm-refresh").fill("120");
    await page.getByTestId("field-mgerm-keep").getByLabel("на диске").check();
    await page.getByText("Поля карты").click();
    await page.getByTestId("field-mgerm-card-debt").fill("$.billing.debt");
    await page.getByTestId("kind-fhir").check();
    assert.equal(await page.getByTestId("field-mgerm-base").count(), 0);
    await page.getByTestId("kind-mgerm").check();
    assert.equal(await page.getByTestId("field-mgerm-card-debt").inputValue(), "$.billing.debt");
    await save(page);
    const { directory } = saved(desk).file;
    assert.equal(directory.kind, "mgerm");
    assert.equal(directory.path, "patients.csv");
    assert.deepEqual(directory.mgerm, { base: "https://mis.example/_mgerm_external", card: { debt: "$.billing.debt" }, days_ahead: 30, days_back: 30, history_days: 730, keep: "disk", refresh_s: 120 });
    await state(page, "saved");
  }));

test("a number of days that is no number is said before anything is sent", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("kind-mgerm").check();
    await page.getByTestId("field-mgerm-days-back").fill("месяц");
    await page.getByTestId("save").click();
    await says(page.getByTestId("problem-field-mgerm-days-back"), "целое число");
    assert.equal(desk.shell.count("settings_save"), 0);
  }));

test("an address without encryption is warned about, this computer's own is not", () =>
  withWindow("settings", {}, async (page) => {
    await page.getByTestId("kind-mgerm").check();
    const warning = page.getByTestId("field-mgerm-base-open");
    await page.getByTestId("field-mgerm-base").fill("http://10.1.1.5/_mgerm_external");
    await says(warning, "Соединение не зашифровано");
    await page.getByTestId("field-mgerm-base").fill("http://127.0.0.1:8080/_mgerm_external");
    await warning.waitFor({ state: "detached" });
    await page.getByTestId("field-mgerm-base").fill("https://10.1.1.5/_mgerm_external");
    assert.equal(await warning.count(), 0);
  }));

test("the directory's secret goes in and never comes back, whatever it is called", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("kind-fhir").check();
    assert.equal(await page.getByTestId("field-directory-token").count(), 0, "no password, no field");
    await page.getByTestId("field-fhir-auth").getByLabel("клиент и секрет").check();
    await says(page.locator("#patients"), "Секрет клиента");
    await page.getByTestId("field-fhir-client").fill("callpop");
    await page.getByTestId("field-directory-token").fill("тайна");
    await save(page);
    assert.deepEqual(saved(desk).secrets, { directory_token: "тайна" });
    assert.equal(saved(desk).file.directory.fhir.auth, "client-credentials");
    assert.equal(await page.getByTestId("field-directory-token").inputValue(), "");
    assert.ok(!(await page.content()).includes("тайна"));
    await says(page.locator("#patients"), "Сохранён в хранилище паролей");
    // A private key has several lines, and they are kept.
    await page.getByTestId("field-fhir-auth").getByLabel("SMART").check();
    await page.getByTestId("field-directory-token").fill("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
    await page.getByTestId("field-fhir-scopes").fill("system/Patient.read, system/Appointment.read");
    await page.getByTestId("field-fhir-write").check();
    await save(page);
    assert.equal(saved(desk).secrets.directory_token, "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----");
    assert.deepEqual(saved(desk).file.directory.fhir.scopes, ["system/Patient.read", "system/Appointment.read"]);
    assert.equal(saved(desk).file.directory.fhir.write, true);
  }));

test("an API is a preset, or a description whose mistakes stand beside it", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("kind-http").check();
    await page.getByTestId("field-http-text").fill('[person]\nid = "$["');
    desk.shell.problems = [{ field: "directory.http.person.id", message: "не JSONPath" }];
    await page.getByTestId("save").click();
    await says(page.getByTestId("problem-field-http-text"), "person.id: не JSONPath");
    assert.ok(!(await page.locator("footer").innerText()).includes("person.id"), "said once");
    await page.getByTestId("field-http-text").fill('[person]\nid = "$.id"');
    assert.equal(await page.getByTestId("problem-field-http-text").textContent(), "");
    desk.shell.problems = [];
    await page.getByTestId("field-http-preset").selectOption("gnu-health");
    await page.getByTestId("field-http-base").fill("https://mis.example/health");
    await page.getByTestId("field-http-auth").fill("session callpop");
    await save(page);
    assert.deepEqual(saved(desk).file.directory.http, { auth: "session callpop", base: "https://mis.example/health", preset: "gnu-health", text: '[person]\nid = "$.id"' });
  }));

test("a database: the usual queries by one click, a view to copy, no password for a file", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("kind-sql").check();
    await page.getByTestId("field-sql-url").fill("sqlite:patients.db");
    assert.equal(await page.getByTestId("field-directory-token").count(), 0);
    await page.getByTestId("field-sql-url").fill("postgres://mis_reader@192.168.1.10/health");
    await page.getByTestId("field-directory-token").waitFor();
    await page.getByTestId("sql-usual").click();
    await page.getByText("Примеры представлений").click();
    await page.getByTestId("copy-view-gnu-health").click();
    await eventually(() => /create (or replace )?view/i.test(desk.shell.last("copy_text")?.text ?? ""));
    await save(page);
    const { query, search, url } = saved(desk).file.directory.sql;
    assert.match(query, /^select \* from callpop\.patients\nwhere .*:phone10/);
    assert.match(search, /:text/);
    assert.equal(url, "postgres://mis_reader@192.168.1.10/health");
  }));

test("a list stands behind any MIS, and none behind a file", () =>
  withWindow("settings", {}, async (page, desk) => {
    assert.equal(await page.getByTestId("field-fallback").count(), 0);
    await page.getByTestId("kind-mgerm").check();
    await page.getByTestId("field-fallback").check();
    await page.getByTestId("field-directory-path").fill("запас.csv");
    await page.getByTestId("field-timeout").fill("1500");
    await page.getByTestId("field-certificate").fill("C:\\clinic-ca.pem");
    await page.getByTestId("field-open-url").fill("");
    await save(page);
    const { fallback, path, timeout_ms, certificate, open_url } = saved(desk).file.directory;
    assert.deepEqual({ fallback, path, timeout_ms, certificate, open_url }, { fallback: "file", path: "запас.csv", timeout_ms: 1500, certificate: "C:\\clinic-ca.pem", open_url: "" });
  }));

test("a check of a kind saves it first; its failure says what to do", () =>
  withWindow("settings", {}, async (page, desk) => {
    desk.shell.reports.directory = { ok: false, steps: [{ what: "МИС", result: "ключ не принят (401)", ok: false, advice: "Впишите новый токен" }], retry_at: null };
    await page.getByTestId("kind-fhir").check();
    await page.getByTestId("field-fhir-base").fill("https://mis.example/fhir");
    await page.getByTestId("check-directory").click();
    await says(page.getByTestId("check-directory-report"), "Впишите новый токен");
    assert.equal(saved(desk).file.directory.fhir.base, "https://mis.example/fhir");
  }));

test("a number is tried: who was found, how long it took, every step, markup as text", () =>
  withWindow("settings", {}, async (page, desk) => {
    desk.shell.trial = { ...desk.shell.trial, people: ["<img src=x onerror=window.ran=1>"] };
    assert.ok(await page.getByTestId("try").isDisabled());
    await page.getByTestId("try-number").fill(" 8 (900) 555-01-01 ");
    await page.getByTestId("try-number").press("Enter");
    await says(page.getByTestId("trial"), "Найдено: 1 пациент");
    await says(page.getByTestId("trial"), "за 186 мс");
    await says(page.getByTestId("trial-person"), "<img src=x");
    await says(page.getByTestId("trial-why"), "совпали 10 цифр");
    assert.equal(await page.getByTestId("trial-step").count(), 3);
    assert.equal(await page.evaluate(() => window.ran), undefined);
    assert.equal(desk.shell.last("try_number").number, "8 (900) 555-01-01");
    assert.equal(desk.shell.count("settings_save"), 0, "nothing was changed, nothing is saved");
    desk.shell.trial = { steps: [], people: [], why: null, error: "МИС не отвечает: нет такого адреса", took_ms: 12 };
    await page.getByTestId("try").click();
    await says(page.locator("[data-testid=trial][data-ok=false]"), "МИС не отвечает: нет такого адреса");
    desk.shell.trial = { steps: [], people: [], why: "номера нет в расписании", error: null, took_ms: 12 };
    await page.getByTestId("kind-mgerm").check();
    await page.getByTestId("try").click();
    await says(page.getByTestId("trial"), "Никого с этим номером");
    assert.equal(saved(desk).file.directory.kind, "mgerm", "what is typed is kept before it is tried");
  }));
