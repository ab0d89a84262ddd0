"""Hits: entries that rules are to look at, as queries look at them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import msgspec
from msgspec import UNSET

from ..entries.entry import NumberedEntry
from ..query.candidate import Candidate
from ..query.columns import Columns, bits

MOST_TOGETHER: Final = 256
"""Entries that are looked at in one go, at most; and so many bytes, unless it is a single one."""

_MOST_BYTES: Final = 128 * 1024


class Hits:
    """Some of one service, oldest first, at most `MOST_TOGETHER`. `at` is when they came."""

    def __init__(self, candidates: Sequence[Candidate], size: int, at: float) -> None:
        self.at = at
        self.candidates = candidates
        self.bytes = size

    @cached_property
    def columns(self) -> Columns:
        """Side by side."""
        return Columns(self.candidates)

    def seqs(self, which: int, most: int) -> list[int]:
        """The numbers of the first of those whose bits are set."""
        return [self.candidates[bit].seq for bit, _ in zip(bits(which), range(most), strict=False)]

    def of(self, which: int) -> Iterator[Candidate]:
        """Those whose bits are set."""
        for bit in bits(which):
            yield self.candidates[bit]


def portions(candidates: Sequence[Candidate]) -> Iterator[tuple[Sequence[Candidate], int]]:
    """The entries in such portions as are looked at in one go, and how many bytes each takes."""
    first = size = 0
    for index, entry in enumerate(candidates):
        own = 256 + len(entry.message) + (0 if entry.metadata is UNSET else len(memoryview(entry.metadata)))
        if index > first and (index - first == MOST_TOGETHER or size + own > _MOST_BYTES):
            yield candidates[first:index], size
            first, size = index, 0
        size += own
    if candidates:
        yield candidates[first:], size


def hit(entry: NumberedEntry) -> Candidate:
    """An entry as queries look at it; it holds on to no body."""
    metadata = entry.metadata
    return Candidate(
        level=entry.level,
        message=entry.message,
        source=entry.source or "",
        endpoint=entry.endpoint or "",
        method=entry.method or "",
        status=entry.status_code or 0,
        metadata=UNSET if metadata is UNSET else msgspec.Raw(bytes(metadata)),
        seq=entry.seq,
    )
