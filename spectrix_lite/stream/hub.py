"""Hub: a ring buffer and its watchers for each service, and what wakes them.

All of it runs on one event loop, without a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec

from ..core.clock import Clock
from ..core.config import Config
from ..core.errors import IdempotencyMismatch, ServiceNotFound
from ..core.session_errors import SessionEnded
from ..core.timestamps import rfc3339
from ..entries.entry import Batch, Entry, IngestAnswer, RejectedEntry
from ..query.filter import EVERYTHING, Filter
from .channel import Channel
from .filtering import Filtering
from .frames import Frames
from .idempotency import IdempotencyCache
from .intake.appending import SLICE, Appending
from .intake.rings import RingsBound
from .log import Arrival, Arriving, LocalLogs, Logs, RememberedAnswer, RemoteLog
from .ring import RingBuffer
from .search import SearchSpan
from .stats import Stats
from .subscriber import Subscriber
from .watcher import Watcher, tell

SESSION_ENDED: Final = SessionEnded.close_code
EPOCH_CHANGED: Final = 1012
"""Closes a watcher that is to come back at once, as it does after a restart."""

SHOWN_ERRORS: Final = 20

_log = logging.getLogger("spectrix_lite.stream")


def _nobody(_: object) -> None:
    """Nobody is told."""


def _none(_: str) -> int:
    """There is only this process."""
    return 0


class Hub:
    """Owns every service's channel. What concerns a service that is not open raises ServiceNotFound.

    `logs` give the numbers; by default they only count.
    """

    def __init__(self, config: Config, clock: Clock, logs: Logs | None = None) -> None:
        self._config = config
        self._clock = clock
        self._logs = LocalLogs() if logs is None else logs
        self._channels: dict[str, Channel] = {}
        self._sessions: dict[str, set[Watcher]] = {}
        self.filtering = Filtering(clock)
        self._frames = Frames()
        self._bound = RingsBound(config.rings_bytes)
        self._appending = Appending(self._channels, self._bound, self._frames, clock)
        self.opened: Callable[[Channel], None] = _nobody
        """Told of each service that is opened, once its channel is there."""
        self.closed: Callable[[str], None] = _nobody
        """Told of each service that is closed, by its id."""
        self.elsewhere: Callable[[str], int] = _none
        """How many watch by way of other nodes: a service, or by a session, by its id."""
        self._deserted: asyncio.Event | None = None  # set while the last watchers are waited for

    # As the change listener of access

    def open_service(self, service_id: str, name: str) -> None:
        """Makes the service's channel; where it is open, nothing happens."""
        if service_id not in self._channels:
            log, ring = self._logs.open(service_id), RingBuffer(self._config.ring_entries, self._config.ring_bytes)
            channel = self._channels[service_id] = Channel(service_id, name, ring, log)
            self.opened(channel)

    def rename_service(self, service_id: str, name: str) -> None:
        """Gives the channel the service's new name. Raises ServiceNotFound."""
        self.channel(service_id).name = name

    def close_service(self, service_id: str) -> None:
        """Drops the channel with all it holds; its watchers are ended."""
        channel = self._channels.pop(service_id, None)
        if channel is None:
            return
        self._logs.close(service_id)
        self._bound.bytes -= channel.ring.bytes
        self._frames.clear()
        if channel.flush is not None:
            channel.flush.cancel()
        for watcher in list(channel.watchers):
            tell(watcher, partial(watcher.close, SESSION_ENDED, "service deleted"))
        self.closed(service_id)

    def end_session(self, session_id: str) -> None:
        """Ends each watcher of the session."""
        for watcher in list(self._sessions.get(session_id, ())):
            tell(watcher, partial(watcher.close, SESSION_ENDED, "session ended"))

    # Ingest

    def channel(self, service_id: str) -> Channel:
        """The channel of a service. Raises ServiceNotFound where it is not open."""
        try:
            return self._channels[service_id]
        except KeyError:
            raise ServiceNotFound from None

    def is_free(self, service_id: str, count: int) -> bool:
        """Whether a batch of so many entries may be appended at once, by `ingest_now`."""
        channel = self.channel(service_id)
        return count <= SLICE and channel.immediate is not None and not channel.append_lock.locked()

    def is_remote(self, service_id: str) -> bool:
        """Whether a batch gets its numbers elsewhere, so that it has to be waited for."""
        return self.channel(service_id).remote is not None

    def ingest_now(self, service_id: str, entries: Sequence[Entry]) -> None:
        """Appends a small batch in this turn of the loop. Only where `is_free` says so."""
        channel = self.channel(service_id)
        assert channel.immediate is not None
        self._appending.append(channel, channel.immediate, entries)

    def ingest_later(self, service_id: str, entries: Sequence[Entry]) -> Arriving:
        """Has a batch of at least one entry appended, as `RemoteLog.append_later`. Only where `is_remote` says so.

        Raises NoQuorum.
        """
        remote = self.channel(service_id).remote
        assert remote is not None
        return remote.append_later(entries, self._clock.wall())

    async def ingest(
        self, service_id: str, batch: Batch, key_id: str, once: tuple[bytes, bytes] | None = None
    ) -> IngestAnswer:
        """Appends a batch, contiguous and in order, and wakes the watchers; never waits for one of them.

        A large batch goes in slices, so that the loop keeps turning; batches of one service wait for each other.
        Cancelled while it is being taken, it is still taken whole. `once`: digests of the name and body it is known by.
        Where the log is remote, it may know an earlier one of that name: its answer comes then, as a duplicate. Raises
        ServiceNotFound; NoQuorum and IdempotencyMismatch there.
        """
        channel, entries, count = self.channel(service_id), batch.entries, len(batch.entries)
        answer = IngestAnswer(count, len(batch.rejected), batch.rejected[:SHOWN_ERRORS])
        remembered = None if once is None else RememberedAnswer(key_id, *once, answer)
        log = channel.immediate
        if log is None:
            assert channel.remote is not None
            if entries and (earlier := await self._append_later(channel.remote, channel, entries, remembered)):
                return earlier
        elif self.is_free(service_id, count):
            self._appending.append(channel, log, entries, remembered)
        else:
            await channel.append_lock.acquire()
            await asyncio.shield(asyncio.create_task(self._appending.append_slices(channel, log, entries, remembered)))
        if batch.rejected:
            self._reject(channel, batch, key_id)
        return answer

    def batches(self, service_id: str, key_id: str) -> IdempotencyCache[IngestAnswer]:
        """The idempotency cache of one stream key."""
        return self.channel(service_id).batches_of(key_id, 2 * self._config.max_keys)

    async def _append_later(
        self, log: RemoteLog, channel: Channel, entries: Sequence[Entry], answer: RememberedAnswer | None
    ) -> IngestAnswer | None:
        if answer is not None:
            batches = self.batches(channel.service_id, answer.key_id)
            if (found := batches.known(answer.name, answer.body)) is not None:
                return msgspec.structs.replace(found, duplicate=True)
        earlier = await log.append_later(entries, self._clock.wall(), answer)
        if earlier is None or answer is None:
            return None
        if earlier.body != answer.body:
            raise IdempotencyMismatch
        return msgspec.structs.replace(earlier.answer, duplicate=True)

    # As where a remote log's entries arrive

    def arrive(self, service_id: str, arrival: Arrival) -> None:
        """Puts what a remote log has brought into the ring; where entries before it are lost, the ring begins with it.

        Raises ServiceNotFound.
        """
        channel = self.channel(service_id)
        for answer in arrival.answers:
            self.batches(service_id, answer.key_id).restore(answer.name, answer.body, answer.answer)
        self._appending.arrive(channel, arrival)

    def lose(self, service_id: str, head: int) -> None:
        """What the service's ring has, and what a remote log has brought up to `head` and could not be put into it, are
        lost; its watchers are told of the gap. Raises ServiceNotFound.
        """
        self._appending.lose(self.channel(service_id), head)

    def start_over(self, service_id: str) -> None:
        """A remote log has begun a new epoch: the ring is empty again, and the watchers come back to be told so.

        Raises ServiceNotFound.
        """
        channel = self.channel(service_id)
        self._bound.bytes -= channel.ring.bytes
        channel.ring = RingBuffer(self._config.ring_entries, self._config.ring_bytes)
        channel.tally.restore(0, channel.tally.rejected, (0, 0, 0, 0))
        channel.batches.clear()
        self._frames.clear()
        for watcher in list(channel.watchers):
            tell(watcher, partial(watcher.close, EPOCH_CHANGED, "a new epoch has begun"))

    def _reject(self, channel: Channel, batch: Batch, key_id: str) -> None:
        channel.tally.rejected += len(batch.rejected)
        at = rfc3339(self._clock.wall())
        # The beginning of a batch tells more than its end.
        for rejection, sample in zip(batch.rejected, batch.samples, strict=False):
            channel.rejected.append(
                RejectedEntry(at, key_id, rejection.index, rejection.field, rejection.reason, sample)
            )

    # Watching

    def attach(self, service_id: str, watcher: Watcher) -> bool:
        """Takes a watcher in: it is pumped from now on. False where the service has as many as it may."""
        channel = self.channel(service_id)
        if len(channel.watchers) >= self._config.max_watchers:
            return False
        channel.watchers.add(watcher)
        self._sessions.setdefault(watcher.session_id, set()).add(watcher)
        return True

    def detach(self, service_id: str, watcher: Watcher) -> None:
        """The watcher is gone. Harmless where it never was, or its service is gone first."""
        if (channel := self._channels.get(service_id)) is not None:
            channel.watchers.discard(watcher)
        watchers = self._sessions.get(watcher.session_id)
        if watchers is not None:
            watchers.discard(watcher)
            if not watchers:
                del self._sessions[watcher.session_id]
        if not self._sessions and self._deserted is not None:
            self._deserted.set()

    def subscriber(self, service_id: str, filter_: Filter) -> Subscriber:
        """A cursor into the service's ring, which shares its frames with the others."""
        channel = self.channel(service_id)
        return Subscriber(channel.ring, channel.epoch, self._frames, filter_, channel.gaps, channel.ancestors)

    def watchers(self, session_id: str) -> int:
        """How many watch by this session, on all nodes."""
        return len(self._sessions.get(session_id, ())) + self.elsewhere(session_id)

    def presence(self) -> dict[str, int]:
        """How many watch here, by the ids of services and of sessions; without those that nobody watches."""
        services = {each.service_id: len(each.watchers) for each in self._channels.values() if each.watchers}
        return services | {session_id: len(watchers) for session_id, watchers in self._sessions.items()}

    def all_watchers(self) -> list[Watcher]:
        """The watchers of all services."""
        return [watcher for channel in self._channels.values() for watcher in channel.watchers]

    async def close_watchers(self, code: int, reason: str, seconds: float) -> None:
        """Closes every watcher and waits until all are gone, `seconds` at most."""
        for watcher in self.all_watchers():
            tell(watcher, watcher.pump)
            tell(watcher, partial(watcher.close, code, reason))
        self._deserted = asyncio.Event()
        if self._sessions:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._deserted.wait()

    # A stop and the next start

    async def freeze(self, seconds: float) -> list[Channel]:
        """Waits for batches that are being appended, and lets none begin; what is in the rings stays as it is.

        Returns the channels of which that is true: those whose batch takes longer than `seconds` are left out.
        """
        frozen = []
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for channel in self._channels.values():
                    await channel.append_lock.acquire()
                    frozen.append(channel)
        return frozen

    def count_restored(self, channel: Channel) -> None:
        """Counts what was put into the channel's ring, which was empty, and keeps all rings within their bound."""
        self._bound.bytes += channel.ring.bytes
        if self._bound.is_exceeded:
            self._appending.make_room()

    def forget(self, service_id: str, seqs: Sequence[int]) -> None:
        """Takes entries out of the service's ring, by their seqs in ascending order. Raises ServiceNotFound."""
        self._bound.bytes -= self.channel(service_id).ring.forget(seqs)
        self._frames.clear()

    # Looking

    def channels(self) -> list[Channel]:
        """Those of all services."""
        return list(self._channels.values())

    def stats(self, service_id: str, history: int = 0) -> Stats:
        """The service at this moment, with its watchers on all nodes and the last `history` seconds (60 at most)."""
        stats = self.channel(service_id).stats(self._clock.monotonic(), history)
        stats.watchers += self.elsewhere(service_id)
        return stats

    async def entries(
        self, service_id: str, after: int = 0, limit: int = 1000, filter_: Filter = EVERYTHING
    ) -> tuple[int, list[bytes]]:
        """(through, entries) after the seq `after`, as `Filtering.page` says. Raises ServiceNotFound, SearchBusy."""
        ring = self.channel(service_id).ring
        return await self.filtering.page(ring, filter_, SearchSpan(after + 1, max(after, ring.head)), limit)
