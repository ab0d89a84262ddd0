"""Redaction: members with the names of secrets, and such parameters of URLs, lose their values before an entry is kept.

It works on the encoded JSON, so that numbers keep their digits, and in linear time: most bodies hold none of the names
and are looked at once, as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from msgspec import UNSET, Raw

from .entry import Batch, Entry

REDACTED: Final = "[redacted]"

_PIECE: Final = 256 * 1024  # of a large body that is looked at in one go: some fifth of a millisecond
_LONGEST_NAME: Final = 100

_HIDDEN: Final = re.compile(rb"\\u|%[4-7][0-9a-f]")  # in lower case: a name may be spelled so
_KEY: Final = re.compile(r"spx_v1_[a-z]+_[0-9A-Za-z]*")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"?'  # also one that was cut off
_SCALAR: Final = re.compile(rf"{_STRING}|[^\s,\]}}]*", re.DOTALL)
_TOKEN: Final = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_PARAMETER: Final = re.compile(rf"""([?&#;])([^\s?&#;=/"'<>\\]{{1,{_LONGEST_NAME}}})=[^\s&#;"'<>\\]*""")


class Redaction:
    """What is taken out of entries: the values of `names`, which are in lower case; every spelling of them counts.

    Entries in the canonical form (`CanonicalEntry`) are left as they were sent, unless `canonical_too`.
    """

    def __init__(self, names: Iterable[str], *, canonical_too: bool = False) -> None:
        self._names = frozenset(names)
        self._canonical_too = canonical_too
        self._searched = tuple(name.encode() for name in self._names if name.isascii())
        self._always = len(self._searched) < len(self._names)  # bytes have no case beyond ASCII
        words = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        # A quote behind a backslash is no quote of JSON's, so that this is the name of a member and nothing else.
        self._member = re.compile(rf'(?<!\\)"(?:{words})"[ \t\r\n]*:[ \t\r\n]*', re.IGNORECASE)

    def usual(self, batch: Batch, body: bytes) -> Batch:
        """As `batch`, for one that one decoder made: costs nothing where that was the fast one."""
        # Its entries have a type of their own, and are canonical all of them.
        if self._canonical_too or (batch.entries and isinstance(batch.entries[0], Entry)):
            return self.batch(batch, body)
        return batch

    def batch(self, batch: Batch, body: bytes) -> Batch:
        """`batch` itself, its entries and samples redacted. `body` is what it was read from."""
        if self._names and self._may_hold(body):
            for entry in batch.entries:
                if self._canonical_too or type(entry) is Entry:
                    self._entry(entry)
        batch.samples[:] = map(self.sample, batch.samples)
        return batch

    def text(self, text: str) -> str:
        """JSON text, perhaps cut off, or any other, without the values that have such a name."""
        if "\\u" in text:
            text = _ESCAPE.sub(_plain, text)
        if not self._holds(text):
            return text
        return self._parameters(self._members(text))

    def sample(self, text: str) -> str:
        """The beginning of what came, as an operator may see it: without the values, and without a key of ours."""
        return self.text(_KEY.sub(REDACTED, text))

    def url(self, url: str) -> str:
        """A path or URL without the values of such parameters."""
        return self._parameters(url) if "=" in url and self._holds(url) else url

    def _entry(self, entry: Entry) -> None:
        if entry.metadata is not UNSET:
            before = str(bytes(entry.metadata), "utf-8")
            after = self.text(before)
            if after != before:
                entry.metadata = Raw(after.encode())
        if entry.message[:1] in ("{", "["):  # of a record that has no text it is the record itself
            entry.message = self.text(entry.message)
        if entry.endpoint is not UNSET and (endpoint := self.url(entry.endpoint)) != entry.endpoint:
            entry.message = entry.message.replace(entry.endpoint, endpoint)  # as where it was made of the endpoint
            entry.endpoint = endpoint

    def _may_hold(self, body: bytes) -> bool:
        if self._always:
            return True
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE + _LONGEST_NAME].lower()
            if any(name in piece for name in self._searched) or _HIDDEN.search(piece):
                return True
        return False

    def _holds(self, text: str) -> bool:
        lower = text.lower()
        return any(name in lower for name in self._names) or "%" in text

    def _members(self, text: str) -> str:
        parts = []
        done = 0
        while (found := self._member.search(text, done)) is not None:
            parts += [text[done : found.end()], f'"{REDACTED}"']
            done = _value_end(text, found.end())
        return "".join([*parts, text[done:]]) if parts else text

    def _parameters(self, text: str) -> str:
        if "=" not in text:
            return text

        def shown(found: re.Match[str]) -> str:
            name = found[2]
            plain = unquote(name) if "%" in name else name
            return f"{found[1]}{name}={REDACTED}" if plain.lower() in self._names else found[0]

        return _PARAMETER.sub(shown, text)


def _plain(escape: re.Match[str]) -> str:
    """A character that was escaped without need, as itself."""
    character = chr(int(escape[1], 16)) if escape[1] else ""
    return character if character.isprintable() and character not in '"\\' and character else escape[0]


def _value_end(text: str, start: int) -> int:
    """Where the value that begins at `start` ends; the end of the text where it is cut off."""
    if text[start : start + 1] not in ("{", "["):
        found = _SCALAR.match(text, start)
        return found.end() if found else len(text)
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
    return len(text)
