"""`run` and `pipe` in front of a server of the test's own, which they find as they find any: by the file it left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectrix_lite.cli.serving_file import write_private

from .processes import environment
from .serving import Server
from .terminals import Terminal, terminal

SECONDS = 60.0


@dataclass
class Ended:
    """A command that has ended: exit status, and every byte of its output."""

    status: int
    out: bytes
    err: bytes


@dataclass
class Watch:
    """A folder `shop`, whose `run` finds `server`; state and addresses are in a folder of the test's own."""

    server: Server
    folder: Path
    own: Path

    @property
    def env(self) -> dict[str, str]:
        return environment({"XDG_RUNTIME_DIR": str(self.own), "XDG_STATE_HOME": str(self.own), "CI": "1"})

    def args(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "spectrix_lite", args[0], "--port", str(self.server.port), *args[1:]]

    async def start(self, *args: str, stdin: int = subprocess.DEVNULL, **env: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.args(*args), cwd=self.folder, env={**self.env, **env},
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    @contextmanager
    def opened(self, *args: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command whose standard output and error are files here, closed in the end; with pipes on all three."""
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            self.args(*args), cwd=self.folder, env={**self.env, **env}, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    async def run(self, *args: str, text: bytes | None = None, **env: str) -> Ended:
        """A command to its end, `text` on its standard input."""
        stdin = subprocess.DEVNULL if text is None else subprocess.PIPE
        process = await self.start(*args, stdin=stdin, **env)
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate(text)
        assert process.returncode is not None
        return Ended(process.returncode, out, err)

    def terminal(self, *args: str, **options: Any) -> AbstractAsyncContextManager[Terminal]:
        return terminal(self.args(*args), cwd=self.folder, env=self.env, **options)

    def entries(self, service: str = "shop") -> list[dict[str, Any]]:
        """What the service has, oldest first."""
        found = [each for each in self.server.context.authority.services() if each.name == service]
        return [json.loads(entry) for each in found for entry in self.server.held(each.id)]

    def lines(self, service: str = "shop") -> list[dict[str, Any]]:
        """The same without start and end of commands."""
        return [entry for entry in self.entries(service) if "run" not in entry["metadata"]]

    def messages(self) -> list[str]:
        return [entry["message"] for entry in self.lines()]

    async def until(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not is_there():  # noqa: ASYNC110  what it waits for is in another process
                await asyncio.sleep(0.01)


@asynccontextmanager
async def watch(server: Server, tmp_path: Path) -> AsyncIterator[Watch]:
    own, folder = tmp_path / "own", tmp_path / "shop"
    (own / "spectrix-lite").mkdir(parents=True, mode=0o700)
    folder.mkdir()
    left = own / "spectrix-lite" / f"{server.port}.json"
    database = server.context.config.db
    serving = {"pid": os.getpid(), "url": server.base_url, "db": database}
    write_private(left, json.dumps(serving).encode())
    yield Watch(server, folder, own)


def end(pid: int) -> None:
    """Ends a process that may have ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
