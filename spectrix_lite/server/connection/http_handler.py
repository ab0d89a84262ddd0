"""HTTP handler: aiohttp's end of a connection, with limits, problems and a half-close of its own.

All that is needed of aiohttp beyond its documentation stands in this file, and a test of each in
tests/server/test_http_handler.py: run them first where another version of aiohttp is to be used. One name is private
(`_messages`); the others that are overridden or called are public ones of a class that is not documented.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

from aiohttp import StreamReader, hdrs, web
from aiohttp.http import RawRequestMessage, WebSocketReader

from ...core.errors import BadRequest, SpectrixError
from ..problems import http_problem, problem_response

LATE_SECONDS: Final = 1.0
SMALL_BODY: Final = 256 * 1024
"""Bytes of a body that nobody has read, as its request was refused, for which its connection is worth keeping."""

_UNREAD: Final = 64 * 1024
"""Twice as many bytes of a body that nobody has read yet, and its connection has to wait."""

_FOR_EVER: Final = 365 * 24 * 3600.0
"""aiohttp's own patience with an idle connection: the connection's is shorter, and knows of all requests."""


class Owner(Protocol):
    """The connection that a handler answers for."""

    def mark_authenticated(self) -> None:
        """A right credential was shown."""

    def touch(self) -> None:
        """Something came just now."""

    def note_answer(self) -> None:
        """A request was answered just now."""

    def take_back(self, ahead: bytes) -> None:
        """The request that was lent is answered; `ahead` came meanwhile."""

    def forget(self) -> None:
        """The connection has ended."""


class HttpHandler(web.RequestHandler):
    """Answers the requests in the bytes that it is given, in their order.

    While a whole request is unanswered, what comes ahead is set aside, and its sender has to wait: so a connection
    holds one chunk of the socket (256 KiB) besides that request, and aiohttp queues only what came in one chunk.
    """

    __slots__ = (
        "_ahead",
        "_answered",
        "_cut",
        "_half_closed",
        "_held",
        "_latest",
        "_lent",
        "_owner",
        "_penalized",
        "_watching",
        "begun",
        "is_answering",
        "on_writable",
    )

    def __init__(self, manager: web.Server, owner: Owner, answered: Counter[int]) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # documented, and looked at
            auto_decompress=False,  # a client without a key gets nothing decompressed
            lingering_time=0.0,  # nor anything read
            keepalive_timeout=_FOR_EVER,
            read_bufsize=_UNREAD,
        )
        self.begun = False
        """Whether any request has come."""
        self.is_answering = False
        """Whether one has come whose answer is not out."""
        self.on_writable: Callable[[], None] | None = None
        self._owner = owner
        self._answered = answered
        self._latest: StreamReader | None = None  # the body of the newest request
        self._cut: StreamReader | None = None  # a body that a half-close left in the middle
        self._half_closed = False
        self._watching = False  # a WebSocket
        self._lent = False
        self._held = False  # aiohttp takes no more of a body until some of it has been read
        self._penalized = False
        self._ahead: list[bytes] = []

    def lend(self, request: bytes, ahead: bytes) -> None:
        """Answers one whole request, then gives the connection back; `ahead` came behind it.

        Keeps the connection where there may be more to do for it: where the answer ends it, or is not being read.
        """
        self._lent = True
        self.data_received(request)
        if ahead:
            self._set_aside(ahead)

    def mark_authenticated(self) -> None:
        """As the connection's own."""
        self._owner.mark_authenticated()

    @contextmanager
    def reading_paused(self, request: web.BaseRequest) -> Iterator[None]:
        """A context in which the connection costs no memory: what came of the body is dropped, the rest not read."""
        body = request.content
        while body.exception() is None and body.read_nowait():
            pass
        self._penalized = True
        self._pause()
        try:
            yield
        finally:
            self._penalized = False
            self._resume()

    # The transport's side

    def data_received(self, data: bytes) -> None:
        """Parses what came, or sets it aside. Without data it is aiohttp itself, which goes on with what it holds."""
        if data:
            self._owner.touch()
            if self._ahead or (self.is_answering and self._is_whole() and not self._watching):
                self._set_aside(data)
                return
        super().data_received(data)
        self._look_at_queue()

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's says never, and would lose the answer
        """The client has sent all it will, and may still read: what came whole is answered, then the connection ends.

        What is not whole gets no answer: an error would be the client's, and who was cut off on the way has to send it
        again. True keeps the connection; it comes once more each time that reading goes on after a pause.
        """
        if self._watching or not self.is_answering:
            return False
        self._half_closed = True
        if not self._is_whole():
            if not self._messages:
                return False
            self._cut = self._latest
            self._abort_body()
        if not self._messages:  # else aiohttp would leave unanswered what is queued
            self.close()
        return True

    def connection_lost(self, exc: BaseException | None) -> None:
        """Whoever waits for the rest of a body is told that it never comes."""
        self.on_writable = None
        self._owner.forget()
        self._abort_body()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """The client has read: who writes a stream may go on."""
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    # aiohttp's side

    def pause_reading(self) -> None:
        """So much of a body is unread that aiohttp parses no more of it."""
        self._held = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """aiohttp asks for it after every read of a body; where it holds nothing, it would parse nothing once more."""
        if self._held:
            self._held = False
            super().resume_reading(resume_parser)
            if self._ahead or self._penalized:
                self._pause()

    def set_parser(self, parser: WebSocketReader, data_received_cb: Callable[[], None] | None = None) -> None:
        """From here on it is a WebSocket: what came ahead of its handshake is its own."""
        super().set_parser(parser, data_received_cb)
        self._watching = True
        if self._half_closed:
            parser.feed_eof()
        self._go_on(keeps=True)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What the parser refuses: aiohttp would answer text that repeats what came."""
        answer = problem_response(BadRequest("The request is not valid HTTP/1.1.") if status < 500 else SpectrixError())
        answer.force_close()
        self._answered[answer.status] += 1
        return answer

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """What reached none of our handlers (`OPTIONS *`, `CONNECT`) as a problem: aiohttp would name its version.

        Behind the answer, a small body that nobody has read is passed over: aiohttp would close the connection, and who
        sends head and body apart would find it reset and never see the answer.
        """
        if request.content is self._cut:
            self.force_close()
            return resp, True
        resp, is_gone = await super().finish_response(request, self._as_problem(resp), start_time)
        if not request.content.is_eof() and self.transport is not None:
            await _skip_body(request)
        self._owner.note_answer()
        if self._messages:
            self._look_at_queue()  # behind an upgrade that was refused there may be more
            return resp, is_gone
        self.is_answering = False
        if self._half_closed:
            self.close()
        elif self._lent or self._ahead:
            self._go_on(keeps=bool(resp.keep_alive) and not is_gone and request.content.is_eof())
        return resp, is_gone

    # What is left to do

    def _as_problem(self, resp: web.StreamResponse) -> web.StreamResponse:
        if not isinstance(resp, web.HTTPException) or resp.status < 400:
            return resp
        problem = http_problem(resp)
        problem.force_close()
        self._answered[problem.status] += 1
        return problem

    def _look_at_queue(self) -> None:
        """Notes the newest of the requests that aiohttp has parsed and not begun to answer, if there are any."""
        if not self._messages:
            return
        self.begun = self.is_answering = True
        message, body = self._messages[-1]
        if isinstance(message, RawRequestMessage):
            self._latest = body
        else:
            self._abort_body()  # a parser's error after a body: its reader would never be told otherwise

    def _go_on(self, *, keeps: bool) -> None:
        """Nothing is unanswered: with what was set aside, here or at the front door. Unless the last answer `keeps` the
        connection, it ends.
        """
        is_lent, self._lent = self._lent, False
        ahead, self._ahead = b"".join(self._ahead), []
        if not keeps or self.transport is None or self.transport.is_closing():
            return
        self._resume()
        if is_lent and not self.writing_paused:
            self._owner.take_back(ahead)
        elif ahead:
            self.data_received(ahead)

    def _set_aside(self, data: bytes) -> None:
        self._ahead.append(data)
        self._pause()

    def _pause(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def _resume(self) -> None:
        has_to_wait = self._held or self._ahead or self._penalized
        if not has_to_wait and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def _is_whole(self) -> bool:
        return self._latest is None or self._latest.is_eof()

    def _abort_body(self) -> None:
        """Nothing more comes of the newest body, if it is not whole."""
        if self._latest is not None and not self._latest.is_eof():
            self._latest.set_exception(web.RequestPayloadError())


def mark_authenticated(request: web.BaseRequest) -> None:
    """The client of `request` has shown a right key, token or sign-in: its connection is not evicted any more."""
    if isinstance(request.protocol, HttpHandler):
        request.protocol.mark_authenticated()


async def _skip_body(request: web.BaseRequest) -> None:
    """Reads what nobody has read of a small body. A client that waits for `100 Continue` sends none; a large one is
    left, and with it the connection.
    """
    if not 0 < (request.content_length or 0) <= SMALL_BODY or hdrs.EXPECT in request.headers:
        return
    with suppress(TimeoutError, ConnectionError, web.RequestPayloadError):
        async with asyncio.timeout(LATE_SECONDS):
            while await request.content.readany():
                pass
