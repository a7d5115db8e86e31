/** Recorded moments of a reception desk, as the feed tells them. `now` is handed in. */
import { cast } from "./people.mjs";

const LINE = "+74995550199";
const DAY = 86_400_000;

const LINE_NAME = "реклама, Яндекс";

const templates = [
  { name: "Напоминание о визите", text: "Здравствуйте, {имя}! Напоминаем о визите: {когда}, {врач}. Клиника «Ромашка»" },
  { name: "Не смогли дозвониться", text: "Здравствуйте! Мы не смогли до вас дозвониться. Перезвоните нам, пожалуйста. Клиника «Ромашка»" },
];

export const wrapUpChoices = {
  outcomes: ["Записали", "Перенесли", "Отменили", "Проконсультировали", "Перезвоним", "Не к нам"].map((name, index) => ({ name, key: String(index + 1) })),
  tags: ["Новый пациент", "Жалоба", "Цены", "Анализы"].map((name) => ({ name, key: "" })),
};

export function deskState(now, more = {}) {
  return {
    extension: "201",
    groups: ["300"],
    listener: { url: "http://0.0.0.0:8082/mangotelecom", last_event_at: iso(now - 3_000), accepted: 412, refused: 0, why: null },
    directory: { kind: "file", state: "ok", why: null, people: 200 },
    vpbx: { state: "ok", why: null, quiet_until: null },
    clock: { ahead_ms: 0, wrong: false },
    log_failing: false,
    log_why: null,
    log_set_aside: null,
    configured: true,
    catch_up: null,
    line: LINE,
    sms_templates: templates,
    wrap_up: wrapUpChoices,
    version: "0.1.0",
    ...more,
  };
}

export function card(status, people = [], more = {}) {
  return { status, people, chosen: null, took_ms: 4, source: "file", why: null, ...more };
}

export const leg = (id, extension, state, more = {}) => ({ id, extension, state, location: "abonent", device: null, ...more });

/** A call that rings here since seven seconds, unless told otherwise. */
export function call(now, id, number, theCard, more = {}) {
  return {
    id,
    direction: "inbound",
    state: "ringing",
    outcome: null,
    number,
    number_display: number === null ? null : display(number),
    line: LINE,
    group: "300",
    started_at: iso(now - 7_000),
    answered_at: null,
    ended_at: null,
    answered_by: null,
    by: null,
    pops: true,
    legs: [leg(`${id}/201`, "201", "ringing"), leg(`${id}/202`, "202", "ringing")],
    command_id: null,
    reason: null,
    card: theCard,
    line_name: null,
    recordings: [],
    pressed: [],
    advert: null,
    topics: [],
    known_as: null,
    deeds: [],
    may: ["hang_up"],
    sip_call_id: null,
    recalled: false,
    note: null,
    rehearsal: false,
    ...more,
  };
}

export const ended = (one, now, more = {}) => ({
  ...one,
  state: "ended",
  pops: false,
  ended_at: iso(now),
  outcome: "missed",
  may: [],
  legs: one.legs.map((leg) => ({ ...leg, state: "ended" })),
  ...more,
});

const TALKING = ["hang_up", "transfer", "consult", "hold", "record"];

export const answered = (one, now, by, more = {}) => ({
  ...one,
  may: by === "201" ? TALKING : [],
  state: "talking",
  pops: false,
  answered_at: iso(now),
  answered_by: by,
  legs: one.legs.map((leg) => ({ ...leg, state: leg.extension === by ? "talking" : "ended" })),
  ...more,
});

export const deed = (now, what, state, more = {}) => ({ command_id: `${what}-1`, what, by: "201", to: null, state, why: null, vpbx_result: null, at: iso(now), ...more });

export const recording = (id, state = "ready", more = {}) => ({ id, extension: "201", state, why: null, tagged: false, recognized: false, ...more });

export const sms = (now, command_id, number, state, more = {}) => ({
  command_id,
  number,
  number_display: display(number),
  call: null,
  text: "Здравствуйте, Артём Валерьевич! Напоминаем о визите: сегодня, 13 октября, в 14:40, Абрамова. Клиника «Ромашка»",
  by: "201",
  state,
  why: null,
  vpbx_result: null,
  at: iso(now),
  ...more,
});

/** A colleague is asked while the patient waits. */
export const consulted = (one, to, has) => ({
  ...one,
  state: has === "talking" ? "talking" : "held",
  may: has === "talking" ? ["hang_up", "complete_transfer", "cancel_transfer"] : ["hang_up", "cancel_transfer"],
  legs: [...one.legs.map((leg) => (leg.extension === "201" ? { ...leg, state: "held" } : leg)), leg(`${one.id}/consult`, to, has)],
});

const colleague = (extension, name, department, presence = null, groups = ["300"]) => ({ extension, name, department, groups, presence, presence_text: null });

/** Whom the PBX of the clinic knows. */
export const roster = (now, more = {}) => ({
  colleagues: [
    colleague("201", "Орлова Ольга", "Регистратура", "available"),
    colleague("202", "Ким Анна", "Регистратура", "available"),
    colleague("203", "Белова Тамара", "Регистратура", "away"),
    colleague("210", "Абрамова Инна Львовна", "Кардиолог", null, []),
    colleague("211", "Кравчук Пётр", "Педиатр", "do_not_disturb", []),
    colleague("220", "Старшая медсестра, процедурный кабинет второго этажа", "Процедурный", "offline", []),
    colleague("230", null, null, null, []),
  ],
  groups: [
    { extension: "300", name: "Регистратура" },
    { extension: "310", name: "Стоматология" },
  ],
  lines: [
    { number: LINE, name: LINE_NAME },
    { number: "+74995550100", name: "основная" },
  ],
  at: iso(now - 60_000),
  why: null,
  ...more,
});

/** What the desk knows of a night. */
export const caughtUp = (now, more = {}) => {
  const morning = Math.floor(now / DAY) * DAY + 5 * 3_600_000 + 2 * 60_000;
  return { state: "done", since: iso(morning - DAY + 11 * 3_600_000 + 38 * 60_000), until: iso(morning), calls: 23, missed: 7, why: null, ...more };
};

export function missedRow(now, id, number, person, more = {}) {
  return {
    id,
    number,
    number_display: number === null ? null : display(number),
    person,
    calls: [id],
    count: 1,
    first_at: iso(now - 25 * 60_000),
    last_at: iso(now - 25 * 60_000),
    why: "rang",
    claimed_by: null,
    closed: null,
    ...more,
  };
}

export const lastWords = (now, more = {}) => ({ call: "h9", at: iso(now - 5 * DAY), by: "202", note: "перенести на утро, после 12 не может", person: null, outcome: "Перенесли", tags: [], ...more });

/** A morning after a night: forty numbers, every kind of row among them. */
function forty(now, p) {
  const minutes = (n) => iso(now - n * 60_000);
  const special = {
    1: { person: p.long, count: 4, last_at: minutes(31), last_words: lastWords(now, { note: "Просит справку для бассейна и выписку за прошлый год, заберёт сама; дочь может подойти вместо неё, доверенность есть" }) },
    2: { person: p.gromov, last_words: lastWords(now) },
    5: { person: { ...p.sokolova, full_name: "Соколова-Микитова-Александрийская Екатерина-Анна Андреевна" }, why: "queue" },
    7: { number: null, number_display: null },
    9: { claimed_by: "202" },
    11: { claimed_by: "201", person: p.ivanova },
    13: { postponed_until: iso(now + 40 * 60_000), person: p.sokolova },
    15: { postponed_until: iso(now + 23 * 3_600_000) },
    17: { closed: { how: "reached", at: minutes(14), by: "202", after_ms: 12 * 60_000, call: null, reason: null }, person: p.ivanova },
    19: { closed: { how: "dismissed", at: minutes(20), by: "201", after_ms: 70 * 60_000, call: null, reason: "Ошиблись номером" } },
    21: { closed: { how: "called_again", at: minutes(25), by: "203", after_ms: 65 * 60_000, call: null, reason: null } },
  };
  return Array.from({ length: 45 }, (_, n) => {
    const ago = 700 - n * 14;
    return missedRow(now, `f${n}`, `+7900555${String(2001 + n * 37)}`, null, { why: ["rang", "queue", "menu", "closed"][n % 4], first_at: minutes(ago), last_at: minutes(ago), ...special[n] });
  });
}

export const dial = (number, state, more = {}) => ({ command_id: "cmd-1", number, extension: "201", state, why: null, vpbx_result: null, call: null, ...more });

/** What the shell says where the system shows no notifications; the words are the shell's. */
export const notices = {
  ringing: { about: "ringing", id: "c1", title: "Звонок: +7 900 555-01-01", body: "Иванова Мария Петровна", button: "Открыть карту" },
  missed: { about: "missed", id: "m1", title: "Пропущенный звонок", body: "Громов Артём Валерьевич\n+7 900 555-01-02 (звонков: 3)", button: "Перезвонить" },
  program: { about: "program", id: null, title: "Не удалось перезвонить", body: "MANGO отклонила команду", button: null },
};

/** Fires an event of the shell in a page. */
export const tell = (page, event, payload) =>
  page.evaluate(
    (message) =>
      new Promise((heard) => {
        const shell = new BroadcastChannel("callpop-shell");
        // Made last, so it hears last: the page's own listeners have heard by then.
        const last = new BroadcastChannel("callpop-shell");
        last.onmessage = () => {
          last.close();
          heard();
        };
        shell.postMessage(message);
        shell.close();
      }),
    { event, payload },
  );

/** A reception where everything rings at once: two are being talked to, ten ring. */
function twelve(now, p) {
  const known = [p.ivanova, p.gromov, p.long, p.sokolova];
  return Array.from({ length: 12 }, (_, index) => {
    const person = known[index % 5];
    const number = index === 7 ? null : `+790055501${String(index + 1).padStart(2, "0")}`;
    const one = call(now, `c${index + 1}`, number, person === undefined ? card("unknown") : card("found", [person]), { started_at: iso(now - (40 - 3 * index) * 1_000) });
    return index < 2 ? answered(one, now - 20_000, index === 0 ? "201" : "202") : one;
  });
}

/** The pictures that are photographed, and that `npm run play` shows. */
export function scenarios(now) {
  const p = cast(now);
  const desk = deskState(now);
  const one = call(now, "c1", "+79005550101", card("found", [p.ivanova]));
  const history = [
    ended(call(now, "h1", "+79005550188", card("unknown"), { started_at: iso(now - 15 * 3_600_000) }), now - 15 * 3_600_000 + 30_000),
    ended(call(now, "h2", "+79005550101", card("found", [p.ivanova]), { started_at: iso(now - 3 * 86_400_000) }), now - 3 * 86_400_000 + 90_000, {
      outcome: "answered",
      answered_by: "202",
      answered_at: iso(now - 3 * 86_400_000 + 12_000),
    }),
  ];
  const everybody = Object.values(p);
  const scene = (more) => ({ desk, people: everybody, history, roster: roster(now), ...more });
  const family = call(now, "c2", "+79005550101", card("several", [p.ivanova, p.ivan, p.alyona]));
  const unknown = call(now, "c3", "+79005550188", card("unknown"), { started_at: iso(now - 4_000) });

  return {
    one: scene({ calls: [one] }),
    several: scene({ calls: [family] }),
    chosen: scene({ calls: [{ ...family, card: { ...family.card, chosen: "p3" } }] }),
    unknown: scene({ calls: [unknown] }),
    "mis-down": scene({
      desk: deskState(now, { directory: { kind: "file", state: "down", why: "Список пациентов недоступен: файла нет", people: null } }),
      calls: [call(now, "c4", "+79005550102", card("unavailable", [], { why: "Список пациентов недоступен: файла нет" }), { started_at: iso(now - 12_000) })],
    }),
    five: scene({
      calls: [
        call(now, "c1", "+79005550101", card("found", [p.ivanova]), { started_at: iso(now - 21_000) }),
        call(now, "c2", "+79005550102", card("found", [p.gromov]), { started_at: iso(now - 16_000) }),
        call(now, "c3", "+79005550188", card("unknown"), { started_at: iso(now - 12_000) }),
        call(now, "c4", "+79005550105", card("found", [p.sokolova]), { started_at: iso(now - 6_000) }),
        call(now, "c5", null, card("unknown"), { started_at: iso(now - 2_000) }),
      ],
    }),
    twelve: scene({ calls: twelve(now, p) }),
    hidden: scene({ calls: [call(now, "c1", null, card("unknown"))] }),
    long: scene({ calls: [call(now, "c1", "+79005550106", card("found", [p.long]))] }),
    talking: scene({ calls: [answered(call(now, "c1", "+79005550102", card("found", [p.gromov]), { started_at: iso(now - 74_000) }), now - 62_000, "201")] }),
    actions: scene({
      calls: [
        answered(
          call(now, "c1", "+79005550102", card("found", [p.gromov]), {
            started_at: iso(now - 74_000),
            line_name: LINE_NAME,
            pressed: ["2"],
            advert: { number: LINE, dynamic: true, source: "Яндекс.Директ, «кардиолог рядом»" },
          }),
          now - 62_000,
          "201",
        ),
        answered(call(now, "c2", null, card("unknown"), { pops: false, direction: "internal", by: "203" }), now - 20_000, "203"),
      ],
    }),
    consult: scene({
      calls: [consulted(answered(call(now, "c1", "+79005550102", card("found", [p.gromov]), { started_at: iso(now - 134_000) }), now - 122_000, "201"), "202", "talking")],
    }),
    stranger: scene({
      calls: [
        call(now, "c3", "+79005550188", card("unknown"), {
          line_name: LINE_NAME,
          known_as: "Лаборатория «Инвитро», курьер Сергей",
          pressed: ["1", "3"],
          advert: { number: LINE, dynamic: false, source: null },
          topics: ["анализы", "жалоба на ожидание"],
          sip_call_id: "0f3c9a52-demo",
        }),
      ],
    }),
    listening: scene({
      calls: [
        ended(answered(call(now, "c1", "+79005550102", card("found", [p.gromov]), { started_at: iso(now - 164_000) }), now - 152_000, "201"), now - 58_000, {
          outcome: "answered",
          recordings: [recording("rec-1")],
          topics: ["перенос визита"],
        }),
      ],
      sms: [sms(now - 30_000, "sms-1", "+79005550102", "delivered", { call: "c1" })],
    }),
    dialling: scene({
      dials: [dial("+79005550102", "ringing_them", { call: "c1" })],
      calls: [
        call(now, "c1", "+79005550102", card("found", [p.gromov]), {
          direction: "outbound",
          by: "201",
          pops: false,
          command_id: "cmd-1",
          group: null,
          legs: [leg("c1/201", "201", "talking"), leg("c1/out", null, "ringing")],
        }),
      ],
    }),
    desk: scene({
      calls: [
        ...today(now, p),
        call(now, "c1", "+79005550101", card("found", [p.ivanova])),
        answered(call(now, "c2", "+79005550105", card("found", [p.sokolova]), { started_at: iso(now - 192_000) }), now - 180_000, "201"),
        call(now, "c3", "+79005550144", card("unknown"), {
          state: "greeting",
          pops: false,
          started_at: iso(now - 38_000),
          may: ["take"],
          legs: [leg("c3/q", null, "talking", { location: "queue" })],
        }),
      ],
      missed: [
        missedRow(now, "m1", "+79005550102", p.gromov, { calls: ["a", "b", "c"], count: 3, first_at: iso(now - 47 * 60_000), last_at: iso(now - 9 * 60_000) }),
        missedRow(now, "m2", "+79005550188", null, { why: "queue" }),
        missedRow(now, "m3", "+79005550106", p.long, { claimed_by: "202", why: "menu", last_at: iso(now - 65 * 60_000), first_at: iso(now - 65 * 60_000) }),
        missedRow(now, "m4", null, null, { last_at: iso(now - 71 * 60_000) }),
        missedRow(now, "m5", "+79005550120", null, { closed: { how: "reached", at: iso(now - 3_600_000), by: "201" } }),
      ],
    }),
    wrapping: scene({
      calls: [ended(answered(call(now, "c1", "+79005550102", card("found", [p.gromov]), { started_at: iso(now - 190_000) }), now - 180_000, "201"), now - 8_000, { outcome: "answered", note: null })],
    }),
    "last-words": scene({
      calls: [call(now, "c1", "+79005550102", card("found", [p.gromov]), { last_words: lastWords(now, { person: "p4" }) })],
    }),
    forty: scene({
      calls: [
        { ...today(now, p)[4], id: "u1", note: "Просила прислать памятку по подготовке к УЗИ" },
        ...today(now, p),
      ],
      missed: forty(now, p),
    }),
    morning: scene({
      desk: deskState(now, { catch_up: caughtUp(now) }),
      calls: [
        ended(call(now, "r1", "+79005550102", card("found", [p.gromov]), { recalled: true, started_at: iso(now - 3 * 3_600_000) }), now - 3 * 3_600_000 + 31_000),
        ended(answered(call(now, "r2", "+79005550105", card("found", [p.sokolova]), { recalled: true, started_at: iso(now - 2 * 3_600_000) }), now - 2 * 3_600_000, "202"), now - 2 * 3_600_000 + 95_000, {
          outcome: "answered",
          recordings: [recording("rec-2", "ready", { extension: "202" })],
        }),
        ended(answered(call(now, "t1", "+79005550101", card("found", [p.ivanova]), { started_at: iso(now - 600_000) }), now - 588_000, "201"), now - 494_000, {
          outcome: "answered",
          recordings: [recording("rec-1", "waiting")],
        }),
        answered(call(now, "c2", "+79005550188", card("unknown"), { pops: false, known_as: "Лаборатория", started_at: iso(now - 42_000) }), now - 30_000, "202"),
        call(now, "c3", "+79005550120", card("unknown"), { pops: false, may: ["take"], legs: [leg("c3/203", "203", "ringing")] }),
      ],
      missed: [
        missedRow(now, "m1", "+79005550102", p.gromov, { calls: ["r1"], count: 3, first_at: iso(now - 11 * 3_600_000), last_at: iso(now - 3 * 3_600_000) }),
        missedRow(now, "m2", "+79005550188", null, { why: "queue" }),
      ],
      sms: [
        sms(now - 120_000, "sms-1", "+79005550102", "failed", { call: "r1", why: "Абонент недоступен", vpbx_result: 1131 }),
      ],
    }),
    "desk-trouble": scene({
      desk: deskState(now, {
        listener: { url: "http://0.0.0.0:8082/mangotelecom", last_event_at: iso(now - 3 * 60_000), accepted: 412, refused: 3, why: null },
        directory: { kind: "file", state: "down", why: "Список пациентов недоступен: файла нет", people: null },
        vpbx: { state: "refused", why: "подпись не принята", quiet_until: iso(now + 74_000) },
        clock: { ahead_ms: 7 * 60_000, wrong: true },
        log_failing: true,
        log_why: "на диске нет места",
      }),
      calls: today(now, p).slice(0, 3),
      missed: [missedRow(now, "m1", "+79005550102", p.gromov)],
    }),
    empty: scene({ calls: [], history: [] }),
  };
}

function today(now, p) {
  const ago = (minutes) => now - minutes * 60_000;
  const talked = (id, minutes, number, theCard, by, seconds, more = {}) =>
    ended(call(now, id, number, theCard, { started_at: iso(ago(minutes)), ...more }), ago(minutes) + 11_000 + seconds * 1_000, {
      outcome: "answered",
      answered_by: by,
      answered_at: iso(ago(minutes) + 11_000),
    });
  const lost = (id, minutes, number, theCard, outcome = "missed") => ended(call(now, id, number, theCard, { started_at: iso(ago(minutes)) }), ago(minutes) + 31_000, { outcome });
  return [
    lost("t1", 9, "+79005550102", card("found", [p.gromov])),
    talked("t2", 14, "+79005550101", card("several", [p.ivanova, p.ivan, p.alyona], { chosen: "p2" }), "202", 94),
    { ...talked("t3", 22, "+79005550106", card("found", [p.long]), null, 203, { direction: "outbound", by: "201" }), note: "Перенесла на пятницу, просит справку" },
    lost("t4", 25, "+79005550188", card("unknown"), "abandoned"),
    talked("t5", 31, null, card("unknown"), "201", 46),
    talked("t6", 36, null, card("unknown"), "203", 30, { direction: "internal", by: "202", line: null, group: null }),
    lost("t7", 41, "+79005550102", card("found", [p.gromov])),
    talked("t8", 52, "+79005550101", card("several", [p.ivanova, p.ivan, p.alyona]), "201", 121),
    ended(call(now, "t9", "+79005550120", card("unknown"), { direction: "outbound", by: "202", started_at: iso(ago(58)) }), ago(58) + 25_000, { outcome: "failed" }),
  ];
}

function iso(ms) {
  return new Date(ms).toISOString();
}

function display(number) {
  return number.replace(/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, "+7 $1 $2-$3-$4");
}

/** Answers as a good-natured desk does. */
export function goodAnswers(request, desk) {
  const { number, text = "", call: id, person } = request.with ?? {};
  const words = text.toLowerCase();
  switch (request.do) {
    case "dial":
      desk.push("dial", dial(number, "accepted", { command_id: `cmd-${request.id}` }));
      return { command_id: `cmd-${request.id}` };
    case "search_people":
      return { people: desk.people.filter((one) => one.full_name.toLowerCase().includes(words) || one.phones.some((phone) => phone.includes(words))) };
    case "history":
      return {
        calls: desk.history.filter((one) => (one.number ?? "").includes(words) || one.card.people.some((who) => who.full_name.toLowerCase().includes(words))),
        next: null,
      };
    case "choose_person": {
      const found = desk.picture.calls.find((one) => one.id === id);
      if (!found.card.people.some((one) => one.id === person)) return { error: { code: "not_found", message: "no such person" } };
      desk.push("call", { ...found, card: { ...found.card, chosen: person } });
      return {};
    }
    case "note":
      desk.push("call", { ...desk.picture.calls.find((one) => one.id === id), note: text });
      return {};
    case "outcome": {
      const before = desk.picture.calls.find((one) => one.id === id);
      const { outcome, tags, done } = request.with;
      const wrap_up = {
        outcome: outcome === undefined ? (before.wrap_up?.outcome ?? null) : outcome || null,
        tags: tags ?? before.wrap_up?.tags ?? [],
        done: done ?? before.wrap_up?.done ?? false,
        by: "201",
        at: iso(Date.now()),
      };
      desk.change(id, { wrap_up });
      return {};
    }
    case "claim_missed":
    case "postpone_missed":
    case "close_missed":
      return changeMissed(request, desk);
    case "roster":
      desk.push("roster", roster(Date.now()));
      return { roster: desk.picture.roster };
    case "recording":
      return { url: desk.sounds.url(request.with.recording) };
    case "sms":
      desk.push("sms", sms(Date.now(), `cmd-${request.id}`, number, "sending", { call: id ?? null, text }));
      return { command_id: `cmd-${request.id}` };
    case "take":
    case "hold":
    case "record":
    case "hang_up":
    case "complete_transfer":
    case "cancel_transfer":
    case "transfer": {
      const { to = null, method } = request.with;
      const what = request.do === "transfer" && method === "hold" ? "consult" : request.do;
      const asked = deed(Date.now(), what, "accepted", { command_id: `cmd-${request.id}`, to });
      desk.change(id, (one) => ({ deeds: [...one.deeds, asked] }));
      return { command_id: asked.command_id };
    }
    default:
      return {};
  }
}

/** Rows of missed calls as the desk changes them: a row that is closed or with somebody else refuses. */
function changeMissed({ do: what, with: { missed, give_back = false, until = null, reason = null } }, desk) {
  const row = desk.picture.missed.find((one) => one.id === missed);
  if (row === undefined) return { error: { code: "not_found", message: "Этой строки больше нет" } };
  if (row.closed !== null) return { error: { code: "not_now", message: "Строка уже закрыта" } };
  if (what === "claim_missed") {
    if (row.claimed_by !== null && row.claimed_by !== "201") return { error: { code: "not_now", message: `Перезвонит ${row.claimed_by}` } };
    desk.push("missed", { ...row, claimed_by: give_back ? null : "201" });
  } else if (what === "postpone_missed") desk.push("missed", { ...row, postponed_until: until });
  else desk.push("missed", { ...row, closed: { how: "dismissed", at: iso(Date.now()), by: "201", after_ms: Date.now() - Date.parse(row.first_at), call: null, reason } });
  return {};
}
