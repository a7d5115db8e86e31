/** What the PBX of an invented clinic with several lines knows: for the settings window, where they are chosen from. */
import { goodAnswers } from "./scenarios.mjs";

const colleague = (extension, name, department, groups, more = {}) => ({ extension, name, department, groups, presence: null, presence_text: null, ...more });

export const roster = {
  colleagues: [
    colleague("201", "Анна Ким", "регистратура", ["300"]),
    colleague("202", "Ольга Белова", "регистратура", ["300"]),
    colleague("203", "Пётр Сомов", "регистратура", ["300"]),
    colleague("301", "Ирина Петрова", "терапевт", ["400"]),
    colleague("302", null, null, []),
  ],
  groups: [
    { extension: "300", name: "Регистратура" },
    { extension: "400", name: "Врачи" },
  ],
  lines: [
    { number: "+74995550199", name: "реклама, Яндекс" },
    { number: "+74995550198", name: "Основной" },
    { number: "sip:filial@clinic.mangosip.ru", name: null },
  ],
  at: "2026-10-13T06:41:00.000Z",
  why: null,
};

/** A good-natured desk whose PBX tells its lists. */
export function withRoster(request, desk) {
  return request.do === "roster" ? { roster } : goodAnswers(request, desk);
}
