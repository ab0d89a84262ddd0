"""Following: which log a node reads, by its epoch, and what becomes of that where the log is not the one that it was.

A log that was wiped, or went back, begins a new epoch: numbers would be given twice. Where it was lost and all nodes
still have what it had, one of them puts that into a new stream, see `rebuild.driver`, whose messages have higher
numbers than all before. The epoch goes on then. What says so are two messages about the epoch, stored by compare and
set as every such message is: "begun" before the content, "done" behind it. A node that has promised to wait for them
sees nothing else; what is begun and not done in time is given up by whoever sees it, and ends in a new epoch. A log in
memory without a word of any epoch, and with less than this node has seen, is one whose servers were all started anew:
for that, too, a rebuild is waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from .log_stream import NOT_FOUND, TROUBLE, Beginning, EngineRefusal, LogStream, NoLeader, StreamState

PROMISE_SECONDS: Final = 30.0
"""For how long a node waits for a log that is to be rebuilt, or that it finds half rebuilt."""

EMPTIED_SECONDS: Final = 15.0
"""For how long a node that finds the log empty waits for another to say that it will be rebuilt."""

OTHERS_SECONDS: Final = 5.0
"""For how long a node that starts, and finds the log without a leader, leaves it to the others."""

AGAIN_SECONDS: Final = 0.4
"""Before what is suspicious is looked at once more."""

_log = logging.getLogger("spectrix_lite.cluster")


class Following:
    """Of one node. `epoch` is "" until one is known, `rebuild` names what this log was put together by, "" for nothing;
    `since` is the number of the message that said so. `now` is in seconds.
    """

    def __init__(self, stream: LogStream, now: Callable[[], float]) -> None:
        self.epoch = ""
        self.rebuild = ""
        self.since = 0
        self._stream = stream
        self._now = now
        self._suspicions = 0
        self._has_made = False
        self._promise = ""
        self._until = 0.0
        self._unfinished = ""
        self._given_up = ""
        self.emptied = asyncio.Event()
        """Set while the engine has lost what it had in memory, and is there."""
        self._emptied_until = 0.0

    # Promises

    @property
    def is_promised(self) -> bool:
        """Whether this node sees nothing of the log that there is, as another is to come."""
        return bool(self._promise)

    def promise(self, rebuild: str) -> None:
        """Waits for that rebuild, and for none that was promised before."""
        self._promise, self._until = rebuild, self._now() + PROMISE_SECONDS

    def confirm(self, rebuild: str) -> bool:
        """Whether this node still waits for it; if so, for as long again."""
        if rebuild != self._promise or self._now() >= self._until:
            return False
        self._until = self._now() + PROMISE_SECONDS
        return True

    def let_go(self, rebuild: str) -> None:
        """It will not be finished."""
        self._given_up = rebuild
        self._emptied_until = self._now()
        if rebuild == self._promise:
            self._promise = ""

    # The log

    async def find(self, seen: int) -> None:
        """Looks which log there is, of which this node has seen message `seen`. Asked twice before it is believed that
        it is not the one that it was. Raises what is in `TROUBLE`, also while it is waited for, and StartupError.
        """
        try:
            state = await self._stream.state()
            found = await self._stream.beginning()
        except NoLeader:
            if not self.epoch and not self._has_made:  # others may be about to rebuild it
                self._promise, self._until = "of others", self._now() + OTHERS_SECONDS
            raise
        except EngineRefusal as refusal:
            if refusal.code != NOT_FOUND:
                raise
            self._wait()
            await self._suspect("the engine has lost it")
            await self._stream.make()
            self._has_made = True
            found = await self._begun(0)
        else:
            found = await self._judged(state, found, seen)
        self._suspicions = 0
        self.emptied.clear()
        self.epoch, self.rebuild, self.since = found.epoch, found.rebuild, found.number

    async def renew(self) -> None:
        """Begins a new epoch after the one that this node knows."""
        with suppress(*TROUBLE):
            found = await self._stream.beginning()
            if found.epoch == self.epoch:
                await self._stream.begin_epoch(found.number)

    async def _judged(self, state: StreamState, found: Beginning, seen: int) -> Beginning:
        if not found.is_done:
            self._wait_for(found.rebuild)
            _log.error("the log was not rebuilt to its end: a new epoch begins")
            return await self._begun(found.number)
        is_other = found.rebuild != self.rebuild
        if (self.epoch == "" != found.epoch) or (is_other and found.rebuild == self._promise):
            self._promise = ""
        self._wait()
        if not found.epoch and state.last < seen and state.storage == "memory":
            self._wait_emptied()
        oldest = found.number if is_other else state.last + 1
        if not found.epoch or (found.epoch == self.epoch and oldest <= seen):
            await self._suspect("the engine has an older one")
            return await self._begun(found.number)
        return found

    async def _begun(self, after: int) -> Beginning:
        """A new epoch has begun, be it by another."""
        await self._stream.begin_epoch(after)
        found = await self._stream.beginning()
        if found.rebuild:
            raise TimeoutError("it is being rebuilt")  # and is looked at anew
        return found

    def _wait(self) -> None:
        """Raises TimeoutError while there is a promise."""
        if self._now() >= self._until:
            self._promise = ""
        if self._promise:
            raise TimeoutError("it is to be rebuilt")

    def _wait_emptied(self) -> None:
        """Raises TimeoutError while somebody may rebuild it."""
        if not self.emptied.is_set():
            self.emptied.set()
            self._emptied_until = self._now() + EMPTIED_SECONDS
        if self._now() < self._emptied_until:
            raise TimeoutError("it is empty, as all servers were started anew")

    def _wait_for(self, rebuild: str) -> None:
        """Raises TimeoutError while it may be finished."""
        if rebuild not in (self._promise, self._unfinished):
            self._unfinished, self._until = rebuild, self._now() + PROMISE_SECONDS
        if rebuild != self._given_up and self._now() < self._until:
            raise TimeoutError("it is being rebuilt")
        self._promise = ""

    async def _suspect(self, what: str) -> None:
        """Raises TimeoutError the first time: a cluster that has just elected a leader may not know all at once."""
        if self.epoch:
            self._suspicions += 1
            if self._suspicions < 2:
                await asyncio.sleep(AGAIN_SECONDS)
                raise TimeoutError
            _log.error("the log is not the one that it was, %s: a new epoch begins", what)
