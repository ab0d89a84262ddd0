"""Codec: how blocks and dictionaries are compressed, zstd where it is installed, else zlib."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Final

ZSTD: Final = 1
ZLIB: Final = 2
LEVEL: Final = 1
"""Of both: higher ones take two to fifteen times as long, for less than a fifth of the bytes."""

Opened = Callable[[bytes], bytes]


class CannotOpen(Exception):
    """What was compressed is damaged, or needs zstd, which is not installed."""


def _zstd() -> tuple[Opened, Opened] | None:
    try:
        zstd = import_module("compression.zstd")
    except ImportError:
        try:
            zstd = import_module("backports.zstd")
        except ImportError:
            return None

    def packed(content: bytes) -> bytes:
        return bytes(zstd.compress(content, LEVEL))

    def opened(content: bytes) -> bytes:
        try:
            return bytes(zstd.decompress(content))
        except zstd.ZstdError:
            raise CannotOpen("it is damaged") from None

    return packed, opened


class Codec:
    """Compresses with the better of what is installed, and opens all of it. `only` names one, for tests."""

    def __init__(self, only: int | None = None) -> None:
        found = None if only == ZLIB else _zstd()
        self.name: Final = ZLIB if found is None else ZSTD
        """What this one compresses with."""
        self._pack = found[0] if found is not None else _deflated
        self._open = {ZLIB: _inflated} if found is None else {ZLIB: _inflated, ZSTD: found[1]}

    def pack(self, content: bytes) -> bytes:
        """Compressed; its first byte says how."""
        return bytes((self.name,)) + self._pack(content)

    def open(self, packed: bytes) -> bytes:
        """What `pack` was given, here or elsewhere. Raises CannotOpen."""
        opened = self._open.get(packed[0]) if packed else None
        if opened is None:
            raise CannotOpen("it needs zstd, which is not installed" if packed[:1] == b"\1" else "it is damaged")
        return opened(packed[1:])


def _deflated(content: bytes) -> bytes:
    return zlib.compress(content, LEVEL)


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        raise CannotOpen("it is damaged") from None
