/** The settings window. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { roster, withRoster } from "../dev/roster.mjs";
import { deskState } from "../dev/scenarios.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

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
    await page.getByTestId("field-ask-about").check();
    await state(page, "dirty");
    await page.getByTestId("save").click();
    await state(page, "saved");
    const { file, secrets } = desk.shell.last("settings_save");
    assert.deepEqual(secrets, { vpbx_api_salt: "тайна" }, "an untouched secret is not sent");
    assert.deepEqual(file.desk, { extension: "205", groups: ["300", "301", "302"], pop: "mine", line: "", auto_answer: false });
    assert.equal(file.listener.bind, "0.0.0.0:8082");
    assert.equal(file.vpbx.ask_about_callers, true);
    assert.equal(await page.getByTestId("field-api-salt").inputValue(), "");
    assert.ok(!(await page.content()).includes("тайна"));
  }));

test("an error stands beside its field, and goes when the field changes", () =>
  withWindow("settings", {}, async (page, desk) => {
    desk.shell.problems = [
      { field: "desk.extension", message: "нужны цифры" },
      { field: "feed.bind", message: "нет такого адреса" },
    ];
    await page.getByTestId("field-extension").fill("двести");
    await page.getByTestId("save").click();
    await state(page, "refused");
    await says(page.getByTestId("problem-field-extension"), "нужны цифры");
    await says(page.locator("footer"), "feed.bind: нет такого адреса");
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
    await says(page.getByTestId("self-signed"), "listener-cert.pem");
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
    assert.equal(desk.shell.last("rehearsal_call").scenario, "demo");
    await page.getByTestId("rehearse-what").selectOption({ label: "ждёт в очереди, можно забрать" });
    await page.getByTestId("rehearse").click();
    await eventually(() => desk.shell.last("rehearsal_call").scenario === "queue-wait");
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

/** A PBX that tells its lists; both secrets are kept. */
const known = {
  before: async (_page, desk) => {
    desk.answer = withRoster;
    desk.shell.settings.secrets.vpbx_api_salt = true;
  },
};

test("extension, groups and line are chosen from the PBX's lists", () =>
  withWindow(
    "settings",
    {},
    async (page, desk) => {
      await page.locator("[data-testid=roster][data-state=known]").waitFor();
      await says(page.getByTestId("roster"), "5 сотрудников, 2 группы, 3 линии");
      await says(page.getByTestId("field-extension-chosen"), "Анна Ким, регистратура");
      // By keyboard alone.
      const extension = page.getByTestId("field-extension");
      await extension.focus();
      assert.equal(await page.getByTestId("field-extension-list").isVisible(), false, "passing by opens nothing");
      await extension.press("ArrowDown");
      await says(page.getByTestId("field-extension-list"), "202 — Ольга Белова, регистратура");
      await extension.press("ArrowDown");
      await extension.press("Enter");
      assert.equal(await extension.inputValue(), "202");
      await says(page.getByTestId("field-extension-chosen"), "Ольга Белова, регистратура");
      assert.equal(await page.getByTestId("field-extension-list").isVisible(), false);
      // By name.
      await extension.fill("сомов");
      await extension.press("Enter");
      assert.equal(await extension.inputValue(), "203");
      // Groups, with their people.
      await says(page.getByTestId("groups"), "300 — Регистратура, 3 человека");
      await page.getByTestId("groups").getByLabel("400 — Врачи").check();
      assert.equal(await page.getByTestId("field-groups").inputValue(), "300, 400");
      await page.getByTestId("groups").getByLabel("300 — Регистратура").uncheck();
      // The line by mouse.
      await page.getByTestId("field-line-open").click();
      await page.getByTestId("field-line-list").getByRole("option", { name: "+7 499 555-01-98 — Основной" }).click();
      await says(page.getByTestId("field-line-chosen"), "Основной");
      await page.getByTestId("field-auto-answer").check();
      await page.getByTestId("save").click();
      await state(page, "saved");
      assert.deepEqual(desk.shell.last("settings_save").file.desk, { extension: "203", groups: ["400"], pop: "mine", line: "+74995550198", auto_answer: true });
      await page.getByTestId("field-line-open").click();
      await page.getByTestId("field-line-list").getByRole("option", { name: "выбирает АТС" }).click();
      assert.equal(await page.getByTestId("field-line").inputValue(), "");
      assert.equal(desk.asked("roster").length, 1, "one question for all of them");
    },
    known,
  ));

test("without lists a number is typed, and the reason is said", () =>
  withWindow(
    "settings",
    {},
    async (page, desk) => {
      await says(page.getByTestId("roster"), "Списков из MANGO нет, номера можно вписать вручную. MANGO отклонила команду. Сейчас это невозможно (код 4001).");
      await page.getByTestId("field-extension").fill("777");
      await says(page.getByTestId("field-extension-list"), "Списка нет: впишите номер вручную");
      await page.getByTestId("field-extension").press("Escape");
      await page.getByTestId("save").click();
      await state(page, "saved");
      assert.equal(desk.shell.last("settings_save").file.desk.extension, "777");
      desk.answer = withRoster;
      await page.getByTestId("roster-ask").click();
      await says(page.getByTestId("field-extension-chosen"), "MANGO не знает такого номера");
      assert.deepEqual(desk.asked("roster").at(-1).with, { fresh: true });
      // A later refusal leaves the list that there is.
      desk.answer = () => ({ roster: { ...roster, colleagues: [], groups: [], lines: [], why: "АТС недоступна." } });
      await page.getByTestId("roster-ask").click();
      await says(page.getByTestId("roster"), "Новый список не пришёл, ниже прежний. АТС недоступна.");
      await page.getByTestId("field-extension-open").click();
      await says(page.getByTestId("field-extension-list"), "201 — Анна Ким");
    },
    {
      before: async (_page, desk) => {
        desk.shell.settings.secrets.vpbx_api_salt = true;
        desk.answer = (request) => (request.do === "roster" ? { error: { code: "vpbx_refused", message: "", vpbx_result: 4001 } } : {});
      },
    },
  ));

test("what the desk has kept can be chosen from while the PBX is silent", () =>
  withWindow(
    "settings",
    { roster: { ...roster, why: "Нет связи с АТС." }, desk: deskState(Date.now(), { vpbx: { state: "down", why: null, quiet_until: null } }) },
    async (page, desk) => {
      await says(page.getByTestId("roster"), "Новый список не пришёл, ниже прежний. Нет связи с АТС.");
      await says(page.getByTestId("field-extension-chosen"), "Анна Ким, регистратура");
      assert.equal(desk.asked("roster").length, 0, "a PBX that is down is not asked by itself");
      desk.push("roster", { ...roster, colleagues: [{ ...roster.colleagues[0], name: "Анна Цой" }] });
      await says(page.getByTestId("field-extension-chosen"), "Анна Цой, регистратура");
    },
    known,
  ));

test("a key that was just typed is tried by the check, not by the lists", () =>
  withWindow(
    "settings",
    { desk: deskState(Date.now(), { vpbx: { state: "unknown", why: null, quiet_until: null } }) },
    async (page, desk) => {
      await page.getByTestId("field-api-salt").fill("тайна");
      await page.getByTestId("save").click();
      await state(page, "saved");
      await says(page.getByTestId("roster"), "можно выбрать из списков MANGO");
      await new Promise((next) => setTimeout(next, 200));
      assert.equal(desk.asked("roster").length, 0);
      // The check has passed: the desk says that the PBX takes our commands.
      desk.push("desk", deskState(Date.now()));
      await says(page.getByTestId("field-extension-chosen"), "Анна Ким");
      assert.equal(desk.asked("roster").length, 1);
    },
    { before: async (_page, desk) => void (desk.answer = withRoster) },
  ));

test("lines are named, renamed and forgotten", () =>
  withWindow(
    "settings",
    {},
    async (page, desk) => {
      const lines = page.getByTestId("lines");
      await lines.getByLabel("+7 499 555-01-98").fill("2ГИС");
      await lines.getByLabel("+7 499 555-01-99").fill("");
      await page.getByTestId("line-new").fill("8 812 555-01-01");
      await page.getByTestId("line-add").click();
      await page.keyboard.type("филиал");
      // A line that is in the list already is not made twice.
      await page.getByTestId("line-new").fill("8 (499) 555-01-98");
      await page.getByTestId("line-new").press("Enter");
      assert.equal(await lines.locator("li").count(), 4);
      await page.getByTestId("save").click();
      await state(page, "saved");
      assert.deepEqual(desk.shell.last("settings_save").file.lines, { "+74995550198": "2ГИС", "8 812 555-01-01": "филиал" });
    },
    known,
  ));

test("text templates are written, filled with places and removed", () =>
  withWindow("settings", {}, async (page, desk) => {
    const template = page.getByTestId("template");
    await template.first().getByRole("button", { name: "Удалить шаблон «Напоминание о визите»" }).click();
    await page.getByTestId("template-add").click();
    await page.keyboard.type("Анализы готовы");
    const text = template.nth(1).getByLabel("Текст");
    await text.fill("Здравствуйте, !");
    await text.press("ArrowLeft");
    await template.nth(1).getByRole("button", { name: "{имя}" }).click();
    await page.keyboard.type(" и все");
    assert.equal(await text.inputValue(), "Здравствуйте, {имя} и все!");
    await says(template.nth(1).getByTestId("template-count"), "26 из 268 знаков");
    // An empty one is none.
    await page.getByTestId("template-add").click();
    await page.getByTestId("field-clinic-name").fill("Мята");
    await page.getByTestId("save").click();
    await state(page, "saved");
    const { file } = desk.shell.last("settings_save");
    assert.deepEqual(
      file.sms.templates.map(({ name }) => name),
      ["Не смогли дозвониться", "Анализы готовы"],
    );
    assert.equal(file.clinic.name, "Мята");
    await text.fill("я".repeat(269));
    await says(template.nth(1).getByTestId("template-count"), "MANGO не примет");
  }));

test("MANGO's own addresses are one click, and stay open to change", () =>
  withWindow("settings", {}, async (page, desk) => {
    const sources = page.getByTestId("field-sources");
    assert.equal(await page.getByTestId("field-allow").count(), 0);
    await sources.getByLabel("Только адреса MANGO").check();
    assert.equal(await page.getByTestId("field-allow").inputValue(), "81.88.80.132, 81.88.80.133, 81.88.82.36, 81.88.82.44, 81.88.82.45");
    await page.getByTestId("save").click();
    await state(page, "saved");
    assert.deepEqual(desk.shell.last("settings_save").file.listener.allow, ["81.88.80.132", "81.88.80.133", "81.88.82.36", "81.88.82.44", "81.88.82.45"]);
    assert.ok(await sources.getByLabel("Только адреса MANGO").isChecked(), "it is shown as such after saving");
    await page.getByTestId("field-allow").fill("81.88.80.132, 10.0.0.7");
    assert.ok(await sources.getByLabel("Только из своего списка").isChecked());
    desk.shell.problems = [
      { field: "listener.allow", message: "нужны IP-адреса" },
      { field: "listener.behind_proxy", message: "нужны адреса прокси" },
    ];
    await page.getByText("Callpop стоит за прокси-сервером").click();
    await page.getByTestId("field-proxies").fill("nginx");
    await page.getByTestId("save").click();
    await says(page.getByTestId("problem-field-allow"), "нужны IP-адреса");
    await says(page.getByTestId("problem-field-proxies"), "нужны адреса прокси");
    desk.shell.problems = [];
    await sources.getByLabel("От любого с верной подписью").check();
    await page.getByTestId("field-proxies").fill("192.168.1.5; 10.0.0.0/8");
    await page.getByTestId("save").click();
    await state(page, "saved");
    const { listener } = desk.shell.last("settings_save").file;
    assert.deepEqual([listener.allow, listener.behind_proxy], [[], ["192.168.1.5", "10.0.0.0/8"]]);
  }));

test("an own certificate is two files, and what is wrong stands beside the one at fault", () =>
  withWindow("settings", {}, async (page, desk) => {
    await page.getByTestId("field-tls").getByLabel("свой сертификат").check();
    await says(page.getByTestId("outside-address"), "https://192.168.1.20:8082/mangotelecom");
    await page.getByTestId("field-tls-cert").fill("C:\\certs\\chain.pem");
    await page.getByTestId("field-tls-key").fill("C:\\certs\\key.pem");
    desk.shell.problems = [{ field: "listener.tls.key", message: "Ключ не от этого сертификата" }];
    await page.getByTestId("save").click();
    await says(page.getByTestId("problem-field-tls-key"), "Ключ не от этого сертификата");
    assert.equal(await page.evaluate(() => document.activeElement?.dataset.testid), "field-tls-key");
    // Another choice and back: what was typed is still there.
    await page.getByTestId("field-tls").getByLabel("самоподписанный").check();
    await page.getByTestId("field-tls").getByLabel("свой сертификат").check();
    assert.equal(await page.getByTestId("field-tls-cert").inputValue(), "C:\\certs\\chain.pem");
    desk.shell.problems = [];
    desk.shell.settings.notes = [{ field: "listener.tls", message: "Сертификат кончается через 12 дней" }];
    await page.getByTestId("save").click();
    await state(page, "saved");
    assert.deepEqual(desk.shell.last("settings_save").file.listener.tls, { cert: "C:\\certs\\chain.pem", key: "C:\\certs\\key.pem" });
    await says(page.getByTestId("certificate"), "Сертификат кончается через 12 дней");
  }));

test("the check of MANGO tells address, last event and clock", () =>
  withWindow("settings", {}, async (page, desk) => {
    desk.shell.reports.vpbx = {
      ok: false,
      steps: [
        ...desk.shell.reports.vpbx.steps.slice(0, 4),
        { what: "Часы", result: "часы отстают на 10 минут: поправьте", ok: false, advice: "Включите в системе «Устанавливать время автоматически»" },
      ],
      retry_at: null,
    };
    await page.getByTestId("check-vpbx").click();
    const report = page.getByTestId("check-vpbx-report");
    for (const said of ["12 480,50 ₽", "http://192.168.1.20:8082/mangotelecom", "последнее событие 2 минуты назад", "часы отстают на 10 минут"]) await says(report, said);
  }));

test("nothing is wider than the window, however narrow it is", () =>
  withWindow(
    "settings",
    {},
    async (page) => {
      await page.locator("[data-testid=roster][data-state=known]").waitFor();
      await page.getByTestId("field-tls").getByLabel("свой сертификат").check();
      await page.getByTestId("field-sources").getByLabel("Только адреса MANGO").check();
      for (const width of [1280, 1000, 820, 700, 480, 360]) {
        await page.setViewportSize({ width, height: 640 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `${over} px too wide in a window of ${width} px`);
      }
    },
    known,
  ));

test("what MANGO has sent is counted by kind", () =>
  withWindow("settings", {}, async (page, desk) => {
    const kinds = page.getByTestId("kinds");
    const row = (text) => kinds.locator("tbody tr", { hasText: text });
    await says(row("events/call"), "звонки");
    await says(row("events/robots/stats"), "голосовые роботы");
    await says(row("events/next"), "неизвестный этой версии");
    await says(row("result/callback"), "ответы на команды");
    assert.match(await kinds.locator("tbody tr").first().textContent(), /events\/call/);
    desk.shell.kinds = {};
    await page.getByTestId("kinds-again").click();
    await says(page.getByTestId("kinds-none"), "событий не было");
    await eventually(async () => (await kinds.count()) === 0);
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
      await says(page.getByRole("alert"), "Не удалось прочитать настройки: disk on fire");
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
