"""Sealing: the server's end of the child that writes blocks. It is started again where it dies."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from ..core.history_bounds import HistoryBounds
from .messages import Answer, Done, Forgot, Holdings, Task

STOP_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 5.0
_LINE: Final = 16 * 1024 * 1024
ROOT: Final = Path(__file__).parent.parent.parent

_log = logging.getLogger("spectrix_lite.history")
_answer: Final = msgspec.json.Decoder(Answer).decode


class Sealing:
    """Tells the child which segments are complete, and what else is to be done, for as long as the server runs."""

    def __init__(self, history: Path, folder: Path, bounds: HistoryBounds) -> None:
        self._arguments = (str(history), str(folder), str(bounds.seconds or 0), str(bounds.bytes or 0))
        self.holdings = Holdings(0, {})
        self.trouble: str | None = None
        self._unsealed: dict[str, Task] = {}  # by path; asked for again where the child dies
        self._deleted: dict[str, Task] = {}
        self._forgetting: dict[int, asyncio.Future[Forgot]] = {}
        self._asked = 0
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.on_holdings: Callable[[], Any] = lambda: None

    def start(self) -> None:
        """Keeps a child running until `stop`."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Ends the child, after what it is at; what it has not come to is in the journal. Idempotent."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    @property
    def waiting(self) -> int:
        """Segments that are complete and not blocks yet."""
        return len(self._unsealed)

    def seal(self, service: str, path: Path) -> None:
        """This segment is complete."""
        task = self._unsealed[str(path)] = Task("seal", service=service, path=str(path))
        self._send(task)

    def delete(self, service: str) -> None:
        """Nothing of this service may stay."""
        self._unsealed = {path: task for path, task in self._unsealed.items() if task.service != service}
        task = self._deleted[service] = Task("delete", service=service)
        self._send(task)

    def prune(self) -> None:
        """What is too old goes, also where nothing is sealed."""
        self._send(Task("prune"))

    async def forget(self, service: str, before: str, filter_: Any) -> Forgot:
        """Takes out of blocks what matches, after all that is to be sealed now. Raises OSError where it cannot."""
        self._asked += 1
        future: asyncio.Future[Forgot] = asyncio.get_running_loop().create_future()
        self._forgetting[self._asked] = future
        self._send(Task("forget", service=service, id=self._asked, before=before, filter=filter_))
        return await future

    def _send(self, task: Task) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(msgspec.json.encode(task) + b"\n")

    async def _keep(self) -> None:
        while True:
            try:
                await self._run()
            except OSError as problem:
                _log.warning("what history seals cannot be started: %s", problem.strerror)
            for future in self._forgetting.values():
                if not future.done():
                    future.set_exception(OSError("the process that seals is gone"))
            self._forgetting.clear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _run(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "spectrix_lite.history.sealing_child", *self._arguments,
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        try:
            for task in (*self._deleted.values(), *self._unsealed.values()):
                self._send(task)
            async for line in process.stdout:
                self._take(_answer(line))
        finally:
            self._process = None
            await asyncio.shield(_end(process))

    def _take(self, answer: Answer) -> None:
        match answer:
            case Done(sealed):
                self.trouble = None
                for path in sealed:
                    self._unsealed.pop(path, None)
            case Forgot(id):
                if (future := self._forgetting.pop(id, None)) is not None and not future.done():
                    future.set_result(answer)
            case Holdings(_, oldest):
                self.holdings = answer
                self._deleted = {service: task for service, task in self._deleted.items() if service in oldest}
                self.on_holdings()
            case _:
                if self.trouble is None:
                    _log.warning("history cannot be sealed, the journal keeps it: %s", answer.text)
                self.trouble = answer.text


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
