"""Listener: the sockets on which the server accepts connections, and how it stops."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..core.addresses import Listening
from ..core.config import Config
from ..core.errors import StartupError
from ..core.proxies import is_trusted
from .connection.front_door import Connection
from .connection.http_handler import HttpHandler, Owner
from .connection.slots import Slots
from .context import CONTEXT
from .fast_request import FastPath
from .problems import ANSWERED
from .sockets import BACKLOG, bind

if TYPE_CHECKING:  # imported only where it is asked for
    from .keyless.listeners import KeylessListeners

DRAIN_SECONDS: Final = 2.0
CLOSE_SECONDS: Final = 1.5
SAVED_SECONDS: Final = 3.8
"""After this long from the beginning of a stop nothing more goes into the snapshot: it has to reach the disk, too."""
_ACCEPTED_AT_ONCE: Final = 8
"""In one turn of asyncio's loop, which takes its backlog for it: what is refused is closed in the next one only."""

_SPARE_DESCRIPTORS: Final = 64
SERVICE_RESTART: Final = 1012

FAST_PATH: web.AppKey[FastPath] = web.AppKey("fast_path", FastPath)
"""The application's own fast path, where it has one."""


class Listener:
    """A server that listens. `close` is idempotent."""

    def __init__(
        self,
        runner: web.AppRunner,
        slots: Slots,
        servers: list[asyncio.Server],
        sockets: list[socket.socket],
        keyless: KeylessListeners | None,
        bound: Config,
    ) -> None:
        self.keyless = keyless
        self.bound = bound
        """The settings, with the ports that were bound where any was asked for."""
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
        if self.keyless is not None:
            await self.keyless.close()
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
    sockets, bound = _bind_all(config)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    keyless = None
    try:
        if config.syslog or config.fluent:  # few have them: nobody else waits for their modules
            from .keyless.listeners import KeylessListeners

            keyless = KeylessListeners(config)
            bound = keyless.bind(bound)
        await runner.setup()
        await app[CONTEXT].restart.restore()
        await app[CONTEXT].alerting.start(bound.ports)
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
            sock.listen(BACKLOG)
        if bound.otlp_port is not None:
            app[CONTEXT].listening.append(Listening("otlp-port", bound.host, bound.otlp_port, None))
        if keyless is not None:
            await keyless.start(app[CONTEXT])
    except BaseException:
        if keyless is not None:
            await keyless.close()
        await runner.cleanup()
        for sock in sockets:
            sock.close()
        raise
    return Listener(runner, slots, servers, sockets, keyless, bound)


def _bind_all(config: Config) -> tuple[list[socket.socket], Config]:
    sockets = bind(config.host, config.port)
    bound = replace(config, port=_port(sockets))
    if config.otlp_port is None:
        return sockets, bound
    try:
        more = bind(config.host, config.otlp_port, "--otlp-port")
    except StartupError:
        for sock in sockets:
            sock.close()
        raise
    return sockets + more, replace(bound, otlp_port=_port(more))


def _port(sockets: list[socket.socket]) -> int:
    port: int = sockets[0].getsockname()[1]
    return port


def shares_slots(address: str, config: Config) -> bool:
    """Whether `address` may have all connections, as many clients share it: this machine, or a trusted proxy."""
    try:
        is_loopback = ipaddress.ip_address(address.removeprefix("::ffff:")).is_loopback
    except ValueError:  # no IP address at all
        is_loopback = True
    return is_loopback or is_trusted(address, config.trusted_proxy)


def _most_connections() -> int:
    """How many connections leave descriptors for the database and the rest."""
    try:
        import resource
    except ImportError:  # Windows: no such limit
        return 10_000
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else max(16, soft - _SPARE_DESCRIPTORS)
