"""What waits to be sent: a list bounded in entries and bytes that drops its oldest and counts what it dropped."""

from __future__ import annotations

import uuid
from collections import deque
from typing import Callable, NamedTuple, Optional

MOST_BYTES = 5 * 1024 * 1024
BATCH_ENTRIES = 500
BATCH_BYTES = 512 * 1024
_BEFORE, _AFTER = b'{"logs":[', b"]}"


class Dropped(NamedTuple):
    """Entries that nobody will see, by cause, and not yet told of."""

    overflow: int = 0
    refused: int = 0

    def plus(self, other: Dropped) -> Dropped:
        """The sum of both."""
        return Dropped(self.overflow + other.overflow, self.refused + other.refused)


class Batch(NamedTuple):
    """What one request carries. Sent again it is the same to the byte, under the same key, so that it is taken once."""

    entries: list[bytes]
    key: str
    told: Optional[Dropped] = None  # what its first entry tells of

    @property
    def body(self) -> bytes:
        return _BEFORE + b",".join(self.entries) + _AFTER

    @property
    def size(self) -> int:
        """What the entries weigh, in bytes."""
        return sum(map(len, self.entries))

    def halves(self) -> list[Batch]:
        """The same entries in two requests, for a server to which one is too large."""
        middle = (len(self.entries) + 1) // 2
        return [_batch(self.entries[:middle], self.told), _batch(self.entries[middle:])]


class Backlog:
    """Entries as JSON, oldest first. The bounds include what is on its way, since that may have to be sent again.

    Not safe for threads: the caller holds a lock.
    """

    def __init__(
        self, most_entries: int, most_bytes: int = MOST_BYTES, *,
        batch_entries: int = BATCH_ENTRIES, batch_bytes: int = BATCH_BYTES,
    ) -> None:  # fmt: skip
        self.most_entries = most_entries
        self.most_bytes = most_bytes
        # Half of what there is room for at most, so that a batch on its way leaves some to what comes meanwhile.
        self.batch_entries = min(batch_entries, (most_entries + 1) // 2)
        self.batch_bytes = batch_bytes
        self.added = 0  # entries ever taken in
        self.dropped = Dropped()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._away = 0
        self._away_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> int:
        """The number of the oldest waiting entry, counted like `added`, from 0."""
        return self.added - len(self._waiting)

    @property
    def fills_a_batch(self) -> bool:
        """Whether there is enough for a request."""
        return len(self._waiting) >= self.batch_entries or self._bytes >= self.batch_bytes

    def add(self, entry: bytes) -> None:
        """Takes an entry in; where there is no room, the oldest make some."""
        self._waiting.append(entry)
        self._bytes += len(entry)
        self.added += 1
        while self._waiting and (
            len(self._waiting) + self._away > self.most_entries or self._bytes + self._away_bytes > self.most_bytes
        ):
            self._bytes -= len(self._waiting.popleft())
            self.dropped = self.dropped.plus(Dropped(overflow=1))

    def take(self, notice: Callable[[Dropped], bytes]) -> Batch:
        """The oldest entries as a batch, which counts as kept until `settle`.

        Where some were dropped before them, `notice` makes the entry that says so, and it goes first.
        """
        told = self.dropped if any(self.dropped) else None
        self.dropped = Dropped()
        entries = [notice(told)] if told else []
        room = self.batch_bytes - len(_BEFORE) - len(_AFTER) + 1 - sum(len(entry) + 1 for entry in entries)
        while self._waiting and len(entries) < max(self.batch_entries, 2 if told else 1):
            room -= len(self._waiting[0]) + 1
            if room < 0 and len(entries) > (1 if told else 0):
                break
            entry = self._waiting.popleft()
            self._bytes -= len(entry)
            entries.append(entry)
        batch = _batch(entries, told)
        self._away += len(entries)
        self._away_bytes += batch.size
        return batch

    def settle(self, batch: Batch, *, refused: bool) -> None:
        """A batch need not be kept any longer: it was taken, or it was `refused`, and with it what it had to tell."""
        self._away -= len(batch.entries)
        self._away_bytes -= batch.size
        if refused:
            refused_entries = Dropped(refused=len(batch.entries) - (1 if batch.told else 0))
            self.dropped = self.dropped.plus(refused_entries).plus(batch.told or Dropped())


def _batch(entries: list[bytes], told: Optional[Dropped] = None) -> Batch:
    return Batch(entries, str(uuid.uuid4()), told)
