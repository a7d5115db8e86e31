import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test } from "vitest";

import { codes } from "./en/codes";
import { pairs, records } from "./en/told";
import { tellable, told, toldOfPerson, toldStep, toldWhole } from "./told";

const en = (text: string) => told(text, "en");

const RUSSIAN = /\p{Script=Cyrillic}/u;
/** MANGO's personal account is in Russian: its fields are named as they stand there. */
const isEnglish = (text: string) => !RUSSIAN.test(text.replace(/«[^«»]*»/g, ""));

describe("a sentence of the desk", () => {
  test("stays as it is in Russian", () => {
    expect(told("МИС не ответила вовремя", "ru")).toBe("МИС не ответила вовремя");
    expect(toldWhole("мать", "ru")).toBe("мать");
    expect(toldStep("Адрес", "х", "ru")).toEqual({ what: "Адрес", result: "х" });
  });

  test("has its English, filled in", () => {
    expect(en("МИС не ответила вовремя")).toBe("The MIS did not answer in time");
    expect(en("МИС просит подождать 30 с")).toBe("The MIS asks to wait 30 s");
    expect(en("роль mis не только читает: она может менять public.patient. Заведите роль с одним правом SELECT на представление")).toBe(
      "the role mis can do more than read: it can change public.patient. Create a role whose only right is SELECT on the view",
    );
  });

  test("may be filled in with another", () => {
    expect(en("МИС не отвечает: такого сервера нет в сети: проверьте адрес. Показаны прежние данные")).toBe(
      "The MIS does not answer: there is no such server on the network: check the address. Earlier data are shown",
    );
    expect(en("Статистику звонков узнать не удалось. АТС отказала: Занято (код 1121)")).toBe("The call statistics could not be had. The PBX refused: Busy (code 1121)");
    expect(en("МИС не ответила вовремя. Показано прочитанное раньше (номера нет в базе МИС)")).toBe("The MIS did not answer in time. Shown as read earlier (the number is not in the MIS's database)");
    expect(en("МИС не отвечает: на этом порту никто не слушает. Пока отвечает индекс: 1 240 человек, дни с 01.11.2026 по 30.11.2026, обновлён 29.11 в 10:42; прочитано дней: 3 из 30")).toBe(
      "The MIS does not answer: nothing listens on this port. Answering meanwhile: index: 1 240 people, days from 01.11.2026 to 30.11.2026, updated 29.11 at 10:42; days read: 3 of 30",
    );
  });

  test("may be one of several that are joined", () => {
    expect(en("номер в карте: 8 (900) 555-01-01; совпали 10 цифр; людей на этом номере: не меньше 5, показаны первые 3")).toBe(
      "number on the chart: 8 (900) 555-01-01; 10 digits match; people with this number: at least 5, the first 3 are shown",
    );
    expect(en("номер родственника: номер в карте: 5550101; совпала 1 цифра")).toBe("a relative's number: number on the chart: 5550101; 1 digit matches");
    expect(en("выгрузка.csv: кодировка: UTF-8; разделитель: запятая; колонки: ФИО → full_name, Тел → phones")).toBe(
      "выгрузка.csv: encoding: UTF-8; separator: comma; columns: ФИО → full_name, Тел → phones",
    );
    expect(en("строк с ошибками: 8 (строки 2, 4, 5 и ещё 5)")).toBe("rows with errors: 8 (lines 2, 4, 5 and 5 more)");
    expect(en("строка 4: не понято: дата рождения; остальное загружено")).toBe("line 4: not understood: date of birth; the rest was loaded");
    expect(en("расписание на сегодня, к врачам: записей 12, пациентов 10, не прочитано записей: 2, записей другого дня: 1 (пропущены)")).toBe(
      "today's schedule, doctors: 12 visits, 10 patients, visits not read: 2, visits of another day: 1 (skipped)",
    );
    expect(en("свежие данные карты (МИС не ответила вовремя)")).toBe("the chart's latest data (The MIS did not answer in time)");
    expect(en("Страховка: ДМС, РОСНО, до 31.12.2026")).toBe("Insurance: ДМС, РОСНО, until 31.12.2026");
  });

  test("counts as English does", () => {
    expect(["1 человек", "2 человека", "21 человек", "никого"].map(en)).toEqual(["1 person", "2 people", "21 people", "nobody"]);
    expect(en("номера нет в файле пациентов (200 записей)")).toBe("the number is not in the patient file (200 records)");
  });

  test("is put in the English's order", () => {
    expect(en("номер в карте: 5550101; совпали 7 цифр")).toBe("number on the chart: 5550101; 7 digits match");
    expect(en("колонки «Тел» (для phones) в файле нет")).toBe("the file has no column “Тел” (for phones)");
  });

  test("keeps its case", () => {
    expect(en("Номер скрыт")).toBe("Number withheld");
    expect(en("номер скрыт")).toBe("number withheld");
    expect(en("Файла нет")).toBe("The file is not there");
    expect(en("мИС не отвечает: код 5")).toBe("the MIS does not answer: code 5");
  });

  test("that is unknown stays as it came", () => {
    for (const text of ["", "Timeout", "Пациент просил перезвонить", "Осторожно: кусается", "({[", "$1 \\d {} й", "й".repeat(5_000)]) expect(en(text)).toBe(text);
    expect(en("МИС отказала: Врач в отпуске. Визиты, долг")).toBe("The MIS refused: Врач в отпуске. Визиты, долг");
  });

  test("is left out where something better can be said than what is unknown", () => {
    expect(tellable(null, "en")).toBe(null);
    expect(tellable("Что-то новое", "en")).toBe(null);
    expect(tellable("Что-то новое", "ru")).toBe("Что-то новое");
    expect(tellable("Этот звонок взял Анна (201): вернуть его может только он", "en")).toBe("Анна (201) took this call: only they can give it back");
  });

  test("is told apart from the clinic's own words", () => {
    expect(toldWhole("мать", "en")).toBe("mother");
    expect(toldWhole("долг 2 400 ₽", "en")).toBe("debt 2 400 ₽");
    for (const text of ["долг перед врачом", "визиты, долг", "аллергия на пыль, до 2020", "Осторожно: мать"]) expect(toldWhole(text, "en")).toBe(text);
  });

  test("among a record's words means what it meant, and the record's words stay", () => {
    const of = (text: string) => toldOfPerson(text, "en");
    expect(["мать", "Имя не указано", "долг 2 400 ₽", "Есть аллергия", "Был конфликт"].map(of)).toEqual(["mother", "No name given", "debt 2 400 ₽", "There is an allergy", "There was a conflict"]);
    expect(of("номер записан за: опекун, Пол")).toBe("the number belongs to: опекун, Пол");
    expect(of("Страховка: ДМС, Занято, до 31.12.2026")).toBe("Insurance: ДМС, Занято, until 31.12.2026");
    for (const text of ["Пол", "Больше не назначать пенициллин", "2 записи", "Занято", "Не беспокоить днём. Пока отвечает дочь", "аллергия", "Есть аллергия на пыль"]) expect(of(text)).toBe(text);
  });

  test("stays apart from what a medical system answered", () => {
    expect(en("МИС не пускает: Нет доступа, долг")).toBe("The MIS denies access: Нет доступа, долг");
    expect(en("МИС не пускает: ключ доступа не принят (401): проверьте его в настройках, раздел «Пациенты (МИС)»")).not.toMatch(/ключ|раздел/u);
    expect(en("В МИС ошибка: нет прав. Визиты")).toBe("The MIS reports an error: нет прав. Визиты");
  });

  test("of a check is told in its two halves", () => {
    expect(toldStep("Поиск по телефону", "не работает. МИС не ответила вовремя", "en")).toEqual({ what: "Search by phone", result: "does not work. The MIS did not answer in time" });
    expect(toldStep("List of patients", "файла нет", "en")).toEqual({ what: "List of patients", result: "the file is not there" });
    expect(toldStep("Адрес", "http://mis.local:8080/api", "en")).toEqual({ what: "Address", result: "http://mis.local:8080/api" });
  });

  test("is not slow to tell, and does not fill the memory", () => {
    const begun = performance.now();
    for (let n = 0; n < 3_000; n++) en(`совсем неизвестное ${n}, и ещё: что-то`);
    for (const piece of ["я, ", "я: (", "я. я; ", "1 в ", "; людей на этом номере: ", "й\n"]) en(piece.repeat(4_000 / piece.length));
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe("the table", () => {
  test("is English on its right side, and says each thing once", () => {
    for (const [ru, english] of [...pairs, ...codes]) expect(isEnglish(english), ru).toBe(true);
    const all = pairs.map(([ru]) => ru.toLowerCase());
    expect(all.filter((ru, index) => all.indexOf(ru) !== index)).toEqual([]);
  });

  test("fills in as many places as there are", () => {
    for (const [ru, english] of [...pairs, ...records]) {
      const count = (ru.match(/\{#?\}/g) ?? []).length;
      const places = [...english.matchAll(/\{(\d*)[=!]?\}/g)].map(([, number]) => number ?? "");
      const numbered = places.filter((number) => number !== "").map(Number);
      expect(places.length, ru).toBe(count);
      if (numbered.length > 0) expect(numbered.sort(), ru).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    }
  });

  test("has the PBX's codes as the desk has them", () => {
    const table = readFileSync(join(TAURI, "crates/mango/src/code/table.rs"), "utf8");
    const rows = [...table.matchAll(/\((\d+), "([^"]*)", "([^"]*)"\)/g)];
    expect(rows.length).toBeGreaterThan(100);
    // Two codes with the same Russian cannot be told apart by it.
    const twice = new Set(["4104"]);
    for (const [, code = "", ru = "", english = ""] of rows) if (!twice.has(code)) expect(en(ru), code).toBe(english);
  });
});

const TAURI = fileURLToPath(new URL("../../../src-tauri", import.meta.url));

/** Where sentences of the desk are written. What else the program says, it says in both languages itself. */
const SAY_IT_IN_RUSSIAN = ["crates/desk/src", "crates/directory/src", "crates/mango/src", "crates/calls/src", "src/settings_window/directory_view.rs"];

/** Files whose Russian nobody reads in a window, each with the reason. */
const NOT_SHOWN: Record<string, string> = {
  "crates/desk/src/exports.rs": "a file's head and words: in both languages there",
  "crates/desk/src/exports/sheet.rs": "the sheets' names: in both languages there",
  "crates/desk/src/settings/file.rs": "the first templates, outcomes and tags: the clinic's own words from then on, kept in its history as they are",
  "crates/desk/src/settings/meaning.rs": "a place in a message to a patient",
  "crates/desk/src/support.rs": "in both languages there",
  "crates/desk/src/support/masking.rs": "words that need no mask",
  "crates/desk/src/typed.rs": "words that are searched for",
  "crates/desk/src/typed/days.rs": "words that are searched for",
  "crates/desk/src/view.rs": "a letter in searched text",
  "crates/desk/src/vpbx_check.rs": "the settings window has its own English for it, by the code",
  "crates/directory/src/file/card.rs": "how patronymics end; the rest stands in http/card.rs too",
  "crates/directory/src/file/field.rs": "headings that are recognised; the fields' names are tested above and below",
  "crates/directory/src/file/values.rs": "values that are recognised",
  "crates/directory/src/fhir/search.rs:е": "a letter in searched text",
  "crates/directory/src/http/search.rs": "a letter in searched text",
  "crates/directory/src/http/plan.rs": "an invented name that a template is tried with",
  "crates/directory/src/mgerm/writes.rs:отменено по звонку пациента": "written into the MIS",
  "crates/directory/src/sql/answer.rs:нет": "a value of a cell",
  "crates/directory/src/sql/answer.rs:да": "a value of a cell",
  "crates/directory/src/fhir/details.rs:вип": "a word that is recognised",
  "crates/mango/src/code/table.rs": "tested above",
};

/** Words that stand beside a count or in the middle of a sentence, which is tested with them above. */
const PARTS: Record<string, readonly string[]> = {
  "crates/directory/src/matching.rs": ["совпала", "совпали", "цифра", "цифры", "цифр"],
  "crates/directory/src/knowledge/mod.rs": ["человек", "человека"],
  "crates/directory/src/mgerm/mod.rs": ["человек", "человека", "в %H:%M", "%d.%m в %H:%M"],
  "crates/directory/src/file/mod.rs": ["запись", "записи", "записей"],
  "crates/directory/src/file/faults.rs": ["строка", "строки"],
  // How patronymics end, and what relatives are called in a record.
  "crates/directory/src/fhir/patient.rs": ["вич", "вна", "чна", "ьич", "оглы", "оглу", "кызы", "гызы", "улы", "уулу", "мама", "папа", "бабушка", "дедушка", "супруг", "супруга"],
  "crates/directory/src/http/card.rs": ["вич", "вна", "чна", "ьич"],
  // Statuses as older versions of the contact centre write them.
  "crates/desk/src/roster.rs": ["на_линии", "готов", "занят", "перерыв", "отошел", "отошёл", "нет_на_месте", "не_беспокоить", "не_в_сети"],
};

describe("every sentence in the desk's sources has its English", () => {
  const files = SAY_IT_IN_RUSSIAN.flatMap((path) => sources(join(TAURI, path)));
  const seen = new Map(files.map((path) => [relative(TAURI, path).replaceAll("\\", "/"), readFileSync(path, "utf8")] as const));
  const problems = seen.get("src/problems.rs") ?? readFileSync(join(TAURI, "src/problems.rs"), "utf8");
  // The rest of that file has both languages.
  const missing = /fn why_missing[^]*?\n\}\n/.exec(problems)?.[0] ?? "";

  test("of the crates", () => {
    expect(seen.size).toBeGreaterThan(100);
    const untold: string[] = [];
    for (const [path, source] of seen) {
      if (NOT_SHOWN[path] !== undefined) continue;
      for (const literal of literals(source)) {
        if (!RUSSIAN.test(literal) || NOT_SHOWN[`${path}:${literal}`] !== undefined || PARTS[path]?.includes(literal)) continue;
        if (!isEnglish(en(filled(literal)))) untold.push(`${path}: ${literal}`);
      }
    }
    expect(untold).toEqual([]);
  });

  test("of what keeps the desk from running", () => {
    const said = literals(missing);
    expect(said.length).toBe(4);
    for (const literal of said) expect(isEnglish(en(literal)), literal).toBe(true);
  });

  test("of the fields of a file", () => {
    // Each field: its key, its name, and the headings it is known by.
    const source = seen.get("crates/directory/src/file/field.rs") ?? "";
    const names = [...source.matchAll(/=> \(\s*"[a-z_]+",\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(isEnglish(en(name)), name).toBe(true);
  });

  test("and what is said not to be shown is still there", () => {
    for (const key of [...Object.keys(NOT_SHOWN), ...Object.entries(PARTS).flatMap(([path, words]) => words.map((word) => `${path}:${word}`))]) {
      const [path = "", literal] = key.split(/:(.*)/s);
      const said = literals(seen.get(path) ?? "");
      expect(literal === undefined ? said.some((one) => RUSSIAN.test(one)) : said.includes(literal), key).toBe(true);
    }
  });

  test("literals are found as Rust writes them", () => {
    const source = `
      // "комментарий"
      /* "тоже" /* "и это" */ */
      fn a<'a>(c: &'a str) -> char { let _ = ("один \\"два\\"", r#"три "четыре""#, 'ж', '"', b"x", "пять \\
          шесть", "\\u{436}"); '\\'' }
      #[cfg(test)]
      mod tests { fn b() { "нет"; } }
      #[cfg(test)]
      use x;
      const C: &str = "семь";
    `;
    expect(literals(source).filter((one) => RUSSIAN.test(one))).toEqual(['один "два"', 'три "четыре"', "пять шесть", "ж", "семь"]);
  });
});

/** Rust's sources that are no tests. */
function sources(path: string): string[] {
  if (path.endsWith(".rs")) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return ["tests", "examples", "fuzz"].includes(entry.name) ? [] : sources(join(path, entry.name));
    return entry.name.endsWith(".rs") && basename(entry.name) !== "tests.rs" ? [join(path, entry.name)] : [];
  });
}

/** A sentence as it is said: something stands in its places, a number mostly. */
function filled(literal: string): string {
  return literal.replace(/\{[a-zA-Z_0-9]*(?::[^{}]*)?\}/g, "7");
}

/** The string literals of a Rust source outside its tests and comments. */
function literals(source: string): string[] {
  const found: string[] = [];
  let [depth, skippedAt, testAt] = [0, -1, -1];
  const say = (text: string) => {
    if (skippedAt < 0) found.push(text);
  };
  const signs = /\/\/[^\n]*|\/\*|\b(?:b|c)?r(#*)"|"|'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])'|#\[cfg\((?:all\()?test\b[^\]]*\]|[{}();]/gsu;
  for (let sign = signs.exec(source); sign !== null; sign = signs.exec(source)) {
    const text = sign[0];
    if (text === "/*") signs.lastIndex = afterComment(source, signs.lastIndex);
    else if (/^(?:b|c)?r#*"$/.test(text)) {
      const end = source.indexOf(`"${sign[1] ?? ""}`, signs.lastIndex);
      say(source.slice(signs.lastIndex, end));
      signs.lastIndex = end + 1 + (sign[1]?.length ?? 0);
    } else if (text === '"') {
      const end = afterString(source, signs.lastIndex);
      say(unescaped(source.slice(signs.lastIndex, end - 1)));
      signs.lastIndex = end;
    } else if (text.startsWith("#[")) testAt = skippedAt < 0 ? depth : testAt;
    else if (text === "{" || text === "(") {
      if (text === "{" && testAt === depth && skippedAt < 0) [skippedAt, testAt] = [depth, -1];
      depth++;
    } else if (text === "}" || text === ")") {
      depth--;
      if (text === "}" && skippedAt === depth) skippedAt = -1;
    } else if (text === ";" && testAt === depth) testAt = -1;
  }
  return found;
}

function afterComment(source: string, from: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0 && at < source.length) {
    if (source.startsWith("/*", at)) [depth, at] = [depth + 1, at + 2];
    else if (source.startsWith("*/", at)) [depth, at] = [depth - 1, at + 2];
    else at++;
  }
  return at;
}

function afterString(source: string, from: number): number {
  let at = from;
  while (at < source.length && source[at] !== '"') at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

function unescaped(text: string): string {
  const plain: Record<string, string> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
  return text.replace(/\\(?:\n\s*|u\{([0-9a-fA-F_]+)\}|x([0-9a-fA-F]{2})|(.))/gs, (_, unicode?: string, byte?: string, sign?: string) => {
    if (unicode !== undefined || byte !== undefined) return String.fromCodePoint(parseInt((unicode ?? byte ?? "").replaceAll("_", ""), 16));
    return sign === undefined ? "" : (plain[sign] ?? sign);
  });
}
