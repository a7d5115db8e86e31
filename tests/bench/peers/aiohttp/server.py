"""What one writes in an afternoon with aiohttp: take a form, check its signature, send its JSON to whoever listens.

With a file: a row is committed before the answer. `python server.py KEY SALT [FILE]`; tells its address.
"""

import asyncio
import hashlib
import hmac
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

KEY, SALT, *FILE = sys.argv[1:]
LISTENERS: set[web.WebSocketResponse] = set()
# A connection of SQLite belongs to one thread.
WRITER = ThreadPoolExecutor(max_workers=1)


def open_rows(file: str) -> sqlite3.Connection:
    rows = sqlite3.connect(file, isolation_level=None)
    rows.execute("pragma journal_mode = wal")
    rows.execute("pragma synchronous = full")
    rows.execute("create table if not exists facts (id integer primary key, json text not null)")
    return rows


ROWS = WRITER.submit(open_rows, FILE[0]).result() if FILE else None


async def take(request: web.Request) -> web.Response:
    form = await request.post()
    json = form["json"]
    wanted = hashlib.sha256(f"{KEY}{json}{SALT}".encode()).hexdigest()
    if form["vpbx_api_key"] != KEY or not hmac.compare_digest(form["sign"], wanted):
        return web.Response(status=403)
    for listener in LISTENERS:
        await listener.send_str(json)
    if ROWS is not None:
        insert = lambda: ROWS.execute("insert into facts (json) values (?)", (json,))
        await asyncio.get_running_loop().run_in_executor(WRITER, insert)
    return web.Response(text="{}")


async def listen(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    LISTENERS.add(socket)
    async for _ in socket:
        pass
    LISTENERS.discard(socket)
    return socket


async def main() -> None:
    app = web.Application()
    app.add_routes([web.post("/mangotelecom/events/call", take), web.get("/feed", listen)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    print(f"{host}:{port}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
