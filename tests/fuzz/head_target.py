"""Whatever a request begins with: what the fast path takes for a plain one, aiohttp reads as the same request.

Were anything understood in two ways, a request could be smuggled past one of them.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any
from unittest.mock import Mock

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser

from spectrix_lite.access import keys
from spectrix_lite.access.presented_key import presented_key
from spectrix_lite.core.errors import InvalidKey
from spectrix_lite.server import fast_request


def check(data: bytes) -> None:
    """Raises AssertionError where the two differ."""
    request = fast_request.parse(data)
    if request is None:
        return
    assert request == fast_request.parse(data[: request.start]), "what follows the head changes nothing"
    assert data[: request.start].endswith(b"\r\n\r\n")
    [(message, payload)] = _parsed(data[: request.start])
    assert (message.method, message.path, tuple(message.version)) == ("POST", "/api/v1/ingest/logs", (1, 1))
    assert (message.should_close, message.upgrade, message.chunked, message.compression) == (False, False, False, None)
    assert message.headers.getall("Content-Length") == [message.headers["Content-Length"]]
    assert int(message.headers["Content-Length"]) == request.end - request.start
    assert payload.is_eof() == (request.end == request.start)
    assert "Host" in message.headers
    try:
        key = presented_key(lambda name: message.headers.getall(name, ()))
    except InvalidKey:
        assert keys.parse(request.key) is None
    else:
        assert key == request.key


def _parsed(head: bytes) -> list[Any]:
    parser = HttpRequestParser(Mock(), _loop(), 2**16, max_line_size=8190, max_field_size=8190, auto_decompress=False)
    try:
        messages, _, rest = parser.feed_data(head)
    except HttpProcessingError as refusal:
        raise AssertionError("the fast path takes what aiohttp refuses") from refusal
    assert not rest
    return list(messages)


def outcome(data: bytes) -> set[str]:
    """Whether it is plain."""
    return {"plain" if fast_request.parse(data) is not None else "left to aiohttp"}


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()
