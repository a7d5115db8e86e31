/** A desk may be older than this window: what its frames lack is filled in, so that nobody else has to ask whether it is there. */
import { emptyRoster, legStateOf } from "./board";
import type { Action, Call, Desk, Roster } from "./wire/messages";

/** A call as an older desk may tell it. */
type Told<T> = Partial<T>;

/** A whole call. `me` is the extension of this connection. */
export function wholeCall(told: Call, me: string | null): Call {
  const call: Told<Call> = told;
  if (call.may !== undefined && call.deeds !== undefined && call.recordings !== undefined && call.pressed !== undefined) return told;
  return {
    ...told,
    line_name: call.line_name ?? null,
    recordings: call.recordings ?? [],
    pressed: call.pressed ?? [],
    advert: call.advert ?? null,
    topics: call.topics ?? [],
    known_as: call.known_as ?? null,
    deeds: call.deeds ?? [],
    may: call.may ?? olderMay(told, me),
    sip_call_id: call.sip_call_id ?? null,
    recalled: call.recalled ?? false,
  };
}

/** A desk that does not say what may be done could always hang up one's own call. */
function olderMay(call: Call, me: string | null): Action[] {
  if (call.state === "ended") return [];
  const mine = legStateOf(call, me);
  return mine !== null || (me !== null && call.by === me) ? ["hang_up"] : [];
}

export function wholeDesk(told: Desk): Desk {
  const desk: Told<Desk> = told;
  return { ...told, listener: { ...told.listener, why: told.listener.why ?? null }, catch_up: desk.catch_up ?? null, line: desk.line ?? null, sms_templates: desk.sms_templates ?? [] };
}

export function wholeRoster(told: Roster | undefined): Roster {
  return { ...emptyRoster, ...told };
}
