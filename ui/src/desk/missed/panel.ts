/** What can be open in a row of missed calls: one panel in the whole list. */
export type Panel = "postpone" | "dismiss" | "sms";
