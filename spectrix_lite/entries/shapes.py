"""Shapes: records of one producer have the same names, so what each name is, is worked out once for all of them.

A shape is the names of a record in their order. What is usual in a record of any shape is read here; whatever needs
more done to it (a cut, a collision, a name that is there and says nothing) is left to the entry reader, which gives the
same entry for any record that is read here.
"""

from __future__ import annotations

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
from .fields.values import (
    LONGEST_SCALAR,
    Members,
    is_path,
    read_body,
    read_status,
    read_text,
    read_text_or_object,
    read_timestamp,
)

MOST_NAMES: Final = 64
MOST_BYTES: Final = 2048
"""Names a shape may have, and bytes in them: a stranger chooses them, and they are remembered."""

MOST_SHAPES: Final = 256
"""Shapes that are remembered, once more as many while they are in use."""

_MOST_RESTS: Final = 8

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
        "endpoints",
        "finders",
        "is_request",
        "kind",
        "levels",
        "messages",
        "methods",
        "names",
        "rests",
        "sources",
        "statuses",
        "times",
        "tried",
    )

    def __init__(self, names: tuple[str, ...]) -> None:
        found = candidates(names)
        self.names = names
        self.kind = CanonicalEntry if is_canonical(names) else Entry
        self.tried: list[tuple[str, FieldCandidate]] = []
        self.finders = finders(each for field in found.values() for each in field)
        self.levels = self._tries("level", level_readers(found["level"], found["level number"]))
        self.times = self._tries("timestamp", ((each, read_timestamp) for each in found["timestamp"]))
        self.messages = self._tries("message", _until_closer(found["message"]))
        self.sources = self._tries("source", _texts(found["source"]))
        self.methods = self._tries("method", _texts(found["method"]))
        self.statuses = self._tries("statusCode", ((each, read_status) for each in found["statusCode"]))
        self.endpoints = self._tries("endpoint", _texts(found["endpoint"]))
        self.is_request = bool(self.methods or self.statuses or self.endpoints)
        self.rests: dict[Taken, _Rest | None] = {}

    def _tries(self, field: str, found: Iterable[tuple[FieldCandidate, Callable[[Any], Any]]]) -> Sequence[Try]:
        tries = []
        for each, read in found:
            tries.append((each.key, self.finders.get(each), read, len(self.tried)))
            self.tried.append((field, each))
        return tries

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


class ShapeReader:
    """Reads records whose shape it knows, or learns; under one set of limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
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
            entry = self.entry(fields, arrived) or (closer and closer(fields, arrived))
            if entry is None:
                return None
            entries.append(entry)
        return entries

    def entry(self, fields: Members, arrived: str) -> Entry | None:  # flat: each call is time
        """The entry of a record, or None where it needs a closer look. `arrived` stands in for a missing time."""
        names = tuple(fields)
        shape = self._young.get(names)
        if shape is None and (shape := self._learn(names)) is None:
            return None
        opened: Opened = {}
        level: Level = "info"
        stamp = arrived
        message = source = original = level_at = time_at = message_at = source_at = None
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
            if raw is not None and (message := read(raw)):
                message_at = place
                break
        if not message or len(message) > self._message or not (message.isascii() or _fits(message, self._message)):
            return None
        for key, below, read, place in shape.sources:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and (source := read(raw)):
                if len(source) > self._limits.source or not (source.isascii() or _fits(source, self._limits.source)):
                    return None
                source_at = place
                break
        taken: Taken = (level_at, time_at, message_at, source_at)
        entry = shape.kind(timestamp=stamp, level=level, message=message, source=source or UNSET)
        if shape.is_request:
            request = self._request(entry, fields, shape, opened)
            if request is None:
                return None
            taken += request
        rest = shape.rests.get(taken) or shape.rest(taken)
        if rest is None:
            return None
        entry.read_from = rest.read_from
        if rest.values is None:
            return self._sparse(entry, fields, rest, original)
        pieces = rest.pieces.copy()
        pieces[1::2] = rest.values(fields)
        if original is not None:
            if "originalLevel" in fields:
                return None
            pieces[0] = b'{"originalLevel":%b,%b' % (original, pieces[0][1:])
        metadata = b"".join(pieces)
        if len(metadata) > self._size:
            return None
        # The last brace being the first: nothing in it but scalars.
        if (metadata.rfind(b"{") or b"[" in metadata) and metadata.count(b"{") + metadata.count(b"[") > self._depth:
            return None
        entry.metadata = Raw(metadata)
        return entry

    def _sparse(self, entry: Entry, fields: Members, rest: _Rest, original: Raw | None) -> Entry | None:
        """`entry` with metadata that holds no other field: the record's own, the level's original, or none."""
        if rest.whole and original is None:
            metadata = bytes(fields["metadata"])
        elif original is not None and not rest.whole:
            metadata = b'{"originalLevel":%b}' % original
        else:
            return None if rest.whole else entry
        if metadata[:1] != b"{" or len(metadata) > self._size:
            return None
        if metadata.count(b"{") + metadata.count(b"[") > self._depth:
            return None
        entry.metadata = Raw(metadata)
        return entry

    def _request(self, entry: Entry, fields: Members, shape: _Shape, opened: Opened) -> Taken | None:
        """Method, status and endpoint, given to the entry, and the tries they were read by; None as in `entry`."""
        method_at = status_at = endpoint_at = None
        for key, below, read, place in shape.methods:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and (method := read(raw)):
                if len(method) > self._limits.method or not (method.isascii() or _fits(method, self._limits.method)):
                    return None
                entry.method = method
                method_at = place
                break
        for key, below, read, place in shape.statuses:
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and len(raw) <= LONGEST_SCALAR and (status := read(bytes(raw))) is not None:
                entry.status_code = status
                status_at = place
                break
        other = entry.method is not UNSET or entry.status_code is not UNSET
        for key, below, read, place in shape.endpoints:
            if not other and key != "endpoint":
                break
            raw = fields[key] if below is None else below(fields, opened)
            if raw is not None and (endpoint := read(raw)) and (key == "endpoint" or is_path(endpoint)):
                if key != "endpoint" and endpoint[0] != "/":
                    return None
                if len(endpoint) > self._limits.endpoint or not (
                    endpoint.isascii() or _fits(endpoint, self._limits.endpoint)
                ):
                    return None
                entry.endpoint = endpoint
                endpoint_at = place
                break
        return method_at, status_at, endpoint_at

    def _learn(self, names: tuple[str, ...]) -> _Shape | None:
        shape = self._old.get(names)
        if shape is None:
            if len(names) > MOST_NAMES or sum(map(len, names)) > MOST_BYTES:
                return None
            shape = _Shape(names)
        if len(self._young) >= MOST_SHAPES:
            self._old, self._young = self._young, {}
        self._young[names] = shape
        return shape


def _texts(found: Sequence[FieldCandidate]) -> Iterator[tuple[FieldCandidate, Callable[[Any], Any]]]:
    objects = {each.key for each in found if each.path}
    for each in found:
        yield each, read_text_or_object if each.key in objects and not each.path else read_text


def _until_closer(found: Iterable[FieldCandidate]) -> Iterator[tuple[FieldCandidate, Callable[[Any], Any]]]:
    """Each candidate of the message with its reader, up to the first that may need more than a look."""
    for each in found:
        if each.name == "@mt":
            return
        if each.name == "log":
            yield each, _read_line
            return
        yield each, read_body if each.name == "body" else read_text


def _read_line(raw: Raw) -> str | None:
    """A line of a container's output, unless it is a record itself or has its line end."""
    text = read_text(raw)
    return None if text is None or text[-1:] in ("\r", "\n") or text.lstrip()[:1] == "{" else text
