"""Following: a service's entries as they come, over plain HTTP: NDJSON, or server-sent events.

A follower is a watcher like one on a socket: it reads through a subscriber, is told of gaps, and what its client does
not take stays in the ring, after the cursor.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Final

from aiohttp import hdrs, web

from ...access.read_tokens import TokenSession
from ...access.sessions import MAX_TTL, Session
from ...core.errors import SearchBusy, SpectrixError
from ...core.session_errors import SessionExpired
from ...query.filter import Filter
from ...server.context import CONTEXT
from ...server.guard import API_HEADERS, READ_TOKEN, SIGN_IN
from ...server.watching.subscribed import SubscribedWatcher
from ...server.watching.timers import HIGH_WATER, bound_buffers
from ...server.watching.websocket_peer import HEARTBEAT_SECONDS, STUCK_SECONDS
from ...stream.watcher import FAILED
from . import event_lines
from .event_lines import CONTENT_TYPES, Form
from .selection import asked_cursor, asked_filter, asked_limit

CURSOR: Final = "Spectrix-Cursor"
"""The header that says behind which entry an answer of lines begins, or of a page where it ends."""

_LOOK_SECONDS: Final = 1.0  # how soon a client that went away is noticed
_CLOSE_SECONDS: Final = 2.0


async def follow(request: web.Request, service_id: str, form: Form) -> web.StreamResponse:
    """The answer, which ends when the client leaves or its session ends.

    Raises BadRequest, InvalidFilter, FilterTooDear, or SearchBusy where the service has as many watchers as it may.
    """
    after, backlog = request.headers.get("Last-Event-ID"), asked_limit(request.query.get("limit"), least=0)
    # What a client sends of itself may be of another time: that is told by a gap. What somebody typed is refused.
    start = asked_cursor(request.query.get("after")) if after is None else _resumed(after)
    context = request.app[CONTEXT]
    session = await _session(request, service_id)
    try:
        follower = Follower(request, session, form)
        # At once: from here on it is told of a revocation.
        if not context.hub.attach(service_id, follower):
            raise SearchBusy("The service has as many watchers as it may; ask again as Retry-After says.")
        try:
            filter_ = await asked_filter(request, session.id)
            follower.budget = await follower.admit(service_id, filter_)
            return await follower.serve(filter_, start, backlog)
        finally:
            context.hub.detach(service_id, follower)
    finally:
        if isinstance(session, Session):
            with suppress(SpectrixError):  # ended meanwhile, or it runs out by itself
                await context.authority.end_session(session.id)


def _resumed(value: str) -> object:
    """A cursor as the subscriber reads it; whatever else was sent is one that never was."""
    epoch, _, seq = value.rpartition(".")
    return {"epoch": epoch, "seq": int(seq) if seq.isascii() and seq.isdecimal() and len(seq) <= 15 else -1}


async def _session(request: web.Request, service_id: str) -> Session | TokenSession:
    """For two hours, or as long as the token lives."""
    authority = request.app[CONTEXT].authority
    token = request.get(READ_TOKEN)
    if token is not None:
        return authority.readers.session(token, service_id)
    session, _ = await authority.create_session(service_id, ttl=MAX_TTL, sign_in=request[SIGN_IN])
    return session


class Follower(SubscribedWatcher):
    """One answer that goes on. Belongs to the hub while it does."""

    def __init__(self, request: web.Request, session: Session | TokenSession, form: Form) -> None:
        super().__init__(request.app[CONTEXT])
        self.session_id = session.id
        self._request = request
        self._session = session
        self._form = form
        self._epoch = ""
        self._waiting = bytearray()  # for the client to take
        self._changed = asyncio.Event()
        self._end: tuple[int, str] | None = None
        self._ended = math.inf  # when the end was told
        self._sent = self._clock.monotonic()
        self._backed_up = (0, self._sent)  # bytes that the client has not taken, and since when

    async def serve(self, filter_: Filter, after: object, backlog: int) -> web.StreamResponse:
        """Writes until the client is gone, or the end."""
        channel = self._context.hub.channel(self._session.service_id)
        subscriber = self._context.hub.subscriber(self._session.service_id, filter_)
        subscriber.start(after, backlog)
        self._epoch = channel.epoch
        answer = web.StreamResponse(headers=API_HEADERS | {"X-Accel-Buffering": "no"})
        answer.content_type = CONTENT_TYPES[self._form]
        if self._form == "sse":
            answer.charset = "utf-8"
        answer.headers[CURSOR] = f"{channel.epoch}.{subscriber.cursor}"
        await answer.prepare(self._request)
        if self._request.transport is not None:
            bound_buffers(self._request.transport)
        if self._request.method == hdrs.METH_HEAD:
            return answer
        self._waiting += event_lines.opening(self._form)
        self._subscriber = subscriber
        self.due = self._clock.monotonic() + _LOOK_SECONDS
        self.pump()
        with suppress(ConnectionError):
            await self._write(answer)
        return answer

    async def _write(self, answer: web.StreamResponse) -> None:
        while True:
            while self._waiting:
                piece, self._waiting = self._waiting, bytearray()
                await answer.write(piece)
                self._sent = self._clock.monotonic()
                self.pump()
            if self._end is not None:
                await answer.write(event_lines.end(self._form, *self._end))
                return
            self._changed.clear()
            await self._changed.wait()

    # The hub's side

    @property
    def is_closing(self) -> bool:
        return self._end is not None

    def has_room(self) -> bool:
        return self._end is None and len(self._waiting) <= HIGH_WATER

    def put(self, frame: bytes) -> None:
        self._waiting += event_lines.lines(self._form, self._epoch, frame)
        self._changed.set()

    def close(self, code: int, reason: str) -> None:
        """The last line says so; a client that does not take it is cut off soon after."""
        if self._end is None:
            self._end = (code, reason)
            self._ended = self._clock.monotonic()
            self._changed.set()

    # The clock's side

    def tick(self, now: float) -> None:
        """What is due at `now` (monotonic seconds)."""
        self.due = now + _LOOK_SECONDS
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self._end = self._end or (FAILED, "gone")
            self._changed.set()
            return
        if now >= self._session.deadline:
            self.close(SessionExpired.close_code, "session expired")
        if self._is_stuck(transport.get_write_buffer_size(), now) or now - self._ended >= _CLOSE_SECONDS:
            transport.abort()
        elif now - self._sent >= HEARTBEAT_SECONDS and not self._waiting and self._subscriber is not None:
            self._waiting += event_lines.heartbeat(self._form, self._epoch, self._subscriber.cursor)
            self._changed.set()

    def _is_stuck(self, waiting: int, now: float) -> bool:
        """Whether the client has taken nothing for too long. Slow is not stuck."""
        before, since = self._backed_up
        if not waiting or waiting < before or not before:
            self._backed_up = (waiting, now)
            return False
        return now - since >= HEARTBEAT_SECONDS + STUCK_SECONDS
