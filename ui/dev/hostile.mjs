/** Every screen there is before a desk whose every text is hostile, and what a person may do there. */
import { diagnosticsAnswers } from "./diagnostics.mjs";
import { Past, withPast } from "./history.mjs";
import { misAnswers, misScenarios } from "./mis.mjs";
import { roster as settingsRoster } from "./roster.mjs";
import { answered, call, card, deed, dial, ended, notices, recording, scenarios, sms, tell } from "./scenarios.mjs";
import { census, press } from "./watch.mjs";

const POP = { limit: 24, perKind: 1 };
const DESK = { limit: 50, perKind: 1 };
const SETTINGS = { limit: 100, perKind: 1 };

/** A record in which everything was written twice, as in a MIS that was typed into by many. */
const twice = (person) => ({
  ...person,
  phones: [...person.phones, ...person.phones],
  alerts: ["allergy", "conflict", "note"].flatMap((kind) => Array(2).fill({ kind, text: "пенициллин" })),
  gaps: ["долг", "долг"],
});

/** What a picture of the feed may hold and the usual scenes leave out. */
function rare(now, base) {
  const [one] = base.calls;
  const failed = (what, state) => deed(now, what, state, { command_id: `${what}-${state}`, to: "202", why: "Нет ответа", vpbx_result: 1111 });
  return {
    ...base,
    calls: [
      { ...one, id: "r1", card: { ...one.card, people: one.card.people.map(twice) }, known_as: "Лаборатория", place: { ru: "мобильный, Россия", en: "mobile, Russia" }, topics: ["анализы", "анализы"], pressed: ["1", "1"], deeds: [failed("transfer", "failed"), failed("hold", "unclear")], advert: { number: "+74995550199", dynamic: true, source: "Яндекс" } },
      ended(answered(call(now, "r2", "+79005550105", card("unknown"), { started_at: new Date(now - 90_000).toISOString() }), now - 80_000, "201"), now - 5_000, {
        outcome: "answered",
        note: "Просит справку",
        recordings: [recording("rec-9", "lost", { why: "MANGO не отдала запись" }), recording("rec-10", "going")],
        wrap_up: { outcome: "Записали", tags: ["Жалоба", "Жалоба", "Записали"], done: false, by: "202", at: new Date(now - 4_000).toISOString() },
      }),
    ],
    dials: [dial("+79005550102", "failed", { command_id: "cmd-8", why: "MANGO отклонила", vpbx_result: 3300, call: "r1" })],
    sms: [sms(now, "sms-8", "+79005550105", "failed", { call: "r2", why: "Абонент недоступен", vpbx_result: 1131 }), sms(now, "sms-9", "+79005550101", "unclear", { call: "r1" })],
  };
}

/** Unlike calls of one picture at a time, each with identities of its own. */
function asOne(pictures) {
  const seen = new Set();
  const fresh = (list, key) => list.filter((one) => !seen.has(one[key]) && seen.add(one[key]));
  const all = (name) => pictures.flatMap((picture) => picture[name] ?? []);
  return { ...pictures[0], calls: fresh(all("calls"), "id"), missed: fresh(all("missed"), "id"), dials: fresh(all("dials"), "command_id"), sms: fresh(all("sms"), "command_id") };
}

const rings = (one) => ({ ...one, state: "ringing", pops: true, outcome: null, answered_at: null, answered_by: null, ended_at: null, legs: [{ id: `${one.id}/x`, extension: "201", state: "ringing", location: null, device: null }] });

/** A picture whose calls are no other picture's: a card that was closed does not come back. */
const alone = (name, picture) => ({
  ...picture,
  calls: picture.calls.map((one) => ({ ...one, id: `${name}-${one.id}` })),
  dials: (picture.dials ?? []).map((one) => ({ ...one, call: one.call && `${name}-${one.call}` })),
  sms: (picture.sms ?? []).map((one) => ({ ...one, call: one.call && `${name}-${one.call}` })),
});

/** Rows of the long list that are unlike the others. */
const SPOKEN_OF = new Set([0, 1, 2, 5, 7, 9, 11, 13, 15, 17, 19, 21].map((n) => `f${n}`));

/** The pictures of the pop, the desk and its past. */
export function pictures(now) {
  const usual = { ...scenarios(now), ...misScenarios(now) };
  const pop = ["several", "unknown", "mis-down", "chosen", "actions", "consult", "stranger", "listening", "dialling", "wrapping", "last-words", "why", "visit", "gaps", "mis-old", "newcomer", "book", "five"].map((name) => alone(name, usual[name]));
  pop.push(alone("rare", rare(now, usual.why)));
  // Half a day ahead: today has calls to count, however early it is.
  const past = new Past({ now: now + 12 * 3_600_000, calls: 24, perDay: 8 });
  const { forty, desk, morning } = usual;
  return { pop, past, desk: asOne([{ ...usual["desk-trouble"], people: desk.people.map(twice) }, desk, { ...forty, missed: forty.missed.filter(({ id }) => SPOKEN_OF.has(id)) }, morning, rare(now, usual.why)]) };
}

/** What is asked is answered: by the past, by the medical system, or with a refusal in hostile words. */
const answers = (past, refuses) => {
  const fromPast = withPast(past);
  const PAST = new Set(["history", "story", "export", "numbers"]);
  let asked = 0;
  return (request, desk) => {
    asked += 1;
    const { call: about } = request.with ?? {};
    // Two pages press the same: what one has closed the other may still ask for.
    if (about !== undefined && !desk.picture.calls.some((one) => one.id === about)) return { error: { code: "not_found", message: "Такого звонка нет" } };
    if (refuses && asked % 3 === 0 && !PAST.has(request.do)) return { error: { code: ["vpbx_refused", "directory_refused", "directory_down", "bad_request"][asked % 4], message: "МИС ответила отказом", vpbx_result: 3300 } };
    return PAST.has(request.do) ? fromPast(request, desk) : misAnswers(request, desk);
  };
};

/** The page from its beginning: what was pressed before is forgotten. */
export async function anew(tab) {
  await tab.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
    history.replaceState(null, "");
  });
  await tab.reload();
}

/** The desk from its beginning. */
async function deskAnew(tab) {
  await anew(tab);
  await tab.getByTestId("search").waitFor();
}

/** The screens, in the order in which they are opened: `{ page, prepare(desk), visit(look) }`. */
export function screens(now, { pop, past, desk: whole }) {
  return [
    {
      page: "pop",
      picture: pop[0],
      answer: answers(past, true),
      async visit({ tabs, desk, look }) {
        for (const picture of pop) {
          // A card is of a call that rang here; what came of it is told next.
          desk.turn({ ...picture, calls: picture.calls.map(rings) });
          await tabs((tab) => tab.getByTestId("pop-card").first().waitFor());
          for (const call of picture.calls) desk.push("call", call);
          await look(POP, (tab) => tab.getByTestId("pop-card").first().waitFor());
        }
      },
    },
    {
      page: "index",
      picture: whole,
      answer: answers(past, false),
      async visit({ tabs, look, told }) {
        for (const notice of Object.values(notices)) await tabs((tab) => tell(tab, "notice", told(notice, "notice")));
        await tabs((tab) => tell(tab, "dial-link", told({ number: "8 (900) 555-01-88" }, "link")));
        await look({ limit: 0, perKind: 0 }, (tab) => tab.getByTestId("toast").nth(2).waitFor());
        await look(DESK, async (tab) => {
          await tab.getByTestId("search").fill("иванов");
          await tab.getByTestId("found-person").first().waitFor();
        });
        await look(DESK, async (tab) => {
          await deskAnew(tab);
          await tab.keyboard.press("Control+2");
          await tab.getByTestId("past-row").first().waitFor();
        });
        await look(DESK, async (tab) => {
          await deskAnew(tab);
          await tab.keyboard.press("Control+2");
          await tab.getByTestId("past-row").first().click();
          await tab.getByTestId("past-call").getByTestId("story-link").first().click();
          await tab.getByTestId("story-call").first().waitFor();
        });
        await look(DESK, async (tab) => {
          await deskAnew(tab);
          await tab.keyboard.press("Control+3");
          await tab.locator("[data-testid=numbers][data-state=shown]").waitFor();
          // Its tooltip follows a real pointer.
          for (const picture of ["lines", "colleagues"]) await tab.getByTestId(`picture-${picture}`).getByTestId("chart").locator("svg").hover({ force: true });
        });
      },
    },
    {
      page: "settings",
      picture: { ...whole, roster: named },
      answer: diagnosticsAnswers(now),
      prepare: (desk) => trouble(desk, false, now),
      async visit({ look }) {
        await look(SETTINGS, (tab) => tab.locator("[data-testid=roster][data-state=known]").waitFor({ timeout: 3_000 }).catch(() => {}));
      },
    },
    {
      page: "settings",
      picture: { ...whole, roster: named },
      answer: diagnosticsAnswers(now),
      prepare: (desk) => trouble(desk, true, now),
      async visit({ look }) {
        await look(POP, (tab) => tab.getByTestId("first-run").waitFor({ timeout: 3_000 }));
      },
    },
  ];
}

/** The PBX's lists, with one of each named twice. */
const named = { ...settingsRoster, colleagues: [...settingsRoster.colleagues, settingsRoster.colleagues[0]], groups: [...settingsRoster.groups, settingsRoster.groups[0]], lines: [...settingsRoster.lines, settingsRoster.lines[0]] };

/** A shell with something to say about everything. */
function trouble(desk, firstRun, now) {
  const { shell } = desk;
  const { settings } = shell;
  shell.problems = [
    { field: "desk.extension", message: "«двести» не номер" },
    { field: "directory.http.base", message: "не адрес" },
    { field: "vpbx.api_base", message: "не адрес" },
  ];
  shell.knocks = [{ at: new Date(now + 86_400_000).toISOString(), from: "81.88.80.132", path: "/mangotelecom/events/call", answer: "403 wrong signature" }];
  shell.trial = { ...shell.trial, error: firstRun ? "МИС не отвечает" : null };
  shell.settings = {
    ...settings,
    notes: [{ field: "listener.tls", message: "сертификат истекает" }],
    keyring: { state: "locked", why: "хранилище закрыто" },
    problems: shell.problems,
    first_run: { is_due: firstRun, finished: !firstRun, steps: firstRun ? { mango: "good" } : {} },
  };
}

/** Looks at a page in every state that pressing brings about: what stands there before and after. */
export async function lookAt(tab, how) {
  const before = await tab.evaluate(census);
  const pressed = how.limit === 0 ? 0 : await tab.evaluate(press, how);
  const after = await tab.evaluate(census);
  return { pressed, found: [before, after] };
}
