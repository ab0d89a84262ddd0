"""Reader: blocks and segments of one service as one row, and what of each a search has to look at. It blocks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from ...entries.entry import split_run
from ...query.filter import EVERYTHING, Filter
from ...stream.ring import Run
from ..blocks.block_store import Block, BlockStore
from ..blocks.codec import CannotOpen
from ..journal.files import JournalFiles
from ..journal.segment import Segment, read_segment
from .needle import Needles, Words, is_plain, may_hold, needles
from .question import Question


class Part(NamedTuple):
    """A block, or a segment that is none yet: it holds the seqs from `first` to `last`."""

    first: int
    last: int
    block: Block | None
    segment: Segment | None


class Reader:
    """What a block store and a journal hold at this moment. Raises sqlite3.Error, OSError."""

    def __init__(self, store: BlockStore, folder: Path) -> None:
        self._store = store
        self._files = JournalFiles(folder)

    def parts(self, question: Question) -> list[Part]:
        """Those that may hold what is asked for, in the order in which it is asked for."""
        # The segments first: one that is sealed meanwhile is among the blocks then.
        segments = list(self._segments(question.service))
        blocks = self._store.blocks(
            question.service, question.first, question.last, question.start, question.end, newest_first=False
        )
        _, sealed = self._store.sealed().get(question.service, ("", 0))
        parts = [Part(block.first, block.last, block, None) for block in blocks]
        parts += [
            Part(segment.runs[0].first, segment.last, None, segment)
            for segment in segments
            if segment.last > sealed and segment.last >= question.first and segment.runs[0].first <= question.last
        ]
        return parts[::-1] if question.newest_first else parts

    def unsealed(self, service: str) -> list[Segment]:
        """Segments that are no blocks yet, the oldest first."""
        segments = list(self._segments(service))
        _, sealed = self._store.sealed().get(service, ("", 0))
        return [segment for segment in segments if segment.last > sealed]

    def candidates(self, part: Part, filter_: Filter, *, newest_first: bool) -> Iterator[tuple[str, bytes]]:
        """(epoch, entry) of all that the filter may let pass, in order. Raises CannotOpen before the first of them."""
        words = None
        if part.block is not None and filter_ is not EVERYTHING:
            words = self._words(part.block)
            if words is not None and not may_hold(filter_, words):
                return
        segment = part.segment if part.block is None else self._store.content(part.block.id)
        if segment is None:  # pruned meanwhile
            return
        epoch = segment.heading.epoch
        sought = None if filter_ is EVERYTHING else needles(filter_, words)
        is_unescaped = words is not None and not words.of.is_escaped
        for run in reversed(segment.runs) if newest_first else segment.runs:
            entries = _entries(run, sought, is_unescaped)
            for entry in reversed(entries) if newest_first else entries:
                yield epoch, entry

    def _words(self, block: Block) -> Words | None:
        try:
            dictionary = self._store.dictionary(block.id)
        except CannotOpen:  # then it is looked through whole
            return None
        return None if dictionary is None else Words(dictionary)

    def unreadable(self, block: Block) -> tuple[int, int, int]:
        """(first, last, how many) of the entries of a block that cannot be opened."""
        return block.first, block.last, self._store.info(block.id).count

    def _segments(self, service: str) -> Iterator[Segment]:
        for path in self._files.segments(service):
            try:
                segment = read_segment(path.read_bytes())
            except FileNotFoundError:
                continue
            if segment is not None and segment.runs:
                yield segment


def _entries(run: Run, sought: Needles | None, is_unescaped: bool) -> list[bytes]:
    """Those of a run that have what must be there."""
    if not run.encoded:
        return []
    if sought is None or not ((is_unescaped and run.encoded.isascii()) or is_plain(run.encoded)):
        return split_run(run.encoded)
    encoded = run.encoded.lower() if sought.is_lower else run.encoded
    if not any(text in encoded for text in sought.texts):
        return []
    entries = split_run(run.encoded)
    ends = list(accumulate([len(entry) + 1 for entry in entries]))  # a comma stands behind each
    found: set[int] = set()
    for text in sought.texts:
        at = encoded.find(text)
        while at >= 0:
            place = bisect_right(ends, at)
            found.add(place)
            at = encoded.find(text, ends[place])
    return [entries[place] for place in sorted(found)]
