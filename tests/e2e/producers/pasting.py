"""Doing with the dashboard's snippets what a reader does: put each piece where it says, and start the app."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import aiohttp

from ...support.processes import ROOT, SECONDS, environment
from .node import node
from .site import Site, Watched


class Block(NamedTuple):
    """A piece to paste, and where it goes."""

    title: str
    code: str
    note: str = ""


def evaluated(expression: str, site: Site, service: Watched) -> object:
    """What the module behind the dashboard's page (`all`) makes of this server's address and key (`target`)."""
    module = (ROOT / "web" / "js" / "services" / "snippets" / "snippets.js").as_uri()
    target = json.dumps({"origin": site.base_url, "key": service.key, "service": service.name, "ports": {}})
    script = f"import * as all from {json.dumps(module)}; const target = {target}; "
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", f"{script} console.log(JSON.stringify({expression}))"],
        capture_output=True, text=True, timeout=SECONDS, check=True, env=environment(),
    )  # fmt: skip
    return json.loads(done.stdout)


def snippet(name: str, site: Site, service: Watched) -> list[Block]:
    blocks = evaluated(f"all.snippet({json.dumps(name)}).blocks(target)", site, service)
    assert isinstance(blocks, list)
    return [Block(**block) for block in blocks]


@asynccontextmanager
async def pasted(command: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command in a shell that may go on until the test is through with it; its standard error is in `folder`."""
    # `python3`, `flask` and the like are those of the environment that the tests run in.
    path = f"{Path(sys.executable).parent}:{Path(node()).parent}:{os.environ['PATH']}"
    changed = {"PATH": path, "PYTHONPATH": "", "PYTHONUNBUFFERED": "1"}
    with (folder / "errors.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", command, cwd=folder, env=environment(changed), start_new_session=True,
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


async def port_of(process: asyncio.subprocess.Process) -> int:
    """Where it listens, by what it prints: a number, or an address somewhere in its lines."""
    lines = b""
    while line := await said(process):
        lines += line
        if found := re.search(rb"^(?:.*http://127\.0\.0\.1:)?([0-9]+)\b", line):
            return int(found[1])
    raise AssertionError(f"it has ended: {lines.decode()}")


async def to_its_end(command: str, folder: Path) -> str:
    """What a command prints that ends by itself, and well."""
    async with pasted(command, folder) as process:
        assert process.stdout is not None
        async with asyncio.timeout(SECONDS):
            printed = await process.stdout.read()
            status = await process.wait()
    assert status == 0, (folder / "errors.log").read_text()
    return printed.decode()


async def set_up(folder: Path, blocks: list[Block], own: Mapping[str, str]) -> str:
    """Each piece where it says; the command that starts the app.

    `own` is what the app has besides, by file: behind the pasted lines, or before them under "before" and the name.
    """
    file, env, *app = blocks
    assert file.code.startswith("curl -O ")
    await to_its_end(f"{file.code} --silent --show-error --fail", folder)
    (folder / env.title).write_text(env.code + "\n")
    for block in app:
        (folder / block.title).write_text(own.get(f"before {block.title}", "") + block.code + own.get(block.title, ""))
    starts = [block.note.partition("start it with: ")[2] for block in app]
    return next(start for start in starts if start)


async def ask(port: int) -> None:
    """One request, to which the app says hello."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client, client.get("/hello") as answer:
        assert answer.status == 200
        assert "hello" in await answer.text()
