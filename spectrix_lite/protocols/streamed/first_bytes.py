"""First bytes of a connection: whether a browser or an HTTP client speaks there, which any web page could be."""

from __future__ import annotations

import re
from typing import Final, Literal

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI")
_REQUEST: Final = re.compile(rb"[\r\n]*(?:%b) " % "|".join(_METHODS).encode())
_TLS: Final = b"\x16\x03"
_BEGUN: Final = frozenset(f"{name} "[:size].encode() for name in _METHODS for size in range(len(name) + 1))

LOOKED_AT: Final = 64
"""Bytes that are enough to tell."""


def foreign(data: bytes) -> Literal["http", "tls"] | bool:
    """What speaks there that has nothing to say to us; True where it takes more bytes to tell, False for neither."""
    if data.startswith(_TLS):
        return "tls"
    if _REQUEST.match(data):
        return "http"
    if len(data) >= LOOKED_AT:
        return False
    return data == _TLS[:1] or data.lstrip(b"\r\n") in _BEGUN
