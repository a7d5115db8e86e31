/**
 * Pages that are careless in every way a page can be, each in a frame of its own: the texts must run there, or they prove
 * nothing elsewhere. Nothing of Callpop is in them.
 */
import { createServer } from "node:http";

import { PAYLOADS } from "./payloads.mjs";
import { census, press, Watch } from "./watch.mjs";

const attribute = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const literal = (text) => JSON.stringify(text).replaceAll("<", "\\u003c");
const byScript = (script) => (text) => `<!doctype html><body><div id=a></div><div id=b></div><script>const t=${literal(text)};const a=document.getElementById("a"),b=document.getElementById("b");${script}</script>`;

/** Somebody reads text as markup, as an address, as a style, as script, as a template, as a path. */
const CARELESS = {
  body: (text) => `<!doctype html><body>${text}`,
  double: (text) => `<!doctype html><body><div title="${text}">x</div>`,
  single: (text) => `<!doctype html><body><div title='${text}'>x</div>`,
  unquoted: (text) => `<!doctype html><body><div title=${text}>x</div>`,
  link: (text) => `<!doctype html><body><a href="${attribute(text)}">x</a>`,
  frame: (text) => `<!doctype html><body><iframe src="${attribute(text)}"></iframe>`,
  style: (text) => `<!doctype html><body><b style="color:${attribute(text)}">x</b>`,
  sheet: (text) => `<!doctype html><style>b{color:${text}}</style><body><b>x</b>`,
  quoted: (text) => `<!doctype html><script>var x="${text}"</script>`,
  apostrophes: (text) => `<!doctype html><script>var x='${text}'</script>`,
  backslashed: (text) => `<!doctype html><script>var x="${text.replaceAll('"', '\\"')}"</script>`,
  backticks: (text) => `<!doctype html><script>var x=\`${text}\`</script>`,
  title: (text) => `<!doctype html><title>${text}</title>`,
  area: (text) => `<!doctype html><body><textarea>${text}</textarea>`,
  comment: (text) => `<!doctype html><body><!--${text}-->`,
  cdata: (text) => `<!doctype html><body><svg><![CDATA[${text}]]></svg>`,
  choice: (text) => `<!doctype html><body><select><option>${text}</option></select>`,
  twice: byScript("a.innerHTML=t;b.innerHTML=a.innerHTML;"),
  entities: byScript(`const d=document.createElement("textarea");d.innerHTML=t;d.innerHTML=d.value;a.innerHTML=d.value;`),
  percent: byScript("a.innerHTML=decodeURIComponent(t);"),
  escapes: byScript(`a.innerHTML=new Function('return "'+t.replaceAll('"','\\\\"')+'"')();`),
  wide: byScript("a.innerHTML=t.normalize('NFKC');"),
  template: byScript(
    String.raw`a.innerHTML=t.replace(/\{\{(.+?)\}\}|\$\{(.+)\}|\{@html (.+)\}|<%=(.+?)%>|#\{(.+?)\}|\{(.+)\}/g,(all,...codes)=>new Function("return "+codes.slice(0,6).find(Boolean))());`,
  ),
  merged: byScript("const m=(to,from)=>{for(const k in from)if(typeof from[k]==='object')m(to[k],from[k]);else to[k]=from[k];};m({},JSON.parse(t));"),
  path: byScript("const [p,v]=t.split('=');const k=p.split('.');let o={};for(const one of k.slice(0,-1))o=o[one];o[k.at(-1)]=v;"),
};

/** What suffices for most comes first. */
const STAGES = [["body"], ["double", "single", "unquoted", "link", "frame", "style"], Object.keys(CARELESS).slice(7)];

/** Serves `/all/<n>?<stage>`: frames of careless pages with payload `n`; `/<page>/<n>`: one of them. `?csp`: with that policy. */
async function serve(csp) {
  const http = createServer((request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    const [, page, number] = url.pathname.split("/");
    const rules = url.searchParams.has("csp") ? { "content-security-policy": csp } : {};
    if (page === "all") {
      const frames = STAGES[Number(url.search.slice(1))].map((name) => `<iframe src="/${name}/${number}"></iframe>`);
      return response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html>${frames.join("")}`);
    }
    const html = CARELESS[page]?.(PAYLOADS[Number(number)]?.(Number(number)) ?? "");
    if (html === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...rules }).end(html);
  });
  await new Promise((done) => http.listen(0, "127.0.0.1", done));
  return http;
}

/** What the texts do there: which of them did anything, and by which signs. `csp`: the windows' policy, which has to stop script. */
export async function careless(browser, csp, numbers) {
  const http = await serve(csp);
  const root = `http://127.0.0.1:${http.address().port}`;
  const seen = { armed: [], silent: [], signs: {}, ran_in_spite: 0, stopped: 0 };
  const isArmed = async (number) => {
    for (const stage of STAGES.keys()) {
      const { counts } = await look(browser, `${root}/all/${number}?${stage}`, root);
      for (const [sign, count] of Object.entries(counts)) seen.signs[sign] = (seen.signs[sign] ?? 0) + count;
      // Markup that stands there and does nothing is no proof.
      const { ran, dialogs, popups, navigated, outside, polluted } = counts;
      if (ran + dialogs + popups + navigated + outside + polluted > 0) return true;
    }
    return false;
  };
  try {
    for (const number of numbers) ((await isArmed(number)) ? seen.armed : seen.silent).push(number);
    // The same under the windows' policy: the policy's own sign must be seen too.
    for (const number of numbers.slice(0, 3)) {
      const { counts } = await look(browser, `${root}/body/${number}?csp`, root);
      seen.ran_in_spite += counts.ran;
      seen.stopped += counts.violations;
    }
  } finally {
    http.closeAllConnections();
    await new Promise((done) => http.close(done));
  }
  return seen;
}

async function look(browser, url, root) {
  const context = await browser.newContext();
  const watch = await Watch.of(context, (at) => at.startsWith(root) || at === "about:blank" || at === "about:srcdoc");
  const page = await context.newPage();
  try {
    await page.goto(url, { waitUntil: "load", timeout: 5_000 }).catch(() => {});
    for (const frame of page.frames().slice(1)) {
      const found = await within(frame.evaluate(census));
      for (const what of found?.planted ?? []) watch.count("planted", what);
      for (const what of found?.offered ?? []) watch.count("offered", what);
      if (found?.polluted) watch.count("polluted", found.polluted);
      await within(frame.evaluate(press, { limit: 8, perKind: 3 }));
    }
    await page.waitForTimeout(60);
  } finally {
    await context.close();
  }
  return watch;
}

/** A frame that is gone or hangs is not waited for. */
const within = (work) => Promise.race([work.catch(() => null), new Promise((next) => setTimeout(next, 500, null))]);
