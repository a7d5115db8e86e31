/** The past of an invented clinic: very many calls, the same each time, searched and counted as a desk does it. `now` is handed in. */
import { numbersOf } from "./numbers.mjs";
import { cast } from "./people.mjs";
import { call, card, deskState, goodAnswers, leg, recording, roster as smallRoster, sms } from "./scenarios.mjs";

const DAY = 86_400_000;
/** The clinic lives by Moscow's clock. */
const ZONE = 3 * 3_600_000;
const iso = (ms) => new Date(ms).toISOString();
export const dateOf = (ms) => new Date(ms + ZONE).toISOString().slice(0, 10);
export const hourOf = (ms) => new Date(ms + ZONE).getUTCHours();

const FAMILIES = ["Иванова", "Громов", "Соколова", "Кузнецов", "Павлова", "Фёдоров", "Никитина", "Волков", "Зайцева", "Лебедев", "Константинопольская-Преображенская", "Орлов", "Белова", "Тихонов", "Щербакова", "Юдин"];
const GIVEN = ["Мария", "Артём", "Екатерина", "Сергей", "Ольга", "Пётр", "Инна", "Дмитрий", "Александра-Виктория", "Глеб"];
const PATRONYMICS = ["Петровна", "Валерьевич", "Андреевна", "Игоревич", "Константиновна", "Львович"];
const NOTES = ["Перенесла на пятницу, просит справку", "Спрашивал цену МРТ, перезвонит сам", "Жалуется на ожидание в очереди", "Записали к кардиологу, напомнить за день", "Просит результаты анализов на почту, говорит, что лаборатория обещала ещё вчера", "Ошибся номером"];
const OUTCOMES = ["Записан", "Справка", "Перенос визита", "Отмена визита", "Жалоба", "Не туда попали"];
const TAGS = ["первичный", "ДМС", "повторно", "срочно"];
/** How often the phone rings, by hour from 8 to 20. */
const BUSY = [4, 9, 14, 13, 11, 8, 7, 9, 10, 11, 8, 5, 2];
const SMALL_LINES = [["+74995550199", "реклама, Яндекс"], ["+74995550100", "основная"], ["+74995550177", "сайт"]];

/** A generator of numbers from 0 to 1, the same for the same seed. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Thirty colleagues with long names and forty lines, where a picture has to hold them. */
export function bigRoster(now) {
  const colleagues = Array.from({ length: 30 }, (_, n) => ({
    extension: String(201 + n),
    name: `${FAMILIES[n % FAMILIES.length]} ${GIVEN[n % GIVEN.length]} ${PATRONYMICS[n % PATRONYMICS.length]}`,
    department: n < 12 ? "Регистратура" : "Контакт-центр второго корпуса",
    groups: ["300"],
    presence: null,
    presence_text: null,
  }));
  const lines = Array.from({ length: 40 }, (_, n) => ({ number: `+7499555${String(1_000 + n)}`, name: n % 7 === 6 ? null : ["реклама, Яндекс", "основная", "сайт", "филиал на Малой Сухаревской, второй этаж", "стоматология", "вызов врача на дом"][n % 6] + (n > 5 ? ` ${n}` : "") }));
  return { ...smallRoster(now), colleagues, lines };
}

/** The whole past: compact records, newest first. */
export class Past {
  constructor({ now, calls = 100_000, perDay = 1_500, roster = null }) {
    this.now = now;
    this.roster = roster ?? { ...smallRoster(now), lines: SMALL_LINES.map(([number, name]) => ({ number, name })) };
    const lines = this.roster.lines;
    const staff = this.roster.colleagues.filter((one) => one.name !== null);
    this.staff = new Map(staff.map((one) => [one.extension, one.name]));
    this.lineNames = new Map(lines.map((one) => [one.number, one.name]));
    const roll = dice(20_261_124);
    const pick = (list) => list[Math.floor(roll() * roll() * list.length)];
    const wheel = BUSY.flatMap((times, index) => Array(times).fill(8 + index));
    const records = [];
    for (let day = 0; records.length < calls; day++) {
      const midnight = Math.floor((now + ZONE) / DAY) * DAY - ZONE - day * DAY;
      const sunday = new Date(midnight + ZONE).getUTCDay() === 0;
      for (let n = 0; n < (sunday ? perDay / 4 : perDay) && records.length < calls; n++) {
        const at = midnight + wheel[Math.floor(roll() * wheel.length)] * 3_600_000 + Math.floor(roll() * 3_600_000);
        const record = this.#record(at, roll, pick, lines, staff);
        if (at < now - 600_000) records.push(record);
      }
      if (day > 2_000) break;
    }
    records.sort((a, b) => b.at - a.at);
    this.records = records.map((record, index) => ({ ...record, id: `h${records.length - index}`, date: dateOf(record.at) }));
    // All that can be searched, one record a line, and where each line begins.
    this.hay = this.records.map((record) => record.hay).join("\n");
    let begin = 0;
    this.begins = this.records.map((record) => (begin += record.hay.length + 1) - record.hay.length - 1);
  }

  /** The first record from `n` on that holds the word; -1: none. */
  #from(word, n) {
    const at = this.hay.indexOf(word, this.begins[n]);
    if (at < 0) return -1;
    let [low, high] = [n, this.begins.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.begins[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #record(at, roll, pick, lines, staff) {
    const who = Math.floor(roll() ** 3 * 12_000);
    const known = who % 5 !== 0;
    const direction = roll() < 0.78 ? "inbound" : roll() < 0.95 ? "outbound" : "internal";
    const luck = roll();
    const outcome = direction === "outbound" ? (luck < 0.7 ? "answered" : "failed") : luck < 0.82 ? "answered" : luck < 0.93 ? "missed" : luck < 0.995 ? "abandoned" : "unknown";
    const by = pick(staff).extension;
    const line = direction === "internal" ? null : pick(lines).number;
    const wait = Math.floor(4_000 + roll() * roll() * 70_000);
    const talk = Math.floor(15_000 + roll() * roll() * 420_000);
    const note = roll() < 0.12 ? NOTES[Math.floor(roll() * NOTES.length)] : null;
    const said = outcome === "answered" && roll() < 0.6 ? OUTCOMES[Math.floor(roll() * roll() * OUTCOMES.length)] : null;
    const tags = said !== null && roll() < 0.4 ? [TAGS[Math.floor(roll() * TAGS.length)]] : [];
    const name = known ? `${FAMILIES[who % FAMILIES.length]} ${GIVEN[Math.floor(who / 16) % GIVEN.length]} ${PATRONYMICS[Math.floor(who / 160) % PATRONYMICS.length]}` : null;
    const number = direction === "internal" || who % 97 === 1 ? null : `+7900${String(5_550_000 + who).padStart(7, "0")}`;
    const lost = outcome === "missed" || outcome === "abandoned";
    const back = roll();
    return {
      at, who, name, number, direction, outcome, by, line, wait, talk, note, said, tags,
      row: direction === "inbound" && lost ? (back < 0.7 ? "reached" : back < 0.85 ? "called_again" : back < 0.93 ? "dismissed" : "open") : null,
      back: Math.floor(120_000 + roll() * roll() * 7_200_000),
      hay: [number ?? "", name ?? "", note ?? "", this.staff.get(by) ?? "", by, (line && this.lineNames.get(line)) ?? "", said ?? "", ...tags].join(" ").toLowerCase().replaceAll("ё", "е"),
    };
  }

  /** Newest first, those that fit; at most so many. */
  find({ text = "", before = null, limit = 100, ...filter }) {
    const { words, which, understood } = this.#read(text, filter);
    const out = [];
    let next = null;
    const start = before === null ? 0 : Number(before);
    const rarest = words.toSorted((a, b) => b.length - a.length)[0];
    for (let n = start; n < this.records.length; n++) {
      if (rarest !== undefined) {
        n = this.#from(rarest, n);
        if (n < 0) break;
      }
      const record = this.records[n];
      if (!fits(record, words, which)) continue;
      if (out.length === limit) {
        next = String(n);
        break;
      }
      out.push(record);
    }
    return { records: out, next, understood };
  }

  /** Some words are filters. */
  #read(text, filter) {
    const which = { ...filter };
    const understood = [];
    const words = [];
    for (const word of text.toLowerCase().replaceAll("ё", "е").split(/\s+/).filter(Boolean)) {
      const day = { сегодня: 0, вчера: 1 }[word];
      if (day !== undefined && which.from === undefined) {
        which.from = which.to = dateOf(this.now - day * DAY);
        understood.push({ kind: "days", text: word, from: which.from, to: which.to });
      } else if (/^пропущенн/.test(word) && which.ended === undefined) {
        which.ended = "missed";
        understood.push({ kind: "ended", text: word, ended: ["missed", "abandoned"] });
      } else words.push(/^[+\d()-]{5,}$/.test(word) ? word.replace(/\D/g, "").replace(/^8(?=9)/, "7") : word);
    }
    return { words, which, understood };
  }

  /** A whole call of the wire. */
  whole(record) {
    const { at, id, direction, outcome, by, line } = record;
    const talked = outcome === "answered";
    const answered = talked ? at + record.wait : null;
    const person = record.name === null ? null : { ...cast(this.now).gromov, id: `p${record.who}`, full_name: record.name, given_name: record.name.split(" ")[1], patronymic: record.name.split(" ")[2], family_name: record.name.split(" ")[0], phones: record.number === null ? [] : [record.number], chart: `${record.who}/26`, next_visit: null, last_visit: null, alerts: [] };
    const inbound = direction === "inbound";
    return call(this.now, id, record.number, card(person ? "found" : "unknown", person && direction !== "internal" ? [person] : []), {
      direction,
      state: "ended",
      outcome,
      pops: false,
      may: [],
      line,
      line_name: line === null ? null : this.lineNames.get(line),
      started_at: iso(at),
      answered_at: answered === null ? null : iso(answered),
      ended_at: outcome === "unknown" ? null : iso((answered ?? at + record.wait) + (talked ? record.talk : 0)),
      answered_by: talked && inbound ? by : talked && direction === "internal" ? by : null,
      by: inbound ? null : by,
      legs: [
        ...(inbound ? [leg(`${id}/m`, null, "ended", { location: "ivr" }), leg(`${id}/q`, null, "ended", { location: "queue" })] : []),
        ...(outcome === "abandoned" ? [] : [leg(`${id}/a`, by, "ended")]),
        ...(inbound && outcome === "missed" ? [leg(`${id}/b`, by === "201" ? "202" : "201", "ended")] : []),
      ],
      note: record.note,
      wrap_up: record.said === null ? null : { outcome: record.said, tags: record.tags, done: true, by, at: iso(at + record.wait + record.talk + 20_000) },
      recordings: talked && direction !== "internal" ? [recording(`rec-${id}`, "ready", { extension: by })] : [],
      reason: outcome === "missed" ? 1_111 : null,
    });
  }

  /** Everything of one number or person. */
  story({ number = null, person = null, before = null, limit = 200 }) {
    const who = person === null ? null : Number(person.slice(1));
    const all = this.records.filter((record) => (number !== null && record.number === number) || (who !== null && record.who === who && record.name !== null));
    const start = before === null ? 0 : Number(before);
    const page = all.slice(start, start + limit);
    const first = { calls: page.map((record) => this.whole(record)), next: start + limit < all.length ? String(start + limit) : null };
    if (before !== null) return first;
    const rows = all.filter((record) => record.row !== null);
    return {
      ...first,
      numbers: [...new Set(all.map((record) => record.number).filter(Boolean))],
      missed: rows.map((record) => ({
        id: `m-${record.id}`,
        number: record.number,
        number_display: null,
        person: null,
        calls: [record.id],
        count: 1 + (record.at % 3),
        first_at: iso(record.at),
        last_at: iso(record.at + 300_000),
        why: record.outcome === "abandoned" ? "queue" : "rang",
        claimed_by: null,
        postponed_until: null,
        last_words: null,
        closed: record.row === "open" ? null : { how: record.row, at: iso(record.at + record.back), by: record.row === "called_again" ? null : record.by, after_ms: record.back, call: null, reason: record.row === "dismissed" ? "спам" : null },
      })),
      sms: all.slice(0, 1).filter((record) => record.number !== null).map((record) => sms(record.at + 60_000, `sms-${record.id}`, record.number, "delivered", { call: record.id })),
    };
  }
}

function fits(record, words, { from, to, ended, direction, extension, line, wrap_up, tag }) {
  if (ended !== undefined && record.outcome !== ended) return false;
  if (direction !== undefined && record.direction !== direction) return false;
  if (extension !== undefined && record.by !== extension) return false;
  if (line !== undefined && record.line !== line) return false;
  if (wrap_up !== undefined && record.said !== wrap_up) return false;
  if (tag !== undefined && !record.tags.includes(tag)) return false;
  for (const word of words) if (!record.hay.includes(word)) return false;
  if (from !== undefined && record.date < from) return false;
  return to === undefined || record.date <= to;
}

/** A desk with a past. Its answers are the good-natured ones, and history, stories, exports and numbers out of the past. */
export function withPast(past) {
  return (request, desk) => {
    const asked = request.with ?? {};
    switch (request.do) {
      case "history": {
        const { records, next, understood } = past.find(asked);
        return { calls: records.map((record) => past.whole(record)), next, understood, superseded: false };
      }
      case "story":
        return past.story(asked);
      case "export": {
        const { records } = past.find({ ...asked, limit: Infinity, before: null });
        return { url: desk.sounds.url("export"), name: `звонки.${asked.format}`, rows: records.length };
      }
      case "numbers":
        return { numbers: numbersOf(past, asked.from ?? dateOf(past.now), asked.to ?? asked.from ?? dateOf(past.now)) };
      default:
        return goodAnswers(request, desk);
    }
  };
}

/** A picture for such a desk: the wrap-up's choices are those of the past. */
export const pastPicture = (now, past, more = {}) => ({
  desk: deskState(now, { wrap_up: { outcomes: OUTCOMES.map((name) => ({ name, key: "" })), tags: TAGS.map((name) => ({ name, key: "" })) } }),
  roster: past.roster,
  ...more,
});
