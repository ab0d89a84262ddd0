"""Candidate: an entry as queries look at it, taken apart once, however many terms ask, and only as far as one of them
does.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .derived import duration_of, id_of, plain_duration, route_of
from .http_route import route
from .member import Leaf, Member

_text = msgspec.json.Decoder(str).decode


class Candidate(msgspec.Struct, gc=False, rename={"status": "statusCode", "received_at": "receivedAt"}):
    """An entry as filters look at it; `encoded` is the entry itself. What one term has found is kept for the next."""

    level: str
    message: str
    source: str = ""
    endpoint: str = ""
    method: str = ""
    status: int = 0
    metadata: Raw | UnsetType = UNSET
    seq: int = 0
    received_at: str = ""
    encoded: bytes = b""
    sought: str | None = None
    joined: bytes | None = None
    json: str | None = None
    leaves: dict[str, Leaf] | None = None
    root: Member | None = None
    milliseconds: float | UnsetType | None = UNSET
    ids: dict[str, Leaf | None] | None = None

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

    def short(self) -> bytes | None:
        """The five that free text is sought in with line ends between them, in UTF-8; None where they are long."""
        if self.joined is None:
            fields = (self.message, self.endpoint, self.method, self.source, self.metadata_json())
            self.joined = "\n".join(fields).encode() if sum(map(len, fields)) < _SHORT else b""
        return self.joined or None

    def fields(self) -> tuple[Leaf, ...]:
        """The five that free text is sought in, as they are."""
        field = self.field
        return field("message"), field("path"), field("method"), field("source"), field("metadata")

    def field(self, name: str) -> Leaf:
        """message, path, source, method or route; or the whole metadata's JSON."""
        if self.leaves is None:
            self.leaves = {}
        leaf = self.leaves.get(name)
        if leaf is None:
            leaf = self.leaves[name] = Leaf(self._field(name), name != "metadata")
        return leaf

    def member(self, path: tuple[str, ...]) -> Leaf | None:
        """What stands in the metadata at a path of keys and indexes; None if nothing does."""
        if self.root is None:
            if not self._may_hold(path[0]):
                return None
            self.root = Member(self.metadata_json())
        return self.root.at(path)

    def duration(self) -> float | None:
        """How long it took in milliseconds, by whatever name its metadata has for that; None: it does not say."""
        if self.milliseconds is UNSET:
            if self.metadata is UNSET:
                self.milliseconds = None
            elif (taken := plain_duration(bytes(self.metadata))) is not None:
                self.milliseconds = taken
            else:
                self.milliseconds = duration_of(self.member)
        return self.milliseconds

    def id(self, field: str) -> Leaf | None:
        """The id of its `request` or of its `trace`; None without one."""
        if self.metadata is UNSET:
            return None
        if self.ids is None:
            self.ids = {}
        if field not in self.ids:
            self.ids[field] = id_of(self.member, field)
        return self.ids[field]

    def _may_hold(self, key: str) -> bool:
        """A look that costs less than to take the metadata apart: most entries do not have the key at all."""
        if self.metadata is UNSET:
            return False
        return key in self.metadata_json() or bool(_ESCAPED.search(key))

    def _may_route(self) -> bool:
        """A look that costs a tenth of taking the metadata apart: of most entries the path alone tells the route."""
        if self.metadata is UNSET:
            return False
        raw = bytes(self.metadata)
        return b"route" in raw or b"\\u" in raw

    def _field(self, name: str) -> str:
        match name:
            case "message":
                return self.message
            case "path":
                return self.endpoint
            case "source":
                return self.source
            case "method":
                return self.method
            case "route":
                return (self._may_route() and route_of(self.member)) or route(self.endpoint)
            case _:
                return self.metadata_json()


_SHORT: Final = 4096

_ESCAPED: Final = re.compile(r'["\\\x00-\x1f]')
"""What stands otherwise in JSON than it is."""


def _plain(text: bytes) -> str:
    # Blanks between its parts are how somebody's encoder writes, and nothing that the page has.
    if b" " in text or b"\n" in text or b"\t" in text or b"\r" in text:
        text = msgspec.json.format(text, indent=-1)
    # An escape would hide a character from the search: "\u00e9" is not "é" until it is decoded.
    if b"\\" in text:
        text = _STRINGS.sub(_decode_escapes, text)
    return text.decode()


# Strings without an escape, as many as follow each other; or one that has some. Numbers stay as they are: to open the
# whole would cost them their last digits.
_STRINGS: Final = re.compile(rb'(?:"[^"\\]*"[^"]*)+|("[^"\\]*(?:\\.[^"\\]*)+")', re.DOTALL)


def _decode_escapes(strings: re.Match[bytes]) -> bytes:
    return msgspec.json.encode(_text(strings[1])) if strings[1] else strings[0]
