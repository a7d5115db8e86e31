/** What a request to the listener proves. */
import type { Knock } from "../../shell";

const LOOPBACK = /^(127\.|::1$)/;

/** Our own check tries the address from this computer: that proves nothing about the way in. */
export function isOwn(knock: Knock): boolean {
  return LOOPBACK.test(knock.from) && !isPost(knock);
}

/** Somebody from outside was let in, or a signed post was taken, wherever it came from. */
export function isFromOutside(knock: Knock): boolean {
  return Number.parseInt(String(knock.answer), 10) === 200 && !isOwn(knock);
}

function isPost(knock: Knock): boolean {
  return /\/(events|result)\//.test(knock.path);
}
