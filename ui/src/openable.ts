/** Whether a patient's chart can be behind an address. The shell has the last word; this keeps a button away that could only be refused. */

/** What runs, or shows a file of this computer, instead of opening somebody's program. */
const NEVER = new Set(["javascript:", "vbscript:", "data:", "file:", "blob:", "filesystem:", "about:", "view-source:", "jar:", "res:", "mhtml:"]);

/** A web address, or one of a program's own scheme (`mis:card/12`). */
export function openable(address: string): boolean {
  return URL.canParse(address) && !NEVER.has(new URL(address).protocol);
}
