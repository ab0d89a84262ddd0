"""The sockets: where the server listens, how long it waits for a client, and how it stops."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.http import RawRequestMessage

from .config import Config
from .context import CONTEXT
from .errors import BadRequest, SpectrixError, StartupError
from .http_problems import problem

HEADER_SECONDS: Final = 10.0
KEEP_ALIVE_SECONDS: Final = 75.0  # longer than the proxies in front keep theirs, so that they are the ones to close
DRAIN_SECONDS: Final = 2.0
GOODBYE_SECONDS: Final = 1.5
_BACKLOG: Final = 1024
_SPARE_DESCRIPTORS: Final = 64
SERVICE_RESTART: Final = 1012


class Connection(web.RequestHandler):
    """One client's connection: a deadline for its first request, and word when its write buffer has drained."""

    __slots__ = ("_deadline", "on_writable")

    def __init__(self, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self.on_writable: Callable[[], None] | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._deadline = asyncio.get_running_loop().call_later(HEADER_SECONDS, self._check_begun)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self.on_writable = None
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_writable is not None:
            self.on_writable()

    def resume_reading(self, resume_parser: bool = True) -> None:
        # aiohttp asks for it after every read of a body, and would parse nothing once more.
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        request = self._current_request
        if request is not None and self._messages and not isinstance(self._messages[-1][0], RawRequestMessage):
            # A parser's error, queued behind the request whose body it breaks: nobody would tell who reads that body.
            request._cancel(web.RequestPayloadError())

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What the parser refuses: aiohttp would answer text that repeats what came."""
        answer = problem(BadRequest("The request is not valid HTTP/1.1.") if status < 500 else SpectrixError())
        answer.force_close()
        return answer

    def _check_begun(self) -> None:
        self._deadline = None
        if self._request_count == 0:
            self.force_close()


class Listener:
    """A server that listens. `close` is idempotent."""

    def __init__(self, runner: web.AppRunner, servers: list[asyncio.Server], sockets: list[socket.socket]) -> None:
        self._runner = runner
        self._servers = servers
        self.addresses: list[tuple[str, int]] = [sock.getsockname()[:2] for sock in sockets]

    @property
    def port(self) -> int:
        return self.addresses[0][1]

    async def close(self) -> None:
        """Stops accepting, answers what is in flight, closes watchers with 1012, and lets go of everything."""
        servers, self._servers = self._servers, []
        if not servers:
            return
        for server in servers:
            server.close()
        context = self._runner.app[CONTEXT]
        context.drain.begin()
        await context.drain.settled(DRAIN_SECONDS)
        await context.hub.close_watchers(SERVICE_RESTART, "server restarting", GOODBYE_SECONDS)
        await self._runner.cleanup()


async def listen(app: web.Application, config: Config) -> Listener:
    """Starts `app` and serves it at `config.host` and `config.port`. Raises StartupError.

    The sockets are bound before the application starts, so that a busy port leaves no trace.
    """
    sockets = bind(config.host, config.port)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    try:
        await runner.setup()
        manager = runner.server
        assert manager is not None
        loop = asyncio.get_running_loop()
        most = _most_connections()

        def connect() -> asyncio.Protocol:
            if len(manager.connections) >= most:
                return _Refusal()
            return Connection(
                manager,
                loop=loop,
                access_log=None,
                auto_decompress=False,  # who has no key gets nothing opened
                lingering_time=0.0,  # nor anything read
                keepalive_timeout=KEEP_ALIVE_SECONDS,
            )

        servers = [await loop.create_server(connect, sock=sock, backlog=_BACKLOG) for sock in sockets]
    except BaseException:
        await runner.cleanup()
        for sock in sockets:
            sock.close()
        raise
    return Listener(runner, servers, sockets)


class _Refusal(asyncio.Protocol):
    """A connection beyond what the process has descriptors for: closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def bind(host: str, port: int) -> list[socket.socket]:
    """Bound sockets, not yet listening; `localhost` is 127.0.0.1 and, where there is one, ::1. Raises StartupError."""
    hosts = ("127.0.0.1", "::1") if host == "localhost" else (host,)
    sockets: list[socket.socket] = []
    try:
        for each in hosts:
            try:
                found = socket.getaddrinfo(each, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            except socket.gaierror:
                if sockets:
                    continue
                raise StartupError(f"--host {each} is no address of this machine: give an IP address.") from None
            family, kind, protocol, _, address = found[0]
            try:
                sockets.append(_bound(family, kind, protocol, address))
            except OSError as problem:
                if sockets and problem.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    continue
                raise StartupError(_why(each, port, problem)) from None
            port = sockets[0].getsockname()[1]
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _bound(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        # Only one process can listen: another one's socket shows now, not when the application has started.
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _why(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what listens there, or give another one with --port."
    if problem.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has: give one above 1023 with --port."
    return f"{host} port {port} cannot be bound ({problem.strerror}): give another --host or --port."


def _most_connections() -> int:
    """How many connections leave descriptors for the database and the rest."""
    try:
        import resource
    except ImportError:  # Windows: no such limit
        return 10_000
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else max(16, soft - _SPARE_DESCRIPTORS)
