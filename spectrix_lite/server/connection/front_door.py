"""Front door: owns a connection while usual requests come, and hands it over to aiohttp at the first other byte."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from .. import fast_request
from ..fast_request import FastPath, FastRequest, Later
from .http_handler import HttpHandler, Owner
from .slots import Slots

HEADER_SECONDS: Final = 10.0
KEEP_ALIVE_SECONDS: Final = 75.0  # longer than the proxies in front keep theirs, so that they are the ones to close
REST_SECONDS: Final = 1.0
"""How long the fast path waits for the rest of a body; then aiohttp does, which has a deadline for it."""

_UNREAD: Final = 16 * 1024
"""Bytes of answers that a client has not read; beyond them aiohttp has the connection, which knows how to wait."""


class Connection(asyncio.Protocol):
    """One client's connection, from the first byte to the last; its transport's protocol while it is `at the door`.

                        at the door                       │            in the handler's hands
                                                          │
        ┌─────────┐  head, its body to come  ┌─────────┐  │  1 s has passed, or no room   ┌──────────┐
        │ WAITING │ ───────────────────────▶ │  BODY   │ ─┼─────────────────────────────▶ │          │
        │         │ ◀─────────────────────── │         │  │                               │          │
        └─────────┘     whole, answered      └─────────┘  │                               │  GIVEN   │
          ▲  │ │                               │          │                               │ for good │
          │  │ └───────────────────────────────┼──────────┼── any other byte ───────────▶ │          │
          │  │ whole, needs a closer look      │          │                               └──────────┘
          │  └───────────────┬─────────────────┘          │   ┌────────┐  its answer ends it,  ▲
          │                  └────────────────────────────┼─▶ │  LENT  │  or is not being read │
          └───────────── answered, and kept ──────────────┼── │        │ ──────────────────────┘
                                                          │   └────────┘

    LENT is one whole usual request and no byte beyond: where it ends is known. In GIVEN nobody but aiohttp says where
    a request begins. So neither can be made to see one where the other does not.

    A half-close ends WAITING and BODY: what is not whole gets no answer. So does a stop, once it has waited for what
    is in flight. An eviction, or the loss of the connection, ends all four.

    LATER is a WAITING whose answer is still to come, as the log is remote: what comes behind it waits, and a half-close
    with it.
    """

    __slots__ = (
        "_anonymous",
        "_begun",
        "_clock",
        "_fast_path",
        "_half_closed",
        "_handler",
        "_later",
        "_loop",
        "_make_handler",
        "_missing",
        "_parts",
        "_pending",
        "_rest",
        "_slots",
        "_transport",
        "_used",
    )

    def __init__(self, fast_path: FastPath | None, slots: Slots, make_handler: Callable[[Owner], HttpHandler]) -> None:
        self._loop = asyncio.get_running_loop()
        self._fast_path = fast_path
        self._slots = slots
        self._make_handler = make_handler
        self._handler: HttpHandler | None = None  # made when it is needed first, and kept
        self._transport: asyncio.Transport | None = None
        self._anonymous = True
        self._begun = False
        self._used = self._loop.time()  # when it was made, or answered last
        self._clock: asyncio.TimerHandle | None = None
        self._pending: FastRequest | None = None  # a request whose body has begun to come
        self._parts: list[bytes] = []
        self._later: Later | None = None  # the answer that is waited for; `_parts` is what comes behind its request
        self._half_closed = False  # while an answer was still to come
        self._missing = 0  # bytes of it that have not come
        self._rest: asyncio.TimerHandle | None = None

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes a slot; without one the connection ends at once, and aiohttp never hears of it."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        peer = transport.get_extra_info("peername")
        if self._slots.enter(self, peer[0] if peer else ""):
            self._clock = self._loop.call_later(HEADER_SECONDS, self._check_idle)
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answers the usual requests that `data` begins with, then hands over what is left."""
        self.touch()
        if self._later is not None:
            self._parts.append(data)
            if self._transport is not None:
                self._transport.pause_reading()
            return
        request = self._pending
        if request is not None:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return
            data = self._answer(request, self._take_pending(), begun=True)
        while data:
            request = None if self._fast_path is None else fast_request.parse(data)
            if request is None or self._is_unread():
                self._give(data)
                return
            data = self._answer(request, data, begun=False)

    def eof_received(self) -> bool:
        """Ends the connection, once an answer that is still to come is out: nothing is known of any other request."""
        self._half_closed = True
        return self._later is not None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Also the handler's, where it has one that is not in use."""
        if self._handler is None:
            self.forget()
        else:
            self._handler.connection_lost(exc)

    # The slots' side

    def is_waiting(self) -> bool:
        """Whether it has no request in flight."""
        return (
            self._pending is None
            and self._later is None
            and not (self._handler is not None and self._handler.is_answering)
        )

    def evict(self) -> None:
        """Closes it at once, to make room."""
        assert self._transport is not None
        self._transport.abort()

    def stop(self) -> None:
        """Closes it when its answers are out, for a stop; not where the handler has it: aiohttp does that itself."""
        assert self._transport is not None
        if self._transport.get_protocol() is self:
            self._transport.close()

    # The handler's side

    def mark_authenticated(self) -> None:
        """A right credential was shown: from here on the connection is not closed to make room."""
        if self._anonymous:
            self._anonymous = False
            self._slots.trust(self)

    def touch(self) -> None:
        """It was in use just now."""
        if self._anonymous:
            self._slots.touch(self)

    def note_answer(self) -> None:
        """It was answered just now: from here on it may be idle for so long."""
        self._used = self._loop.time()
        if self._anonymous:
            self._slots.touch(self)

    def take_back(self, ahead: bytes) -> None:
        """From LENT to WAITING; `ahead` came meanwhile."""
        assert self._transport is not None
        self._transport.set_protocol(self)
        if ahead:
            self.data_received(ahead)

    def forget(self) -> None:
        """Gives back all that the connection held: it has ended."""
        if self._clock is not None:
            self._clock.cancel()
        self._take_pending()
        self._slots.leave(self)

    # The ways of the drawing

    def _answer(self, request: FastRequest, data: bytes, *, begun: bool) -> bytes:
        """Answers the usual request that `data` begins with, or sees to it that somebody does; returns what is left to
        do here.
        """
        assert self._fast_path is not None
        assert self._transport is not None
        self._begun = True
        if len(data) < request.end:
            self._wait_for_rest(request, data)
            return b""
        answer = self._fast_path.try_ingest(request, data[request.start : request.end], begun=begun)
        if answer is None:
            self._lend(data[: request.end], data[request.end :])
            return b""
        self.mark_authenticated()
        if not isinstance(answer, bytes):
            self._later, self._parts = answer, [data[request.end :]]
            answer.add_done_callback(self._answer_later)
            return b""
        self._transport.write(answer)
        self.note_answer()
        return data[request.end :]

    def _answer_later(self, answer: Later) -> None:
        """From LATER to WAITING; what came meanwhile is looked at now."""
        assert self._transport is not None
        data, self._later, self._parts = b"".join(self._parts), None, []
        if self._transport.is_closing():
            return
        self._transport.write(answer.result())
        self.note_answer()
        self._transport.resume_reading()
        if data:
            self.data_received(data)
        if self._half_closed and self._later is None and not self._transport.is_closing():
            owner = self._transport.get_protocol()
            if not cast(asyncio.Protocol, owner).eof_received():
                self._transport.close()

    def _wait_for_rest(self, request: FastRequest, data: bytes) -> None:
        assert self._fast_path is not None
        if not self._fast_path.reserve(request):
            self._give(data)
            return
        self.mark_authenticated()
        self._pending, self._parts, self._missing = request, [data], request.end - len(data)
        self._rest = self._loop.call_later(REST_SECONDS, self._wait_no_longer)

    def _wait_no_longer(self) -> None:
        self._give(self._take_pending())

    def _take_pending(self) -> bytes:
        """What has come of the pending request; from here on none is pending."""
        data = b"".join(self._parts)
        if self._pending is not None and self._fast_path is not None:
            self._fast_path.release(self._pending)
        self._pending, self._parts = None, []
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        return data

    def _lend(self, request: bytes, ahead: bytes) -> None:
        self._hand_over().lend(request, ahead)

    def _give(self, data: bytes) -> None:
        self._hand_over().data_received(data)

    def _hand_over(self) -> HttpHandler:
        assert self._transport is not None
        handler = self._handler
        if handler is None:
            handler = self._handler = self._make_handler(self)
            handler.connection_made(self._transport)
        self._transport.set_protocol(handler)
        return handler

    # Time

    def _is_unread(self) -> bool:
        assert self._transport is not None
        return self._transport.get_write_buffer_size() > _UNREAD

    def _check_idle(self) -> None:
        """Closes a connection of which no head came in time, or that has been idle for too long."""
        assert self._transport is not None
        left = self._used + KEEP_ALIVE_SECONDS - self._loop.time()
        has_begun = self._begun or (self._handler is not None and self._handler.begun)
        if not has_begun or (left <= 0 and self.is_waiting()):
            self._transport.close()
        else:
            self._clock = self._loop.call_later(left if left > 0 else KEEP_ALIVE_SECONDS, self._check_idle)
