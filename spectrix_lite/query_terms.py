"""What a query is made of: a tree whose nodes look at one entry each. Equal queries are equal trees, and share work.

What each term means is told in `docs/query.md`; `tests/golden/queries.json` holds this side and the page's to it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .query_regex import compiled
from .route import route

Op = Literal[":", "=", "!=", ">", ">=", "<", "<="]

COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
RANKS: Final = {"debug": 0, "info": 1, "warn": 2, "error": 3}
_WHOLE: Final = re.compile(r"-?\d+", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_elements = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode


class Candidate(msgspec.Struct, gc=False, rename={"status": "statusCode"}):
    """An entry as filters look at it, taken apart once for all of them; `encoded` is the entry itself."""

    level: str
    message: str
    source: str = ""
    endpoint: str = ""
    method: str = ""
    status: int = 0
    metadata: Raw | UnsetType = UNSET
    encoded: bytes = b""
    sought: str | None = None
    json: str | None = None

    def text(self) -> str:
        """Where text is sought: message, endpoint, method, source and the metadata's JSON, in lower case."""
        if self.sought is None:
            fields = (self.message, self.endpoint, self.method, self.source, self.metadata_json())
            self.sought = "\n".join(fields).lower()
        return self.sought

    def metadata_json(self) -> str:
        """The metadata's JSON with nothing escaped that may stand as it is; "" if there is none."""
        if self.json is None:
            self.json = "" if self.metadata is UNSET else _plain(bytes(self.metadata))
        return self.json

    def fields(self) -> tuple[str, str, str, str, str]:
        """The five that free text is sought in, as they are."""
        return self.message, self.endpoint, self.method, self.source, self.metadata_json()

    def member(self, path: tuple[str, ...]) -> Leaf | None:
        """What stands in the metadata at a path of keys and indexes; None if nothing does."""
        found = self.metadata
        if found is UNSET or (path and path[0] not in self.metadata_json()):
            return None
        for name in path:
            raw = bytes(found).lstrip()
            if raw[:1] == b"{":
                member = _members(found).get(name)
            elif raw[:1] == b"[" and name.isdecimal() and name.isascii() and len(name) < 6:
                elements = _elements(found)
                member = elements[int(name)] if int(name) < len(elements) else None
            else:
                return None
            if member is None:
                return None
            found = member
        raw = bytes(found).strip()
        return Leaf(_text(raw), True) if raw[:1] == b'"' else Leaf(_plain(raw), False)


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """A value of metadata: the text of a string, the JSON of anything else."""

    text: str
    is_string: bool

    def number(self) -> float | None:
        """Of a number, or of a string that is one."""
        return float(self.text) if _NUMBER.fullmatch(self.text) else None


class Node(msgspec.Struct, frozen=True, tag=True):
    """A part of a query."""

    def matches(self, entry: Candidate) -> bool:
        """Whether the entry is among what is asked for."""
        raise NotImplementedError


class And(Node, frozen=True):
    parts: tuple[Node, ...]

    def matches(self, entry: Candidate) -> bool:
        return all(part.matches(entry) for part in self.parts)


class Or(Node, frozen=True):
    parts: tuple[Node, ...]

    def matches(self, entry: Candidate) -> bool:
        return any(part.matches(entry) for part in self.parts)


class Not(Node, frozen=True):
    part: Node

    def matches(self, entry: Candidate) -> bool:
        return not self.part.matches(entry)


class Text(Node, frozen=True):
    """Somewhere in the entry, whatever its case; `text` is in lower case."""

    text: str

    def matches(self, entry: Candidate) -> bool:
        if "\n" in self.text:  # the fields lie with line ends between them
            return any(self.text in field.lower() for field in entry.fields())
        return self.text in entry.text()


class Pattern(Node, frozen=True):
    """A regular expression that one of the five fields holds."""

    pattern: str
    ignores_case: bool

    def matches(self, entry: Candidate) -> bool:
        search = compiled(self.pattern, self.ignores_case).search
        return any(search(field) is not None for field in entry.fields())


class Level(Node, frozen=True):
    op: Op
    level: str

    def matches(self, entry: Candidate) -> bool:
        if self.op in (":", "="):
            return entry.level == self.level
        if self.op == "!=":
            return entry.level != self.level
        return COMPARE[self.op](RANKS[entry.level], RANKS[self.level])


class Status(Node, frozen=True):
    """`least` to `most`, both included; where there is none, it never matches."""

    least: float
    most: float

    def matches(self, entry: Candidate) -> bool:
        return entry.status != 0 and self.least <= entry.status <= self.most


class Duration(Node, frozen=True):
    """Milliseconds."""

    op: Op
    value: float

    def matches(self, entry: Candidate) -> bool:
        leaf = entry.member(("duration",))
        number = None if leaf is None or leaf.is_string else leaf.number()
        if number is None or number < 0:
            return self.op == "!="
        if self.op in COMPARE:
            return COMPARE[self.op](number, self.value)
        return (number == self.value) is (self.op != "!=")


class Field(Node, frozen=True):
    """A text of the entry. `name` is message, path, source, method, route; or, with a path, of the metadata.

    `how` is whole or part (ignoring case; `text` is in lower case), exact, or there.
    """

    name: str
    path: tuple[str, ...]
    how: Literal["whole", "part", "exact", "there"]
    text: str = ""

    def matches(self, entry: Candidate) -> bool:
        found = _field(entry, self.name, self.path)
        if found is None:
            return False
        if self.how == "there":
            return found.text != "" and (found.is_string or found.text != "null")
        if self.how == "exact":
            return found.text == self.text or _same_number(found.text, self.text)
        text = found.text.lower()
        return text == self.text if self.how == "whole" else self.text in text


class FieldPattern(Node, frozen=True):
    """A regular expression in one field."""

    name: str
    path: tuple[str, ...]
    pattern: str
    ignores_case: bool

    def matches(self, entry: Candidate) -> bool:
        found = _field(entry, self.name, self.path)
        return found is not None and compiled(self.pattern, self.ignores_case).search(found.text) is not None


class Number(Node, frozen=True):
    """A number in the metadata against another."""

    path: tuple[str, ...]
    op: Op
    value: float

    def matches(self, entry: Candidate) -> bool:
        leaf = entry.member(self.path)
        number = None if leaf is None else leaf.number()
        return number is not None and COMPARE[self.op](number, self.value)


IDS: Final = {"request": ("requestId",), "trace": ("traceId",)}


def _field(entry: Candidate, name: str, path: tuple[str, ...]) -> Leaf | None:
    match name:
        case "message":
            return Leaf(entry.message, True)
        case "path":
            return Leaf(entry.endpoint, True)
        case "source":
            return Leaf(entry.source, True)
        case "method":
            return Leaf(entry.method, True)
        case "route":
            return Leaf(route(entry.endpoint), True)
        case _:
            return entry.member(path)


def _same_number(found: str, wanted: str) -> bool:
    """Integers by every digit, other numbers as doubles."""
    if not _NUMBER.fullmatch(found) or not _NUMBER.fullmatch(wanted):
        return False
    if _WHOLE.fullmatch(found) and _WHOLE.fullmatch(wanted):
        return _bare(found) == _bare(wanted)
    return float(found) == float(wanted)


def _bare(integer: str) -> str:
    """Without leading zeros, and zero without a sign: no conversion, so a long one costs nothing."""
    sign, digits = ("-", integer[1:]) if integer.startswith("-") else ("", integer)
    digits = digits.lstrip("0") or "0"
    return digits if digits == "0" else sign + digits


def _plain(text: bytes) -> str:
    # Blanks between its parts are how somebody's encoder writes, and nothing that the page has.
    if b" " in text or b"\n" in text or b"\t" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)
    # An escape would hide a character from the search: "\u00e9" is not "é" until it is decoded.
    if b"\\" in text:
        text = _ESCAPES.sub(_shown, text)
    return text.decode()


# Only what may also stand as it is; numbers are left alone, or they would lose their digits.
_ESCAPES = re.compile(rb"((?:\\u[0-9a-fA-F]{4}|\\/)+)|\\.", re.DOTALL)


def _shown(escapes: re.Match[bytes]) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(b'"%b"' % escapes[1]))[1:-1] if escapes[1] else escapes[0]
