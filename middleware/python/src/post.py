"""One POST and its answer: no redirects, no retries, and never longer than it was given."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
import urllib.parse
from typing import Any, Callable, Mapping, NamedTuple, Optional

_MOST_ANSWER = 64 * 1024


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes = b""
    retry_after: Optional[str] = None
    location: Optional[str] = None


Transport = Callable[[str, Mapping[str, str], bytes, float], Answer]
"""(url, headers, body, seconds) -> Answer; raises OSError or http.client.HTTPException where none came in time."""


def post(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
    """Sends `body` over a new connection; `seconds` is for everything together, names and TLS included."""
    deadline = time.monotonic() + seconds
    parts = urllib.parse.urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.connect()
        connection.sock = _TimedSocket(connection.sock, deadline)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        whole = answer.length is not None and answer.length <= _MOST_ANSWER
        text = answer.read() if whole else answer.read(_MOST_ANSWER)
        return Answer(answer.status, text, answer.headers.get("Retry-After"), answer.headers.get("Location"))
    finally:
        connection.close()


class _TimedSocket:
    """What `http.client` needs of a socket, with one deadline for all of it: its own timeout is for each read."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self.tick()
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        # The mode is "rb".
        raw = self._socket.makefile(mode, buffering=0)  # type: ignore[call-overload]
        return io.BufferedReader(_TimedReader(self, raw))

    def close(self) -> None:
        self._socket.close()

    def tick(self) -> None:
        """Gives the socket the seconds that are left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._socket.settimeout(left)


class _TimedReader(io.RawIOBase):
    def __init__(self, owner: _TimedSocket, raw: io.RawIOBase) -> None:
        self._owner = owner
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        self._owner.tick()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
