/** The scenario that the settings' button plays: one whole call. */
export const REHEARSED = "demo";
