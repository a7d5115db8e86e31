/** What was done with a call through the PBX, and what to say about it. Pure: the time is handed in. */
import { legStateOf } from "./board";
import { reason } from "./notices";
import type { Action, Call, Deed, Roster } from "./wire/messages";
import { named } from "./roster";
import type { Language, Words } from "./words";
import { tellable } from "./words/told";

/** How long a deed that worked is told, ms. */
export const TOLD_FOR = 8_000;

/** Whether a command of this kind is on its way from this desk. */
export function isSending(call: Call, what: Action, me: string | null): boolean {
  return call.deeds.some((deed) => deed.what === what && deed.state === "sending" && deed.by === me);
}

export interface DeedFacts {
  now: number;
  /** When each deed was last heard of here, ms; those a snapshot brought already done are not news. */
  heard: (command: string) => number | null;
  /** Bad ends that were read. */
  dismissed: ReadonlySet<string>;
}

/** The deeds worth telling, oldest first: those under way, the newest that worked while it is news, and a bad end until it is read or outdone. */
export function toldDeeds(call: Call, { now, heard, dismissed }: DeedFacts): Deed[] {
  const last = call.deeds.at(-1);
  return call.deeds.filter((deed) => {
    switch (deed.state) {
      case "sending":
        return call.state !== "ended";
      case "accepted":
        // One that something newer was done after came about too, whether or not the call ever showed it.
        return call.state !== "ended" && !call.deeds.slice(call.deeds.indexOf(deed) + 1).some((later) => later.state === "done");
      case "done": {
        const at = heard(deed.command_id);
        return deed === last && at !== null && now - at < TOLD_FOR;
      }
      case "failed":
      case "unclear":
        return deed === last && !dismissed.has(deed.command_id);
    }
  });
}

/** A colleague who is asked while the patient waits. */
export interface Consultation {
  /** Whom: a short number or E.164; null when nobody told. */
  to: string | null;
  answered: boolean;
}

/** The consultation that this desk holds about a call, if it holds one. */
export function consultationOf(call: Call, me: string | null): Consultation | null {
  if (!call.may.includes("cancel_transfer")) return null;
  const asked = call.legs.find((leg) => leg.state !== "ended" && leg.extension !== null && leg.extension !== me && (leg.location === "abonent" || leg.location === null));
  const deed = call.deeds.findLast((one) => one.what === "consult" && one.by === me && one.state !== "failed");
  return { to: asked?.extension ?? deed?.to ?? null, answered: call.may.includes("complete_transfer") };
}

/** The hand-over by this desk that is under way or has come about: our part is over. */
export function handedOver(call: Call, me: string | null): Deed | null {
  if (me === null || legStateOf(call, me) !== null) return null;
  const deed = call.deeds.findLast((one) => (one.what === "transfer" || one.what === "complete_transfer") && one.by === me);
  return deed && (deed.state === "accepted" || deed.state === "done" || deed.state === "sending") ? deed : null;
}

export interface DeedText {
  text: string;
  bad: boolean;
}

/** What a deed has come to, in words. */
export function deedText(deed: Deed, call: Call, me: string | null, { roster, w, language }: { roster: Roster; w: Words; language: Language }): DeedText {
  const to = deed.to === null ? "" : named(roster, deed.to);
  const says = w.deed[deed.what];
  switch (deed.state) {
    case "sending":
      return { text: says.sending(to), bad: false };
    case "accepted":
      return { text: says.accepted(to), bad: false };
    case "done":
      return { text: deed.what === "take" && legStateOf(call, deed.by) === "talking" ? w.deedTaken : says.done(to), bad: false };
    case "failed":
      return { text: failedText(deed, call, me, w, language), bad: true };
    case "unclear":
      return { text: w.deedUnclear(tellable(deed.why, language)), bad: true };
  }
}

function failedText(deed: Deed, call: Call, me: string | null, w: Words, language: Language): string {
  const code = deed.vpbx_result;
  const handing = deed.what === "transfer" || deed.what === "consult";
  // A code of this class is how the colleague's leg ended: nobody refused anything.
  if (handing && code !== null && code >= 1_100 && code < 1_200) {
    const back = call.state !== "ended" && me !== null && legStateOf(call, me) !== null;
    const how = code === 1_121 || code === 1_123 || code === 1_124 ? w.deedNotReached.busy : code === 1_122 ? w.deedNotReached.rejected : w.deedNotReached.silent;
    return back ? w.deedCameBack(how, deed.what === "consult") : how;
  }
  const why = tellable(deed.why, language) ?? (code === null ? null : reason(code, w));
  const told = why === null ? null : code === null ? why : `${why} (${w.noticeCode(code)})`;
  if (told === null) return w.deedFailed;
  return code !== null && code >= 2_000 ? w.deedRefused(told) : w.deedFailedWhy(told);
}
