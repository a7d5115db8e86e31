/** Short ways to make the feed's objects in tests. Invented people and numbers only. */
import { emptyRoster } from "./board";
import { canNothing } from "./lenient";
import type { Action, Call, Closed, Deed, Desk, DeskFrame, Dial, Missed, Person, Sms } from "./wire/messages";

export function aCall(id: string, more: Partial<Call> = {}): Call {
  return {
    id,
    direction: "inbound",
    state: "ringing",
    outcome: null,
    number: "+79005550101",
    number_display: "+7 900 555-01-01",
    line: "+74995550199",
    group: "300",
    started_at: "2026-10-13T06:41:00.000Z",
    answered_at: null,
    ended_at: null,
    answered_by: null,
    by: null,
    pops: false,
    legs: [],
    command_id: null,
    reason: null,
    card: { status: "unknown", people: [], chosen: null, took_ms: null, source: "file", why: null, steps: [], as_of: null, last_chosen: null, more_to_come: false },
    place: null,
    note_person: null,
    line_name: null,
    recordings: [],
    pressed: [],
    advert: null,
    topics: [],
    known_as: null,
    deeds: [],
    may: [],
    sip_call_id: null,
    recalled: false,
    note: null,
    wrap_up: null,
    last_words: null,
    rehearsal: false,
    ...more,
  };
}

export function aDeed(what: Action, state: Deed["state"], more: Partial<Deed> = {}): Deed {
  return { command_id: `${what}-1`, what, by: "201", to: null, state, why: null, vpbx_result: null, at: "2026-10-13T06:41:20.000Z", ...more };
}

export function anSms(command_id: string, more: Partial<Sms> = {}): Sms {
  return {
    command_id,
    number: "+79005550101",
    number_display: "+7 900 555-01-01",
    call: null,
    text: "Здравствуйте!",
    by: "201",
    state: "sending",
    why: null,
    vpbx_result: null,
    at: "2026-10-13T06:41:00.000Z",
    ...more,
  };
}

export function aLeg(extension: string, state: Call["legs"][number]["state"]): Call["legs"][number] {
  return { id: `${extension}-${state}`, extension, state, location: "abonent", device: null };
}

export function aPerson(id: string, more: Partial<Person> = {}): Person {
  return {
    id,
    full_name: `Иванова Мария ${id}`,
    given_name: "Мария",
    patronymic: "Петровна",
    family_name: "Иванова",
    born: null,
    age: 35,
    sex: "female",
    chart: null,
    phones: [],
    relation: null,
    alerts: [],
    debt: null,
    doctor: null,
    last_visit: null,
    next_visit: null,
    note: null,
    open_url: null,
    gaps: [],
    ...more,
  };
}

export function aMissed(id: string, more: Partial<Missed> = {}): Missed {
  return {
    id,
    number: "+79005550101",
    number_display: "+7 900 555-01-01",
    person: null,
    calls: [id],
    count: 1,
    first_at: "2026-10-13T06:00:00.000Z",
    last_at: "2026-10-13T06:00:00.000Z",
    why: "rang",
    claimed_by: null,
    postponed_until: null,
    last_words: null,
    closed: null,
    ...more,
  };
}

export function aClosing(more: Partial<Closed> = {}): Closed {
  return { how: "reached", at: "2026-10-13T06:31:00.000Z", by: "201", after_ms: null, call: null, reason: null, ...more };
}

export function aDial(command_id: string, more: Partial<Dial> = {}): Dial {
  return { command_id, number: "+79005550101", extension: "201", state: "accepted", why: null, vpbx_result: null, call: null, ...more };
}

export function aDesk(more: Partial<Desk> = {}): Desk {
  return {
    extension: "201",
    groups: ["300"],
    listener: { url: "http://127.0.0.1:8082/mangotelecom", last_event_at: null, accepted: 0, refused: 0, why: null },
    directory: { kind: "file", state: "ok", why: null, people: 200, can: canNothing },
    vpbx: { state: "ok", why: null, quiet_until: null },
    clock: { ahead_ms: null, wrong: false },
    log_failing: false,
    log_why: null,
    log_set_aside: null,
    configured: true,
    catch_up: null,
    line: null,
    sms_templates: [],
    wrap_up: { outcomes: [], tags: [] },
    version: "0.1.0",
    ...more,
  };
}

type Snapshot = Extract<DeskFrame, { type: "snapshot" }>;

export function snapshot(more: Partial<Omit<Snapshot, "type">> = {}): Snapshot {
  return { type: "snapshot", epoch: "e1", seq: 1, desk: aDesk(), calls: [], missed: [], dials: [], sms: [], roster: emptyRoster, ...more };
}
