"""Hits: entries that rules are to look at, as queries look at them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from msgspec import UNSET

from ..entries.entry import NumberedEntry
from ..query.candidate import Candidate
from ..query.columns import Columns, bits

MOST_TOGETHER: Final = 256
"""Entries that are looked at in one go, at most; and so many bytes, unless it is a single one."""

_MOST_BYTES: Final = 128 * 1024
_FIELDS: Final = 256  # bytes that an entry takes beside its texts


class Hits:
    """Some of one service, oldest first, at most `MOST_TOGETHER`. `at` is when they came."""

    def __init__(self, entries: Sequence[NumberedEntry], size: int, at: float) -> None:
        self.at = at
        self.bytes = size
        self._entries = entries

    @cached_property
    def candidates(self) -> Sequence[Candidate]:
        """As queries look at them; made when a rule first does, from whose budget it is."""
        return list(map(_candidate, self._entries))

    @cached_property
    def columns(self) -> Columns:
        """Side by side."""
        return Columns(self.candidates)

    def seqs(self, which: int, most: int) -> list[int]:
        """The numbers of the first of those whose bits are set."""
        return [self._entries[bit].seq for bit, _ in zip(bits(which), range(most), strict=False)]

    def of(self, which: int) -> Iterator[Candidate]:
        """Those whose bits are set."""
        for bit in bits(which):
            yield self.candidates[bit]


def portions(entries: Sequence[NumberedEntry]) -> Iterator[tuple[Sequence[NumberedEntry], int, int]]:
    """The entries in such portions as are looked at in one go, where each begins, and how many bytes it takes."""
    metadata = b"".join([entry.metadata for entry in entries if entry.metadata is not UNSET])
    whole = _FIELDS * len(entries) + len(metadata) + sum([len(entry.message) for entry in entries])
    if len(entries) <= MOST_TOGETHER and whole <= _MOST_BYTES:
        yield entries, 0, whole
        return
    first = size = 0
    for index, entry in enumerate(entries):
        own = _FIELDS + len(entry.message) + (0 if entry.metadata is UNSET else len(memoryview(entry.metadata)))
        if index > first and (index - first == MOST_TOGETHER or size + own > _MOST_BYTES):
            yield entries[first:index], first, size
            first, size = index, 0
        size += own
    yield entries[first:], first, size


def let_go(entry: NumberedEntry) -> None:
    """It is in the ring already, and holds on to the body that it came in no longer."""
    if entry.metadata is not UNSET:
        entry.metadata = entry.metadata.copy()


def _candidate(entry: NumberedEntry) -> Candidate:
    return Candidate(
        level=entry.level,
        message=entry.message,
        source=entry.source or "",
        endpoint=entry.endpoint or "",
        method=entry.method or "",
        status=entry.status_code or 0,
        metadata=entry.metadata,
        seq=entry.seq,
    )
