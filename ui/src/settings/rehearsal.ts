/** The scenarios that the settings' button plays, by their names in the rehearsal PBX; the first is one whole call. */
export const REHEARSALS = ["demo", "missed", "queue-wait", "dtmf", "advert", "recorded"] as const;

export type Rehearsal = (typeof REHEARSALS)[number];
