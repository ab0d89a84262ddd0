"""Compressed bodies, opened in slices under a cap: what a bomb would grow to is never held."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from ..core.errors import BadEncoding, TooLarge, UnsupportedType

SLICE: Final = 256 * 1024
"""Bytes opened at a time, at most: half a millisecond or so."""

_PIECE: Final = 16 * 1024


class _Opener(Protocol):
    """What zlib, Brotli and zstd have in common, once wrapped: bytes in, at most a slice out."""

    def feed(self, data: bytes) -> bytes: ...

    def ended(self) -> bool: ...


class _Zlib:
    """gzip (also of several members, RFC 1952) and deflate (RFC 1950; some clients send RFC 1951 bare)."""

    def __init__(self, encoding: str) -> None:
        self._gzip = encoding == "gzip"
        self._first = True
        self._rest = b""
        self._object = zlib.decompressobj(31 if self._gzip else 15)

    def feed(self, data: bytes) -> bytes:
        data = self._rest + data
        while True:
            if self._object.eof:
                data = data.lstrip(b"\0") if self._gzip else b""
                if not data:
                    self._rest = b""
                    return b""
                self._object = zlib.decompressobj(31)  # another member follows
            opened = self._slice(data)
            data = self._rest = self._object.unused_data if self._object.eof else self._object.unconsumed_tail
            if opened or not data:
                return opened

    def _slice(self, data: bytes) -> bytes:
        try:
            opened = self._object.decompress(data, SLICE)
        except zlib.error:
            if self._gzip or not self._first:
                raise
            self._object = zlib.decompressobj(-15)
            opened = self._object.decompress(data, SLICE)
        self._first = False
        return opened

    def ended(self) -> bool:
        return self._object.eof and not self._rest


def _optional() -> dict[str, Callable[[], _Opener]]:
    found: dict[str, Callable[[], _Opener]] = {}
    try:
        import brotli
    except ImportError:
        pass
    else:
        found["br"] = lambda: _Brotli(brotli)
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        pass
    else:
        found["zstd"] = lambda: _Zstd(zstd)
    return found


class _Brotli:
    def __init__(self, library: Any) -> None:
        self._object = library.Decompressor()

    def feed(self, data: bytes) -> bytes:
        opened: bytes = self._object.process(data, output_buffer_limit=SLICE)
        return opened

    def ended(self) -> bool:
        return bool(self._object.is_finished())


class _Zstd:
    """One frame or several (RFC 8878)."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._object = library.ZstdDecompressor()

    def feed(self, data: bytes) -> bytes:
        while True:
            if self._object.eof:
                data = self._object.unused_data + data
                if not data:
                    return b""
                self._object = self._library.ZstdDecompressor()
            opened: bytes = self._object.decompress(data, SLICE)
            if opened or not self._object.eof:
                return opened
            data = b""

    def ended(self) -> bool:
        return bool(self._object.eof) and not self._object.unused_data


_OPENERS: Final[dict[str, Callable[[], _Opener]]] = {
    "gzip": lambda: _Zlib("gzip"),
    "x-gzip": lambda: _Zlib("gzip"),
    "deflate": lambda: _Zlib("deflate"),
    **_optional(),
}

ENCODINGS: Final = tuple(sorted(_OPENERS))

_TOGETHER: Final = frozenset(("gzip", "x-gzip", "deflate", "zstd"))
"""Named together they are one of them: GELF's clients say `gzip,deflate` over either."""

_OTHER_NAMES: Final = {"zstd1": "zstd"}
_MARKS: Final = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def named_encodings(header: str) -> tuple[str, ...]:
    """The encodings that a Content-Encoding names, none for a plain body. Raises UnsupportedType for what is not taken.

    Several are taken where they mean one of them; one upon another is not.
    """
    if not header:
        return ()
    names = [name.strip().lower() for name in header.split(",")]
    named = tuple(_OTHER_NAMES.get(name, name) for name in names if name not in ("", "identity"))
    several = len(named) > 1
    if any(name not in _OPENERS for name in named) or (
        several and (len(set(named)) < len(named) or not _TOGETHER.issuperset(named))
    ):
        raise UnsupportedType(f"Content-Encoding is one of: {', '.join(ENCODINGS)}.")
    return named


def encoding_of(body: bytes, named: tuple[str, ...]) -> str | None:
    """How `body` is compressed, None for not at all: a mark of gzip or zstd counts, whatever is named.

    Raises UnsupportedType for zstd where it is not installed.
    """
    for mark, encoding in _MARKS.items():
        if body.startswith(mark):
            if encoding not in _OPENERS:
                raise UnsupportedType(f"The body is {encoding}; Content-Encoding is one of: {', '.join(ENCODINGS)}.")
            return encoding
    if len(named) > 1:
        return "deflate" if "deflate" in named else named[0]
    return named[0] if named else None


def opened(body: bytes, encoding: str, limit: int) -> Iterator[bytes]:
    """The content of a body in slices. Raises TooLarge past `limit` bytes, BadEncoding where it is broken or cut short.

    A caller on an event loop lets it turn between slices.
    """
    opener = _OPENERS[encoding]()
    total = 0
    # A little at a time: a library copies what it has not read yet at every slice.
    for start in range(0, len(body), _PIECE):
        data = body[start : start + _PIECE]
        while True:
            try:
                part = opener.feed(data)
            except Exception as problem:  # each library raises its own kind, none of them says more than "broken"
                raise BadEncoding from problem
            data = b""
            if not part:
                break
            total += len(part)
            if total > limit:
                raise TooLarge(f"The body is larger than {limit} bytes when decompressed; send smaller batches.")
            yield part
    if not opener.ended():
        raise BadEncoding
