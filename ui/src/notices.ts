/** What a refused request means for a receptionist: one row per code, so that a new code without words does not compile. */
import { clock, type When } from "./format";
import type { LocalCode, Refusal } from "./socket";
import type { ErrorCode } from "./wire/messages";
import type { Words } from "./words";
import { tellable } from "./words/told";

export type NoticeCode = ErrorCode | LocalCode;

export interface Notice {
  /** How loud it is said. */
  severity: "info" | "warning" | "error";
  /** What the person can do next from here. */
  action: "settings" | "again" | "wait" | "none";
}

export const notices: Record<NoticeCode, Notice> = {
  unknown_request: { severity: "error", action: "none" },
  bad_request: { severity: "error", action: "none" },
  not_found: { severity: "info", action: "none" },
  bad_number: { severity: "warning", action: "none" },
  no_extension: { severity: "warning", action: "settings" },
  vpbx_refused: { severity: "error", action: "none" },
  vpbx_down: { severity: "error", action: "again" },
  vpbx_unclear: { severity: "warning", action: "wait" },
  vpbx_quiet: { severity: "warning", action: "wait" },
  not_configured: { severity: "warning", action: "settings" },
  directory_down: { severity: "warning", action: "again" },
  directory_refused: { severity: "warning", action: "none" },
  log_failing: { severity: "error", action: "none" },
  not_now: { severity: "warning", action: "none" },
  not_ready: { severity: "info", action: "wait" },
  busy: { severity: "warning", action: "again" },
  no_connection: { severity: "warning", action: "wait" },
  no_answer: { severity: "warning", action: "wait" },
  shell: { severity: "error", action: "none" },
};

/** What was asked for: the same refusal means one thing for a phone call and another for a message. */
export type Asked = "dial" | "deed" | "sms" | "sound" | "directory" | "note" | "other";

/** Codes for which the desk's own sentence says more than ours, which has to fit every case. */
const DESK_KNOWS: ReadonlySet<NoticeCode> = new Set<NoticeCode>(["not_now", "not_ready", "bad_request", "bad_number", "not_found"]);

/** The sentence for a refusal: what a medical system says, it says in its own words. With the PBX's reason and the time of the next chance where they are known. */
export function sentence(refusal: Refusal, w: Words, when: When, asked: Asked = "dial"): string {
  const told = tellable(refusal.message, when.language);
  // What a medical system says has no other language.
  const message = told ?? refusal.message;
  const knows = asked === "directory" ? refusal.code !== "unknown_request" : asked !== "dial" && told !== null && (DESK_KNOWS.has(refusal.code) || asked === "sound");
  const own = knows && message !== "" && !(refusal.code in LOCAL);
  // A desk newer than this window may know more codes.
  const base = own ? stopped(message) : (w.noticeAbout[asked][refusal.code] ?? w.notice[refusal.code] ?? message);
  const parts = [base];
  if (refusal.vpbx_result !== undefined) parts.push(`${capital(reason(refusal.vpbx_result, w))} (${w.noticeCode(refusal.vpbx_result)}).`);
  if (refusal.until !== undefined) parts.push(w.noticeUntil(clock(refusal.until, when)));
  return parts.join(" ");
}

/** How loud a refusal is said. */
export function severity(refusal: Refusal): Notice["severity"] {
  return notices[refusal.code]?.severity ?? "error";
}

/** The PBX's code in words (manual, table of codes); an unknown code is read as its class. */
export function reason(code: number, w: Words): string {
  const known = REASONS[code];
  if (known) return w.reason[known];
  if (code >= 2000 && code < 3000) return w.reason.billing;
  if (code >= 3200 && code < 3300) return w.reason.wrongNumber;
  if (code >= 3000 && code < 4000) return w.reason.badRequest;
  if (code >= 4000 && code < 5000) return w.reason.impossible;
  if (code >= 5000 && code < 6000) return w.reason.overloaded;
  return w.reason.other;
}

const REASONS: Record<number, keyof Words["reason"]> = {
  1110: "endedByCaller",
  1111: "noAnswer",
  1120: "endedByCaller",
  1121: "busy",
  1122: "rejected",
  1123: "busy",
  1124: "busy",
  1130: "restricted",
  1131: "unavailable",
  1132: "unavailable",
  1133: "noSuchNumber",
  3102: "wrongSignature",
  3105: "wrongKey",
};

const LOCAL: Record<LocalCode, true> = { no_connection: true, no_answer: true, shell: true };

function stopped(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
