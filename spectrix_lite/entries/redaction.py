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

_EQUALS, _BACKSLASH, _PERCENT = b"=\\%"

_PIECE: Final = 256 * 1024  # of a large body that is looked at in one go: some fifth of a millisecond
_LONGEST_NAME: Final = 100

_KEY_BYTES: Final = re.compile(rb"spx_v1_[a-z]+_[0-9A-Za-z]*")
_DSN: Final = re.compile(r'"(dsn|sentry_key|public_key)"\s*+:\s*+"[^"]*"?')
_COLON: Final = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
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
        self._always = not all(name.isascii() for name in self._names)  # bytes have no case beyond ASCII
        encoded = sorted(name.encode() for name in self._names) or [b"-"]
        # Led by one byte that stands for itself, which is what makes a search fast; more may fit than is meant.
        firsts = re.escape(bytes({name[0] for name in encoded}))
        rests = b"|".join(re.escape(name[1:]) for name in encoded)
        self._quoted = re.compile(b'"[%b](?:%b)["\\\\]' % (firsts, rests))
        self._given = re.compile(b"=(?:%b)" % b"|".join(b"(?<=%b=)" % re.escape(name) for name in encoded))

    def covers(self, kind: type[object]) -> bool:
        """Whether entries of this type are redacted."""
        return bool(self._names) and (kind is Entry or self._canonical_too)

    def names_any(self, names: Iterable[str]) -> bool:
        """Whether one of the names of a record is such a name."""
        return any(name.lower() in self._names for name in names)

    def batch(self, batch: Batch, body: bytes | None) -> Batch:
        """`batch` itself, its entries and samples redacted. `body` is the JSON or text that it was read from; None
        where that is another form.
        """
        if self._names and (body is None or self._may_hold(body)):
            for entry in batch.entries:
                if self.covers(type(entry)):
                    self.entry(entry)
        batch.samples[:] = map(self.sample, batch.samples)
        return batch

    def entry(self, entry: Entry) -> None:
        """Redacts one entry."""
        if entry.metadata is not UNSET:
            before = bytes(entry.metadata)
            after = self.members(before)
            if after is not before:
                entry.metadata = Raw(after)
        self.texts(entry)

    def texts(self, entry: Entry) -> None:
        """Redacts an entry but for its metadata."""
        if entry.message[:1] in ("{", "["):  # of a record that has no text it is the record itself
            entry.message = self.text(entry.message)
        if entry.endpoint is not UNSET and "=" in entry.endpoint:
            endpoint = self._parameters(entry.endpoint)
            entry.message = entry.message.replace(entry.endpoint, endpoint)  # as where it was made of the endpoint
            entry.endpoint = endpoint

    def members(self, encoded: bytes) -> bytes:
        """JSON without the values that have such a name; `encoded` itself where there is none."""
        # Bytes are looked for, no texts, as far as that will do: it is what the interpreter does fast.
        found = (
            self._quoted.search(encoded.lower())
            or (_BACKSLASH in encoded and b"\\u" in encoded)
            or (_EQUALS in encoded and (_PERCENT in encoded or self._given.search(encoded.lower())))
            or self._always
        )
        return self.text(encoded.decode()).encode() if found else encoded

    def text(self, text: str) -> str:
        """JSON text, perhaps cut off, or any other, without the values that have such a name."""
        if "\\u" in text:
            text = _ESCAPE.sub(_plain, text)
        lower = _lowered(text)
        present = [name for name in self._names if name in lower]
        if present:
            text = _without_values(text, _values_of(present, text, lower))
        return self._parameters(text) if present or "%" in text else text

    def sample(self, text: str) -> str:
        """The beginning of what came, as an operator may see it: without the values, and without a key of ours."""
        text = _KEY.sub(REDACTED, text)
        return self.text(_DSN.sub(rf'"\1":"{REDACTED}"', text))

    def url(self, url: str) -> str:
        """A path or URL without the values of such parameters."""
        return self._parameters(url) if "=" in url else url

    def _may_hold(self, body: bytes) -> bool:
        if self._always:
            return True
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE + _LONGEST_NAME].lower()
            # Escaped, a name is spelled otherwise.
            if self._quoted.search(piece) or self._given.search(piece) or b"\\u" in piece or b"%" in piece:
                return True
        return False

    def _parameters(self, text: str) -> str:
        if "=" not in text or not ("?" in text or "&" in text or "#" in text or ";" in text):
            return text

        def shown(found: re.Match[str]) -> str:
            name = found[2]
            plain = unquote(name) if "%" in name else name
            return f"{found[1]}{name}={REDACTED}" if plain.lower() in self._names else found[0]

        return _PARAMETER.sub(shown, text)


def without_keys(body: bytes) -> bytes:
    """A body without a key of ours, whole or in part, wherever it stands in it."""
    return _KEY_BYTES.sub(REDACTED.encode(), body) if b"spx_v1_" in body else body


def _lowered(text: str) -> str:
    """In lower case, each character in its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)


def _values_of(names: Iterable[str], text: str, lower: str) -> list[int]:
    """Where the values of members of these names begin, in order. `lower` is the text in lower case."""
    starts = []
    for name in names:
        quoted = f'"{name}"'
        at = lower.find(quoted)
        while at >= 0:
            end = at + len(quoted)
            # A quote behind a backslash is no quote of JSON's: else this is the name of a member and nothing else.
            if text[at - 1 : at] != "\\" and (colon := _COLON.match(text, end)) is not None:
                starts.append(colon.end())
            at = lower.find(quoted, end - 1)
    return sorted(starts)


def _without_values(text: str, starts: Iterable[int]) -> str:
    parts = []
    done = 0
    for start in starts:
        if start >= done:  # else it is within a value that is gone
            parts += [text[done:start], f'"{REDACTED}"']
            done = _value_end(text, start)
    return "".join([*parts, text[done:]]) if parts else text


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
