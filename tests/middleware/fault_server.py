"""A server that takes entries as Spectrix does, and fails as it is told: real sockets, loopback, a free port."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal["hang", "reset", "lost answer", "half an answer"]
SECONDS = 60.0  # what takes as long hangs


@dataclass(frozen=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class Says:
    """An answer without anything taken."""

    status: int
    retry_after: str | None = None
    location: str | None = None


class FaultServer:
    """What was asked of it is in `seen`, what it took in `taken`; `faults` are used up, one a request."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.taken: list[dict[str, Any]] = []
        self.faults: deque[Fault | Says] = deque()
        self.too_large: Callable[[int], bool] = lambda entries: False  # whose batch gets a 413
        self._keys: set[str] = set()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/api/v1"

    @property
    def messages(self) -> list[str]:
        """The messages of what was taken."""
        return [entry["message"] for entry in self.taken]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Until a request makes `condition` true; asserts that it does."""
        with self._changed:
            assert self._changed.wait_for(condition, SECONDS), self.seen

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(SECONDS)

    def serve(self, handler: _Handler) -> None:
        """Answers one request, or does not."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        entries = json.loads(body)["logs"] if body else []
        with self._changed:
            self.seen.append(Seen(handler.command, handler.path, dict(handler.headers), entries))
            self._changed.notify_all()
            fault: Fault | Says | None = self.faults.popleft() if self.faults else None
            if fault is None and self.too_large(len(entries)):
                fault = Says(413)
            duplicate = handler.headers.get("Idempotency-Key", "") in self._keys
            if fault in (None, "lost answer", "half an answer") and not duplicate:
                self._keys.add(handler.headers.get("Idempotency-Key", ""))
                self.taken += entries
                self._changed.notify_all()
        self._answer(handler, fault, {"accepted": len(entries), "rejected": 0, "errors": [], "duplicate": duplicate})

    def _answer(self, handler: _Handler, fault: Fault | Says | None, counts: dict[str, Any]) -> None:
        if fault == "hang":
            self._stopping.wait(SECONDS)
        elif fault == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == "half an answer":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        elif fault is None:
            handler.answer(200, counts, {})
        elif isinstance(fault, Says):
            told = {"Retry-After": fault.retry_after, "Location": fault.location}
            problem = {"status": fault.status, "detail": "as the test asked"}
            handler.answer(fault.status, problem, {name: value for name, value in told.items() if value})
        handler.close_connection = True


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: FaultServer

    def handle_error(self, *_: Any) -> None:
        """A client that left: what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http

    def do_POST(self) -> None:
        self.server.owner.serve(self)

    def do_GET(self) -> None:
        self.server.owner.serve(self)

    def answer(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing: what was asked is in `seen`."""


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A running one."""
    server = FaultServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def refusing() -> Iterator[str]:
    """A base URL where every connection is refused: the port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/api/v1"
