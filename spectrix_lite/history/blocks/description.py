"""Description of a block: what is known of its entries without opening it.

Its dictionary holds the distinct words of the texts that are sought in, and each scalar member of metadata with its
value: what is in neither is not in the block. The entries' own numbers and times are in neither.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ...entries.entry import LEVELS, seq_of
from ...query.filter import candidates
from ...query.numbers import USUAL, canonical
from ..journal.segment import Segment

MOST_VALUE: Final = 64
"""Characters of a value that has a line of its own; a longer one is taken for text."""

WORD: Final = re.compile(r"[a-z0-9_]+")
_BLANKS: Final = (b"\n", b"\t", b"\r", b'": ', b'" :')
_LONG: Final = 10**15
_DIGITS: Final = frozenset("-0123456789")
_UNUSUAL: Final = re.compile(rf"=(?!(?:{USUAL})$)-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$", re.MULTILINE)
"""A value that is a number, and may be written in another way as well."""

_BETWEEN_WORDS: Final = bytes(
    byte if chr(byte).isascii() and (chr(byte).isalnum() or byte == 95) else 32 for byte in range(256)
)
"""Of texts in lower case: what is in no word, as a blank."""

_ALIKE: Final[dict[Any, tuple[str, ...]]] = {0: ("0", "false"), 1: ("1", "true"), None: ("null",)}


class BlockInfo(msgspec.Struct, frozen=True):
    """The seqs and times of receipt are both inclusive."""

    service: str
    epoch: str
    first: int
    last: int
    count: int
    received_from: str
    received_to: str
    levels: tuple[int, int, int, int]
    minutes: list[tuple[str, int, int, int, int]]
    """By the minute as in `2026-05-14T10:30`."""


class Dictionary(msgspec.Struct, frozen=True):
    """`pairs` are lines `member=value`, `words` one a line, in lower case; each line has a line end on both sides.

    A member that holds something else as well, a long text or a number that is not written as usual, has a line
    `member\\t`. `is_compact`: no blank stands around a colon; `is_escaped`: some character may stand as `\\u`.
    """

    pairs: str
    words: str
    levels: list[str]
    statuses: list[int]
    is_compact: bool
    is_escaped: bool


class _Entry(msgspec.Struct, gc=False, rename="camel"):
    """Encoded again it has the members it had, unless one of them stands twice."""

    seq: int
    received_at: str
    level: str
    message: str
    timestamp: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    status_code: int | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    truncated: Raw | UnsetType = UNSET
    read_from: Raw | UnsetType = UNSET


class _Head(msgspec.Struct, gc=False, rename="camel"):
    received_at: str
    level: str


_entries: Final = msgspec.json.Decoder(list[_Entry], float_hook=str).decode
_heads: Final = msgspec.json.Decoder(list[_Head]).decode
_encode: Final = msgspec.json.encode
_MINUTE: Final = len("2026-05-14T10:30")


def describe(segment: Segment) -> BlockInfo:
    """What the block that this becomes is found by. Raises msgspec.MsgspecError for what are no entries."""
    counts: Counter[tuple[str, str]] = Counter()
    oldest, newest = "9", ""
    for run in segment.runs:
        for head in _heads(b"[%b]" % run.encoded):
            counts[head.received_at[:_MINUTE], head.level] += 1
            oldest, newest = min(oldest, head.received_at), max(newest, head.received_at)
    minutes = [(minute, *_levels(counts, minute)) for minute in sorted({minute for minute, _ in counts})]
    info, warn, error, debug = map(sum, zip(*(levels for _, *levels in minutes), strict=True))
    first = next(seq_of(run.encoded) for run in segment.runs if run.encoded)
    return BlockInfo(
        segment.heading.service, segment.heading.epoch, first, segment.last, counts.total(),
        oldest, newest, (info, warn, error, debug), minutes,
    )  # fmt: skip


def _levels(counts: Counter[tuple[str, str]], minute: str) -> tuple[int, int, int, int]:
    info, warn, error, debug = (counts[minute, level] for level in LEVELS)
    return info, warn, error, debug


def dictionary(segment: Segment) -> Dictionary | None:
    """Some seven microseconds an entry. None for entries that are too odd to be described."""
    found = _Collected()
    try:
        for run in segment.runs:
            found.add(run.encoded)
        lines = _lines(found.members, found.texts)
    except (msgspec.MsgspecError, RecursionError, ValueError):  # ValueError: a number of thousands of digits
        return None
    words = set("\n".join(found.texts).lower().encode().translate(_BETWEEN_WORDS).split())
    statuses = sorted(status for status in found.statuses if status is not UNSET)
    return Dictionary(
        _joined(lines),
        _joined(each.decode() for each in words),
        sorted(found.levels),
        statuses,
        found.is_compact,
        found.is_escaped,
    )


class _Collected:
    """What is in the entries of some runs: list by list, as that is what the interpreter does fast."""

    def __init__(self) -> None:
        self.members: set[tuple[str, Any]] = set()
        self.levels: set[str] = set()
        self.statuses: set[Any] = set()
        self.texts: list[str] = []
        self.is_compact = True
        self.is_escaped = False

    def add(self, run: bytes) -> None:
        entries = _entries(b"[%b]" % run)
        names = 4 * len(entries)  # in all: those that are always there, and those that may be
        self.texts += [each.message for each in entries]
        self.levels.update([each.level for each in entries])
        statuses = [each.status_code for each in entries if each.status_code]
        self.statuses.update(statuses)
        for texts in (
            [each.source for each in entries if each.source is not UNSET],
            [each.endpoint for each in entries if each.endpoint is not UNSET],
            [each.method for each in entries if each.method is not UNSET],
        ):
            self.texts += texts
            names += len(texts)
        names += len(statuses) + len([None for each in entries if each.timestamp is not UNSET])
        update = self.members.update
        found = [each.metadata for each in entries if each.metadata is not UNSET]
        names += len(found)
        for metadata in found:
            try:
                update(metadata.items())
                names += len(metadata)
            except TypeError:  # a list or an object among its values
                names += self._add_nested(metadata)
        is_escaped = b"\\" in run and b"\\u" in run  # to look for one byte is ten times as fast
        self.is_escaped |= is_escaped
        self.is_compact = self.is_compact and not any(blank in run for blank in _BLANKS)
        # A member that stands twice is there once only when it is read, and twice for a query for text.
        if is_escaped or names != run.count(b'":'):
            self.texts += [each.metadata_json() for each in candidates(run)]

    def _add_nested(self, metadata: dict[str, Any]) -> int:
        """How many names it has, those within included."""
        for name, value in metadata.items():
            if isinstance(value, dict | list):
                self.texts += (_encode(name).decode(), _encode(value).decode())
            else:
                self.members.add((name, value))
        return _encode(metadata).count(b'":')


def _lines(members: set[tuple[str, Any]], texts: list[str]) -> set[str]:
    """A line for each; what no line can hold goes to the texts."""
    # Written out: most members come this way, and a call for each would take as long as all the rest.
    lines = {
        f"{name}={value}"
        for name, value in members
        if (type(value) is str and len(value) <= MOST_VALUE) or (type(value) is int and 1 < value < _LONG)
    }
    text = "\n".join(lines)
    if "".join(lines).isprintable():
        for found in _UNUSUAL.finditer(text):
            lines.update(_other(text[text.rfind("\n", 0, found.start()) + 1 : found.start()], found[0][1:]))
        rest: Iterable[tuple[str, Any]] = [
            (name, value)
            for name, value in members
            if (type(value) is not str or len(value) > MOST_VALUE) and (type(value) is not int or not 1 < value < _LONG)
        ]
    else:
        lines, rest = set(), members
    for name, value in rest:
        if type(value) is int and 1 < value < _LONG and name.isprintable():
            lines.add(f"{name}={value}")
        elif type(value) is not str:
            # True and 1, False and 0 are one member of a set.
            lines.update(f"{name}={each}" for each in _ALIKE.get(value, (value,)))
            if value and abs(value) >= _LONG:
                lines.update((f"{name}={canonical(str(value))}", f"{name}\t"))
            if not name.isprintable():
                texts.append(_encode(name).decode())
        elif len(value) > MOST_VALUE or not (value.isprintable() and name.isprintable()):
            # As JSON: a query for text looks at it so. A control character in it would tear the lines apart.
            texts.append(_encode(name).decode())
            texts.append(_encode(value).decode())
            lines.add(f"{name}\t")
        else:
            lines.add(f"{name}={value}")
            lines.update(_other(name, value))
    return lines


def _other(name: str, value: str) -> tuple[str, ...]:
    """Lines for a number that is not written as usual."""
    number = canonical(value) if value[:1] in _DIGITS else None
    return () if number is None or number == value else (f"{name}={number}", f"{name}\t")


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(("", *sorted(lines), ""))
