"""Listener: the sockets on which the server accepts connections, and how it stops."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import time
from collections import Counter
from typing import Any, Final

from aiohttp import web

from ..core.config import Config
from ..core.errors import StartupError
from ..core.proxies import is_trusted
from .connection.front_door import Connection
from .connection.http_handler import HttpHandler, Owner
from .connection.slots import Slots
from .context import CONTEXT
from .fast_request import FastPath
from .problems import ANSWERED

DRAIN_SECONDS: Final = 2.0
CLOSE_SECONDS: Final = 1.5
SAVED_SECONDS: Final = 3.8
"""After this long from the beginning of a stop nothing more goes into the snapshot: it has to reach the disk, too."""
_BACKLOG: Final = 1024
_ACCEPTED_AT_ONCE: Final = 8
"""In one turn of asyncio's loop, which takes its backlog for it: what is refused is closed in the next one only."""

STUCK_SECONDS: Final = 30.0
"""How long a client may take nothing of what it was sent; then the kernel ends the connection, where it can."""

_SPARE_DESCRIPTORS: Final = 64
SERVICE_RESTART: Final = 1012

FAST_PATH: web.AppKey[FastPath] = web.AppKey("fast_path", FastPath)
"""The application's own fast path, where it has one."""


class Listener:
    """A server that listens. `close` is idempotent."""

    def __init__(
        self, runner: web.AppRunner, slots: Slots, servers: list[asyncio.Server], sockets: list[socket.socket]
    ) -> None:
        self._runner = runner
        self._slots = slots
        self._servers = servers
        self.addresses: list[tuple[str, int]] = [sock.getsockname()[:2] for sock in sockets]

    @property
    def port(self) -> int:
        """The port it listens on, also where port 0 was asked for."""
        return self.addresses[0][1]

    async def close(self) -> None:
        """Stops accepting, answers what is in flight, closes watchers with 1012, keeps what the rings hold for the next
        start, and lets go of everything.
        """
        servers, self._servers = self._servers, []
        if not servers:
            return
        for server in servers:
            server.close()
        begun = time.monotonic()
        context = self._runner.app[CONTEXT]
        context.in_flight.begin_draining()
        await context.in_flight.wait_idle(DRAIN_SECONDS)
        await context.alerting.close()
        saving = asyncio.create_task(context.restart.save(begun + SAVED_SECONDS - time.monotonic()))
        await context.hub.close_watchers(SERVICE_RESTART, "server restarting", CLOSE_SECONDS)
        await saving
        self._slots.stop()
        await self._runner.cleanup()


async def listen(app: web.Application, config: Config) -> Listener:
    """Starts `app` and serves it at `config.host` and `config.port`, and `config.otlp_port` where that is set.

    Raises StartupError.

    The sockets are bound before the application starts, so that a busy port leaves no trace.
    """
    sockets = bind(config.host, config.port)
    if config.otlp_port is not None:
        try:
            sockets += bind(config.host, config.otlp_port, "--otlp-port")
        except StartupError:
            for sock in sockets:
                sock.close()
            raise
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    try:
        await runner.setup()
        await app[CONTEXT].restart.restore()
        await app[CONTEXT].alerting.start([sock.getsockname()[1] for sock in sockets])
        manager = runner.server
        assert manager is not None
        loop = asyncio.get_running_loop()
        slots = Slots(_most_connections(), lambda address: shares_slots(address, config), loop.time)
        fast_path = app.get(FAST_PATH)
        answered = app.get(ANSWERED, Counter[int]())

        def make_handler(owner: Owner) -> HttpHandler:
            return HttpHandler(manager, owner, answered)

        def connect() -> asyncio.Protocol:
            return Connection(fast_path, slots, make_handler)

        servers = [await loop.create_server(connect, sock=sock, backlog=_ACCEPTED_AT_ONCE) for sock in sockets]
        for sock in sockets:
            sock.listen(_BACKLOG)
    except BaseException:
        await runner.cleanup()
        for sock in sockets:
            sock.close()
        raise
    return Listener(runner, slots, servers, sockets)


def shares_slots(address: str, config: Config) -> bool:
    """Whether `address` may have all connections, as many clients share it: this machine, or a trusted proxy."""
    try:
        is_loopback = ipaddress.ip_address(address.removeprefix("::ffff:")).is_loopback
    except ValueError:  # no IP address at all
        is_loopback = True
    return is_loopback or is_trusted(address, config.trusted_proxy)


def bind(host: str, port: int, flag: str = "--port") -> list[socket.socket]:
    """Bound sockets, not yet listening; `localhost` is 127.0.0.1 and, where there is one, ::1.

    Raises StartupError, which names the `flag` that gives another port.
    """
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
                raise StartupError(_why(each, port, flag, problem)) from None
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
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; what is accepted inherits it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STUCK_SECONDS * 1000))
        sock.bind(address)
        # Only one process can listen: another one's socket shows now, not when the application has started.
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _why(host: str, port: int, flag: str, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what listens there, or give another one with {flag}."
    if problem.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has: give one above 1023 with {flag}."
    return f"{host} port {port} cannot be bound ({problem.strerror}): give another --host or {flag}."


def _most_connections() -> int:
    """How many connections leave descriptors for the database and the rest."""
    try:
        import resource
    except ImportError:  # Windows: no such limit
        return 10_000
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else max(16, soft - _SPARE_DESCRIPTORS)
