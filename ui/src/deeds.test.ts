import { describe, expect, it } from "vitest";

import { emptyRoster } from "./board";
import { consultationOf, deedText, isSending, toldDeeds, TOLD_FOR } from "./deeds";
import { aCall, aDeed, aLeg } from "./testing";
import type { Call, Deed } from "./wire/messages";
import { words } from "./words";

const roster = { ...emptyRoster, colleagues: [{ extension: "202", name: "Анна Ким", department: null, groups: [], presence: null, presence_text: null }] };
const call = (deeds: Deed[], more: Partial<Call> = {}) => aCall("c", { state: "talking", legs: [aLeg("201", "talking")], deeds, ...more });
const says = (deed: Deed, more: Partial<Call> = {}, language: "ru" | "en" = "ru") => deedText(deed, call([deed], more), "201", { roster, w: words[language], language });

describe("what a command has come to", () => {
  it.each([
    ["sending", "Переводим на 202 Анна Ким…"],
    ["accepted", "Переводим на 202 Анна Ким…"],
    ["done", "Перевели: 202 Анна Ким отвечает"],
  ] as const)("a hand-over %s", (state, text) => {
    expect(says(aDeed("transfer", state, { to: "202" }))).toEqual({ text, bad: false });
  });

  it("a colleague who did not answer refused nothing", () => {
    const deed = aDeed("transfer", "failed", { to: "202", vpbx_result: 1111, why: "Нет ответа" });
    expect(says(deed, { state: "ringing", legs: [aLeg("201", "ringing")] })).toEqual({ text: "Не ответили: звонок вернулся к вам", bad: true });
    expect(says(deed, { state: "ended", legs: [] }).text).toBe("Не ответили");
    expect(says({ ...deed, vpbx_result: 1121 }, { legs: [aLeg("201", "ringing")] }).text).toBe("Там занято: звонок вернулся к вам");
    expect(says({ ...deed, what: "consult" }).text).toBe("Не ответили: вы снова с пациентом");
  });

  it("a refusal has its reason and code, in the language of the window", () => {
    const deed = aDeed("hold", "failed", { vpbx_result: 4101, why: "Услуга не подключена" });
    expect(says(deed).text).toBe("АТС отказала: Услуга не подключена (код 4101)");
    expect(says(deed, {}, "en").text).toBe("The PBX refused: this is impossible now (code 4101)");
    expect(says({ ...deed, vpbx_result: 1121, what: "hold", why: "Занято" }, {}, "en").text).toBe("It did not work: Busy (code 1121)");
    expect(says({ ...deed, vpbx_result: null, why: "Звонок закончился раньше, чем это выполнилось" }, {}, "en").text).toBe("It did not work: The call ended before this was done");
    expect(says({ ...deed, vpbx_result: null }).text).toBe("Не получилось: Услуга не подключена");
    expect(says({ ...deed, vpbx_result: null }, {}, "en").text).toBe("It did not work");
  });

  it("what is unclear says what to look at", () => {
    expect(says(aDeed("take", "unclear", { why: "АТС не подтвердила команду" })).text).toBe("Непонятно, выполнено ли: АТС не подтвердила команду");
    expect(says(aDeed("take", "unclear")).text).toContain("посмотрите на телефон");
  });

  it("who has taken a call and talks need not be told to pick up", () => {
    expect(says(aDeed("take", "done"), { legs: [aLeg("201", "ringing")] }).text).toContain("снимите трубку");
    expect(says(aDeed("take", "done")).text).toBe("Звонок забрали");
  });

  it("every kind of command has words in every state and language", () => {
    for (const language of ["ru", "en"] as const) {
      for (const what of ["hang_up", "take", "transfer", "consult", "complete_transfer", "cancel_transfer", "hold", "record"] as const) {
        for (const state of ["sending", "accepted", "done", "failed", "unclear"] as const) expect(says(aDeed(what, state, { to: "202" }), {}, language).text).not.toBe("");
      }
    }
  });
});

describe("what is told of a call's commands", () => {
  const told = (deeds: Deed[], { now = 0, heard = 0 as number | null, dismissed = [] as string[], state = "talking" as Call["state"] } = {}) =>
    toldDeeds(call(deeds, { state }), { now, heard: () => heard, dismissed: new Set(dismissed) }).map((deed) => deed.state);

  it("is what is under way, and for some seconds what worked", () => {
    expect(told([aDeed("hold", "sending")])).toEqual(["sending"]);
    expect(told([aDeed("hold", "done")], { now: TOLD_FOR - 1 })).toEqual(["done"]);
    expect(told([aDeed("hold", "done")], { now: TOLD_FOR })).toEqual([]);
    expect(told([aDeed("hold", "done")], { heard: null }), "a snapshot's is no news").toEqual([]);
  });

  it("is a bad end until it is read or outdone", () => {
    const failed = aDeed("transfer", "failed");
    expect(told([failed], { now: 600_000 })).toEqual(["failed"]);
    expect(told([failed], { dismissed: ["transfer-1"] })).toEqual([]);
    expect(told([failed, aDeed("hold", "sending")])).toEqual(["sending"]);
  });

  it("takes for done what something newer was done after", () => {
    expect(told([aDeed("cancel_transfer", "accepted"), aDeed("hold", "done")])).toEqual(["done"]);
    expect(told([aDeed("cancel_transfer", "accepted"), aDeed("hold", "accepted")])).toEqual(["accepted", "accepted"]);
  });

  it("forgets what was under way once the call is over", () => {
    expect(told([aDeed("hold", "accepted")], { state: "ended" })).toEqual([]);
  });

  it("holds a button back only for this desk's own command on its way", () => {
    expect(isSending(call([aDeed("hold", "sending")]), "hold", "201")).toBe(true);
    expect(isSending(call([aDeed("hold", "sending")]), "hold", "202")).toBe(false);
    expect(isSending(call([aDeed("hold", "accepted")]), "hold", "201")).toBe(false);
  });
});

describe("a consultation", () => {
  const consult = (may: Call["may"], asked: "ringing" | "talking") => call([aDeed("consult", "accepted", { to: "202" })], { may, legs: [aLeg("201", "held"), aLeg("202", asked)] });

  it("is with whom the second leg reaches, once the desk allows to go back", () => {
    expect(consultationOf(consult(["hang_up", "cancel_transfer"], "ringing"), "201")).toEqual({ to: "202", answered: false });
    expect(consultationOf(consult(["hang_up", "complete_transfer", "cancel_transfer"], "talking"), "201")).toEqual({ to: "202", answered: true });
    expect(consultationOf(consult(["hang_up", "transfer"], "talking"), "201")).toBeNull();
  });

  it("with an outside number is known by its command", () => {
    const outside = call([aDeed("consult", "done", { to: "+79005550102" })], { may: ["cancel_transfer"], legs: [aLeg("201", "held")] });
    expect(consultationOf(outside, "201")?.to).toBe("+79005550102");
  });
});
