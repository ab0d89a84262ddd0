"""Mirror: one subscription to the logs of all services, made anew whenever it may have lost something.

What it brings fills the rings, of what this node has stored as of what others have. A watchdog compares it with the
engine, and finds a log that was wiped or went back: then a new epoch begins, for all nodes.
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

    def now(self) -> float:
        """Seconds of the loop's clock."""


class Mirror:
    """One for a node. `epoch` is the log's, "" until it has begun; `seen` the number of the last message that came."""

    def __init__(self, stream: LogStream, logs: Rings) -> None:
        self.epoch = ""
        self.seen = 0
        self.lag = 0
        """How many messages the engine had more, when it was asked last."""
        self._stream = stream
        self._logs = logs
        self._mark = ("", "")  # subject and attempt of the message `seen`
        self._since = 0  # the message that began the epoch
        self._subscription: Subscription | None = None
        self._delivered = 0  # messages of the subscription
        self._live = asyncio.Event()
        self._heard = 0.0
        self._lost_at: float | None = None
        self._again = asyncio.Event()
        self._made_at = 0.0
        self._suspicions = 0
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
        await self._find_epoch()
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
            self._live.set()

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with suppress(*TROUBLE):
                await subscription.unsubscribe()

    async def _find_epoch(self) -> None:
        """The log's epoch; a new one where the log is not the one that it was. Asked twice before that is believed."""
        try:
            state = await self._stream.state()
            epoch, since = await self._stream.epoch()
        except EngineRefusal as refusal:
            if refusal.code != NOT_FOUND:
                raise
            await self._suspect("the engine has lost it")
            await self._stream.make()
            await self._stream.begin_epoch(0)
            epoch, since = await self._stream.epoch()
        else:
            if not epoch or (epoch == self.epoch and state.last < self.seen):
                await self._suspect("the engine has an older one")
                await self._stream.begin_epoch(since)
                epoch, since = await self._stream.epoch()
        self._suspicions, self._since = 0, since
        if epoch != self.epoch:
            self._start_over(epoch)

    async def _suspect(self, what: str) -> None:
        """Raises TimeoutError the first time: a cluster that has just elected a leader may not know all at once."""
        if self.epoch:
            self._suspicions += 1
            if self._suspicions < 2:
                await asyncio.sleep(WATCH_SECONDS)
                raise TimeoutError
            _log.error("the log is not the one that it was, %s: a new epoch begins", what)

    def _start_over(self, epoch: str) -> None:
        self.epoch, self.seen, self._mark = epoch, 0, ("", "")
        self._held.clear()
        self._live.clear()
        self._logs.start_over(epoch)

    # What it brings

    async def _receive(self, message: Msg) -> None:
        if self._subscription is None or message.sid != self._subscription._id:
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
            await self._renew()
        except Exception:  # nats-py would keep it to itself
            _log.exception("a message of the log could not be taken in")
        if pending == 0:
            self._live.set()

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
                if seq > self._since:
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

    async def _renew(self) -> None:
        """Begins a new epoch after the one that this node knows."""
        with suppress(*TROUBLE):
            epoch, since = await self._stream.epoch()
            if epoch == self.epoch:
                await self._stream.begin_epoch(since)
        self._again.set()

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
            if self._subscription is None or self._again.is_set():
                continue
            behind = behind + 1 if state.last > self.seen == seen else 0
            if state.last < seen or behind > 1 or self._logs.now() - self._heard > SILENT_SECONDS:
                behind = 0
                self._again.set()
