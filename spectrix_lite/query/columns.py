"""Columns: some entries side by side, so that a term is asked of all of them in one look through a column.

As a rule a term matches few entries or none, and then one search through a long text tells it for all of them. It is
exact: what it leaves out does not match, what it is sure of does, and what it leaves open is to be asked by itself.
This is what is clever for speed: a test holds it to the queries themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .candidate import Candidate
from .derived import DURATIONS
from .member import Member
from .nodes import COMPARE, And, Duration, Field, FieldPattern, Level, Node, Not, Number, Or, Pattern, Status, Text
from .regex import Expression

_members = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_raws = msgspec.json.Decoder(list[Raw]).decode

_MAY_SAY_DURATION: Final = frozenset(part for name, _ in DURATIONS for part in (name, name.partition(".")[0]))
_BLANKS: Final = (b" ", b"\n", b"\t", b"\r")
_REWRITTEN: Final = ("\\u", "\\/")
"""Escapes that stand otherwise once they were decoded: who has one is asked by itself."""


class Verdict(NamedTuple):
    """Bits of entries, the first one's is the lowest: which surely match, and which are to be asked."""

    sure: int
    open: int


class Columns:
    """Of some entries, which must not change. What one term has made of them is kept for the next."""

    def __init__(self, entries: Sequence[Candidate]) -> None:
        self.entries = entries

    def verdict(self, query: Node, among: int) -> Verdict:
        """What a query says of the entries whose bits are set in `among`."""
        if not among:
            return Verdict(0, 0)
        match query:
            case And(parts=parts):
                return self._all(parts, among)
            case Or(parts=parts):
                return self._any(parts, among)
            case Not(part=part):
                sure, left = self.verdict(part, among)
                return Verdict(among & ~sure & ~left, left)
            case Level() | Status():
                return Verdict(self._by_value(query, "level" if isinstance(query, Level) else "status") & among, 0)
            case Field(name="method" | "source", path=()) | FieldPattern(name="method" | "source", path=()):
                return Verdict(self._by_value(query, query.name) & among, 0)
            case Field(name="message" | "path", path=(), how="part" | "whole"):
                column = self._message if query.name == "message" else self._endpoint
                return Verdict(
                    (column.holding(query.text) if query.how == "part" else column.being(query.text)) & among, 0
                )
            case Text():
                return self._text(query, among)
            case Pattern():
                return self._pattern(query.expression, among)
            case Duration():
                return self._duration(query, among)
            case Number() | Field() | FieldPattern() if query.path:
                return self._member(query, query.path[0], among)
        return Verdict(0, among)

    def _all(self, parts: Sequence[Node], among: int) -> Verdict:
        sure, left = among, 0
        for part in parts:
            found = self.verdict(part, sure | left)
            sure, left = sure & found.sure, (sure | left) & (found.sure | found.open) & ~(sure & found.sure)
        return Verdict(sure, left)

    def _any(self, parts: Sequence[Node], among: int) -> Verdict:
        sure = left = 0
        for part in parts:
            found = self.verdict(part, among & ~sure)
            sure, left = sure | found.sure, left | found.open
        return Verdict(sure, left & ~sure)

    def _by_value(self, query: Node, name: str) -> int:
        """Those that match by this field alone, of which many have the same."""
        found = 0
        for value, mask in self._values(name).items():
            asked = Candidate(level="", message="")
            setattr(asked, name, value)
            if query.matches(asked):
                found |= mask
        return found

    def _values(self, name: str) -> dict[Any, int]:
        masks = self._masks.get(name)
        if masks is None:
            masks = self._masks[name] = {}
            bit = 1
            for value in map(attrgetter(name), self.entries):
                masks[value] = masks.get(value, 0) | bit
                bit <<= 1
        return masks

    def _text(self, query: Text, among: int) -> Verdict:
        text = query.text
        if "\n" in text:  # the fields lie with line ends between them
            return Verdict(0, among)
        sure = self._message.holding(text) | self._endpoint.holding(text)
        for name in ("method", "source"):
            for value, mask in self._values(name).items():
                if text in value.lower():
                    sure |= mask
        sure |= self._metadata.holding(text) & ~self._rewritten
        return Verdict(sure & among, self._rewritten & ~sure & among)

    def _pattern(self, expression: Expression, among: int) -> Verdict:
        """Which may match is told by looks through half of them, half of those, and so on, down to single ones."""
        if not expression.is_local:
            return Verdict(0, among)
        if not expression.found_in(self._together):
            return Verdict(0, self._rewritten & among)
        left = self._rewritten & among
        texts = self._texts
        halves = [list(bits(among & ~left))]
        while halves:
            half = halves.pop()
            if not half or not expression.found_in(b"\n".join([texts[bit] for bit in half])):
                continue
            if len(half) == 1:
                left |= 1 << half[0]
            else:
                halves += (half[: len(half) // 2], half[len(half) // 2 :])
        return Verdict(0, left)

    def _duration(self, query: Duration, among: int) -> Verdict:
        durations, holds = self._durations, _comparison(query)
        sure = left = 0
        for bit in bits(among):
            taken = durations[bit]
            if taken is UNSET:
                left |= 1 << bit
            elif taken is None:
                sure |= (query.op == "!=") << bit
            else:
                sure |= holds(taken) << bit
        return Verdict(sure, left)

    def _member(self, query: Node, key: str, among: int) -> Verdict:
        members, entries = self._members, self.entries
        sure = 0
        left = self._rewritten & among
        for bit in bits(among & ~left):
            if key in members[bit]:
                entry = entries[bit]
                if entry.root is None:
                    entry.root = Member("", members[bit], {})
                sure |= query.matches(entry) << bit
        return Verdict(sure, left)

    # The columns, made when they are first asked for

    @cached_property
    def _masks(self) -> dict[str, dict[Any, int]]:
        return {}

    @cached_property
    def _message(self) -> _Column:
        return _column([entry.message for entry in self.entries])

    @cached_property
    def _endpoint(self) -> _Column:
        return _column([entry.endpoint for entry in self.entries])

    @cached_property
    def _metadata(self) -> _Column:
        """As `Candidate.metadata_json`, but for those with escapes that are rewritten."""
        if self._json.isascii() and not self._is_sparse:
            sizes = [len(memoryview(raw)) for raw in _raws(self._json)]
            return _Column(self._json[1:-1].decode().lower(), sizes)
        return _column(self._plain)

    @cached_property
    def _is_sparse(self) -> bool:
        """Whether some have no metadata."""
        return any(entry.metadata is UNSET for entry in self.entries)

    @cached_property
    def _json(self) -> bytes:
        """All metadata as one list, without blanks between its parts."""
        json = b"[%b]" % b",".join([b"{}" if e.metadata is UNSET else bytes(e.metadata) for e in self.entries])
        return msgspec.json.format(json, indent=-1) if any(blank in json for blank in _BLANKS) else json

    @cached_property
    def _plain(self) -> list[str]:
        given = zip(self.entries, _raws(self._json), strict=True)
        return ["" if entry.metadata is UNSET else str(memoryview(raw), "utf-8") for entry, raw in given]

    @cached_property
    def _rewritten(self) -> int:
        if not any(escape.encode() in self._json for escape in _REWRITTEN):
            return 0
        return sum(1 << bit for bit, text in enumerate(self._plain) if any(escape in text for escape in _REWRITTEN))

    @cached_property
    def _together(self) -> bytes:
        """Whatever expressions look through."""
        fields = [
            text for entry in self.entries for text in (entry.message, entry.endpoint, entry.method, entry.source)
        ]
        return "\n".join(fields).encode() + b"\n" + self._json

    @cached_property
    def _texts(self) -> list[bytes]:
        """What expressions look through first, as `Candidate.short`."""
        return [
            f"{entry.message}\n{entry.endpoint}\n{entry.method}\n{entry.source}\n{metadata}".encode()
            for entry, metadata in zip(self.entries, self._plain, strict=True)
        ]

    @cached_property
    def _members(self) -> list[dict[str, Raw]]:
        return _members(self._json)

    @cached_property
    def _durations(self) -> list[float | UnsetType | None]:
        """In milliseconds; UNSET: to be asked by itself."""
        return [_duration(members) for members in self._members]


class _Column:
    """Texts in lower case, one character between them, so many characters long each."""

    def __init__(self, joined: str, sizes: Sequence[int]) -> None:
        self._joined = joined
        self._sizes = sizes

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(size + 1 for size in self._sizes))

    def holding(self, text: str) -> int:
        """Those in which `text` stands, which is in lower case."""
        found = 0
        at = self._joined.find(text)
        while at >= 0:
            bit = bisect_right(self._ends, at)
            if bit == len(self._sizes):
                break
            if at + len(text) < self._ends[bit]:
                found |= 1 << bit
                at = self._joined.find(text, self._ends[bit])
            else:  # from one into the next
                at = self._joined.find(text, at + 1)
        return found

    def being(self, text: str) -> int:
        """Those that are `text`, which is in lower case."""
        return sum(1 << bit for bit in bits(self.holding(text)) if self._sizes[bit] == len(text))


def _column(texts: list[str]) -> _Column:
    joined = "\n".join(texts)
    # Beyond ASCII a text may have another length in lower case.
    if joined.isascii():
        return _Column(joined.lower(), [len(text) for text in texts])
    lowered = [text.lower() for text in texts]
    return _Column("\n".join(lowered), [len(text) for text in lowered])


def bits(mask: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _comparison(query: Duration) -> Callable[[float], bool]:
    if query.op in COMPARE:
        compare, value = COMPARE[query.op], query.value
        return lambda taken: compare(taken, value)
    return lambda taken: (taken == query.value) is (query.op != "!=")


def _duration(members: dict[str, Raw]) -> float | UnsetType | None:
    """As `derived.duration_of` where a plain number is its `duration`, or nothing tells of one."""
    raw = members.get("duration")
    if raw is None:
        return None if _MAY_SAY_DURATION.isdisjoint(members) else UNSET
    text = bytes(raw)
    if not text[:1].isdigit() or "bytes_read" in members:
        return UNSET
    taken = float(text)
    return taken if taken < float("inf") else UNSET
