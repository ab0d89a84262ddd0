"""Sealer: makes blocks of segments, and lets go of the oldest ones, within the bounds of history. It blocks."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from ...core.history_bounds import HistoryBounds
from ...core.timestamps import rfc3339
from ...entries.entry import split_run
from ...query.filter import Filter, candidate
from ...stream.ring import Run
from ..journal.files import sizes
from ..journal.segment import Segment, begin, read_segment
from .block_store import EVER, Block, BlockStore
from .codec import CannotOpen
from .description import describe, dictionary
from .retention import next_to_go

QUICK_FROM: Final = 8
"""Segments that wait: from so many on they get no dictionary, as it takes ten times as long as the rest."""

_REMOVED_AT_ONCE: Final = 20
_KEPT_FREE: Final = 4 * 1024 * 1024
"""Bytes of free pages that stay in the file for what comes next."""


class Sealer:
    """The one writer of a block store, for the journal in `folder`. `wall` is milliseconds since 1970.

    Its methods raise sqlite3.Error and OSError; what they had begun is then as it was.
    """

    def __init__(self, store: BlockStore, folder: Path, bounds: HistoryBounds, wall: Callable[[], int]) -> None:
        self._store = store
        self._folder = folder
        self._bounds = bounds
        self._wall = wall
        self._held: dict[str, deque[Block]] = {}  # the oldest first
        self._bytes: Counter[str] = Counter()
        for service in store.services():
            self._look(service)

    def oldest(self) -> dict[str, tuple[int, str] | None]:
        """(first seq, when it came) of what is in blocks of each service; None where nothing is any more."""
        return {
            service: (blocks[0].first, blocks[0].received_from) if blocks else None
            for service, blocks in self._held.items()
        }

    def seal(self, paths: Sequence[Path], *, quick: bool = False) -> int:
        """A block of each segment, which is removed then; how many that were. `quick`: without dictionaries."""
        done, added = [], []
        with self._store.transaction():
            for path in paths:
                with suppress(FileNotFoundError):
                    added.append(self._add(path.read_bytes(), quick))
                    done.append(path)
        for path, block in zip(done, added, strict=True):
            if block is not None:
                self._held.setdefault(block.service, deque()).append(block)
                self._bytes[block.service] += block.bytes
            path.unlink(missing_ok=True)
        return len(done)

    def prune(self) -> int:
        """Removes blocks until all is within its bounds; how many that were."""
        removed = 0
        while removed_now := self._prune_some():
            removed += removed_now
        if removed:
            self._store.shrink(_KEPT_FREE)
        return removed

    def delete(self, service: str) -> None:
        """Nothing of the service is in the file afterwards."""
        is_done = False
        while not is_done:
            with self._store.transaction():
                is_done = self._store.remove_service(service, _REMOVED_AT_ONCE)
        self._held.pop(service, None)
        self._bytes.pop(service, None)
        self._store.shrink(_KEPT_FREE)
        self._store.clear_log()

    def forget(self, service: str, before: str, filter_: Filter) -> tuple[int, list[tuple[int, int, int]], int]:
        """Takes out what came before a time and matches. (how many, [first, last, how many] of each block, how many
        blocks cannot be opened).
        """
        gaps = []
        unreadable = 0
        for block in list(self._held.get(service, ())):
            try:
                segment = None if block.received_from >= before else self._store.content(block.id)
            except CannotOpen:
                unreadable += 1
                continue
            if segment is None:
                continue
            kept, gone = _without(segment, before, filter_)
            if gone:
                with self._store.transaction():
                    self._store.remove(block)
                    if any(run.encoded for run in kept.runs):
                        self._store.add(describe(kept), _content(kept), dictionary(kept))
                    self._store.add_gap(service, gone[0], gone[-1], len(gone), "removed")
                gaps.append((gone[0], gone[-1], len(gone)))
        if gaps:
            self._look(service)
            self._store.clear_log()
        return sum(count for _, _, count in gaps), gaps, unreadable

    def _look(self, service: str) -> None:
        blocks = self._store.blocks(service, 1, EVER, "", "~", newest_first=False)
        self._held[service] = deque(blocks)
        self._bytes[service] = sum(block.bytes for block in blocks)

    def _add(self, content: bytes, quick: bool) -> Block | None:
        segment = read_segment(content)
        if segment is None or not segment.runs:
            return None
        heading, first = segment.heading, segment.runs[0].first
        if first > heading.follows + 1:
            count = first - 1 - heading.follows
            self._store.add_gap(heading.service, heading.follows + 1, first - 1, count, "paused")
        words = None if quick else dictionary(segment)
        block = self._store.add(describe(segment), _content(segment), words)
        if block is not None and segment.answers:
            self._store.answers.add(heading.service, segment.last, segment.answers)
        return block

    def _prune_some(self) -> int:
        bounds = self._bounds
        too_old = None if bounds.seconds is None else rfc3339(self._wall() - bounds.seconds * 1000)
        over = 0 if bounds.bytes is None else self._store.size() + sum(sizes(self._folder)) - bounds.bytes
        removed: list[Block] = []
        with self._store.transaction():
            while len(removed) < _REMOVED_AT_ONCE and (gone := self._next(too_old, over > 0)) is not None:
                self._store.remove(gone)
                self._store.answers.remove(gone.service, gone.last)
                over -= gone.bytes
                removed.append(gone)
                self._held[gone.service].popleft()
                self._bytes[gone.service] -= gone.bytes
        return len(removed)

    def _next(self, too_old: str | None, is_over: bool) -> Block | None:
        oldest = [blocks[0] for blocks in self._held.values() if blocks]
        return next_to_go(oldest, self._bytes, too_old, is_over)


def _without(segment: Segment, before: str, filter_: Filter) -> tuple[Segment, list[int]]:
    """(what stays, the seqs of what does not). Runs keep their first and last seq."""
    kept, gone = [], []
    for run in segment.runs:
        entries = []
        for entry in split_run(run.encoded) if run.encoded else ():
            looked = candidate(entry)
            if looked.received_at < before and filter_.matches(looked):
                gone.append(looked.seq)
            else:
                entries.append(entry)
        kept.append(Run(run.first, run.last, b",".join(entries)))
    return Segment(segment.heading, kept, segment.size), gone


def _content(segment: Segment) -> bytes:
    """What a block holds: answers have a table of their own."""
    return begin(segment.heading) + b"".join(_frame(run) for run in segment.runs)


def _frame(run: Run) -> bytes:
    return b"%d %d %d\n%b\n" % (run.first, run.last, len(run.encoded), run.encoded)
