"""Stream of a service over the WebSocket `GET /api/v1/stream`: one watcher a socket, which moves a subscriber's frames
to its transport.

Frames are written to the transport as they are: each is whole, and the bytes are shared by all watchers that get it.
"""

from __future__ import annotations

import asyncio
import math
from typing import Any, Final

import msgspec
from aiohttp import hdrs, web
from msgspec import UNSET, UnsetType

from ..access.read_tokens import TokenSession
from ..access.sessions import Session
from ..core.errors import FilterTooDear, InvalidFilter, ServiceNotFound, Unavailable, UpgradeRequired
from ..core.session_errors import SessionEnded, SessionError, SessionExpired
from ..core.timestamps import rfc3339
from ..query.error import InvalidQuery
from ..query.filter import EVERYTHING, Filter, within
from ..server.connection.http_handler import HttpHandler
from ..server.context import CONTEXT
from ..server.problems import SERVER_NAME
from ..server.watching.subscribed import SubscribedWatcher
from ..server.watching.timers import HIGH_WATER, bound_buffers
from ..server.watching.websocket_peer import BAD_MESSAGE, HEARTBEAT_SECONDS, CloseConnection, Peer
from ..stream import messages
from .route import API, route

WATCH_SECONDS: Final = 5.0
_WARNINGS: Final = (60, 10)  # seconds before the end
_CLOSE_SECONDS: Final = 2.0

NO_WATCH: Final = 4408
TOO_MANY: Final = 1013


@route("GET", f"{API}/stream", access="stream", answers={101: None}, errors=(UpgradeRequired,))
async def stream(request: web.Request) -> web.StreamResponse:
    """Watch a service (WebSocket).

    Upgrades, waits for `watch`, and serves one watcher until its socket or its session ends.
    """
    if request.headers.get(hdrs.UPGRADE, "").lower() != "websocket":
        raise UpgradeRequired
    # aiohttp refuses a message of exactly its limit. Compression would cost some 100 KiB a socket.
    socket_ = web.WebSocketResponse(
        timeout=_CLOSE_SECONDS, autoping=False, compress=False, max_msg_size=messages.MAX_CLIENT_MESSAGE + 1
    )
    socket_.headers[hdrs.SERVER] = SERVER_NAME
    await socket_.prepare(request)
    watcher = StreamWatcher(request, socket_)
    try:
        await watcher.serve()
    finally:
        await watcher.leave()
    return socket_


class StreamWatcher(SubscribedWatcher):
    """One connected socket. Belongs to the hub from its `watch` on."""

    def __init__(self, request: web.Request, socket_: web.WebSocketResponse) -> None:
        super().__init__(request.app[CONTEXT])
        self._socket = socket_
        assert request.transport is not None
        assert isinstance(request.protocol, HttpHandler)
        self._connection = request.protocol
        self._transport = request.transport
        self._session: Session | TokenSession | None = None
        self._own_filter = EVERYTHING  # the session's; the client's narrows it
        self._closing: asyncio.Task[None] | None = None
        self._peer = Peer(socket_, self._clock)
        self._sent = self._clock.monotonic()
        self._warnings: list[int] = []

    # The client's side

    async def serve(self) -> None:
        """Reads the client's messages until the connection ends; a CloseConnection that is raised closes it."""
        try:
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    first = await self._peer.message()
            except TimeoutError:
                raise CloseConnection(NO_WATCH, "no watch message in time") from None
            if first is None:
                return
            if not isinstance(first, messages.Watch):
                raise CloseConnection(BAD_MESSAGE, "the first message must be watch")
            await self._watch(first)
            while (message := await self._peer.message()) is not None:
                if isinstance(message, messages.Watch):
                    raise CloseConnection(BAD_MESSAGE, "this connection watches already")
                await self._set_filter(message)
        except CloseConnection as asked:
            self.close(asked.code, asked.reason)

    async def leave(self) -> None:
        """Leaves the hub and waits until the socket is closed."""
        self._connection.on_writable = None
        if self._session is not None:
            self._context.hub.detach(self._session.service_id, self)
        if self._closing is not None:
            await self._closing

    async def _watch(self, message: messages.Watch) -> None:
        context = self._context
        view: messages.Shown | UnsetType = UNSET
        try:
            service_id = message.service if isinstance(message.service, str) else None
            session = await context.authority.open_session(message.token, service_id)
            self._connection.mark_authenticated()
            if self._closing is not None:
                return
            channel = context.hub.channel(session.service_id)
        except SessionError as error:
            raise CloseConnection(error.close_code, error.title.lower()) from None
        except ServiceNotFound:
            raise CloseConnection(SessionEnded.close_code, "service deleted") from None
        except Unavailable as error:
            raise CloseConnection(TOO_MANY, error.title.lower()) from None
        self.session_id = session.id
        if not context.hub.attach(session.service_id, self):
            raise CloseConnection(TOO_MANY, "too many watchers")
        self._session = session
        try:
            if session.filter is not None:
                self._own_filter = await self._parsed(msgspec.json.decode(session.filter))
            if session.view is not None:
                view = msgspec.json.decode(session.view, type=messages.Shown)
                self._own_filter = self._own_filter.narrowed(within(view.start, view.end))
            filter_ = self._own_filter.narrowed(await self._parsed(message.filter))
        except (InvalidFilter, FilterTooDear) as error:
            raise CloseConnection(BAD_MESSAGE, error.code) from None
        if self._closing is not None:
            return
        subscriber = context.hub.subscriber(session.service_id, filter_)
        resumed = subscriber.start(message.after, message.backlog)
        seconds = (session.expires_at - session.created_at) / 1000
        left = session.deadline - self._clock.monotonic()
        self._warnings = [warning for warning in _WARNINGS if warning < seconds and warning <= left]
        bound_buffers(self._transport)
        self.put(
            messages.encode_message(
                messages.Watching(
                    session_id=session.id,
                    kind=session.kind,
                    service=messages.ServiceName(session.service_id, channel.name),
                    expires_at=rfc3339(session.expires_at),
                    time=rfc3339(self._clock.wall()),
                    epoch=channel.epoch,
                    oldest=channel.ring.oldest,
                    head=channel.ring.head,
                    resumed=resumed,
                    view=view,
                )
            )
        )
        try:
            self.budget = await self.admit(session.service_id, filter_)
        except FilterTooDear as error:
            raise CloseConnection(BAD_MESSAGE, error.code) from None
        if self._closing is not None:
            return
        self._subscriber = subscriber
        self._connection.on_writable = self.pump
        self.pump()
        self._schedule()

    async def _set_filter(self, message: messages.SetFilter) -> None:
        """Takes another filter, or says why not: then the former one stays."""
        if self._closing is not None or self._subscriber is None or self._session is None:
            return
        try:
            filter_ = self._own_filter.narrowed(await self._parsed(message.filter))
            budget = await self.admit(self._session.service_id, filter_)
        except (InvalidFilter, FilterTooDear) as error:
            problem = messages.FilterProblem(error.code, error.detail)
            if isinstance(error, InvalidQuery):
                problem.start, problem.end = error.start, error.end
            self._subscriber.refuse_filter(messages.encode_message(problem))
        except ServiceNotFound:
            return  # deleted a moment ago: this connection is being closed
        else:
            self.budget = budget
            self._subscriber.refilter(filter_)
        while (answer := self._subscriber.next_owed()) is not None:
            self.put(answer)
        self.pump()

    async def _parsed(self, wanted: Any) -> Filter:
        return await self._context.hub.filtering.parse(wanted, self.session_id)

    # The hub's side

    @property
    def is_closing(self) -> bool:
        return self._closing is not None

    def has_room(self) -> bool:
        return self._transport.get_write_buffer_size() <= HIGH_WATER and not self._transport.is_closing()

    def put(self, frame: bytes) -> None:
        """The bytes as they are: all watchers that get them share them."""
        if not self._transport.is_closing():
            self._transport.write(frame)
            self._sent = self._clock.monotonic()

    def close(self, code: int, reason: str) -> None:
        """Begins the closing handshake; a peer that does not take part is cut off soon after."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(code, reason))

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._socket.close(code=code, message=reason.encode())
        except (TimeoutError, ConnectionError):
            self._transport.abort()

    # The clock's side

    def tick(self, now: float) -> None:
        """What is due at `now` (monotonic seconds)."""
        session, subscriber = self._session, self._subscriber
        if session is None or subscriber is None or self._closing is not None or self._transport.is_closing():
            self.due = math.inf  # uvloop raises where a closed transport is written to
            return
        left = session.deadline - now
        if left <= 0:
            self.close(SessionExpired.close_code, "session expired")
            return
        while self._warnings and left <= self._warnings[0]:
            seconds = self._warnings.pop(0)
            self.put(messages.encode_message(messages.Expiring(rfc3339(session.expires_at), seconds)))
        if now - self._sent >= HEARTBEAT_SECONDS:
            self.put(subscriber.heartbeat(rfc3339(self._clock.wall())))
        if self._peer.pinged is None and now - self._peer.heard >= HEARTBEAT_SECONDS:
            self._peer.pinged = now
            self._transport.write(b"\x89\x00")
        if self._peer.is_stuck(self._transport.get_write_buffer_size(), now):
            self._transport.abort()
            self.due = math.inf
            return
        self._schedule()

    def _schedule(self) -> None:
        assert self._session is not None
        now = self._clock.monotonic()
        times = [self._session.deadline, self._sent + HEARTBEAT_SECONDS, self._peer.heard + HEARTBEAT_SECONDS]
        times += [self._session.deadline - seconds for seconds in self._warnings[:1]]
        if self._peer.pinged is not None or self._transport.get_write_buffer_size():
            times.append(now + 1)
            if self._peer.pinged is not None:
                times.remove(self._peer.heard + HEARTBEAT_SECONDS)
        self.due = min(times)
