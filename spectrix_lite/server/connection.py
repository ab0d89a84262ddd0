"""Connection of one client: aiohttp's, with a fast path for usual requests, deadlines of its own, and a half-close."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

from aiohttp import StreamReader, hdrs, web
from aiohttp.http import RawRequestMessage, WebSocketReader

from ..core.errors import BadRequest, SpectrixError
from . import fast_request
from .connection_slots import Slots
from .fast_request import FastPath, FastRequest
from .problems import http_problem, problem_response

HEADER_SECONDS: Final = 10.0
KEEP_ALIVE_SECONDS: Final = 75.0  # longer than the proxies in front keep theirs, so that they are the ones to close
REST_SECONDS: Final = 1.0
"""How long the fast path waits for the rest of a body; then aiohttp does, which has a deadline for it."""

LATE_SECONDS: Final = 1.0
SMALL_BODY: Final = 256 * 1024
"""Bytes of a body that nobody has read, as its request was refused, for which its connection is worth keeping."""

_UNREAD: Final = 16 * 1024


class Connection(web.RequestHandler):
    """Usual requests take the fast path as they come; with the first other one, aiohttp has the connection for good.

    Until then aiohttp is given whole usual requests only, those that need more than the fast path, each by itself
    (delegated): so neither can mistake where a request begins.
    """

    __slots__ = (
        "_anonymous",
        "_answered",
        "_begun",
        "_cut",
        "_deadline",
        "_delegated",
        "_fast_path",
        "_half_closed",
        "_latest",
        "_missing",
        "_parts",
        "_pending",
        "_slots",
        "_timeout",
        "on_writable",
    )

    def __init__(
        self, manager: web.Server, fast_path: FastPath | None, answered: Counter[int], slots: Slots, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        # Of requests sent ahead of their answers aiohttp would take 32, with half a megabyte of each body.
        self._max_msg_queue_size, self._msg_queue_resume_size = 2, 1
        self._answered = answered
        self.on_writable: Callable[[], None] | None = None
        self._slots = slots
        self._anonymous = True
        self._fast_path = fast_path
        self._begun = False
        self._half_closed = False
        self._cut: StreamReader | None = None  # a body that a half-close left in the middle
        self._latest: StreamReader | None = None  # the body of the newest request that aiohttp has been given
        self._delegated = False  # aiohttp has one usual request, and nothing else
        self._deadline: asyncio.TimerHandle | None = None
        self._pending: FastRequest | None = None  # a request whose body has begun to come
        self._parts: list[bytes] = []
        self._missing = 0  # bytes of it that have not come
        self._timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        if not self._slots.enter(self, peer[0] if peer else ""):
            self._manager, self._force_close = None, True  # aiohttp never hears of it
            cast(asyncio.Transport, transport).abort()  # uvloop's is one in all but name
            return
        super().connection_made(transport)
        self._deadline = asyncio.get_running_loop().call_later(HEADER_SECONDS, self._check_begun)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._take_pending()
        self.on_writable = None
        self._slots.leave(self)
        self._abort_body()
        super().connection_lost(exc)

    def vouch(self) -> None:
        """A right credential was shown: from here on the connection is not closed to make room."""
        if self._anonymous:
            self._anonymous = False
            self._slots.trust(self)

    def is_waiting(self) -> bool:
        """Whether it has no request in flight."""
        return self._pending is None and not self._is_answering()

    def evict(self) -> None:
        """Closes it at once, to make room."""
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    def resume_reading(self, resume_parser: bool = True) -> None:
        # aiohttp asks for it after every read of a body, and would parse nothing once more.
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    @contextmanager
    def reading_paused(self, request: web.BaseRequest) -> Iterator[None]:
        """A context in which the connection costs no memory: what came of the body is dropped, the rest not read."""
        body = request.content
        while body.exception() is None and body.read_nowait():
            pass
        # Beside aiohttp's own pauses: with an empty body it is not in one.
        self._pause_transport_reading()
        try:
            yield
        finally:
            if not (self._reading_paused or self._buffer_paused):
                self._resume_transport_reading()

    def data_received(self, data: bytes) -> None:
        if self._anonymous:
            self._slots.touch(self)
        # Without data it is aiohttp itself, which goes on with what it has put by: nobody else may take that call.
        if self._fast_path is not None and data:
            if self._delegated and self._is_busy():
                self._parts.append(data)
                if len(self._parts) == 1:
                    self._loop.call_soon(self._resume_fast_path)
                return
            data = self._try_fast_path(data, self._fast_path)
            if not data:
                return
            if not self._delegated:
                self._fast_path = None
        super().data_received(data)
        for message, body in self._messages:
            if isinstance(message, RawRequestMessage):
                self._latest = body
            else:
                self._abort_body()  # a parser's error after a body: its reader would never be told otherwise

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's says never, and would lose the answer
        """The client has sent all it will, and may still read: what came whole is answered, then the connection ends.

        What is not whole gets no answer: an error would be the client's, and who was cut off on the way has to send it
        again. True keeps the connection; it comes once more each time that aiohttp reads on after a pause of its own.
        """
        if self._delegated:
            self._resume_fast_path()
        if self._payload_parser is not None or not self._is_answering():
            return False
        self._half_closed = True
        if self._reading_paused or self._buffer_paused:  # aiohttp has not looked at all that came
            return True
        if self._latest is not None and not self._latest.is_eof():
            if not self._messages:
                return False
            self._cut = self._latest
            self._abort_body()
        self._close_after_last()
        return True

    def set_parser(self, parser: WebSocketReader, data_received_cb: Callable[[], None] | None = None) -> None:
        super().set_parser(parser, data_received_cb)
        if self._half_closed:
            parser.feed_eof()

    def _abort_body(self) -> None:
        """Nothing more comes of the newest body, if it is not whole."""
        if self._latest is not None and not self._latest.is_eof():
            self._latest.set_exception(web.RequestPayloadError())

    def _close_after_last(self) -> None:
        # aiohttp looks at it after every response, and would leave unanswered what is queued.
        if self._half_closed and not self._messages:
            self._close = True

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
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = http_problem(resp)
            resp.force_close()
            self._answered[resp.status] += 1
        finished = await super().finish_response(request, resp, start_time)
        if not request.content.is_eof() and not self._force_close:
            await _skip_body(request)
        self._close_after_last()
        if self._anonymous:
            self._slots.touch(self)
        return finished

    def _try_fast_path(self, data: bytes, fast_path: FastPath) -> bytes:
        """Answers the usual requests that `data` begins with; returns what is left, for aiohttp."""
        transport = self.transport
        if transport is None or self._close or self._force_close:
            return b""
        self._delegated = False
        pending = self._pending
        if pending is not None:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return b""
            data = self._take_pending()
        while data:
            request = pending or fast_request.parse(data)
            # A client that does not read its answers is held up by aiohttp.
            if request is None or transport.get_write_buffer_size() > _UNREAD:
                return data
            self._begun = True
            if len(data) < request.end:
                if not fast_path.reserve(request):
                    return data
                self.vouch()
                self._pending, self._parts, self._missing = request, [data], request.end - len(data)
                self._timeout = self._loop.call_later(REST_SECONDS, self._leave_fast_path)
                return b""
            answer = fast_path.try_ingest(request, data[request.start : request.end], begun=pending is not None)
            if answer is None:
                self._delegated = len(data) == request.end
                return data
            transport.write(answer)
            if self._anonymous:
                self.vouch()
            # aiohttp closes a connection that has been idle since this moment.
            self._next_keepalive_close_time = self._loop.time() + KEEP_ALIVE_SECONDS
            data = data[request.end :]
            pending = None
        return b""

    def _take_pending(self) -> bytes:
        """What has come of the pending request; from here on none is pending."""
        data = b"".join(self._parts)
        if self._pending is not None and self._fast_path is not None:
            self._fast_path.release(self._pending)
        self._pending, self._parts = None, []
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None
        return data

    def _is_busy(self) -> bool:
        """Whether aiohttp has not come back to waiting for a request."""
        return bool(self._messages) or self._waiter is None or self._waiter.done()

    def _is_answering(self) -> bool:
        """Whether a request has come whose answer is not out; also for the turn of the loop after it."""
        return self._request_count > 0 and self._is_busy()

    def _resume_fast_path(self) -> None:
        """Goes on after a delegated request: its answer is out a turn of the loop before aiohttp waits again."""
        data, self._parts = b"".join(self._parts), []
        if not data:
            return
        if self._is_busy():
            self._fast_path = None  # it came before the answer: aiohttp knows how to let it wait
        self._delegated = False
        self.data_received(data)

    def _leave_fast_path(self) -> None:
        data = self._take_pending()
        self._fast_path = None
        self.data_received(data)

    def _check_begun(self) -> None:
        self._deadline = None
        if not self._begun and self._request_count == 0:
            self.force_close()


def vouch(request: web.BaseRequest) -> None:
    """The client of `request` has shown a right key, token or sign-in: its connection is not evicted any more."""
    if isinstance(request.protocol, Connection):
        request.protocol.vouch()


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
