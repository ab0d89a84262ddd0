"""Ring buffer: the newest entries of one service, encoded, numbered without holes, bounded in entries and bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ..entries.entry import split_run

_SLACK: Final = 1024  # places of evicted runs kept before the list is moved together


class Run(NamedTuple):
    """Consecutive entries as they came in: `encoded` is the inside of a JSON array of them, seq `first` to `last`."""

    first: int
    last: int
    encoded: bytes


class RingBuffer:
    """A window over the sequence 1, 2, 3 …: `oldest` to `head`, both inclusive; empty is oldest = head + 1.

    What is appended is bytes and stays as it is: watchers get a run as it was encoded, one copy for a whole batch. The
    bound in entries is exact; the one in bytes counts whole runs, so that a run is released when its last entry goes,
    and is evicted whole when its bytes are needed.
    """

    __slots__ = ("_runs", "_start", "bytes", "forgotten", "head", "max_bytes", "max_entries", "oldest", "released")

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.head = 0
        self.oldest = 1
        self.bytes = 0  # of the runs kept
        self.released = 0  # bytes of all runs that were evicted
        self.forgotten = 0  # the last seq that was taken out on purpose, with all before it
        self._runs: list[Run | None] = []  # None where a run was evicted: only before _start
        self._start = 0

    def __len__(self) -> int:
        return self.head - self.oldest + 1

    def append(self, encoded: bytes, count: int) -> int:
        """Takes `count` entries, the inside of a JSON array, as head + 1 and following; evicts what no longer fits.

        A run larger than the ring evicts itself. Returns by how many bytes the ring has grown.
        """
        before = self.bytes
        first = self.head + 1
        self.head += count
        self._runs.append(Run(first, self.head, encoded))
        self.bytes += len(encoded)
        self._evict()
        return self.bytes - before

    def restore(self, runs: Sequence[Run], oldest: int, head: int) -> None:
        """Takes over `oldest` to `head` of another ring, whose `runs` follow each other, and evicts what does not fit.

        Only for a ring to which nothing was appended yet.
        """
        self._runs = list(runs)
        self.oldest, self.head = oldest, head
        self.bytes = sum(len(run.encoded) for run in runs)
        self._evict()

    def shrink(self, size: int) -> int:
        """Evicts the oldest runs until at least `size` bytes are free again; returns how many bytes that were."""
        before = self.bytes
        while before - self.bytes < size and self._start < len(self._runs):
            run = self._runs[self._start]
            assert run is not None
            self._release(run)
            self.oldest = run.last + 1
        return before - self.bytes

    def forget(self, through: int) -> int:
        """Takes out all up to the seq `through`, so that nothing of it is in memory; the bytes that are free then."""
        before = self.bytes
        through = min(through, self.head)
        while self._start < len(self._runs) and (run := self._runs[self._start]) is not None and run.last <= through:
            self._release(run)
        if self._start < len(self._runs) and (run := self._runs[self._start]) is not None and run.first <= through:
            rest = Run(through + 1, run.last, b",".join(split_run(run.encoded)[through + 1 - run.first :]))
            self.bytes -= len(run.encoded) - len(rest.encoded)
            self._runs[self._start] = rest
        self.oldest = max(self.oldest, through + 1)
        self.forgotten = max(self.forgotten, through)
        return before - self.bytes

    def skip(self, head: int) -> int:
        """Goes on behind `head`, with nothing in it; the bytes that are free then."""
        freed = self.shrink(self.bytes)
        self.head, self.oldest = head, head + 1
        return freed

    def after(self, seq: int) -> Iterator[Run]:
        """The runs that hold what comes after `seq`, oldest first; the first of them may begin before it.

        What was evicted is left out without a word, also at the beginning of the first run: see `oldest`.
        """
        runs = self._runs
        index = len(runs) - 1
        if index < self._start:
            return
        # As a rule a watcher has all but the newest run.
        if _first(runs[index]) > seq + 1:
            index = bisect_right(runs, seq + 1, lo=self._start, key=_first) - 1
        for place in range(max(index, self._start), len(runs)):
            run = runs[place]
            assert run is not None
            if run.last > seq:
                yield run

    def entry(self, seq: int) -> bytes | None:
        """One entry as it was encoded; None where it is not held."""
        if not self.oldest <= seq <= self.head:
            return None
        run = next(self.after(seq - 1))
        return split_run(run.encoded)[seq - run.first]

    def backwards(self) -> Iterator[Run]:
        """All runs, the newest first; the last of them may begin before `oldest`."""
        for index in range(len(self._runs) - 1, self._start - 1, -1):
            run = self._runs[index]
            assert run is not None
            yield run

    def _evict(self) -> None:
        if len(self) > self.max_entries:
            self.oldest = self.head - self.max_entries + 1
            while (run := self._runs[self._start]) is not None and run.last < self.oldest:
                self._release(run)
        if self.bytes > self.max_bytes:
            self.shrink(self.bytes - self.max_bytes)

    def _release(self, run: Run) -> None:
        self.bytes -= len(run.encoded)
        self.released += len(run.encoded)
        self._runs[self._start] = None
        self._start += 1
        if self._start >= _SLACK:
            del self._runs[: self._start]
            self._start = 0


def _first(run: Run | None) -> int:
    assert run is not None
    return run.first
