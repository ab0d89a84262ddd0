"""Watch: keeps a replica the same as the engine's bucket, and knows whether it still does.

All there is is read at the start, and again whenever the connection was lost or the watch turns out to lack something:
what the engine says it has, or its own count of what it has sent. Half a second's poll asks for that.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from ...core.errors import StorageBusy, StorageFailed
from ..connection import Engine
from .asking import SILENT, asked, held_of
from .replica import Held, Replica

LAG_SECONDS: Final = 1.0
"""For how long the watch may lack what the engine has before it is begun anew."""

_READ_SECONDS: Final = 5.0


class BucketWatch:
    """Of one bucket. Its methods raise StorageBusy while the engine cannot say, and NotFoundError without a bucket."""

    def __init__(self, engine: Engine, replica: Replica, stream: str, prefix: str) -> None:
        self.changed = asyncio.Event()
        """Set when somebody else's change is taken in; who waits for it clears it."""
        self._engine = engine
        self._replica = replica
        self._stream = stream
        self._prefix = prefix
        self._moved = asyncio.Event()
        self._subscription: Subscription | None = None
        self._reading = asyncio.Lock()
        self._turn = 0

    async def close(self) -> None:
        """Idempotent."""
        self._turn += 1
        watch, self._subscription = self._subscription, None
        if watch is not None:
            with suppress(nats.errors.Error):
                await watch.unsubscribe()

    async def head(self) -> int:
        """The engine's number of the last message that there is."""
        return (await asked(self._engine, lambda: self._engine.jetstream.stream_info(self._stream))).state.last_seq

    async def catch_up(self) -> None:
        """Returns when all is taken in that was written before."""
        head = await self.head()
        if self._subscription is None or head < self._replica.head:
            return await self.read_anew()
        try:
            async with asyncio.timeout(LAG_SECONDS):
                while self._replica.head < head:
                    await self._moved.wait()
        except TimeoutError:
            await self.read_anew()

    async def read_anew(self) -> None:
        """Begins the watch anew: reads all there is, and goes on with what comes."""
        turn = self._turn
        async with self._reading:
            if turn != self._turn and self._subscription is not None:
                return  # somebody else has, meanwhile
            self._turn += 1
            former, self._subscription = self._subscription, None
            if former is not None:
                with suppress(nats.errors.Error):
                    await former.unsubscribe()
            head = await self.head()
            if head < self._replica.head:
                self._replica.begin_anew()
            reading = _Reading(self._turn)
            watch = await self._engine.client.subscribe(
                self._engine.client.new_inbox(), cb=partial(self._arrived, reading)
            )
            try:
                await asked(self._engine, partial(self._send_to, watch.subject, reading))
                async with asyncio.timeout(_READ_SECONDS):
                    await reading.is_done.wait()
            except BaseException as problem:
                with suppress(nats.errors.Error):
                    await watch.unsubscribe()
                if isinstance(problem, TimeoutError):
                    raise StorageBusy(SILENT) from None
                raise
            self._replica.reload(reading.found, max(head, reading.through))
            self._subscription = watch
            self._advance()

    async def _send_to(self, inbox: str, reading: _Reading) -> None:
        made = await self._engine.jetstream.add_consumer(
            self._stream,
            ConsumerConfig(
                deliver_subject=inbox,
                deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
                ack_policy=AckPolicy.NONE,
                filter_subject=f"{self._prefix}>",
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=30.0,
            ),
        )
        if not made.num_pending and not (made.delivered and made.delivered.consumer_seq):
            reading.is_done.set()  # it is empty

    async def _arrived(self, reading: _Reading, message: Msg) -> None:
        about = message.metadata
        reading.count += 1
        if reading.turn != self._turn or about.sequence.consumer != reading.count:
            return  # one was lost on the way: `catch_up` notices, and reads anew
        key, revision = message.subject.removeprefix(self._prefix), about.sequence.stream
        try:
            held = held_of(key, revision, message.data, message.headers)
        except StorageFailed:
            held = None  # what was known goes on, and no write to it succeeds
        if reading.is_done.is_set():
            if held is not None:
                self.take(key, held)
            self._replica.head = max(self._replica.head, revision)
            self._advance()
            return
        if held is not None:
            reading.found[key] = held
        reading.through = max(reading.through, revision)
        if not about.num_pending:
            reading.is_done.set()

    def take(self, key: str, held: Held) -> None:
        """Takes in what is known to be there."""
        if self._replica.apply(key, held):
            self.changed.set()

    def _advance(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


class _Reading:
    """One reading of all there is, which goes on as a watch."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.count = 0
        self.through = 0
        self.found: dict[str, Held] = {}
        self.is_done = asyncio.Event()
