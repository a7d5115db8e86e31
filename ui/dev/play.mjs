/** The windows in a plain browser: `npm run play -- several` serves the built pages with one scenario. */
import { goodAnswers, scenarios } from "./scenarios.mjs";
import { MockDesk } from "./mock.mjs";

const all = scenarios(Date.now());
const name = process.argv[2] ?? "desk";
if (!(name in all)) {
  console.error(`no scenario ${name}; there are: ${Object.keys(all).join(", ")}`);
  process.exit(2);
}
const desk = await new MockDesk(all[name]).start(1421);
desk.answer = goodAnswers;
for (const page of ["index", "pop", "settings"]) console.log(desk.url(page));
