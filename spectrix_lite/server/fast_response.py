"""Fast response: the answer to a usual request in one piece; building a `web.Response` takes a sixth of an ingest."""

from __future__ import annotations

import email.utils
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from ..core.errors import SpectrixError
from .problems import SERVER_NAME, problem_response

_HEADERS: Final = {"Content-Type": "application/json", "Server": SERVER_NAME}
_HEAD: Final = "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items()).encode()
_PATIENCE: Final = 16 * 1024


def ok_response(request: web.Request, body: bytes, second: int) -> web.StreamResponse:
    """200 with the JSON `body`; `second` is since 1970 UTC, for `Date`. To a client that does not read, or speaks
    HTTP/1.0, or wants to close, aiohttp answers: it knows how to wait and how to end. So it does to a page, whose
    answer has further headers.
    """
    transport = request.transport
    if (
        transport is None
        or not request.keep_alive
        or request.version != HttpVersion11
        or hdrs.ORIGIN in request.headers
        or transport.get_write_buffer_size() > _PATIENCE
    ):
        return web.Response(body=body, headers=_HEADERS)
    return RawResponse(response_bytes(body, second))


def response_bytes(body: bytes, second: int) -> bytes:
    """All bytes of an HTTP/1.1 response, 200 with the JSON `body`, that keeps the connection; `second` as above."""
    return b"HTTP/1.1 200 OK\r\n%bDate: %b\r\nContent-Length: %d\r\n\r\n%b" % (_HEAD, _date(second), len(body), body)


def problem_bytes(error: SpectrixError, second: int) -> bytes:
    """All bytes of an HTTP/1.1 response that says what is wrong, and keeps the connection; `second` as above."""
    answer = problem_response(error)
    assert isinstance(answer.body, bytes)
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items() if name != hdrs.CONTENT_LENGTH)
    first = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{head}".encode()
    return b"%bDate: %b\r\nContent-Length: %d\r\n\r\n%b" % (first, _date(second), len(answer.body), answer.body)


class RawResponse(web.StreamResponse):
    """A response that is these bytes and nothing else. The connection is kept.

    For speed: none of a StreamResponse's state is set up. It assumes that aiohttp asks for what is overridden here, and
    for nothing else.
    """

    status = 200
    keep_alive = True
    prepared = True  # no header of it can be changed any more

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Writes all of it. Raises ConnectionResetError where the client is gone."""
        if request.transport is None:
            raise ConnectionResetError("the client is gone")
        request.transport.write(self._content)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


@lru_cache(maxsize=4)
def _date(second: int) -> bytes:
    return email.utils.formatdate(second, usegmt=True).encode()
