/** A call that never was, with everything a card can say. */
import { wholeCall } from "../lenient";
import type { Call, Person } from "../wire/messages";

export function invented(now: number): Call {
  const at = new Date(now).toISOString();
  const person: Person = {
    id: "nobody",
    full_name: "Щёлокова Юлия Эдуардовна",
    family_name: "Щёлокова",
    given_name: "Юлия",
    patronymic: "Эдуардовна",
    born: null,
    age: 44,
    sex: "female",
    chart: "1234/56",
    phones: [],
    relation: null,
    alerts: [{ kind: "allergy", text: "№ 7890" }],
    debt: null,
    doctor: null,
    last_visit: null,
    next_visit: null,
    note: null,
    open_url: null,
    gaps: [],
  };
  return wholeCall({
    id: "nobody's call",
    direction: "inbound",
    state: "ringing",
    number: null,
    number_display: null,
    line: null,
    group: null,
    outcome: null,
    started_at: at,
    answered_at: null,
    ended_at: null,
    answered_by: null,
    by: null,
    command_id: null,
    reason: null,
    note: null,
    rehearsal: false,
    pops: false,
    legs: [],
    card: { status: "found", people: [person], chosen: null, took_ms: null, source: "file", why: null, steps: [], as_of: null, last_chosen: null, more_to_come: false },
  } as unknown as Call, null);
}
