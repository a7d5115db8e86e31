import { expect, test } from "vitest";

import { openable } from "./openable";

test("web addresses and a program's own scheme are offered", () => {
  for (const address of ["https://mis.example/card/12", "http://10.0.0.5/card/12?x=<b>", "HTTPS://MIS.EXAMPLE/1", "mis:card/12", "mis://card/12"]) expect(openable(address), address).toBe(true);
});

test("what runs or reads this computer's files is not, however it is written", () => {
  const hostile = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", " \u0001javascript:alert(1)", "javascript://mis.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "FILE:C:\\x.exe", "blob:https://mis.example/1", "view-source:javascript:1", "about:blank"];
  for (const address of hostile) expect(openable(address), address).toBe(false);
});

test("what is no address is not", () => {
  for (const address of ["", "card/12", "//mis.example/card", "\\\\server\\share", "C", "#", "<a href=javascript:x>"]) expect(openable(address), address).toBe(false);
});
