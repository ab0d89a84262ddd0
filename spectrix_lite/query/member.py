"""Member: one value of an entry's metadata by its JSON, taken apart once and only as far as somebody asks."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, Raw, UnsetType

from .numbers import Exact, exact

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_elements = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode


class Leaf(msgspec.Struct, gc=False):
    """A text of an entry, or a value of its metadata: the text of a string, the JSON of anything else.

    What is made of it for one term is kept for the next.
    """

    text: str
    is_string: bool = True
    lowered: str | None = None
    encoded: bytes | None = None
    figure: Exact | UnsetType | None = UNSET

    def lower(self) -> str:
        """The text in lower case."""
        if self.lowered is None:
            self.lowered = self.text.lower()
        return self.lowered

    def utf8(self) -> bytes:
        """The text in UTF-8."""
        if self.encoded is None:
            self.encoded = self.text.encode()
        return self.encoded

    def number(self) -> Exact | None:
        """The number that it is, or that its string says; None for any other text."""
        if self.figure is UNSET:
            self.figure = exact(self.text)
        return self.figure


class Member(msgspec.Struct, gc=False):
    """A value of metadata by its JSON, which has no blanks around anything. What it holds is taken apart once."""

    json: Raw | str
    parts: dict[str, Raw] | list[Raw] | None = None
    held: dict[str, Member] | None = None
    value: Leaf | None = None

    def member(self, name: str) -> Member | None:
        """What a key of an object or an index of a list holds; None: nothing."""
        if self.held is None:
            self.held = {}
            self.parts = self._taken_apart()
        found = self.held.get(name)
        if found is None:
            raw = self._part(name)
            if raw is not None:
                found = self.held[name] = Member(raw)
        return found

    def at(self, path: tuple[str, ...]) -> Leaf | None:
        """What stands below at a path of keys and indexes; None if nothing does."""
        member = self
        for name in path:
            found = member.member(name)
            if found is None:
                return None
            member = found
        return member.leaf()

    def leaf(self) -> Leaf:
        """The value itself."""
        if self.value is None:
            json = self.json if isinstance(self.json, str) else str(memoryview(self.json), "utf-8")
            self.value = Leaf(_text(json)) if json.startswith('"') else Leaf(json, False)
        return self.value

    def _taken_apart(self) -> dict[str, Raw] | list[Raw]:
        first = self.json[:1] if isinstance(self.json, str) else chr(memoryview(self.json)[0])
        return _members(self.json) if first == "{" else _elements(self.json) if first == "[" else []

    def _part(self, name: str) -> Raw | None:
        if isinstance(self.parts, dict):
            return self.parts.get(name)
        is_index = name.isdecimal() and name.isascii() and len(name) < 6
        return self.parts[int(name)] if self.parts and is_index and int(name) < len(self.parts) else None
