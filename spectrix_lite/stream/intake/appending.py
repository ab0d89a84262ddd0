"""Appending: how a batch gets its numbers, enters its ring, and wakes who watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ...core.clock import Clock
from ...core.timestamps import rfc3339
from ...entries.entry import Entry, NumberedEntry, decoded_run
from ..channel import BatchListener, Channel
from ..frames import Frames
from ..log import Arrival, ImmediateLog, RememberedAnswer, numbered
from ..watcher import tell
from .rings import RingsBound

FLUSH_SECONDS: Final = 0.008
"""While entries keep coming, up to ten watchers are woken this often at most; after a quiet moment at once."""

SLICE: Final = 500
"""Entries appended in one turn of the loop: a millisecond or so."""

_log = logging.getLogger("spectrix_lite.stream")


def flush_seconds(watchers: int) -> float:
    """How long a service's watchers may wait for what comes right after the last flush.

    Each watcher costs a system call a flush, so that a crowd is served in larger helpings: 16 ms for 50, 25 at most.
    """
    return FLUSH_SECONDS + min(0.017, 0.0002 * max(0, watchers - 10))


class Appending:
    """Into the rings of `channels`, which are counted in `bound`."""

    def __init__(self, channels: Mapping[str, Channel], bound: RingsBound, frames: Frames, clock: Clock) -> None:
        self._channels = channels
        self._bound = bound
        self._frames = frames
        self._clock = clock

    async def append_slices(
        self, channel: Channel, log: ImmediateLog, entries: list[Entry], answer: RememberedAnswer | None
    ) -> None:
        """Takes the entries out of their list: all at once, to let go of them would hold up the loop as well."""
        entries.reverse()
        try:
            while entries:
                part = entries[-SLICE:]
                del entries[-SLICE:]
                part.reverse()
                self.append(channel, log, part, None if entries else answer)
                await asyncio.sleep(0)
        finally:
            channel.append_lock.release()

    def append(
        self, channel: Channel, log: ImmediateLog, entries: Sequence[Entry], answer: RememberedAnswer | None = None
    ) -> None:
        """Numbers a batch by the channel's log and puts it into the ring, in this turn of the loop."""
        if not entries:
            return
        milliseconds = self._clock.wall()
        _, runs = log.append(entries, rfc3339(milliseconds), answer)
        channel.tally.add(entries, self._clock.monotonic())
        self._put(channel, runs, milliseconds)
        if channel.listener is not None:
            self._listen(channel, channel.listener, numbered(entries))

    def _put(self, channel: Channel, runs: Iterable[tuple[bytes, int]], milliseconds: int) -> None:
        ring = channel.ring
        grown = sum(ring.append(encoded, count) for encoded, count in runs)
        channel.last_received_at = milliseconds
        # A service that was deleted while its batch waited no longer counts.
        if self._channels.get(channel.service_id) is channel:
            self._bound.bytes += grown
            if self._bound.is_exceeded:
                self.make_room()
        if channel.watchers and channel.flush is None:
            self._wake(channel)

    def arrive(self, channel: Channel, arrival: Arrival) -> None:
        """Puts what a remote log has brought into the ring, which begins with it where entries before it are lost."""
        if arrival.first > channel.ring.head + 1:
            self._bound.bytes -= channel.ring.skip(arrival.first - 1)
            self._frames.clear()
        channel.tally.follow(arrival.levels, arrival.totals, self._clock.monotonic() if arrival.is_live else None)
        if channel.listener is None or not arrival.is_live:
            self._put(channel, arrival.runs, arrival.at)
            return
        runs = list(arrival.runs)
        self._put(channel, runs, arrival.at)
        self._listen(channel, channel.listener, numbered([entry for run, _ in runs for entry in decoded_run(run)]))

    def lose(self, channel: Channel, head: int) -> None:
        """Empties the ring, which goes on behind `head`, and wakes who is to be told so."""
        channel.ring.skip(head)
        # Counted anew: of a batch that failed halfway, a part never was.
        self._bound.bytes = sum(each.ring.bytes for each in self._channels.values())
        self._frames.clear()
        if channel.watchers and channel.flush is None:
            self._wake(channel)

    def make_room(self) -> None:
        """Keeps all rings within their bound."""
        self._bound.make_room(channel.ring for channel in self._channels.values())

    def _listen(self, channel: Channel, listener: BatchListener, entries: Sequence[NumberedEntry]) -> None:
        try:
            listener.appended(entries)
        except Exception:  # ingest goes on, whatever listens to it
            _log.exception("what listens to a service failed, and does not until it is put back")
            channel.listener = None

    def _wake(self, channel: Channel) -> None:
        loop = asyncio.get_running_loop()
        due = channel.flushed + flush_seconds(len(channel.watchers))
        if loop.time() >= due:
            channel.flush = loop.call_soon(self._flush, channel)
        else:
            channel.flush = loop.call_at(due, self._flush, channel)

    def _flush(self, channel: Channel) -> None:
        channel.flush = None
        channel.flushed = asyncio.get_running_loop().time()
        for watcher in list(channel.watchers):
            tell(watcher, watcher.pump)
