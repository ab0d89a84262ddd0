"""Searches: the server's end of the children that look through history: two at once, each kept ready for a while."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import msgspec
from msgspec import UNSET

from ...core.errors import SearchBusy, StorageFailed
from .question import Findings, Overview, Question

AT_ONCE: Final = 2
TURN_SECONDS: Final = 3.0
READY_SECONDS: Final = 60.0
"""How long a child waits for another question: to start one takes a tenth of a second."""

GRACE_SECONDS: Final = 5.0
"""Beyond what it was given: one that has not answered by then is ended."""

_LINE: Final = 16 * 1024 * 1024
_ROOT: Final = Path(__file__).parent.parent.parent.parent

_encode: Final = msgspec.json.encode
_found: Final = msgspec.json.Decoder(Findings).decode
_overview: Final = msgspec.json.Decoder(Overview).decode


class Searches:
    """Those of one server. A search that is cancelled while it waits for an answer ends the child that works on it."""

    def __init__(self, history: Path, folder: Path) -> None:
        self._arguments = (str(history), str(folder))
        self._ready: list[_Child] = []
        self._running = 0
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._children: set[_Child] = set()

    @property
    def processes(self) -> list[int]:
        """The pids of all children that are there."""
        return [child.process.pid for child in self._children]

    @asynccontextmanager
    async def slot(self, who: str = "") -> AsyncIterator[HistorySearch]:
        """A place to ask from, one question after the other. `who` asks, a sign-in or a token, has one at a time, and
        waits for it, `TURN_SECONDS` at most. Raises SearchBusy then, and where two others have theirs.
        """
        async with self._turn(who):
            if self._running >= AT_ONCE:
                raise SearchBusy
            self._running += 1
            search = HistorySearch(self)
            try:
                yield search
            finally:
                self._running -= 1
                search.let_go()

    @asynccontextmanager
    async def _turn(self, who: str) -> AsyncIterator[None]:
        if not who:
            yield
            return
        lock = self._turns.setdefault(who, asyncio.Lock())
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await lock.acquire()
        except TimeoutError:
            raise SearchBusy from None
        try:
            yield
        finally:
            lock.release()

    async def close(self) -> None:
        """Ends every child. Idempotent."""
        for child in list(self._children):
            await self.end(child)

    async def child(self) -> _Child:
        """One that is ready, or a new one. Raises StorageFailed where none can be started."""
        while self._ready:
            child = self._ready.pop()
            child.rest()
            if child.process.returncode is None:
                return child
            await self.end(child)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "spectrix_lite.history.search.child", *self._arguments,
                cwd=_ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE,
            )  # fmt: skip
        except OSError:
            raise StorageFailed from None
        child = _Child(process)
        self._children.add(child)
        return child

    def keep(self, child: _Child) -> None:
        """It waits for another question, for a while."""
        self._ready.append(child)
        child.end_later = asyncio.get_running_loop().call_later(READY_SECONDS, self._end_idle, child)

    async def end(self, child: _Child) -> None:
        """It is gone when this returns, whatever it was at."""
        child.rest()
        with suppress(ProcessLookupError):
            child.process.kill()
        assert child.process.stdin is not None
        child.process.stdin.close()
        await child.process.wait()
        self._children.discard(child)

    def end_now(self, child: _Child) -> None:
        """As `end`, for who cannot wait."""
        child.reaping = asyncio.ensure_future(self.end(child))

    def _end_idle(self, child: _Child) -> None:
        self._ready.remove(child)
        self.end_now(child)


class HistorySearch:
    """Asks from one slot of `Searches`. Its methods raise StorageFailed where history cannot be read."""

    def __init__(self, searches: Searches) -> None:
        self._searches = searches
        self._child: _Child | None = None

    async def ask(self, question: Question) -> tuple[Findings, list[bytes]]:
        """What is found, with the entries, as they were encoded."""
        async with self._asked(_encode(question), question.seconds) as (line, reader):
            found = _found(line)
            if found.trouble is not UNSET:
                raise StorageFailed
            body = await reader.readexactly(sum(found.sizes))
        entries, at = [], 0
        for size in found.sizes:
            entries.append(body[at : at + size])
            at += size
        return found, entries

    async def overview(self, service_id: str) -> Overview:
        """What is kept of a service."""
        async with self._asked(b"overview " + service_id.encode(), 0.0) as (line, _):
            try:
                return _overview(line)
            except msgspec.ValidationError:
                raise StorageFailed from None

    def let_go(self) -> None:
        """Of its child, if it has one: that waits for another question."""
        if self._child is not None:
            self._searches.keep(self._child)
            self._child = None

    @asynccontextmanager
    async def _asked(self, line: bytes, seconds: float) -> AsyncIterator[tuple[bytes, asyncio.StreamReader]]:
        if self._child is None:
            self._child = await self._searches.child()
        child = self._child
        assert child.process.stdin is not None
        assert child.process.stdout is not None
        try:
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                child.process.stdin.write(line + b"\n")
                answer = await child.process.stdout.readline()
                if not answer:
                    raise StorageFailed
                yield answer, child.process.stdout
        except BaseException as problem:
            self._child = None
            self._searches.end_now(child)
            if isinstance(problem, TimeoutError | asyncio.IncompleteReadError | ConnectionError | ValueError):
                raise StorageFailed from problem
            raise


class _Child:
    """A process, and when it ends if nobody asks it anything."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.end_later: asyncio.TimerHandle | None = None
        self.reaping: asyncio.Future[None] | None = None

    def rest(self) -> None:
        """It is wanted again, or gone."""
        if self.end_later is not None:
            self.end_later.cancel()
            self.end_later = None
