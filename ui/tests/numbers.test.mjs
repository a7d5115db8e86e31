/** The page of numbers, on the screen and on paper. Needs Chromium. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bigRoster, dateOf, Past, pastPicture, withPast } from "../dev/history.mjs";
import { numbersOf } from "../dev/numbers.mjs";
import { closeBrowser, eventually, openBrowser, says, withWindow } from "./window.mjs";

before(openBrowser);
after(closeBrowser);

const now = Date.now();
const small = new Past({ now, calls: 6_000, perDay: 120 });
const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");

/** The page of numbers. The program's windows freeze `Object.prototype`, so this one does too. */
const onNumbers = (story, { past = small, ...options } = {}) =>
  withWindow(
    "index",
    pastPicture(now, past),
    async (page, desk) => {
      desk.answer = withPast(past);
      await page.getByTestId("page-today").waitFor();
      await page.keyboard.press("Control+3");
      await page.locator("[data-testid=numbers][data-state=shown]").waitFor();
      await story(page, desk);
    },
    { before: (page) => page.addInitScript(() => Object.freeze(Object.prototype)), reducedMotion: "reduce", ...options },
  );

const choose = async (page, desk, period) => {
  const asked = desk.asked("numbers").length;
  await page.getByTestId(`period-${period}`).check({ force: true });
  await eventually(() => desk.asked("numbers").length > asked);
  await page.locator("[data-testid=numbers][data-state=shown]").waitFor();
};

test("periods are asked for as days; the figures are those that came, compared in words", () =>
  onNumbers(async (page, desk) => {
    const today = dateOf(now);
    assert.deepEqual(desk.asked("numbers")[0].with, { from: today, to: today });
    await choose(page, desk, "month");
    const { from, to } = desk.asked("numbers").at(-1).with;
    assert.equal(to, today);
    assert.equal((Date.parse(to) - Date.parse(from)) / 86_400_000, 29);
    const { total, before: was } = numbersOf(small, from, to);
    const tile = async (key) => plain(await page.getByTestId(`tile-${key}`).innerText());
    await eventually(async () => (await tile("inbound")).includes(total.inbound.toLocaleString("ru-RU").replace(/\s/g, " ")), "the month's figure");
    assert.ok((await tile("answered")).includes(`${Math.round((total.answered / total.inbound) * 100)} %`));
    assert.ok(was !== null);
    assert.match(await tile("inbound"), total.inbound > was.inbound ? /▲ на .* больше/ : total.inbound < was.inbound ? /▼ на .* меньше/ : /столько же/);
    await page.getByTestId("period-range").check({ force: true });
    await page.getByTestId("numbers-from").fill(from);
    await page.getByTestId("numbers-to").fill("2020-01-01");
    await says(page.getByRole("alert"), "Первый день позже последнего");
    await page.getByTestId("numbers-from").fill("2019-12-31");
    await eventually(() => desk.asked("numbers").at(-1).with.from === "2019-12-31");
    await says(page.getByTestId("no-numbers"), "звонков не было");
  }));

test("every picture is readable without colour, and is a table too", () =>
  onNumbers(async (page, desk) => {
    await choose(page, desk, "week");
    await page.getByTestId("picture-days").getByTestId("chart").locator("svg").waitFor();
    const charts = page.getByTestId("chart");
    assert.ok((await charts.count()) >= 7);
    for (const chart of await charts.all()) {
      assert.equal(await chart.getAttribute("role"), "img");
      assert.ok((await chart.getAttribute("aria-label")).length > 10);
    }
    const patterns = await page.getByTestId("picture-hours").locator("svg pattern").count();
    assert.ok(patterns >= 2, `${patterns} patterns`);
    assert.equal(await page.getByTestId("picture-hours").locator("table").count(), 0);
    await page.getByTestId("table-hours").focus();
    await page.keyboard.press("Enter");
    const table = page.getByTestId("picture-hours").locator("table");
    const { from, to } = desk.asked("numbers").at(-1).with;
    const { hours } = numbersOf(small, from, to);
    const ten = plain(await table.locator("tr").filter({ hasText: "10:00" }).first().innerText()).split("\t");
    assert.deepEqual([ten[1], ten[2], ten[4], ten[5]], [hours[10].inbound, hours[10].answered, hours[10].missed, hours[10].abandoned].map(String));
    await page.getByTestId("picture-hours").getByTestId("copy").click();
    await eventually(() => desk.shell.last("copy_text")?.text.startsWith("Час\tВходящих"));
    // The colleagues' table stands beside its picture.
    await page.getByTestId("picture-colleagues").locator("table").waitFor();
  }));

test("in the system's own few colours the chosen shows, and each series keeps a pattern of its own", async () => {
  for (const colorScheme of ["dark", "light"]) {
    await onNumbers(
      async (page, desk) => {
        await choose(page, desk, "week");
        const hours = page.getByTestId("picture-hours");
        await hours.locator("svg pattern").first().waitFor({ state: "attached" });
        const background = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
        assert.notEqual(await background(page.getByTestId("page-numbers")), await background(page.getByTestId("page-history")));
        const period = (name) => page.locator("label").filter({ has: page.getByTestId(`period-${name}`) });
        assert.notEqual(await background(period("week")), await background(period("month")));
        /** What each square of the legend is painted with: what is drawn at one height, left of its name. */
        const squares = () =>
          hours.locator("svg").evaluate((svg) => {
            const canvas = svg.parentElement.getBoundingClientRect();
            const paint = {};
            for (const path of svg.querySelectorAll("path[fill]")) {
              const box = path.getBoundingClientRect();
              const fill = path.getAttribute("fill");
              if (box.top - canvas.top > 30 || box.width === 0 || box.width > 40 || fill === "none") continue;
              const pattern = fill.startsWith("url(") ? [...svg.querySelector(fill.slice(4, -1)).children].map((child) => new XMLSerializer().serializeToString(child)).join("") : getComputedStyle(path).fill;
              const place = Math.round(box.left / 8) * 8;
              paint[place] = `${paint[place] ?? ""} ${pattern}`;
            }
            return Object.values(paint);
          });
        const painted = await squares();
        assert.ok(painted.length >= 3, `${painted.length} squares`);
        assert.equal(new Set(painted).size, painted.length, "squares differ");
        // The letters of the picture are the system's, on its ground.
        const ground = await background(hours.getByTestId("chart"));
        assert.equal(ground, colorScheme === "dark" ? "rgb(0, 0, 0)" : "rgb(255, 255, 255)");
        assert.notEqual(await hours.locator("svg text").first().evaluate((text) => getComputedStyle(text).fill), ground);
        // Whoever switches back has the program's colours again, at once.
        await page.emulateMedia({ forcedColors: "none", colorScheme });
        await eventually(async () => (await squares()).join() !== painted.join(), "the usual colours");
      },
      { colorScheme, forcedColors: "active" },
    );
  }
});

test("forty lines and thirty colleagues with long names fit, at 200 % too", () => {
  const past = new Past({ now, calls: 20_000, perDay: 600, roster: bigRoster(now) });
  const fits = async (page, desk) => {
    await choose(page, desk, "month");
    await says(page.getByTestId("picture-lines"), "на диаграмме 12 из 40");
    await page.getByTestId("picture-lines").locator("svg").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    for (const svg of await page.locator("[data-testid=chart] svg").all()) {
      const { outside, box } = await svg.evaluate((element) => {
        const box = element.getBoundingClientRect();
        return { box, outside: [...element.querySelectorAll("text")].filter((text) => text.getBoundingClientRect().right > box.right + 1 || text.getBoundingClientRect().left < box.left - 1).length };
      });
      assert.ok(box.width > 100 && outside === 0, `${outside} texts stick out`);
    }
    assert.equal(await page.getByTestId("picture-colleagues").locator("tbody tr").count(), 30);
  };
  return onNumbers(fits, { past }).then(() => onNumbers(fits, { past, viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 }));
});

test("on paper: light, the report alone, two pages at most for a month of the largest clinic", () => {
  const past = new Past({ now, calls: 50_000, perDay: 1_500, roster: bigRoster(now) });
  return onNumbers(
    async (page, desk) => {
      desk.shell.settings.window.theme = "dark";
      await page.reload();
      await page.locator("[data-testid=numbers][data-state=shown]").waitFor();
      await choose(page, desk, "month");
      await says(page.getByTestId("picture-lines"), "из 40");
      await page.getByTestId("table-days").click();
      const pdf = String(await page.pdf({ preferCSSPageSize: true, printBackground: true }));
      assert.ok((pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length <= 2, "pages");
      await page.emulateMedia({ media: "print" });
      await eventually(() => page.getByTestId("picture-days").getByTestId("chart").locator("svg").isVisible(), "the picture instead of its table");
      assert.equal(await page.getByTestId("open-settings").isVisible(), false);
      assert.equal(await page.getByTestId("print").isVisible(), false);
      assert.equal(await page.getByTestId("page-today").isVisible(), false);
      await says(page.getByRole("heading", { level: 1 }), "Клиника «Мята»");
      const [background, ink] = await page.evaluate(() => [getComputedStyle(document.documentElement).backgroundColor, document.querySelector("[data-testid=picture-hours] [data-testid=chart] svg text").getAttribute("fill")]);
      assert.equal(background, "rgb(255, 255, 255)");
      const channels = ink.match(/\d+/g).map(Number);
      assert.ok(ink.startsWith("#") ? true : Math.max(...channels) < 120, `dark letters, not ${ink}`);
      await page.emulateMedia({ media: "screen" });
      await eventually(() => page.getByTestId("print").isVisible());
      await page.evaluate(() => (window.print = () => (window.printed = true)));
      await page.getByTestId("print").click();
      assert.ok(await page.evaluate(() => window.printed));
    },
    { past },
  );
});

test("no call, and one call only", async () => {
  await onNumbers(
    async (page) => {
      await says(page.getByTestId("no-numbers"), "За это время звонков не было");
      assert.equal(await page.getByTestId("chart").count(), 0);
      await says(page.getByTestId("tile-answered"), "—");
    },
    { past: new Past({ now, calls: 0 }) },
  );
  const one = new Past({ now, calls: 200, perDay: 200 });
  one.records = [{ ...one.records.find((record) => record.direction === "inbound" && record.outcome === "answered"), at: now, date: dateOf(now) }];
  await onNumbers(
    async (page) => {
      await says(page.getByTestId("tile-inbound"), "1");
      await says(page.getByTestId("picture-callbacks"), "Перезвонов за это время не было");
      await page.getByTestId("picture-hours").locator("svg").waitFor();
    },
    { past: one },
  );
});

test("a refusal is said, and a day that goes on is counted anew", () =>
  onNumbers(async (page, desk) => {
    const good = withPast(small);
    desk.answer = (request, it) => (request.do === "numbers" ? { error: { code: "busy", message: "" } } : good(request, it));
    await page.getByTestId("period-week").check({ force: true });
    await says(page.getByRole("alert"), "Слишком много запросов");
    await page.getByTestId("tile-inbound").waitFor();
    desk.answer = good;
    await page.getByRole("alert").getByRole("button").click();
    await page.getByRole("alert").waitFor({ state: "detached" });
  }));

test("a line and a colleague may be called like what every object has", () => {
  const names = ["__proto__", "constructor", "toString"];
  const roster = {
    ...small.roster,
    lines: small.roster.lines.map((line, index) => ({ ...line, name: names[index] ?? line.name })),
    colleagues: small.roster.colleagues.map((one, index) => ({ ...one, name: names[index] ?? one.name })),
  };
  return onNumbers(
    async (page, desk) => {
      await choose(page, desk, "week");
      await says(page.getByTestId("picture-lines").locator("svg text"), "__proto__");
      await says(page.getByTestId("picture-colleagues").locator("svg text"), "constructor");
    },
    { past: new Past({ now, calls: 600, perDay: 120, roster }) },
  );
});
