"""Channel: one service's stream, its ring buffer and all that is counted and remembered beside it."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from msgspec import UNSET

from ..core.timestamps import rfc3339
from ..entries.entry import IngestAnswer, NumberedEntry, RejectedEntry
from ..entries.lenient import SHOWN_REJECTIONS
from .idempotency import IdempotencyCache
from .log import ImmediateLog, RemoteLog
from .ring import RingBuffer, Run
from .stats import SECONDS, LevelCounts, Stats, Tally
from .watcher import Watcher

REMEMBERED_BATCHES: Final = 1024
"""Of each stream key."""


class BatchListener(Protocol):
    """What is told of each batch that has entered the ring. It may not block, for it stands in the way of ingest."""

    def appended(self, entries: Sequence[NumberedEntry]) -> None:
        """At least one entry. Where it raises, it is told of no more before it is put back."""


@dataclass(slots=True)
class Channel:
    """One service's stream: isolated, as no watcher or producer of it ever meets another's."""

    service_id: str
    name: str
    ring: RingBuffer
    log: ImmediateLog | RemoteLog
    immediate: ImmediateLog | None = field(init=False)
    """The log, where it gives numbers at once."""
    remote: RemoteLog | None = field(init=False)
    """The log, where its entries arrive later."""
    tally: Tally = field(default_factory=Tally)
    watchers: set[Watcher] = field(default_factory=set)
    rejected: deque[RejectedEntry] = field(default_factory=lambda: deque(maxlen=SHOWN_REJECTIONS))
    batches: OrderedDict[str, IdempotencyCache[IngestAnswer]] = field(default_factory=OrderedDict)  # by stream key
    append_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_received_at: int | None = None  # epoch milliseconds
    flushed: float = 0.0  # loop time
    gaps: Counter[str] = field(default_factory=Counter)  # told to watchers, by reason
    flush: asyncio.Handle | None = None
    ancestors: dict[str, int] = field(default_factory=dict)
    """Epochs whose numbers are this one's up to a seq each, after which entries may have been lost."""
    listener: BatchListener | None = None
    """None too once it has failed."""

    def __post_init__(self) -> None:
        self.use(self.log)

    def use(self, log: ImmediateLog | RemoteLog) -> None:
        """Has the numbers given by this log from now on."""
        self.log = log
        # Kept, for to ask a protocol whether something is of it takes longer than to append a batch.
        self.immediate, self.remote = (None, log) if isinstance(log, RemoteLog) else (log, None)

    def batches_of(self, key_id: str, most: int) -> IdempotencyCache[IngestAnswer]:
        """The idempotency cache of one stream key; at most `most` keys have one.

        A key that is revoked stays until there are too many: then the one longest unused is evicted.
        """
        cache = self.batches.setdefault(key_id, IdempotencyCache(REMEMBERED_BATCHES))
        self.batches.move_to_end(key_id)
        if len(self.batches) > most:
            self.batches.popitem(last=False)
        return cache

    def restore(self, epoch: str, runs: Sequence[Run], oldest: int, head: int) -> None:
        """Goes on where another process was: in its epoch, behind its head, with `oldest` to `head` in the ring.

        Only for a channel to which nothing was appended yet.
        """
        self.ring.restore(runs, oldest, head)
        self.log.go_on(epoch, head)

    def stats(self, now: float, history: int = 0) -> Stats:
        """At the moment `now` (monotonic seconds), with the last `history` seconds, at most 60, by level."""
        ring, tally, paused = self.ring, self.tally, self.log.paused
        stats = Stats(
            epoch=self.epoch,
            oldest=ring.oldest,
            head=ring.head,
            buffered=len(ring),
            bytes=ring.bytes,
            accepted=tally.accepted,
            rejected=tally.rejected,
            levels=LevelCounts(*tally.totals),
            rate=tally.rate(now),
            error_share=tally.error_share(now),
            last_received_at=None if self.last_received_at is None else rfc3339(self.last_received_at),
            watchers=len(self.watchers),
            paused=UNSET if paused is None else paused,
        )
        if history > 0:
            stats.history = tally.history(now, min(history, SECONDS))
        return stats

    @property
    def epoch(self) -> str:
        """Of the numbers that are given now."""
        return self.log.epoch
