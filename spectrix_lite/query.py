"""The filter of a watcher: parsed once from what a client sends, then asked of each encoded entry."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .errors import InvalidFilter
from .wire import LEVELS, split_run

MAX_SOURCES: Final = 100
MAX_TEXT: Final = 1024


class FilterShape(msgspec.Struct):
    """A filter as a client sends it. Absent means all."""

    levels: list[str] | None = None
    sources: list[str] | None = None
    q: str | None = None


class Candidate(msgspec.Struct, gc=False):
    """An entry as filters look at it, taken apart once for all of them; `encoded` is the entry itself."""

    level: str
    message: str
    source: str = ""
    endpoint: str = ""
    method: str = ""
    metadata: Raw | UnsetType = UNSET
    encoded: bytes = b""
    sought: str | None = None

    def text(self) -> str:
        """Where text is sought: message, endpoint, method, source and the metadata's JSON, in lower case."""
        if self.sought is None:
            self.sought = _haystack(self)
        return self.sought


_candidates = msgspec.json.Decoder(list[Candidate]).decode


def candidates(encoded: bytes) -> list[Candidate]:
    """The entries of a run, the inside of a JSON array."""
    found = _candidates(b"[%b]" % encoded)
    for candidate, entry in zip(found, split_run(encoded), strict=True):
        candidate.encoded = entry
    return found


class Filter(msgspec.Struct, frozen=True):
    """OR within `levels` and `sources`, AND between; each of `texts` (lower case) is a substring of the entry's text.

    Equal filters are equal, and share what is built for them.
    """

    levels: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    texts: tuple[str, ...] = ()

    def narrowed(self, other: Filter) -> Filter:
        """What matches both: how a session's own filter holds, whatever its watcher asks for."""
        if self is EVERYTHING or other is EVERYTHING:
            return other if self is EVERYTHING else self
        return Filter(_both(self.levels, other.levels), _both(self.sources, other.sources), (*self.texts, *other.texts))

    def matches(self, entry: Candidate) -> bool:
        if self.levels is not None and entry.level not in self.levels:
            return False
        if self.sources is not None and entry.source not in self.sources:
            return False
        return not self.texts or all(text in entry.text() for text in self.texts)


EVERYTHING: Final = Filter()
"""The filter that leaves nothing out; `parse_filter` returns this one object for it."""


def parse_filter(value: Any) -> Filter:
    """The filter in decoded JSON: `{"levels"?, "sources"?, "q"?}`; None is everything. Raises InvalidFilter."""
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
    text = shape.q or ""
    if len(text) > MAX_TEXT:
        raise InvalidFilter(f"The text of a filter has at most {MAX_TEXT} characters.")
    if levels is None and sources is None and not text:
        return EVERYTHING
    return Filter(levels, sources, (text.lower(),) if text else ())


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return other if one is None else one if other is None else one & other


def _haystack(entry: Candidate) -> str:
    metadata = ""
    if entry.metadata is not UNSET:
        text = bytes(entry.metadata)
        # An escape would hide a character from the search: "\u00e9" is not "é" until it is decoded.
        if b"\\" in text:
            text = _ESCAPES.sub(_shown, text)
        metadata = text.decode()
    return "\n".join((entry.message, entry.endpoint, entry.method, entry.source, metadata)).lower()


# Only what may also stand as it is; numbers are left alone, or they would lose their digits.
_ESCAPES = re.compile(rb"((?:\\u[0-9a-fA-F]{4}|\\/)+)|\\.", re.DOTALL)


def _shown(escapes: re.Match[bytes]) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(b'"%b"' % escapes[1]))[1:-1] if escapes[1] else escapes[0]
