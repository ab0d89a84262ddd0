"""Log of one service in a cluster: appends go to the engine, and what the engine has comes into the ring."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from ...core.errors import NoQuorum
from ...entries.entry import Entry
from ...stream.hub import Hub
from ...stream.log import Arrival, RememberedAnswer
from .log_stream import FULL, TROUBLE, EngineRefusal
from .message import MessageHead, without_first
from .numbering import Append, Attempt, Numbering
from .packing import packed

FIRST_TRY_SECONDS: Final = 0.4
"""After so long without being seen in the log, an attempt is made again, and the engine asked what became of it."""

MOST_TRY_SECONDS: Final = 2.0
_BYTES_A_SECOND: Final = 8 * 1024 * 1024  # what the engine takes at the least: a large attempt has longer
_TRIM: Final = 1.25  # what the engine keeps of a service beyond its ring, before it is trimmed


_log = logging.getLogger("spectrix_lite.cluster")


class Outlet(Protocol):
    """What the logs of all services have together."""

    loop: asyncio.AbstractEventLoop
    """On which all runs; `asyncio.get_running_loop` costs a system call each time before Python 3.12."""
    hub: Hub
    node: str
    busy: set[ServiceLog]
    """Those in which something waits."""
    kept_bytes: int
    """What the engine keeps of all."""

    @property
    def max_payload(self) -> int:
        """Bytes of the largest message."""

    @property
    def is_held(self) -> bool:
        """Whether nothing may be stored now, as the log is being rebuilt."""

    def wall(self) -> int:
        """Milliseconds since 1970 UTC."""

    def check(self) -> None:
        """Raises NoQuorum at once where the engine has been away for longer than one would wait for it."""

    def is_too_much(self, size: int) -> bool:
        """Whether the engine keeps more than rings would: so many bytes of one service, or of all."""

    def bound_of(self, size: int) -> int:
        """How many bytes of a service that has `size` the engine is to keep."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Does it beside."""

    async def store(self, service_id: str, expected: int, messages: Sequence[bytes], seconds: float | None) -> None:
        """Has the messages stored, all or none, if `expected` is the service's last message.

        What came of it is waited for `seconds` at most; else, the log will show it. Raises what is in `TROUBLE`.
        """

    async def find_out(self, log: ServiceLog, attempt: Attempt) -> None:
        """An attempt was refused, and the log shows nothing that says why. Raises what is in `TROUBLE`."""

    def doubt(self) -> None:
        """The engine did not answer."""

    async def purge(self, service_id: str, below: int) -> None:
        """Takes away what the engine keeps of a service; what is not taken now, goes later."""


class PendingAppend(Append):
    """Somebody waits for it."""

    __slots__ = ("future",)

    def __init__(
        self,
        entries: Sequence[Entry],
        at: int,
        future: asyncio.Future[RememberedAnswer | None],
        asked: float,
        answer: RememberedAnswer | None = None,
        forget: Sequence[int] = (),
    ) -> None:
        # Nothing in it leads back to it: a batch goes as soon as it is done with, not when cycles are looked for.
        super().__init__(entries, at, partial(_settle, future), answer=answer, asked=asked, forget=forget)
        self.future = future

    def fail(self, problem: Exception) -> None:
        """Nobody knows more than `problem` says."""
        if not self.future.done():
            self.future.set_exception(problem)


def _settle(future: asyncio.Future[RememberedAnswer | None], earlier: RememberedAnswer | None) -> None:
    if not future.done():
        future.set_result(earlier)


class _Kept(NamedTuple):
    """A message that the engine has: its number, the last seq in it, its bytes."""

    seq: int
    last: int
    size: int


class ServiceLog:
    """A `stream.log.RemoteLog`. Its numbers are those that the mirror has brought."""

    def __init__(self, logs: Outlet, service_id: str, epoch: str) -> None:
        self.service_id = service_id
        self.numbering = Numbering(logs.node, service_id)
        if epoch:
            self.numbering.begin(epoch)
        self._logs = logs
        self._attempt: Attempt | None = None
        self._due = 0.0  # when it is made again, loop time
        self._wait = FIRST_TRY_SECONDS
        self._trying: asyncio.Task[None] | None = None
        self._kept: deque[_Kept] = deque()
        self.kept_bytes = 0

    # As the hub's log

    @property
    def epoch(self) -> str:
        """See `Log`."""
        return self.numbering.epoch

    @property
    def head(self) -> int:
        """See `Log`."""
        return self.numbering.head

    @property
    def paused(self) -> None:
        """See `Log`: nothing is kept that could fail to be."""

    def go_on(self, epoch: str, head: int) -> None:
        """See `Log`: no other process was before this one, the engine is."""

    def append_later(
        self, entries: Sequence[Entry], received_at: int, answer: RememberedAnswer | None = None
    ) -> asyncio.Future[RememberedAnswer | None]:
        """See `RemoteLog`."""
        self._logs.check()
        loop = self._logs.loop
        return self._ask(PendingAppend(entries, received_at, loop.create_future(), loop.time(), answer))

    async def forget(self, seqs: Sequence[int]) -> None:
        """See `RemoteLog`."""
        self._logs.check()
        loop = self._logs.loop
        await self._ask(PendingAppend((), self._logs.wall(), loop.create_future(), loop.time(), forget=seqs))

    def _ask(self, append: PendingAppend) -> asyncio.Future[RememberedAnswer | None]:
        self.numbering.ask(append)
        self._logs.busy.add(self)
        self.pump()
        return append.future

    # What the mirror brings

    def begin(self, epoch: str) -> None:
        """The log is read from its beginning, in this epoch."""
        self.numbering.begin(epoch)
        self.keep_nothing()
        self._attempt = None

    def keep_nothing(self) -> None:
        """What the engine had of it is gone."""
        self._kept.clear()
        self._logs.kept_bytes -= self.kept_bytes
        self.kept_bytes = 0

    def show(self, head: MessageHead, runs: Iterable[tuple[bytes, int]], seq: int, size: int, *, is_live: bool) -> None:
        """The engine has this message, `seq` in its stream. Raises WentBack."""
        mine = self._attempt is not None and self._attempt.name == head.attempt
        seen = self.numbering.see(head, seq)
        if self._attempt is not None and not self.numbering.is_under_way(self._attempt):
            self._attempt = None  # it may be large
        if seen.is_new:
            self._take_in(head, runs, seen.known, is_live=is_live)
            self._kept.append(_Kept(seq, head.first + head.count - 1, size))
            self.kept_bytes += size
            self._logs.kept_bytes += size
            if mine and not head.more and self._logs.is_too_much(self.kept_bytes):
                self._logs.spawn(self._trim())
        self.pump()

    def _take_in(self, head: MessageHead, runs: Iterable[tuple[bytes, int]], known: int, *, is_live: bool) -> None:
        """Into the ring; what cannot be is lost to this node, and its watchers are told so: all else goes on."""
        hub = self._logs.hub
        try:
            if head.forget:
                hub.forget(self.service_id, head.forget)
            elif known < head.count or not head.count:
                runs = without_first(runs, known) if known else runs
                hub.arrive(
                    self.service_id,
                    Arrival(head.first + known, runs, head.levels, head.totals, head.at, head.answers, is_live),
                )
        except Exception:
            _log.exception("a message of the log could not be taken in: its entries are a gap on this node")
            hub.lose(self.service_id, self.head)

    # Storing

    def pump(self) -> None:
        """Stores what waits, where nothing is under way."""
        attempt = None if self._logs.is_held else self.numbering.next()
        if attempt is not None:
            self._attempt, self._wait = attempt, FIRST_TRY_SECONDS
            self._due = self._logs.loop.time() + FIRST_TRY_SECONDS
            self._trying = self._logs.spawn(self._try(attempt, asks=False))

    def tend(self, now: float, limit: float) -> None:
        """Makes again what is due, and gives up what was asked `limit` seconds ago."""
        for append in self.numbering.give_up(now - limit):
            assert isinstance(append, PendingAppend)
            append.fail(NoQuorum(_UNKNOWN if append.sent else None, retry_after=2.0))
        attempt = self._attempt
        if attempt is not None and self.numbering.is_under_way(attempt):
            if now >= self._due and (self._trying is None or self._trying.done()):
                self._wait = min(2 * self._wait, MOST_TRY_SECONDS)
                self._trying = self._logs.spawn(self._try(attempt, asks=True))
        elif self.numbering.is_idle:
            self._logs.busy.discard(self)
        else:
            self.pump()

    def fail_all(self, problem: NoQuorum) -> None:
        """Nobody is waited for any longer."""
        for append in self.numbering.give_up(float("inf")):
            assert isinstance(append, PendingAppend)
            append.fail(problem)

    async def _try(self, attempt: Attempt, *, asks: bool) -> None:
        """Stores an attempt. `asks`: what came of earlier ones is to be found out, too; else the log will show it."""
        numbering = self.numbering
        messages = await packed(attempt, numbering.log_epoch, self._logs.max_payload, numbering.is_under_way)
        if not messages or not numbering.is_under_way(attempt) or self._logs.is_held:
            return
        seconds = self._wait + sum(map(len, messages)) / _BYTES_A_SECOND
        self._due = self._logs.loop.time() + seconds
        try:
            await self._store(attempt, messages, seconds if asks else None)
        except TROUBLE:  # also where the engine refused it, and then did not say why
            self._logs.doubt()
        self._due = self._logs.loop.time() + self._wait if asks else self._due

    async def _store(self, attempt: Attempt, messages: Sequence[bytes], seconds: float | None) -> None:
        try:
            await self._logs.store(self.service_id, attempt.expected, messages, seconds)
        except EngineRefusal as refusal:
            if refusal.code in FULL:
                self._refuse(attempt)
            elif self.numbering.is_under_way(attempt):
                await self._logs.find_out(self, attempt)

    def _refuse(self, attempt: Attempt) -> None:
        for append in attempt.appends:
            append.settled = True
            assert isinstance(append, PendingAppend)
            append.fail(NoQuorum("The engine has no room for this now; try again.", retry_after=2.0))
        self.numbering.give_up(float("-inf"))
        self._logs.spawn(self._trim())

    # What the engine need not keep

    async def _trim(self) -> None:
        """What no ring would hold any more goes, the oldest first."""
        bound = self._logs.bound_of(self.kept_bytes)
        seq = 0
        while self.kept_bytes > bound and len(self._kept) > 1:
            self._drop()
            seq = self._kept[0].seq
        if seq:
            await self._purge(seq)

    async def _purge(self, below: int) -> None:
        while self._kept and self._kept[0].seq < below:
            self._drop()
        await self._logs.purge(self.service_id, below)

    def _drop(self) -> None:
        size = self._kept.popleft().size
        self.kept_bytes -= size
        self._logs.kept_bytes -= size


_UNKNOWN: Final = (
    "Too few servers of the cluster answer, and this may have been taken: send it again with the same Idempotency-Key."
)
