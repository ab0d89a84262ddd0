"""Recovery of a log that the engine leaves without a leader.

A server that was stopped comes back with an empty memory, and copies the log from the others. Where those die before it
has all of it, nobody is elected any more, however long one waits (nats-server's issue 8519). What they had went with
them, but the nodes have it, too: the stream is removed, and put together anew (see `rebuild.driver`); where that cannot
be, a new epoch begins, as for a log that was wiped. One on disk is there still, whoever leads it: it is never removed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from ..core.clock import Clock
from ..core.errors import StorageBusy
from .log.log_stream import TROUBLE, LogStream
from .standing import StreamStanding, stream_standing

LEADERLESS_SECONDS: Final = 30.0
"""For how long the log has no leader while all servers are there. An election takes up to 10 s."""

_log = logging.getLogger("spectrix_lite.cluster")


class Rebuild(Protocol):
    """What saves the content of a log that is removed."""

    @property
    def is_wanted(self) -> bool:
        """Whether the log is there, and empty, as all servers were started anew."""

    async def prepare(self) -> bool:
        """Whether it can."""

    async def claim(self) -> bool:
        """Whether nobody else uses the log that is there."""

    async def finish(self) -> None:
        """The log is removed: makes it anew."""

    async def drop(self) -> None:
        """It was not removed after all."""


class Recovery:
    """Of one node. `store` is the name of the stream that lies on disk; `may_act` says whether this node is the one of
    all that acts: a second one would remove the stream that the first has made.
    """

    def __init__(
        self, stream: LogStream, store: str, may_act: Callable[[], bool], clock: Clock, rebuild: Rebuild
    ) -> None:
        self._stream = stream
        self._store = store
        self._may_act = may_act
        self._clock = clock
        self._rebuild = rebuild
        self._since: float | None = None

    async def check(self) -> None:
        """Looks once, as is to be done every few seconds; removes the log's stream where it is beyond help.

        No answer says nothing: only while every server is seen to be there, and none to lead, the time counts.
        """
        now = self._clock.monotonic()
        if self._rebuild.is_wanted:
            self._since = None
            if self._may_act():
                await self._refill()
        elif not await self._is_lost():
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since >= LEADERLESS_SECONDS and self._may_act():
            self._since = None
            _log.error("the log has had no leader for %d s, and all servers are there", LEADERLESS_SECONDS)
            is_ready = await self._rebuild.prepare()
            is_removed = await self._is_lost() and await self._remove()
            if is_ready:
                await (self._rebuild.finish() if is_removed else self._rebuild.drop())

    async def _is_lost(self) -> bool:
        try:
            log = await stream_standing(self._stream, self._stream.name)
            return _is_leaderless(log) and _is_whole(await stream_standing(self._stream, self._store))
        except StorageBusy:
            return False

    async def _refill(self) -> None:
        _log.error("the log is empty, as all servers of the engine were started anew")
        if await self._rebuild.prepare() and await self._rebuild.claim():
            await (self._rebuild.finish() if await self._remove() else self._rebuild.drop())

    async def _remove(self) -> bool:
        try:
            await self._stream.remove()
        except TROUBLE as problem:
            _log.error(
                "the log that the engine has lost could not be removed (%s): may this node's user publish to %s?",
                str(problem) or "no answer",
                f"$JS.API.STREAM.DELETE.{self._stream.name}",
            )
            return False
        return True


def _is_leaderless(log: StreamStanding | None) -> bool:
    return log is not None and log.storage == "memory" and log.replicas > 1 and not log.leader


def _is_whole(store: StreamStanding | None) -> bool:
    return store is not None and bool(store.leader) and not store.missing
