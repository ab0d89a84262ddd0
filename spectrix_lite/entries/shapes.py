"""Shapes: records of one producer have the same names, so what each name is, is worked out once for all of them.

A shape is the names of a record in their order. What is usual in a record of any shape is read here; whatever needs
more done to it (a cut, a collision, a name that is there and says nothing) is left to the entry reader, which gives the
same entry for any record that is read here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .entry import CanonicalEntry, Entry, Level, Limits
from .fields.levels import LONGEST as LONGEST_LEVEL
from .fields.levels import level_readers
from .fields.names import CANONICAL, FieldCandidate, candidates, is_canonical, told
from .fields.nested import Finder, Opened, finders
from .fields.request import RequestReader
from .fields.values import (
    LONGEST_SCALAR,
    Members,
    decode_value,
    read_body,
    read_text,
    read_timestamp,
)
from .redaction import Redaction

MOST_NAMES: Final = 64
MOST_BYTES: Final = 2048
"""Names a shape may have, and bytes in them: a stranger chooses them, and they are remembered."""

MOST_SHAPES: Final = 256
"""Shapes that are remembered, once more as many while they are in use."""

_MOST_RESTS: Final = 8
_BRACE, _BRACKET, _EQUALS, _ESCAPE = b"{[=\\"

Try = tuple[str, Finder | None, Callable[[Any], Any], int]
"""One try at a field: the key, what finds it where it is below the key, what reads it, and its place in the shape."""


Taken = tuple[int | None, ...]
"""The places of the tries that each field of a record was read by, in the order of the fields in `_Shape`."""


class _Envelope(msgspec.Struct, gc=False):
    logs: list[Members]


_decode_array: Final = msgspec.json.Decoder(list[Members]).decode
_decode_envelope: Final = msgspec.json.Decoder(_Envelope).decode


class _Rest(NamedTuple):
    """What of a shape moves into metadata: the pieces of its JSON, and what gives the values between them."""

    pieces: list[Any]
    values: Callable[[Members], Any] | None
    whole: bool  # `metadata` is there and alone, and stays as it is
    read_from: Raw | UnsetType


class _Shape:
    """What each name of one shape may be, and what was left over whenever some of them were taken."""

    __slots__ = (
        "finders",
        "is_secret",
        "kind",
        "levels",
        "messages",
        "names",
        "redaction",
        "request",
        "rests",
        "sources",
        "times",
        "tried",
    )

    def __init__(self, names: tuple[str, ...], limits: Limits, redaction: Redaction | None) -> None:
        found = candidates(names)
        self.names = names
        self.kind = CanonicalEntry if is_canonical(names) else Entry
        self.tried: list[tuple[str, FieldCandidate]] = []
        self.finders = finders(each for field in found.values() for each in field)
        self.levels = self._tries("level", level_readers(found["level"], found["level number"]))
        self.times = self._tries("timestamp", ((each, read_timestamp) for each in found["timestamp"]))
        self.messages = self._tries("message", _until_closer(found["message"]))
        self.sources = self._tries("source", ((each, decode_value) for each in found["source"]))
        methods, statuses, endpoints = (
            self._placed(field, found[field]) for field in ("method", "statusCode", "endpoint")
        )
        is_request = methods or statuses or endpoints
        self.request = RequestReader(methods, statuses, endpoints, limits) if is_request else None
        self.redaction = redaction if redaction is not None and redaction.covers(self.kind) else None
        self.is_secret = redaction is not None and redaction.names_any(names)
        self.rests: dict[Taken, _Rest | None] = {}

    def _tries(self, field: str, found: Iterable[tuple[FieldCandidate, Callable[[Any], Any]]]) -> Sequence[Try]:
        tries = []
        for each, read in found:
            tries.append((each.key, self.finders.get(each), read, len(self.tried)))
            self.tried.append((field, each))
        return tries

    def _placed(self, field: str, found: Iterable[FieldCandidate]) -> list[tuple[FieldCandidate, int]]:
        first = len(self.tried)
        self.tried += ((field, each) for each in found)
        return list(zip(found, itertools.count(first)))

    def rest(self, taken: Taken) -> _Rest | None:
        """What is left for metadata where the tries at `taken` became fields; None where it is the entry reader's."""
        if taken in self.rests:
            return self.rests[taken]
        if len(self.rests) >= _MOST_RESTS:
            return None
        rest = self.rests[taken] = self._left([self.tried[place] for place in taken if place is not None])
        return rest

    def _left(self, read: list[tuple[str, FieldCandidate]]) -> _Rest | None:
        taken = {each.key for _, each in read if not each.path}
        names = told(dict(read))
        read_from = Raw(msgspec.json.encode(names)) if names else UNSET
        left = [name for name in self.names if name not in taken and name != "metadata"]
        whole = "metadata" in self.names
        if not CANONICAL.isdisjoint(left) or any(name.lower() == "metadata" for name in left) or (whole and left):
            return None
        if not left:
            return _Rest([], None, whole, read_from)
        pieces: list[Any] = []
        for name in left:
            pieces += [b"%b%b:" % (b"," if pieces else b"{", msgspec.json.encode(name)), b""]
        values = itemgetter(*left) if len(left) > 1 else _only(left[0])
        return _Rest([*pieces, b"}"], values, whole, read_from)


def _fits(text: str, size: int) -> bool:
    return len(text.encode()) <= size


def _only(name: str) -> Callable[[Members], Any]:
    return lambda fields: (fields[name],)


def _sparse(fields: Members, rest: _Rest, original: Raw | None) -> bytes | None:
    """Metadata that holds no other field: the record's own, the level's original, or none; None as in `entry`."""
    if not rest.whole:
        return b"" if original is None else b'{"originalLevel":%b}' % original
    if original is not None:
        return None
    metadata = bytes(fields["metadata"])
    return metadata if metadata[:1] == b"{" else None


class ShapeReader:
    """Reads records whose shape it knows, or learns, and redacts them; under one set of limits."""

    def __init__(self, limits: Limits, redaction: Redaction | None = None) -> None:
        self._limits = limits
        self._redaction = redaction
        self._message, self._size, self._depth = limits.message, limits.metadata, limits.depth
        # Two generations: what is asked for again moves into the young one, and the old one goes as a whole.
        self._young: dict[tuple[str, ...], _Shape] = {}
        self._old: dict[tuple[str, ...], _Shape] = {}

    def batch(
        self, body: bytes, arrived: str, closer: Callable[[Members, str], Entry | None] | None
    ) -> list[Entry] | None:
        """The entries of `{"logs": [...]}` or `[...]`, which is valid UTF-8; None for any other body.

        What needs a closer look is read by `closer`. None as well where that gives None, or where there is none.
        """
        try:
            records = _decode_array(body) if body[:64].lstrip()[:1] == b"[" else _decode_envelope(body).logs
        except (msgspec.MsgspecError, RecursionError):
            return None
        if len(records) > self._limits.entries:
            return None
        entries = []
        for fields in records:
            try:
                entry = self._entry(fields, arrived)
            except msgspec.ValidationError:  # a number out of range
                entry = None
            entry = entry or (closer and closer(fields, arrived))
            if entry is None:
                return None
            entries.append(entry)
        return entries

    def entry(self, fields: Members, arrived: str) -> Entry | None:
        """The entry of a record, or None where it needs a closer look. `arrived` stands in for a missing time."""
        try:
            return self._entry(fields, arrived)
        except msgspec.ValidationError:  # a number out of range
            return None

    def _entry(self, fields: Members, arrived: str) -> Entry | None:  # flat: each call is time
        names = tuple(fields)
        shape = self._young.get(names)
        if shape is None and (shape := self._learn(names)) is None:
            return None
        opened: Opened = {}
        level: Level = "info"
        stamp = arrived
        source = original = level_at = time_at = message_at = source_at = None
        for key, below, read, place in shape.levels:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and len(raw) <= LONGEST_LEVEL and (meaning := read(bytes(raw))) is not None:
                level, lost = meaning
                original = raw if lost else None
                level_at = place
                break
        for key, below, read, place in shape.times:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and len(raw) <= LONGEST_SCALAR and (time := read(bytes(raw))) is not None:
                stamp = time
                time_at = place
                break
        for key, below, read, place in shape.messages:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and type(message := read(raw)) is str and message:
                message_at = place
                break
        else:
            return None
        if len(message) > self._message or not (message.isascii() or _fits(message, self._message)):
            return None
        for key, below, read, place in shape.sources:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and type(text := read(raw)) is str and text:
                source = text
                if len(source) > self._limits.source or not (source.isascii() or _fits(source, self._limits.source)):
                    return None
                source_at = place
                break
        taken: Taken = (level_at, time_at, message_at, source_at)
        entry = shape.kind(timestamp=stamp, level=level, message=message, source=UNSET if source is None else source)
        if shape.request is not None:
            request = shape.request.read(entry, fields)
            if request is None:
                return None
            taken += request
        rest = shape.rests.get(taken) or shape.rest(taken)
        if rest is None:
            return None
        entry.read_from = rest.read_from
        if rest.values is None:
            metadata = _sparse(fields, rest, original)
            if metadata is None:
                return None
        else:
            pieces = rest.pieces.copy()
            pieces[1::2] = rest.values(fields)
            if original is not None:
                if "originalLevel" in fields:
                    return None
                pieces[0] = b'{"originalLevel":%b,%b' % (original, pieces[0][1:])
            metadata = b"".join(pieces)
        if len(metadata) > self._size:
            return None
        redaction = shape.redaction
        if metadata:
            # The last brace being the first: nothing in it but scalars.
            nested = metadata.rfind(_BRACE) or _BRACKET in metadata
            if nested and metadata.count(b"{") + (metadata.count(b"[") if _BRACKET in metadata else 0) > self._depth:
                return None
            # The names of the record are known; any others are below them.
            is_unknown = nested or rest.whole or shape.is_secret or _EQUALS in metadata or _ESCAPE in metadata
            if is_unknown and redaction is not None:
                metadata = redaction.members(metadata)
            entry.metadata = Raw(metadata)
        if redaction is not None and (
            message[0] in "{[" or (shape.request is not None and "=" in (entry.endpoint or ""))
        ):
            redaction.texts(entry)
        return entry

    def _learn(self, names: tuple[str, ...]) -> _Shape | None:
        shape = self._old.get(names)
        if shape is None:
            if len(names) > MOST_NAMES or sum(map(len, names)) > MOST_BYTES:
                return None
            shape = _Shape(names, self._limits, self._redaction)
        if len(self._young) >= MOST_SHAPES:
            self._old, self._young = self._young, {}
        self._young[names] = shape
        return shape


def _until_closer(found: Iterable[FieldCandidate]) -> Iterator[tuple[FieldCandidate, Callable[[Any], Any]]]:
    """Each candidate of the message with its reader, up to the first that may need more than a look."""
    for each in found:
        if each.name == "@mt":
            return
        if each.name == "log":
            yield each, _read_line
            return
        yield each, read_body if each.name == "body" else decode_value


def _read_line(raw: Raw) -> str | None:
    """A line of a container's output, unless it is a record itself or has its line end."""
    text = read_text(raw)
    return None if text is None or text[-1:] in ("\r", "\n") or text.lstrip()[:1] == "{" else text
