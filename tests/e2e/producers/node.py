"""A Node process that does what a test tells it to: calls go to it as JSON lines, answers come back in any order."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from ...support.processes import environment

SCRIPTS = Path(__file__).parent / "node"
SECONDS = 60.0
"""The most a test waits for an answer, where it does not say otherwise."""


def node() -> str:
    """Where Node is; the tests need it, so that without it they fail."""
    found = shutil.which("node")
    assert found is not None, "node is not on the PATH: `make test` installs it"
    return found


class NodeProcess:
    """One running script. `ready` is what it said of itself when it began."""

    def __init__(self, process: asyncio.subprocess.Process, errors: Path) -> None:
        self.ready: dict[str, Any] = {}
        self._process = process
        self._errors = errors
        self._numbers = count()
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._begun = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read())

    async def begun(self) -> None:
        """Returns once it is ready."""
        async with asyncio.timeout(SECONDS):
            self.ready = await self._begun

    async def call(self, name: str, /, *, seconds: float = SECONDS, **options: Any) -> Any:
        """The answer to one call. Raises AssertionError with what went wrong, or TimeoutError."""
        number = next(self._numbers)
        answer = self._calls[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "call": name, **options}).encode() + b"\n")
        try:
            async with asyncio.timeout(seconds):
                return await answer
        finally:
            self._calls.pop(number, None)

    def errors(self) -> str:
        """What it has said on standard error so far."""
        return self._errors.read_text()

    async def end(self) -> None:
        """Ends it with whatever it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            if "ready" in message:
                self._begun.set_result(message["ready"])
            elif (answer := self._calls.get(message["id"])) is None or answer.done():
                continue  # nobody waits any more
            elif "error" in message:
                answer.set_exception(AssertionError(message["error"]))
            else:
                answer.set_result(message["answer"])
        for waiting in (self._begun, *self._calls.values()):
            if not waiting.done():
                waiting.set_exception(AssertionError(f"it has ended: {self.errors()[-2000:]}"))


@asynccontextmanager
async def running(script: str, *args: str, errors: Path) -> AsyncIterator[NodeProcess]:
    """Starts one of `SCRIPTS` and ends it in the end; `errors` is the file that takes its standard error."""
    with errors.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            node(), str(SCRIPTS / script), *args,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=stderr,
            env=environment({"NODE_ENV": "production"}), start_new_session=True, limit=16 * 1024 * 1024,
        )  # fmt: skip
    started = NodeProcess(process, errors)
    try:
        await started.begun()
        yield started
    finally:
        await started.end()
