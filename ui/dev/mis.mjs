/** A desk whose medical system can be written to, and moments in which it matters. `now` is handed in. */
import { cast } from "./people.mjs";
import { answered, call, card, deskState, ended, goodAnswers, roster } from "./scenarios.mjs";

const DAY = 86_400_000;
const iso = (ms) => new Date(ms).toISOString();
const EVERYTHING = { confirm_visit: true, register_person: true, attach_number: true, make_visit: true, cancel_visit: true };

/** Where patients are looked up, and everything can be changed. */
export const mgerm = (more = {}) => ({ kind: "mgerm", state: "ok", why: "индекс: 12 480 человек, обновлён в 09:40", people: 12_480, can: EVERYTHING, ...more });

export const step = (what, source, took_ms, result) => ({ what, source, took_ms, result });

/** A card as MGERM's index answers it. */
export const fromMgerm = (status, people, more = {}) =>
  card(status, people, { source: "mgerm", took_ms: 0.02, steps: [step("index", "mgerm", 0.021, people.length === 0 ? "никого" : `человек: ${people.length}`)], as_of: null, last_chosen: null, more_to_come: false, ...more });

const WHY_FOUND = "номер в карте: 8(900)555-01-01 доб.2; совпали 10 цифр";
const WHY_NOBODY = "номера нет в расписании с 13.09.2026 по 12.11.2026 (12 480 человек)";

/** Somebody with a visit that the patient has not answered for. */
export const awaited = (now) => {
  const { ivanova } = cast(now);
  return { ...ivanova, born: "1991-01-31", next_visit: { ...ivanova.next_visit, id: "v-81", confirmed: null } };
};

export const slot = (date, time, doctor, services = []) => {
  const [hours, minutes] = time.split(":").map(Number);
  const end = new Date(Date.UTC(2000, 0, 1, hours, minutes + 30)).toISOString().slice(11, 16);
  return { from: `${date}T${time}:00`, to: `${date}T${end}:00`, doctor_id: doctor.id, doctor: doctor.name, department_id: "3", department: "Терапия", services };
};

export const DOCTORS = { abramova: { id: "210", name: "Абрамова И. Л., кардиолог" }, kravchuk: { id: "211", name: "Кравчук П. А., педиатр" } };

const SERVICES = [
  { id: "s1", name: "Приём кардиолога", price: "2400.00" },
  { id: "s2", name: "ЭКГ с расшифровкой", price: "1150.50" },
  { id: "s3", name: "Справка", price: null },
];

/** A day's free times; the second day has none. */
export function slotsOf(date, busy) {
  if (date === busy) return [];
  const times = ["09:00", "09:30", "10:30", "11:00", "12:30", "13:00", "14:30", "15:00", "16:30", "17:00", "18:30"];
  return [...times.map((time) => slot(date, time, DOCTORS.abramova, SERVICES)), ...["08:30", "10:00"].map((time) => slot(date, time, DOCTORS.kravchuk))];
}

/** Answers as a desk with a good-natured medical system does. */
export function misAnswers(request, desk) {
  const { with: asked = {} } = request;
  const people = (change) => (one) => ({ ...one, card: { ...one.card, people: one.card.people.map(change) } });
  const visit = (change) => {
    for (const one of desk.picture.calls) {
      if (one.card.people.some((person) => person.next_visit?.id === asked.visit)) desk.push("call", people((person) => (person.next_visit?.id === asked.visit ? { ...person, next_visit: change(person.next_visit) } : person))(one));
    }
    return {};
  };
  const found = (person) => {
    desk.change(asked.call, (one) => ({ card: { ...one.card, status: "found", people: [person], why: null } }));
    return { person };
  };
  switch (request.do) {
    case "confirm_visit":
      return visit((next) => ({ ...next, confirmed: asked.yes }));
    case "cancel_visit":
      return visit(() => null);
    case "register_person": {
      const { family_name, given_name, patronymic = null, born, sex = "unknown", phone } = asked.person;
      const full_name = [family_name, given_name, patronymic].filter(Boolean).join(" ");
      return found({ ...cast(Date.now()).long, id: "new", full_name, family_name, given_name, patronymic, born, age: null, sex, alerts: [], phones: [phone] });
    }
    case "attach_number": {
      const person = desk.people.find((one) => one.id === asked.person);
      const { number } = desk.picture.calls.find((one) => one.id === asked.call);
      return found({ ...person, phones: [...person.phones, number] });
    }
    case "visit_slots":
      return { slots: slotsOf(asked.date, new Date(Date.parse(`${asked.date}T00:00:00Z`)).getUTCDay() === 0 ? asked.date : null) };
    case "make_visit": {
      desk.change(asked.call, people((person) => ({ ...person, next_visit: { id: "v-90", at: `${asked.slot.from}.000+03:00`, doctor: asked.slot.doctor, service: null, place: null, confirmed: null } })));
      return { visit: "v-90" };
    }
    default:
      return goodAnswers(request, desk);
  }
}

/** What is photographed of it. */
export function misScenarios(now) {
  const p = cast(now);
  const desk = deskState(now, { directory: mgerm() });
  const stranger = (id, days, more) => ended(call(now - days * DAY, id, "+79005550188", card("unknown")), now - days * DAY + 40_000, more);
  const history = [
    stranger("h1", 1, {}),
    stranger("h2", 6, { outcome: "answered", answered_by: "202", note: "Хочет на УЗИ щитовидной железы, спрашивает цену. Перезвонит, когда решит" }),
    ended(call(now - 3 * DAY, "h3", "+79005550101", card("found", [p.ivanova])), now - 3 * DAY + 90_000, { outcome: "answered", answered_by: "202", note: "Перенести на утро" }),
  ];
  const scene = (more) => ({ desk, people: Object.values(p), history, roster: roster(now), ...more });
  const unknown = call(now, "c3", "+79005550188", fromMgerm("unknown", [], { why: WHY_NOBODY }), { line_name: "реклама, Яндекс", known_as: "Ирина, от доктора Лунёва", place: { ru: "мобильный, Россия", en: "mobile, Russia" } });
  const alyona = { ...p.alyona, next_visit: { ...p.alyona.next_visit, at: iso(now + 3 * 3_600_000) } };
  const family = (more = {}) => call(now, "c2", "+79005550101", fromMgerm("several", [alyona, awaited(now), p.ivan], { last_chosen: "p1", why: WHY_FOUND, ...more }));
  const slow = [step("index", "mgerm", 0.018, "никого"), step("request", "mgerm", 3_002, "не ответила за 3 с"), step("fallback", "file", 0.4, "1 человек")];
  const down = mgerm({ state: "down", why: "МИС не отвечает: на этом порту никто не слушает" });
  return {
    why: scene({ calls: [call(now, "c1", "+79005550101", fromMgerm("found", [awaited(now)], { why: WHY_FOUND, steps: [step("index", "mgerm", 0.021, "1 человек"), step("details", "mgerm", 310, "карта и долг")] }))] }),
    visit: scene({ calls: [call(now, "c1", "+79005550101", fromMgerm("found", [awaited(now)], { why: WHY_FOUND }))] }),
    gaps: scene({ calls: [call(now, "c1", "+79005550102", fromMgerm("found", [{ ...p.gromov, last_visit: null, gaps: ["долг", "аллергии"] }], { more_to_come: true, why: "номер в карте: +7 900 555-01-02; совпали 11 цифр" }))] }),
    "last-chosen": scene({ calls: [family()] }),
    "mis-old": scene({ desk: deskState(now, { directory: down }), calls: [call(now, "c1", "+79005550102", fromMgerm("found", [p.gromov], { source: "mgerm", as_of: iso(now - 22 * 60_000), steps: slow, why: "из запасного списка" }))] }),
    "mis-silent": scene({
      desk: deskState(now, { directory: down }),
      calls: [call(now, "c3", "+79005550188", fromMgerm("unavailable", [], { why: "МИС не отвечает: на этом порту никто не слушает", steps: slow.slice(0, 2), more_to_come: true }))],
    }),
    newcomer: scene({ calls: [answered(unknown, now - 20_000, "201")] }),
    "newcomer-by-hand": scene({ desk: deskState(now), calls: [{ ...unknown, card: card("unknown") }] }),
    book: scene({ calls: [answered(call(now, "c1", "+79005550101", fromMgerm("found", [{ ...awaited(now), next_visit: null }])), now - 20_000, "201")] }),
  };
}
