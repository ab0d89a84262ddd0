"""WebSocket peer: the client's end of a stream, its messages, and whether it is still there."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from ...core.clock import Clock
from ...core.rate_limit import TokenBucket
from ...stream import messages

HEARTBEAT_SECONDS: Final = 15.0
STUCK_SECONDS: Final = 12.0
"""How long a peer may neither read nor answer a ping: with the heartbeat before it, gone within 30 s."""

MESSAGES_A_SECOND: Final = 20
BAD_MESSAGE: Final = 4400


class CloseConnection(Exception):
    """What a client did ends the connection with this close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Peer:
    """`heard` is when it last said anything, `pinged` since when a ping waits for an answer: monotonic seconds."""

    def __init__(self, socket: web.WebSocketResponse, clock: Clock) -> None:
        self._socket = socket
        self._clock = clock
        now = clock.monotonic()
        self.heard = now
        self.pinged: float | None = None
        self._messages = TokenBucket(MESSAGES_A_SECOND, MESSAGES_A_SECOND, now)
        self._backed_up = (0, now)  # bytes that wait to be written, and since when they have not become fewer

    async def message(self) -> messages.Watch | messages.SetFilter | None:
        """Its next message; None when the connection has ended. Answers pings meanwhile. Raises CloseConnection."""
        while True:
            message = await self._socket.receive()
            now = self.heard = self._clock.monotonic()
            self.pinged = None
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return None
            if self._messages.take(now):
                raise CloseConnection(BAD_MESSAGE, "more than 20 messages a second")
            if message.type is WSMsgType.PING:
                with suppress(ConnectionError):
                    await self._socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                try:
                    return messages.decode_message(message.data)
                except (msgspec.MsgspecError, RecursionError):
                    raise CloseConnection(BAD_MESSAGE, "a message is watch or filter, as JSON") from None
            elif message.type is not WSMsgType.PONG:
                raise CloseConnection(BAD_MESSAGE, "messages are text")

    def is_stuck(self, waiting: int, now: float) -> bool:
        """Whether it has neither read its `waiting` bytes nor said anything for too long. Slow is not stuck."""
        before, since = self._backed_up
        if not waiting or waiting < before:
            self._backed_up = (waiting, now)
            return not waiting and self.pinged is not None and now - self.pinged >= STUCK_SECONDS
        if not before:
            self._backed_up = (waiting, now)
            return False
        return now - since >= STUCK_SECONDS
