"""Filter of a watcher: parsed once from what a client sends, then asked of each encoded entry."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ..core.errors import InvalidFilter
from ..entries.entry import LEVELS, split_run
from .candidate import Candidate
from .moments import resolved
from .nodes import Node, Received
from .parser import EVERYTHING as ANY
from .parser import parse_query

MAX_SOURCES: Final = 100


class FilterShape(msgspec.Struct):
    """A filter as a client sends it. Absent means all."""

    levels: list[str] | None = None
    sources: list[str] | None = None
    q: str | None = None


_candidate = msgspec.json.Decoder(Candidate).decode


def candidate(encoded: bytes) -> Candidate:
    """One encoded entry, decoded for filters. Raises msgspec.MsgspecError for what is no entry."""
    found = _candidate(encoded)
    found.encoded = encoded
    return found


def candidates(encoded: bytes) -> list[Candidate]:
    """The entries of a run, the inside of a JSON array."""
    return [candidate(entry) for entry in split_run(encoded)]


class Filter(msgspec.Struct, frozen=True):
    """OR within `levels` and `sources`, AND between; and each of `queries` matches.

    Equal filters are equal, and share what is built for them.
    """

    levels: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    queries: tuple[Node, ...] = ()

    def narrowed(self, other: Filter) -> Filter:
        """What matches both: how a session's own filter holds, whatever its watcher asks for."""
        if self is EVERYTHING or other is EVERYTHING:
            return other if self is EVERYTHING else self
        queries = (*self.queries, *other.queries)
        return Filter(_both(self.levels, other.levels), _both(self.sources, other.sources), queries)

    def matches(self, entry: Candidate) -> bool:
        """Whether the entry is let through.

        Of an entry of the usual kind a few microseconds; of the longest that is kept (16 KiB of message, 32 KiB of
        metadata) at most some 30 ms of CPU time whatever the query: `python -m bench.queries` measures it beside taking
        the entry in, and `make fuzz` tries to break it.
        """
        if self.levels is not None and entry.level not in self.levels:
            return False
        if self.sources is not None and entry.source not in self.sources:
            return False
        for query in self.queries:  # noqa: SIM110  a generator would cost as much as many a query
            if not query.matches(entry):
                return False
        return True


EVERYTHING: Final = Filter()
"""The filter that leaves nothing out; `parse_filter` returns this one object for it."""


def parse_filter(value: Any, now: int = 0) -> Filter:
    """The filter in decoded JSON: `{"levels"?, "sources"?, "q"?}`; None is everything. What a query says of times
    counts from `now`, milliseconds since 1970.

    Raises InvalidFilter; where it is the query that cannot be read, InvalidQuery, with the place.
    """
    if value is None:
        return EVERYTHING
    try:
        shape = msgspec.convert(value, FilterShape)
    except msgspec.ValidationError:
        raise InvalidFilter from None
    levels = None if shape.levels is None else frozenset(shape.levels)
    if levels is not None and not levels <= set(LEVELS):
        raise InvalidFilter(f"A level is one of {', '.join(LEVELS)}.")
    sources = None if shape.sources is None else frozenset(shape.sources)
    if sources is not None and len(sources) > MAX_SOURCES:
        raise InvalidFilter(f"A filter names at most {MAX_SOURCES} sources.")
    query = resolved(parse_query(shape.q or ""), now)
    if levels is None and sources is None and query == ANY:
        return EVERYTHING
    return Filter(levels, sources, () if query == ANY else (query,))


def within(start: str | None, end: str | None) -> Filter:
    """What was received from `start` on and before `end`, each as `receivedAt` has them, or None for no bound."""
    queries: tuple[Node, ...] = () if start is None else (Received(">=", start),)
    if end is not None:
        queries = (*queries, Received("<", end))
    return Filter(queries=queries) if queries else EVERYTHING


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return other if one is None else one if other is None else one & other
