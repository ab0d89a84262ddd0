"""Fast path: the usual ingest request, recognised in its bytes as they come, as it is sent thousands of times.

Strict on purpose: a request is usual if every header is one of a few, stands once, and says what it nearly always says.
Whatever else comes is left to the HTTP library, byte for byte, so that nothing is understood in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

MAX_HEAD: Final = 2048
MAX_BODY: Final = 512 * 1024

_LINE: Final = b"POST /api/v1/ingest/logs HTTP/1.1\r\n"
# RFC 9112, section 5, without its leniencies: no space before the colon, no folding, no bare CR or LF, ASCII.
_HEAD = re.compile(_LINE.replace(b".", rb"\.") + rb"(?:[A-Za-z-]+:[ \t]*[\x20-\x7e\t]*\r\n)+\r\n")


class FastRequest(NamedTuple):
    """One request: its stream key as it was sent, and the offsets in the bytes at which its body begins and ends."""

    key: str
    start: int
    end: int


class Later(Protocol):
    """A response that is still to come."""

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        """Calls `fn` with this, once it is there."""

    def result(self) -> bytes:
        """The whole response."""


class FastPath(Protocol):
    """Answers usual requests without the HTTP library. None of it waits, or raises; nor does a future of it raise."""

    def reserve(self, request: FastRequest) -> bool:
        """Whether the rest of a body may be waited for: then all bytes of the request count as in flight until
        `release`.
        """

    def release(self, request: FastRequest) -> None:
        """Gives back what `reserve` took: the request has come whole, or never will."""

    def try_ingest(self, request: FastRequest, body: bytes, *, begun: bool) -> bytes | Later | None:
        """The whole response, or the future one; None where the request needs more than the fast path, and nothing of
        it was ingested.

        `begun` is true for a request that was reserved before.
        """


def parse(data: bytes) -> FastRequest | None:
    """The usual request that `data` begins with, its body perhaps still to come; None for any other.

    A head that is not all there is not usual either.
    """
    if not data.startswith(_LINE):
        return None
    stop = data.find(b"\r\n\r\n", len(_LINE), MAX_HEAD)
    return None if stop < 0 else _parse_head(data[: stop + 4])


@lru_cache(maxsize=256)
def _parse_head(head: bytes) -> FastRequest | None:
    """For speed: remembered, as a producer sends the same head again and again. It assumes that nothing but these bytes
    says whether a head is usual; whether its key is right is asked each time.
    """
    if _HEAD.fullmatch(head) is None:
        return None
    headers: dict[bytes, bytes] = {}
    for line in head[len(_LINE) : -4].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.lower()
        value = value.strip(b" \t")
        check = _ACCEPTED.get(name)
        if check is None or name in headers or not check(value):
            return None
        headers[name] = value
    if b"host" not in headers or b"authorization" not in headers or b"content-length" not in headers:
        return None
    size = int(headers[b"content-length"])
    if size > MAX_BODY:
        return None
    return FastRequest(headers[b"authorization"][len(b"Bearer ") :].decode("ascii"), len(head), len(head) + size)


def _anything(value: bytes) -> bool:
    return True


def _matching(pattern: bytes) -> Callable[[bytes], bool]:
    fullmatch = re.compile(pattern, re.IGNORECASE).fullmatch
    return lambda value: fullmatch(value) is not None


_ACCEPTED: Final[dict[bytes, Callable[[bytes], bool]]] = {
    b"host": _matching(rb"[^ ]+"),
    b"authorization": _matching(rb"Bearer [0-9A-Za-z_]+"),
    b"content-length": _matching(rb"[0-9]{1,7}"),
    b"content-type": _matching(rb"application/json(?:; ?charset=utf-8)?"),
    b"connection": _matching(rb"keep-alive"),
    b"user-agent": _anything,
    b"accept": _anything,
    b"accept-encoding": _anything,
    b"accept-language": _anything,
    b"sec-fetch-mode": _anything,
}
