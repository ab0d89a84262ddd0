"""Entry reader: one record of any names and forms as an entry; what it has too much of is cut, nothing of it is lost.

It reads by the rules of `fields.names`, one name after the other, and takes what it reads out of the record. What is
left over becomes metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, Raw

from .entry import CanonicalEntry, Entry, Level, Limits
from .fields.levels import LONGEST as LONGEST_LEVEL
from .fields.levels import level_readers
from .fields.names import CANONICAL, FieldCandidate, FieldCandidates, ReadFrom, candidates, is_canonical, told
from .fields.template import fill_template
from .fields.values import (
    LONGEST_SCALAR,
    Members,
    Opened,
    find_value,
    is_path,
    members_of,
    read_body,
    read_status,
    read_text,
    read_timestamp,
    split_url,
)
from .json_repair import cut, prune, repaired

RECORD_BYTES: Final = 256
"""How much of its own JSON is the message of a record that has no text."""

_NULL: Final = b"null"


class _Layer:
    """The members of a record, and what may be which field; what is read is taken out."""

    def __init__(self, fields: Members) -> None:
        for name in CANONICAL:  # an own name that is null is absent; any other null is a member as any
            if name in fields and bytes(fields[name]) == _NULL:
                del fields[name]
        self.fields = fields
        self.found: FieldCandidates = candidates(fields)
        self._opened: Opened = {}

    def value(self, candidate: FieldCandidate) -> bytes | None:
        """The JSON text of a candidate; None where there is none, it is null, or it was taken."""
        if candidate.key not in self.fields:
            return None
        raw = find_value(self.fields, candidate, self._opened)
        return None if raw is None or (text := bytes(raw)) == _NULL else text


class _Found(NamedTuple):
    """A candidate that is there. `own` says that its key is the name of the entry's own field."""

    layer: _Layer
    candidate: FieldCandidate
    text: bytes
    own: bool

    def take(self) -> None:
        """Takes a member out; what stands below one stays, with all that is around it."""
        if not self.candidate.path:
            del self.layer.fields[self.candidate.key]

    def scalar(self) -> str | None:
        """Any scalar as text; under another name only text that is not empty."""
        text = read_text(self.text)
        if self.own:
            return self.text.decode() if text is None and self.text[:1] not in b"{[" else text
        return text or None


class EntryReader:
    """Reads one record, once, under `limits`. The record is used up.

    `around` is what a carrier says of it (its time, its labels), in the same names: it fills what the record lacks.
    """

    def __init__(self, fields: Members, limits: Limits, around: Members | None = None) -> None:
        self._limits = limits
        self._whole = {**(around or {}), **fields}
        self._extra: Members = {}
        self._truncated: list[str] = []
        self._read: ReadFrom = {}
        self._layers = _unwrapped(_Layer(fields), limits)
        if around:
            self._layers.append(_Layer(around))

    def entry(self, arrived: str) -> Entry | tuple[str | None, str]:
        """The entry, or (field, reason) where there is nothing in it. `arrived` stands in for a missing time."""
        if all(bytes(value) == _NULL for value in self._whole.values()):
            return "message", "missing_message"
        level = self._level()
        stamp = self._timestamp()
        source = self._text("source")
        method = self._text("method")
        status = self._status()
        endpoint = self._endpoint(is_request=method is not None or status is not None)
        message = self._message(method, endpoint)
        metadata = self._metadata()
        kind = CanonicalEntry if is_canonical(self._whole) else Entry
        return kind(
            timestamp=stamp or arrived,
            level=level,
            message=message,
            source=UNSET if source is None else source,
            endpoint=UNSET if endpoint is None else endpoint,
            method=UNSET if method is None else method,
            status_code=UNSET if status is None else status,
            metadata=UNSET if metadata is None else Raw(metadata),
            truncated=self._truncated or UNSET,
            read_from=Raw(msgspec.json.encode(names)) if (names := told(self._read)) else UNSET,
        )

    def _candidates(self, field: str) -> Iterator[_Found]:
        for layer in self._layers:
            for candidate in layer.found[field]:
                if (text := layer.value(candidate)) is not None:
                    yield _Found(layer, candidate, text, candidate.key == field and not candidate.path)

    def _take(self, field: str, found: _Found) -> None:
        self._read[field] = found.candidate
        found.take()

    def _level(self) -> Level:
        for layer in self._layers:
            for candidate, read in level_readers(layer.found["level"], layer.found["level number"]):
                text = layer.value(candidate)
                if text is None or len(text) > LONGEST_LEVEL or (meaning := read(text)) is None:
                    continue
                if meaning.lost:
                    self._extra["originalLevel"] = Raw(text)
                self._read["level"] = candidate
                _Found(layer, candidate, text, False).take()
                return meaning.level
        for layer in self._layers:
            if (raw := layer.fields.pop("level", None)) is not None:
                self._extra["originalLevel"] = raw
                break
        return "info"

    def _timestamp(self) -> str | None:
        for found in self._candidates("timestamp"):
            if len(found.text) <= LONGEST_SCALAR and (stamp := read_timestamp(found.text)) is not None:
                self._take("timestamp", found)
                return stamp
        return None

    def _text(self, field: str) -> str | None:
        for found in self._candidates(field):
            if (text := found.scalar()) is not None:
                self._take(field, found)
                return self._cut(field, text, getattr(self._limits, field))
        return None

    def _status(self) -> int | None:
        for found in self._candidates("statusCode"):
            if len(found.text) <= LONGEST_SCALAR and (status := read_status(found.text)) is not None:
                self._take("statusCode", found)
                return status
            if found.own and found.text[:1] not in b"{[":
                self._extra["statusCode"] = Raw(found.text)
                found.take()
        return None

    def _endpoint(self, *, is_request: bool) -> str | None:
        for found in self._candidates("endpoint"):
            text = found.scalar()
            if text is None or not (found.own or (is_request and is_path(text))):
                continue
            if not found.own and text[0] != "/":
                # Of a whole URL the path; the URL stays where it was, but for the password that may be in it.
                text, shown = split_url(text)
                fields, key = found.layer.fields, found.candidate.key
                fields[key] = Raw(bytes(fields[key]).replace(found.text, msgspec.json.encode(shown)))
                self._read["endpoint"] = found.candidate
            else:
                self._take("endpoint", found)
            return self._cut("endpoint", text, self._limits.endpoint)
        return None

    def _message(self, method: str | None, endpoint: str | None) -> str:
        empty: _Found | None = None
        for found in self._candidates("message"):
            text, stays = self._message_text(found)
            if text is None:
                continue
            if not text:
                empty = empty or found
                if found.own:
                    found.take()  # there is nothing in it to be kept
                continue
            self._read["message"] = found.candidate
            if not stays:
                found.take()
            return self._cut("message", text, self._limits.message)
        # As an access log would put it: "GET /api/users".
        if parts := [text for text in (method, endpoint) if text]:
            return self._cut("message", " ".join(parts), self._limits.message)
        # Under our own name an empty text is meant; under another, in a record that says more, it is the lack of one.
        if empty is not None and (empty.own or sum(len(layer.fields) for layer in self._layers) == 1):
            if not empty.own:
                self._take("message", empty)
            return ""
        # Not marked as cut: nothing is lost, what is not there is in the fields and in metadata.
        record = msgspec.json.encode(self._whole).decode()
        return cut(record, min(RECORD_BYTES, self._limits.message))

    def _message_text(self, found: _Found) -> tuple[str | None, bool]:
        """A message, and whether its original stays besides; None where it is none."""
        name = found.candidate.name
        if name == "body":
            return read_body(found.text), False
        text = read_text(found.text)
        if text is None and found.own:
            shallow = prune(found.text, self._limits.depth)
            if shallow is not found.text:
                self._truncated.append("message")
            return shallow.decode(), False
        if text is not None and name == "log":
            return text.rstrip("\r\n"), False  # a line of a container's output, with its end
        if text is not None and name == "@mt":
            filled = fill_template(text, self._whole, self._limits.message)
            return filled, filled != text
        return text, False

    def _cut(self, field: str, text: str, size: int) -> str:
        shorter = cut(text, size)
        if shorter is not text and field not in self._truncated:
            self._truncated.append(field)
        return shorter

    def _metadata(self) -> bytes | None:
        """`metadata` and every field that has no other place, within size and depth; None where there is nothing."""
        members: Members = {}
        for found in self._candidates("metadata"):
            if found.text[:1] == b"{":
                members = members_of(found.text)
            elif found.own:
                members = {"value": Raw(found.text)}
            else:
                continue
            self._take("metadata", found)
            break
        else:
            if not self._extra and not any(layer.fields for layer in self._layers):
                return None
        for left in (self._extra, *(layer.fields for layer in self._layers)):
            for name, value in left.items():
                if name in members:
                    # Twice as many each time: names made to collide one by one would take for ever.
                    before = "_"
                    while before + name in members:
                        before += before
                    name = before + name
                members[name] = value
        return self._kept(members)

    def _kept(self, members: Members) -> bytes:
        limits = self._limits
        kept = {name: prune(bytes(value), limits.depth - 1) for name, value in members.items()}
        lost = any(kept[name] != bytes(value) for name, value in members.items())
        # What a member adds to the object: name, colon, value, comma.
        sizes = {name: len(msgspec.json.encode(name)) + len(value) + 2 for name, value in kept.items()}
        total = 1 + sum(sizes.values())
        for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
            if total <= limits.metadata:
                break
            total -= sizes[name]
            del kept[name]
            lost = True
        if lost:
            self._truncated.append("metadata")
        return msgspec.json.encode({name: Raw(text) for name, text in kept.items()})


def _unwrapped(layer: _Layer, limits: Limits) -> list[_Layer]:
    """The record, or where its message is a `log` that is one itself, that one before what is around it."""
    for candidate in layer.found["message"]:
        raw = layer.value(candidate)
        if raw is None or raw == b'""':
            continue
        text = read_text(raw)
        if candidate.name == "log" and text is not None and text.lstrip()[:1] == "{":
            try:
                inner = members_of(repaired(text.strip().encode(), limits.depth))
            except msgspec.MsgspecError:
                break
            del layer.fields[candidate.key]
            return [_Layer(inner), _Layer(layer.fields)]
        if text is not None or candidate.key == "message":
            break
    return [layer]
