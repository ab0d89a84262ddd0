"""The newest entries of one service: encoded, numbered without holes, bounded in entries and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SLACK: Final = 1024  # places of evicted entries kept before the list is moved together


class RingBuffer:
    """A window over the sequence 1, 2, 3 …: `oldest` to `head`, both inclusive; empty is oldest = head + 1.

    What is appended is bytes and stays as it is. An evicted entry is released at once.
    """

    __slots__ = ("_places", "_start", "bytes", "head", "max_bytes", "max_entries")

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.head = 0
        self.bytes = 0  # of the entries kept
        self._places: list[bytes] = []  # b"" where an entry was evicted: only before _start
        self._start = 0

    def __len__(self) -> int:
        return len(self._places) - self._start

    @property
    def oldest(self) -> int:
        """The seq of the oldest entry kept; head + 1 where none is."""
        return self.head - len(self) + 1

    def append(self, entries: Sequence[bytes]) -> int:
        """Takes `entries` as head + 1 and following, evicting the oldest where they do not fit.

        A batch larger than the ring evicts its own beginning. Returns by how many bytes the ring has grown.
        """
        before = self.bytes
        self._places += entries
        self.head += len(entries)
        self.bytes += sum(map(len, entries))
        if (surplus := len(self) - self.max_entries) > 0:
            self._evict(surplus)
        if self.bytes > self.max_bytes:
            self.shrink(self.bytes - self.max_bytes)
        return self.bytes - before

    def shrink(self, size: int) -> int:
        """Evicts the oldest entries until at least `size` bytes are free again; returns how many bytes that were."""
        freed = count = 0
        while freed < size and count < len(self):
            freed += len(self._places[self._start + count])
            count += 1
        self._evict(count)
        return freed

    def since(self, seq: int, limit: int | None = None) -> list[bytes]:
        """The entries after `seq`, oldest first, at most `limit`; those evicted are left out without a word."""
        first = self._start + max(0, seq + 1 - self.oldest)
        return self._places[first : None if limit is None else first + limit]

    def _evict(self, count: int) -> None:
        stop = self._start + count
        evicted = self._places[self._start : stop]
        self.bytes -= sum(map(len, evicted))
        self._start = stop
        if stop >= _SLACK:
            del self._places[:stop]
            self._start = 0
        else:
            self._places[stop - count : stop] = [b""] * count
