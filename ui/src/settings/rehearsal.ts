/** The call that the settings play: one patient, and a receptionist who takes it or not. */
export const REHEARSED = "group_answered";
