"""Mirror: one subscription to the logs of all services, made anew whenever it may have lost something.

What it brings fills the rings, of what this node has stored as of what others have. A watchdog compares it with the
engine; `following` says which log it is, and whether that was wiped, went back, or was rebuilt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from ...core.errors import StartupError
from ..connection import SAY_SECONDS
from .following import Following
from .held import HeldMessage, HeldMessages
from .log_stream import NOT_FOUND, TROUBLE, EngineRefusal, LogStream
from .message import unpack
from .numbering import WentBack
from .service_log import ServiceLog

WATCH_SECONDS: Final = 0.4
HEARTBEAT_SECONDS: Final = 0.5
SILENT_SECONDS: Final = 2.0
"""After so long without even a heartbeat the subscription is made anew."""

LOST_SECONDS: Final = 2.0
"""After so long without an answer of a quorum this node is not ready."""

DOUBT_SECONDS: Final = 0.7
"""How often the subscription is made anew at most, as something may be missing."""

RETRY_SECONDS: Final = 0.1

_log = logging.getLogger("spectrix_lite.cluster")


class Rings(Protocol):
    """What the mirror fills."""

    def log(self, service_id: str) -> ServiceLog | None:
        """That of a service, where it is open."""

    def start_over(self, epoch: str) -> None:
        """A log is read from its beginning, in an epoch that is not the one before."""

    def rebuilt(self) -> None:
        """A log is read that has in other messages what the one before had."""

    def now(self) -> float:
        """Seconds of the loop's clock."""


class Mirror:
    """One for a node. `seen` is the number of the last message that came."""

    def __init__(self, stream: LogStream, logs: Rings) -> None:
        self.following = Following(stream, logs.now)
        self.is_held = False
        """Whether nothing may be stored, from a promise of `hold` until the log is read again."""
        self.whole_at: float | None = None
        """When all that the engine had was here, as it said so last."""
        self.seen = 0
        self.lag = 0
        """How many messages the engine had more, when it was asked last."""
        self._stream = stream
        self._logs = logs
        self._mark = ("", "")  # subject and attempt of the message `seen`
        self._subscription: Subscription | None = None
        self._delivered = 0  # messages of the subscription
        self._live = asyncio.Event()
        self._heard = 0.0
        self._lost_at: float | None = None
        self._again = asyncio.Event()
        self._made_at = 0.0
        self._is_whole = True  # False: all is to be read once more
        self._held = HeldMessages()
        self._tasks: list[asyncio.Task[None]] = []
        self._stop: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Reads what there is. Raises StartupError."""
        self._stop = self._stream.engine.on_reconnect(self._reconnected)
        self._again.set()
        keeping = asyncio.create_task(self._keep())
        self._tasks = [keeping, asyncio.create_task(self._watch())]
        ready = asyncio.create_task(self._live.wait())
        await asyncio.wait((keeping, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if keeping.done():
            keeping.result()

    async def close(self) -> None:
        """Idempotent."""
        self._stop()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._unsubscribe()

    @property
    def epoch(self) -> str:
        """The log's, "" until it has begun."""
        return self.following.epoch

    @property
    def is_ready(self) -> bool:
        """Whether the engine has a quorum, and everything that it has is here, as far as this node can know."""
        return self._stream.engine.is_up and self._live.is_set() and self.lost_for() < LOST_SECONDS

    def lost_for(self) -> float:
        """For how many seconds no quorum has answered."""
        return 0.0 if self._lost_at is None else self._logs.now() - self._lost_at

    def doubt(self, last: int = 0) -> None:
        """Something may be missing: message `last` of a service, which it does not know, or whatever there is."""
        if last and last <= self.seen:
            self._is_whole = False
        if self._logs.now() - self._made_at > DOUBT_SECONDS:
            self._again.set()

    def hold(self, rebuild: str) -> None:
        """Sees nothing more of this log, which is to be rebuilt; it is waited for, until `let_go` or for a time."""
        self.following.promise(rebuild)
        self.is_held = True
        self._live.clear()
        self._again.set()

    def let_go(self, rebuild: str) -> None:
        """That comes to nothing."""
        self.following.let_go(rebuild)
        self._again.set()

    def catch_up(self, service_id: str) -> None:
        """Shows a service what came before it was open."""
        log = self._logs.log(service_id)
        held = self._held.take(service_id)
        if log is None:
            return
        for each in held:
            log.show(each.head, each.runs, each.seq, each.size, is_live=True)

    # The subscription

    async def _reconnected(self) -> None:
        self._again.set()

    async def _keep(self) -> None:
        said = self._logs.now()
        while True:
            await self._again.wait()
            await self._stream.engine.until_up()
            self._again.clear()
            try:
                await self._subscribe()
            except TROUBLE as problem:
                self._again.set()
                if self._logs.now() - said > SAY_SECONDS:
                    said = self._logs.now()
                    _log.warning("waits for the engine's log: %s", str(problem) or "it has no leader yet")
                await asyncio.sleep(RETRY_SECONDS)
            except StartupError as problem:
                if not self.epoch:
                    raise
                self._again.set()
                _log.error("%s", problem)
                await asyncio.sleep(SAY_SECONDS)

    async def _subscribe(self) -> None:
        self._made_at = self._logs.now()
        await self._unsubscribe()
        was = self.epoch, self.following.rebuild
        await self.following.find(self.seen)
        if was != (self.epoch, self.following.rebuild):
            self._begin(is_anew=was[0] != self.epoch)
        if not self._is_whole:
            self._is_whole, self.seen = True, 0
        client = self._stream.engine.client
        inbox = client.new_inbox()
        self._delivered = 0
        self._heard = self._logs.now()
        # The last one that was seen comes once more: if it is another, the log is not the one it was.
        self._subscription = await client.subscribe(inbox, cb=self._receive)
        pending = await self._stream.consume(inbox, max(1, self.seen), HEARTBEAT_SECONDS)
        if pending == 0:
            self._go_live()

    def _begin(self, *, is_anew: bool) -> None:
        self._live.clear()
        if is_anew:
            self.seen, self._mark = 0, ("", "")
            self._held.clear()
            self._logs.start_over(self.epoch)
        else:
            self.is_held = True
            self._logs.rebuilt()

    def _go_live(self) -> None:
        self.is_held = self.following.is_promised
        if not self.is_held:
            self._live.set()

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(*TROUBLE):
                await subscription.unsubscribe()

    # What it brings

    async def _receive(self, message: Msg) -> None:
        if self._subscription is None or message.sid != self._subscription._id or self.following.is_promised:
            return  # of a former one
        self._heard = self._logs.now()
        headers = message.headers
        if headers is not None and "Status" in headers:
            await self._control(message)
            return
        fields = message.reply.split(".")
        at = 5 if len(fields) < 11 else 7
        seq, delivered, pending = int(fields[at]), int(fields[at + 1]), int(fields[at + 3])
        if delivered != self._delivered + 1:
            self._again.set()
            return
        self._delivered = delivered
        try:
            self._take(message.subject, message.data, seq)
        except WentBack:
            _log.error("the log is not the one that it was, it gives numbers twice: a new epoch begins")
            await self.following.renew()
            self._again.set()
        except Exception:  # nats-py would keep it to itself
            _log.exception("a message of the log could not be taken in")
        if pending == 0:
            self._go_live()

    async def _control(self, message: Msg) -> None:
        """A heartbeat, or a question whether this node keeps up."""
        headers = message.headers or {}
        answer_to = message.reply or headers.get("Nats-Consumer-Stalled")
        if answer_to:
            await self._stream.engine.client.publish(answer_to)
        if int(headers.get("Nats-Last-Consumer", self._delivered)) > self._delivered:
            self._again.set()

    def _take(self, subject: str, data: bytes, seq: int) -> None:
        if subject == self._stream.epoch_subject:
            if seq > self.seen:
                self.seen, self._mark = seq, (subject, data.decode())
                if seq > self.following.since:
                    self._again.set()  # another has begun
            elif seq == self.seen and self._mark != (subject, data.decode()):
                raise WentBack
            return
        service_id = subject.removeprefix(self._stream.prefix)
        try:
            head, runs = unpack(data)
        except ValueError:
            self._pass_over(service_id, seq)
            return
        if seq <= self.seen:
            if seq == self.seen and self._mark != (subject, head.attempt):
                raise WentBack
            return
        self.seen, self._mark = seq, (subject, head.attempt)
        log = self._logs.log(service_id)
        if log is None or service_id in self._held:
            self._held.add(service_id, HeldMessage(head, runs, seq, len(data)))
        else:
            log.show(head, runs, seq, len(data), is_live=self._live.is_set())

    def _pass_over(self, service_id: str, seq: int) -> None:
        """What is no message of ours takes up its place, and nothing else."""
        self.seen, self._mark = seq, ("", "")
        _log.warning("a message of the log cannot be read, and is passed over")
        log = self._logs.log(service_id)
        if log is not None:
            log.numbering.trim(seq)

    # The watchdog

    async def _watch(self) -> None:
        behind = 0
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now, seen = self._logs.now(), self.seen
            try:
                state = await self._stream.state(seconds=1.0)
            except TROUBLE as problem:
                if self._lost_at is None:
                    self._lost_at = now
                if isinstance(problem, EngineRefusal) and problem.code == NOT_FOUND:
                    self._again.set()
                continue
            if state.has_quorum:
                self._lost_at = None
            elif self._lost_at is None:
                self._lost_at = now
            self.lag = max(0, state.last - self.seen)
            if state.has_quorum and seen <= state.last <= self.seen:  # less than that is another log
                self.whole_at = self._logs.now()
            if self._subscription is None or self._again.is_set():
                continue
            behind = behind + 1 if state.last > self.seen == seen else 0
            if state.last < seen or behind > 1 or self._logs.now() - self._heard > SILENT_SECONDS:
                behind = 0
                self._again.set()
