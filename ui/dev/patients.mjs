/** The settings of every kind of directory, filled in and checked, for the photographs. */

const said = (ok, ...lines) => ({ ok, steps: lines.map(([what, result, good = null, advice = null]) => ({ what, result, ok: good, advice })), retry_at: null });

const FILLED = {
  mgerm: {
    fields: { "field-mgerm-base": "http://10.1.1.5/_mgerm_external", "field-directory-token": "token" },
    report: said(
      true,
      ["МИС", "GET /patientScheduledOnDate.php?obj=1&date=2026-10-13 → 200, 84 записи за 0,3 с"],
      ["МИС", "Соединение не зашифровано: ключ и имена видны в сети клиники"],
      ["МИС", "Номеров: 81 прочитан, 3 не прочитаны"],
      ["Пациентов", "12480", true],
    ),
  },
  fhir: {
    fields: { "field-fhir-base": "https://mis.example/fhir", "field-fhir-client": "callpop", "field-directory-token": "-----BEGIN PRIVATE KEY-----\nMIIB…" },
    before: (page) => page.getByTestId("field-fhir-auth").getByLabel("SMART").check(),
    report: said(
      false,
      ["МИС", "GET /metadata → 200: FHIR 4.0.1, поиск по phone объявлен"],
      ["МИС", "GET /Patient?phone=+70000000000 → 20 карт. Сервер не учитывает номер: чужие карты не будут показаны", false, "Попросите администратора МИС включить параметры поиска (search parameters) для Patient.phone"],
      ["Пациентов", "неизвестно", false],
    ),
  },
  http: {
    fields: { "field-http-base": "https://mis.example/api/mobile", "field-directory-token": "key" },
    before: (page) => page.getByTestId("field-http-preset").selectOption("renovatio"),
    try: true,
  },
  sql: {
    fields: { "field-sql-url": "postgres://mis_reader@192.168.1.10/health", "field-directory-token": "password" },
    before: (page) => page.getByTestId("sql-usual").click(),
    report: said(
      false,
      ["МИС", "Соединились за 12 мс: PostgreSQL 15.8, TLS"],
      ["МИС", "Роль mis_admin может изменять таблицы МИС (public.party_party)", false, "Создайте роль, которая может только читать: пример ниже, в «Примеры представлений»"],
      ["Пациентов", "неизвестно", false],
    ),
  },
};

export const SHOWN_KINDS = Object.keys(FILLED);

/** Fills a kind in, checks it, and brings what came of it into view. */
export async function showKind(kind, page, desk) {
  const { fields, before, report, try: tries = false } = FILLED[kind];
  if (report) desk.shell.reports.directory = report;
  await page.getByTestId(`kind-${kind}`).check();
  await before?.(page);
  for (const [field, value] of Object.entries(fields)) await page.getByTestId(field).fill(value);
  if (tries) {
    await page.getByTestId("try-number").fill("8 900 555-01-01");
    await page.getByTestId("try").click();
    await page.getByTestId("trial").waitFor();
  } else {
    await page.getByTestId("check-directory").click();
    await page.getByTestId("check-directory-report").waitFor();
  }
  await page.mouse.move(0, 0);
  await page.setViewportSize({ width: 1280, height: 1700 });
  await page.locator("#patients").evaluate((section) => section.scrollIntoView({ block: "start" }));
}
