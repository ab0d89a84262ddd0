"""Ring buffer: the newest entries of one service, encoded, numbered without holes, bounded in entries and bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import groupby
from typing import Final, NamedTuple

from ..entries.entry import split_run

_SLACK: Final = 1024  # places of evicted runs kept before the list is moved together


class Run(NamedTuple):
    """Consecutive entries as they came in: `encoded` is the inside of a JSON array of them, seq `first` to `last`.

    One with nothing in it is a hole: those entries were taken out.
    """

    first: int
    last: int
    encoded: bytes

    @property
    def is_hole(self) -> bool:
        """Whether none of its entries is there any more."""
        return not self.encoded


class RingBuffer:
    """A window over the sequence 1, 2, 3 …: `oldest` to `head`, both inclusive; empty is oldest = head + 1.

    What is appended is bytes and stays as it is: watchers get a run as it was encoded, one copy for a whole batch. What
    is taken out leaves a hole, and counts until it would be evicted. The bound in entries is exact; the one in bytes
    counts whole runs: a run is released when its last entry goes, and evicted whole when its bytes are needed.
    """

    __slots__ = ("_holes", "_runs", "_start", "bytes", "head", "max_bytes", "max_entries", "oldest", "released")

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.head = 0
        self.oldest = 1
        self.bytes = 0  # of the runs kept
        self.released = 0  # bytes of all runs that were evicted
        self._holes: list[Run] = []  # those among the runs
        self._runs: list[Run | None] = []  # None where a run was evicted: only before _start
        self._start = 0

    def __len__(self) -> int:
        there = self.head - self.oldest + 1
        return there - sum(hole.last - max(hole.first, self.oldest) + 1 for hole in self._holes)

    def append(self, encoded: bytes, count: int) -> int:
        """Takes `count` entries, the inside of a JSON array, as head + 1 and following; evicts what no longer fits.

        A run larger than the ring evicts itself, and one with nothing in it is a hole. Returns by how many bytes the
        ring has grown.
        """
        before = self.bytes
        first = self.head + 1
        self.head += count
        run = Run(first, self.head, encoded)
        self._runs.append(run)
        if not encoded:
            self._holes.append(run)
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
        self._holes = [run for run in runs if run.is_hole]
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

    def forget(self, seqs: Sequence[int]) -> int:
        """Takes entries out, so that nothing of them is in memory: by their seqs, in ascending order. What is not held
        is passed over. Returns the bytes that are free then.
        """
        before = self.bytes
        runs = [run for run in self._runs[self._start :] if run is not None]
        if seqs and runs:
            gone = {seq for seq in seqs if self.oldest <= seq <= self.head}
            # What was evicted of the first run goes with it: nobody is told of it any more.
            runs[0] = _rest(runs[0], self.oldest)
            self._runs, self._start = list(_merged(piece for run in runs for piece in _without(run, gone))), 0
            self._holes = [run for run in self._runs if run is not None and run.is_hole]
            self.bytes = sum(len(run.encoded) for run in self._runs if run is not None)
        return before - self.bytes

    def skip(self, head: int) -> int:
        """Goes on behind `head`, with nothing in it; the bytes that are free then."""
        freed = self.bytes
        while self._start < len(self._runs):
            self._release(self._runs[self._start])
        self.head, self.oldest = head, head + 1
        return freed

    def hole(self, seq: int) -> Run | None:
        """The next hole that ends behind `seq`; it may begin before it."""
        if not self._holes:
            return None
        place = bisect_right(self._holes, seq, key=_last)
        return self._holes[place] if place < len(self._holes) else None

    @property
    def holes(self) -> Sequence[Run]:
        """What was taken out, the oldest first; the first of them may begin before `oldest`."""
        return self._holes

    def after(self, seq: int) -> Iterator[Run]:
        """The runs that hold what comes after `seq`, holes as well, oldest first; the first may begin before it.

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
        return None if run.is_hole else split_run(run.encoded)[seq - run.first]

    def _evict(self) -> None:
        if self.head - self.oldest >= self.max_entries:
            self.oldest = self.head - self.max_entries + 1
            while (run := self._runs[self._start]) is not None and run.last < self.oldest:
                self._release(run)
        if self.bytes > self.max_bytes:
            self.shrink(self.bytes - self.max_bytes)

    def _release(self, run: Run | None) -> None:
        assert run is not None
        self.bytes -= len(run.encoded)
        self.released += len(run.encoded)
        if run.is_hole:
            del self._holes[0]
        self._runs[self._start] = None
        self._start += 1
        if self._start >= _SLACK:
            del self._runs[: self._start]
            self._start = 0


def _first(run: Run | None) -> int:
    assert run is not None
    return run.first


def _last(run: Run) -> int:
    return run.last


def _rest(run: Run, first: int) -> Run:
    """A run from the seq `first` on."""
    if first <= run.first:
        return run
    return Run(first, run.last, b",".join(split_run(run.encoded)[first - run.first :]) if run.encoded else b"")


def _without(run: Run, gone: Set[int]) -> Iterator[Run]:
    """A run in pieces, holes in the place of what goes."""
    if run.is_hole or not gone or gone.isdisjoint(range(run.first, run.last + 1)):
        yield run
        return
    entries = split_run(run.encoded)
    numbered = zip(range(run.first, run.last + 1), entries, strict=True)
    for is_gone, together in groupby(numbered, key=lambda each: each[0] in gone):
        piece = list(together)
        yield Run(piece[0][0], piece[-1][0], b"" if is_gone else b",".join(entry for _, entry in piece))


def _merged(runs: Iterable[Run]) -> Iterator[Run]:
    """Holes that follow each other as one."""
    hole: Run | None = None
    for run in runs:
        if run.is_hole:
            hole = run if hole is None else Run(hole.first, run.last, b"")
            continue
        if hole is not None:
            yield hole
            hole = None
        yield run
    if hole is not None:
        yield hole
