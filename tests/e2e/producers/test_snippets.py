"""What the dashboard gives to copy runs as pasted: the entry is on the stream."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ...processes import ROOT, SECONDS, environment
from .conftest import Follow, OpenSite
from .middlewares import EXPRESSES, Middleware
from .node import node
from .site import Site, Watched


def snippet(name: str, site: Site, service: Watched) -> Any:
    """What the module behind the dashboard's page makes of this server's address and key."""
    module = (ROOT / "web" / "js" / "snippets.js").as_uri()
    target = json.dumps({"origin": site.base_url, "key": service.key})
    script = (
        f"import * as all from {json.dumps(module)}; console.log(JSON.stringify(all[{json.dumps(name)}]({target})))"
    )
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", script],
        capture_output=True, text=True, timeout=SECONDS, check=True, env=environment(),
    )  # fmt: skip
    return json.loads(done.stdout)


OWN = """
app.get("/hello", (req, res) => res.json({}));
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@asynccontextmanager
async def pasted(*command: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that goes on until the test is through with it; its standard error is in `folder`, for people."""
    with (folder / "errors.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment(), start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def said(process: asyncio.subprocess.Process) -> bytes:
    """The next line that it prints."""
    assert process.stdout is not None
    async with asyncio.timeout(SECONDS):
        return await process.stdout.readline()


async def test_curl(site: Site, follow: Follow, tmp_path: Path) -> None:
    shop = site.service("Shop")
    follower = await follow(site, shop)
    async with pasted("bash", "-c", snippet("curl", site, shop), folder=tmp_path) as process:
        assert json.loads(await said(process)) == {"accepted": 1, "rejected": 0, "errors": []}
    await follower.until_count(1)
    (entry,) = follower.entries
    assert (entry["level"], entry["message"], entry["source"]) == ("info", "Hello from curl", "terminal")


async def test_python(open_site: OpenSite, follow: Follow, tmp_path: Path) -> None:
    """It goes on while the server is away, and delivers afterwards."""
    site = open_site()
    shop = site.service("Shop")
    follower = await follow(site, shop)
    (tmp_path / "app.py").write_text(snippet("python", site, shop))
    async with pasted(sys.executable, "-u", "app.py", folder=tmp_path):
        await follower.until_count(2)
        assert await site.stop() == 0
        assert await follower.closed() == 1012
        await site.start()
        await follower.connect()
        await follower.until_count(4)
    assert [entry["message"] for entry in follower.entries[:4]] == [
        f"Hello from Python, number {number}" for number in range(1, 5)
    ]
    assert [entry["metadata"] for entry in follower.entries[:4]] == [{"beat": number} for number in range(1, 5)]
    assert {entry["source"] for entry in follower.entries} == {"python-app"}


@pytest.mark.parametrize("express", EXPRESSES)
async def test_express(site: Site, follow: Follow, tmp_path: Path, middleware: Middleware, express: str) -> None:
    """Each piece in the file that it names; what the application does besides is its own."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    blocks = {block["title"]: block for block in snippet("express", site, shop)}
    folder = tmp_path / "app"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "node_modules" / "express").symlink_to(ROOT / "node_modules" / express)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / ".env").write_text(blocks[".env"]["code"])
    middleware.build_with(folder / "spectrix.js", blocks["spectrix.ts"]["code"])
    (folder / "app.js").write_text(blocks["app.js"]["code"] + OWN)
    start = blocks["app.js"]["note"].removeprefix("start it with: ")
    async with pasted("bash", "-c", f"exec {start}", folder=folder) as process:
        base = f"http://127.0.0.1:{int(await said(process))}"
        async with aiohttp.ClientSession(base) as client:
            for _ in range(50):  # as many as the middleware sends at once
                async with client.get("/hello") as answer:
                    assert answer.status == 200
        await follower.until_count(50)
    for entry in follower.entries:
        assert (entry["message"], entry["statusCode"], entry["source"]) == ("GET /hello", 200, "node-app")
