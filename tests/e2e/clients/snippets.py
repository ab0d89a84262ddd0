"""What the dashboard gives to paste, for a server that runs here, and who runs it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from spectrix_lite.core.addresses import parse_addresses
from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Entry

from ...conftest import Serve
from ...support.processes import ROOT, SECONDS, environment
from ...support.serving import Server
from ..producers.node import node
from ..producers.pasting import Block

MODULE = ROOT / "web" / "js" / "services" / "snippets" / "snippets.js"
SERVICE = "My shop"
PATIENCE = 2 * SECONDS
"""Several programs start at once here."""

HELLO = re.compile(r"Hello from [\w./' -]*\w")


class Shop:
    """A server with all listeners, one service, and its two keys."""

    def __init__(self, server: Server, service_id: str, key: str, hook_key: str) -> None:
        self.server = server
        self.service_id = service_id
        self.key = key
        self.hook_key = hook_key
        bound = server.listener.bound
        (syslog,), (fluent,) = bound.syslog, bound.fluent
        self.ports = {"syslog": syslog.port, "fluent": fluent.port}
        self.snippets = self._snippets()
        self._came = asyncio.Event()
        self._came.set()  # something may be there already
        server.context.hub.channel(service_id).listener = self

    @classmethod
    async def open(cls, config: Config, serve: Serve) -> Shop:
        addresses = parse_addresses(f"0={SERVICE}")
        server = await serve(replace(config, host="localhost", syslog=addresses, fluent=addresses))
        authority = server.context.authority
        (service,) = authority.services()
        _, key = await authority.create_stream_key(service.id, "live")
        _, hook_key = await authority.create_stream_key(service.id, "hook", "hook")
        return cls(server, service.id, key, hook_key)

    def appended(self, _: Sequence[Entry]) -> None:
        self._came.set()

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.server.port}"

    def _snippets(self) -> dict[str, list[Block]]:
        """All of them by id, made by one process."""
        target = {"origin": self.origin, "key": self.key, "hookKey": self.hook_key, "service": SERVICE}
        script = (
            f"import {{ SNIPPETS }} from {json.dumps(MODULE.as_uri())}; "
            f"const target = {json.dumps({**target, 'ports': self.ports})}; "
            "console.log(JSON.stringify(Object.fromEntries(SNIPPETS.map((each) => [each.id, each.blocks(target)]))))"
        )
        done = subprocess.run(
            [node(), "--input-type=module", "--eval", script],
            capture_output=True, text=True, timeout=SECONDS, check=True, env=environment(),
        )  # fmt: skip
        return {name: [Block(**block) for block in blocks] for name, blocks in json.loads(done.stdout).items()}

    def code(self, name: str, title: str | None = None) -> str:
        """The lines of one piece; where no title is given of the one that says hello, or of the first."""
        blocks = self.snippets[name]
        if title is None:
            return next((block.code for block in blocks if HELLO.search(block.code)), blocks[0].code)
        return next(block.code for block in blocks if block.title == title)

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(entry) for entry in self.server.held(self.service_id)]

    async def until(self, *hellos: str) -> dict[str, dict[str, Any]]:
        """The entries whose messages begin with these, when they are there."""
        found: dict[str, dict[str, Any]] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while len(found) < len(set(hellos)):
                    await self._came.wait()
                    self._came.clear()
                    entries = self.entries()
                    found |= {
                        hello: entry for hello in hellos for entry in entries if entry["message"].startswith(hello)
                    }
        except TimeoutError:
            missing = set(hellos) - set(found)
            raise AssertionError(f"missing: {missing}, the last: {self.entries()[-3:]}") from None
        return found

    def hello(self, name: str) -> str:
        """What it says."""
        found = HELLO.search(self.code(name))
        assert found, name
        return found[0]


async def run(*command: str, folder: Path, told: dict[str, str] | None = None) -> str:
    """What a command that ends well says on standard error."""
    path = f"{Path(sys.executable).parent}:{Path(node()).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment({"PATH": path, **(told or {})}), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return errors.decode()
