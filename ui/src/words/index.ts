/** Every text a person reads, by language. Russian is the first language and defines what there is to say. */
import { en } from "./en";
import { ru, type Words } from "./ru";

export type Language = "ru" | "en";
export type { Words };

export const words: Record<Language, Words> = { ru, en };
