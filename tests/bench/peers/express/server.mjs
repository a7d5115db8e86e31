// What one writes in an afternoon with express and ws: take a form, check its signature, send its JSON to whoever
// listens. With a file: a row is on the disk before the answer. `node server.mjs KEY SALT [FILE]`; tells its address.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { createServer } from "node:http";

import express from "express";
import { WebSocketServer } from "ws";

const [key, salt, file] = process.argv.slice(2);
const rows = file === undefined ? null : await open(file, "a");

const app = express();
app.disable("x-powered-by");
app.disable("etag");
app.use(express.urlencoded({ extended: false }));

const server = createServer(app);
const listeners = new WebSocketServer({ server, path: "/feed" });

app.post("/mangotelecom/events/call", async (request, response) => {
  const { vpbx_api_key: from, sign, json } = request.body;
  const wanted = createHash("sha256").update(`${key}${json}${salt}`).digest("hex");
  if (from !== key || sign !== wanted) return response.status(403).end();
  for (const listener of listeners.clients) listener.send(json);
  if (rows !== null) {
    await rows.appendFile(`${json}\n`);
    await rows.datasync();
  }
  response.send("{}");
});

server.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
