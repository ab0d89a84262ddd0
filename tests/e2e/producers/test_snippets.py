"""What the dashboard gives to copy runs as pasted: the entry is on the stream."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from ...support.processes import ROOT
from .conftest import Follow
from .middlewares import EXPRESSES, Middleware
from .pasting import Block, ask, evaluated, pasted, port_of, set_up, snippet, to_its_end
from .site import Site, free_port


async def test_curl(site: Site, follow: Follow, tmp_path: Path) -> None:
    shop = site.service("Shop")
    follower = await follow(site, shop)
    (line,) = snippet("curl", site, shop)
    assert json.loads(await to_its_end(line.code, tmp_path)) == {"accepted": 1, "rejected": 0, "errors": []}
    await follower.until_count(1)
    (entry,) = follower.entries
    assert (entry["level"], entry["message"], entry["source"]) == ("info", "Hello from curl", "terminal")


@pytest.mark.parametrize("name", ["run", "pipe"])
async def test_on_the_servers_machine_no_key_is_needed(site: Site, follow: Follow, tmp_path: Path, name: str) -> None:
    """The second line of `run` and `pipe`: the server is found by its port, the service by its name."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    (tmp_path / "package.json").write_text('{"scripts": {"dev": "echo hello", "test": "echo hello"}}')
    _, line = snippet(name, site, shop)
    assert line.note == "no key is needed there"
    assert "hello" in await to_its_end(line.code, tmp_path)
    await follower.until(lambda: any(entry["message"] == "hello" for entry in follower.entries))


# Frameworks of Node: what an app has besides, behind the lines that are pasted. It prints its port when it listens.

LISTENING = '\nconst server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));\n'
NODE_APPS = {
    **dict.fromkeys(EXPRESSES, '\napp.get("/hello", (req, res) => res.send("hello"));' + LISTENING),
    "fastify": '\napp.get("/hello", async () => "hello");\n'
    'await app.listen({ host: "127.0.0.1", port: 0 });\nconsole.log(app.server.address().port);\n',
    "koa": '\napp.use((context) => { context.body = "hello"; });' + LISTENING,
    "hono": '\nimport { serve } from "@hono/node-server";\napp.get("/hello", (context) => context.text("hello"));\n'
    'serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => console.log(port));\n',
    "http": '\nserver.listen(0, "127.0.0.1", () => console.log(server.address().port));\n',
}


def node_app(folder: Path, name: str) -> Path:
    """An empty app, with the packages of that framework."""
    folder.mkdir()
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").mkdir()
    package = "express" if name in EXPRESSES else name
    for wanted, found in {package: name, "@hono": "@hono"}.items():
        if (ROOT / "node_modules" / found).exists():
            (folder / "node_modules" / wanted).symlink_to(ROOT / "node_modules" / found)
    return folder


@pytest.mark.parametrize("name", NODE_APPS)
async def test_frameworks_of_node(site: Site, follow: Follow, tmp_path: Path, name: str) -> None:
    shop = site.service("Shop")
    follower = await follow(site, shop)
    folder = node_app(tmp_path / "app", name)
    blocks = snippet("express" if name in EXPRESSES else name, site, shop)
    start = await set_up(folder, blocks, {"app.js": NODE_APPS[name]})
    async with pasted(f"exec {start}", folder) as process:
        await ask(await port_of(process))
        await follower.until_count(1)
    (entry,) = follower.entries
    assert (entry["message"], entry["statusCode"], entry["source"]) == ("GET /hello", 200, "node-app")


@pytest.mark.parametrize("name", ["pino", "winston"])
async def test_loggers_of_node(site: Site, follow: Follow, tmp_path: Path, name: str) -> None:
    """The program is over at once, and the entry is not lost; nor is it kept from where logs went before."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    folder = node_app(tmp_path / "app", name)
    start = await set_up(folder, snippet(name, site, shop), {})
    assert "order paid" in await to_its_end(start, folder)
    await follower.until_count(1)
    (entry,) = follower.entries
    assert (entry["level"], entry["message"], entry["metadata"]["order"]) == ("info", "order paid", 17)


async def test_express_with_require(site: Site, follow: Follow, tmp_path: Path) -> None:
    """What the note beside the file says of CommonJS."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    folder = node_app(tmp_path / "app", "express5")
    (folder / "package.json").write_text("{}")
    file, env, app = snippet("express", site, shop)
    assert "for require() spectrix.cjs" in file.note
    other = Block("spectrix.cjs", file.code.replace("spectrix.mjs", "spectrix.cjs"))
    lines = app.code.replace('import express from "express"', 'const express = require("express")')
    lines = lines.replace('import spectrix from "./spectrix.mjs"', 'const spectrix = require("./spectrix.cjs")')
    start = await set_up(folder, [other, env, app._replace(code=lines)], {"app.js": NODE_APPS["express5"]})
    async with pasted(f"exec {start}", folder) as process:
        await ask(await port_of(process))
        await follower.until_count(1)


@pytest.mark.parametrize("express", EXPRESSES)
async def test_express_with_the_former_file(
    site: Site, follow: Follow, tmp_path: Path, middleware: Middleware, express: str
) -> None:
    """It keeps its middleware and its lines, and changes the one that gives the address."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    folder = node_app(tmp_path / "app", express)
    _, env, app = snippet("express", site, shop)
    line = evaluated("all.formerLine(target)", site, shop)
    assert isinstance(line, str)
    middleware.build_with(folder / "spectrix.mjs", line)
    (folder / ".env").write_text(env.code)
    lines = app.code.replace("spectrix()", "spectrix({ apiKey: process.env.SPECTRIX_API_KEY })")
    (folder / "app.js").write_text(lines + NODE_APPS[express])
    async with pasted(f"exec {app.note.removeprefix('start it with: ')}", folder) as process:
        port = await port_of(process)
        for _ in range(50):  # as many as it sends at once
            await ask(port)
        await follower.until_count(50)
    for entry in follower.entries:
        assert (entry["message"], entry["statusCode"], entry["source"]) == ("GET /hello", 200, "node-app")


# Frameworks of Python: what an app has besides, and what follows the command, so that it takes a free port.

MANAGE = """import os, sys
from django.core.management import execute_from_command_line
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
execute_from_command_line(sys.argv)
"""
SETTINGS = """SECRET_KEY = "only for this test"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
"""
URLS = """from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("hello", lambda request: HttpResponse("hello"))]
"""
APPLICATION = """import os
from django.core.{0} import get_{0}_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
application = get_{0}_application()
"""
DJANGO = {
    "manage.py": MANAGE,
    "settings.py": SETTINGS,
    "urls.py": URLS,
    "before wsgi.py": APPLICATION.format("wsgi"),
    "before asgi.py": APPLICATION.format("asgi"),
}
ROUTE = '\n\n@app.{}("/hello")\ndef hello():\n    return "hello"\n'
STARLETTE = """
from starlette.responses import PlainTextResponse
from starlette.routing import Route
app.router.routes.append(Route("/hello", lambda request: PlainTextResponse("hello")))
"""
AIOHTTP = """
async def hello(request):
    return web.Response(text="hello")
app.router.add_get("/hello", hello)
web.run_app(app, host="127.0.0.1", port=int(__import__("sys").argv[1]))
"""


class PythonApp(NamedTuple):
    """`other` replaces the command of the snippet, `replaced` words in its code."""

    name: str
    own: dict[str, str]
    more: str = "--port {port}"
    other: str = ""
    replaced: tuple[str, str] = ("", "")


PYTHON_APPS = {
    "fastapi": PythonApp("fastapi", {"app.py": ROUTE.format("get")}),
    "starlette": PythonApp("fastapi", {"app.py": STARLETTE}, replaced=("app = FastAPI()", "app = Starlette()")),
    "flask": PythonApp("flask", {"app.py": ROUTE.format("get")}),
    "django-wsgi": PythonApp("django", DJANGO, "--noreload {port}"),
    "django-asgi": PythonApp("django", DJANGO, other="env $(cat .env) uvicorn asgi:application"),
    "aiohttp": PythonApp("aiohttp", {"app.py": AIOHTTP}, "{port}"),
}


@pytest.mark.parametrize("chosen", PYTHON_APPS)
async def test_frameworks_of_python(site: Site, follow: Follow, tmp_path: Path, chosen: str) -> None:
    app = PYTHON_APPS[chosen]
    shop = site.service("Shop")
    follower = await follow(site, shop)
    blocks = snippet(app.name, site, shop)
    if app.replaced[0]:
        # What stands behind "or:" takes the place of the import before it.
        code = re.sub(r"^.*# or: ", "", blocks[2].code).replace(*app.replaced)
        blocks[2] = blocks[2]._replace(code=code)
    for name, text in app.own.items():
        if name not in {block.title for block in blocks} and " " not in name:
            (tmp_path / name).write_text(text)
    start = await set_up(tmp_path, blocks, app.own)
    command = f"{app.other or start} {app.more.format(port=free_port())}"
    async with pasted(f"exec {command} 2>&1", tmp_path) as process:
        await ask(await port_of(process))
        await follower.until_count(1)
    (entry,) = follower.entries
    assert (entry["message"], entry["statusCode"], entry["source"]) == ("GET /hello", 200, "python-app")


@pytest.mark.parametrize("name", ["python", "logging", "structlog", "loguru"])
async def test_loggers_of_python(site: Site, follow: Follow, tmp_path: Path, name: str) -> None:
    """The program is over at once, and the entry is not lost."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    start = await set_up(tmp_path, snippet(name, site, shop), {})
    printed = await to_its_end(f"{start} 2>&1", tmp_path)
    assert ("order paid" in printed) == (name != "python"), printed
    await follower.until_count(1)
    (entry,) = follower.entries
    message = "Hello from Python" if name == "python" else "order paid"
    assert (entry["level"], entry["message"], entry["metadata"]["order"]) == ("info", message, 17)
