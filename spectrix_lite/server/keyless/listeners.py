"""Keyless listeners: those of --syslog and --fluent, from their sockets to the hub, and how they stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from ...core.addresses import KeylessAddress, Listening
from ...core.config import Config
from ...core.errors import SpectrixError, StartupError
from ...core.timestamps import rfc3339
from ...protocols.batch_builder import BatchBuilder
from ...protocols.streamed.first_bytes import foreign
from ...protocols.streamed.fluent import MessageSplitter
from ...protocols.streamed.fluent import take_message as take_fluent
from ...protocols.streamed.syslog import SyslogFrames
from ...protocols.streamed.syslog import take_message as take_syslog
from ..context import Context
from ..sockets import bind
from .datagrams import Datagrams

READ: Final = 16 * 1024
_AT_ONCE: Final = 32
"""Messages of one batch: what they take is a slice of the loop's time."""

CLOSE_SECONDS: Final = 1.0
"""How long a stop waits for what was read of the connections to be taken."""

MOST_CONNECTIONS: Final = 256
"""Of all of them together; another one is closed at once."""

_log = logging.getLogger("spectrix_lite.keyless")

Serve = Callable[["_Sink", bytes, asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
"""What reads one connection to its end, from the first bytes on, which were read to see who speaks there."""


class KeylessListeners:
    """All of a server's. `bind` and `start` once, in this order; `close` is idempotent."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sockets: list[tuple[str, KeylessAddress, socket.socket]] = []
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[Datagrams] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamReader] = {}

    @property
    def ports(self) -> list[tuple[str, str, int]]:
        """Setting (`syslog`, `fluent`), service and port of each socket, also where port 0 was asked for."""
        return [(name, address.service, sock.getsockname()[1]) for name, address, sock in self._sockets]

    def bind(self, config: Config) -> Config:
        """`config` with the ports that were bound where any was asked for.

        Raises StartupError for an address that is not local without --insecure-listener, or cannot be bound.
        """
        return replace(config, syslog=self._bind("syslog", config.syslog), fluent=self._bind("fluent", config.fluent))

    def _bind(self, name: str, addresses: Sequence[KeylessAddress]) -> tuple[KeylessAddress, ...]:
        bound = []
        for address in addresses:
            if not (address.is_local or self._config.insecure_listener):
                raise StartupError(
                    f"--{name} {address} would take entries from whoever reaches it, without a key: "
                    "bind it to localhost, or add --insecure-listener yes."
                )
            streams = bind(address.host, address.port, f"--{name}")
            self._sockets += ((name, address, sock) for sock in streams)
            address = address._replace(port=streams[0].getsockname()[1])
            bound.append(address)
            if name == "syslog":
                found = bind(address.host, address.port, f"--{name}", socket.SOCK_DGRAM)
                self._sockets += ((name, address, sock) for sock in found)
        return tuple(bound)

    async def start(self, context: Context) -> None:
        """Raises StartupError for a service that is not there and cannot be made."""
        loop = asyncio.get_running_loop()
        for name, address, sock in self._sockets:
            service_id = await _service_id(context, name, address)
            listening = Listening(name, address.host, sock.getsockname()[1], service_id)
            if listening not in context.listening:
                context.listening.append(listening)
            sink = _Sink(context, listening, service_id)
            if sock.type == socket.SOCK_DGRAM:
                datagrams = Datagrams(sink.take_messages)
                await loop.create_datagram_endpoint(lambda made=datagrams: made, sock=sock)  # type: ignore[misc]
                self._datagrams.append(datagrams)
                continue
            serve = _serve_syslog if name == "syslog" else _serve_fluent
            self._servers.append(await asyncio.start_server(self._accepting(sink, serve), sock=sock, limit=READ))
            if not address.is_local:
                _log.warning("--%s %s asks for no key: whoever reaches it can send", name, address)

    async def close(self) -> None:
        """Stops listening; what has come is taken, as far as it is whole."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        for datagrams in self._datagrams:
            await datagrams.close()
        self._datagrams.clear()
        for reader in self._connections.values():
            reader.feed_eof()
        if self._connections:
            _, slow = await asyncio.wait(set(self._connections), timeout=CLOSE_SECONDS)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        for _, _, sock in self._sockets:
            sock.close()

    def _accepting(self, sink: _Sink, serve: Serve) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._connections) >= MOST_CONNECTIONS:
                sink.turn_away("too_many", writer)
                return
            task = asyncio.get_running_loop().create_task(_connection(sink, serve, reader, writer))
            self._connections[task] = reader
            task.add_done_callback(self._connections.pop)

        return accept


class _Sink:
    """Where the messages of one listener go."""

    def __init__(self, context: Context, listening: Listening, service_id: str) -> None:
        self._context = context
        self._listening = listening
        self._service_id = service_id

    def turn_away(self, why: str, writer: asyncio.StreamWriter) -> None:
        """Closes a connection at once, and counts it."""
        self._context.turned_away[why] += 1
        writer.transport.abort()

    async def take(self, take: Callable[[BatchBuilder], object], size: int) -> None:
        """What `take` gives its builder, of `size` bytes. Raises what it raises, ServiceNotFound."""
        context = self._context
        batch = await context.admission.read_messages(take, size, rfc3339(context.clock.wall()))
        answer = await context.hub.ingest(self._service_id, batch, self._listening.setting)
        channel = context.hub.channel(self._service_id)
        context.first_entries.note(self._listening.sender, channel, answer.accepted, context.clock.wall())

    async def take_messages(self, messages: list[bytes]) -> None:
        """Syslog's messages, some at once. Raises ServiceNotFound."""
        for start in range(0, len(messages), _AT_ONCE):
            part = messages[start : start + _AT_ONCE]

            def take(builder: BatchBuilder, part: list[bytes] = part) -> None:
                for message in part:
                    take_syslog(message, builder)

            await self.take(take, sum(map(len, part)))
            await asyncio.sleep(0)


async def _connection(sink: _Sink, serve: Serve, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        data = b""
        while (speaks := foreign(data)) is True and (more := await reader.read(READ)):
            data += more
        if isinstance(speaks, str):
            sink.turn_away(speaks, writer)
            return
        await serve(sink, data, reader, writer)
    except (SpectrixError, OSError) as problem:
        _log.info("a connection was closed: %s", problem)
    finally:
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()


async def _serve_syslog(sink: _Sink, data: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    frames = SyslogFrames()
    while data:
        await sink.take_messages(frames.feed(data))
        await asyncio.sleep(0)  # what is read already comes without waiting
        data = await reader.read(READ)
    await sink.take_messages(frames.end())


async def _serve_fluent(sink: _Sink, data: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    splitter = MessageSplitter()
    while data:
        for message in splitter.feed(data):
            acknowledged: list[bytes] = []

            def take(builder: BatchBuilder, message: bytes = message, told: list[bytes] = acknowledged) -> None:
                if (answer := take_fluent(message, builder)) is not None:
                    told.append(answer)

            await sink.take(take, len(message))
            for answer in acknowledged:
                writer.write(answer)
            await writer.drain()
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # what is read already comes without waiting
        data = await reader.read(READ)


async def _service_id(context: Context, name: str, address: KeylessAddress) -> str:
    """The service with this id or name; a new one where there is none."""
    authority = context.authority
    for service in authority.services():
        if address.service in (service.id, service.name):
            return service.id
    try:
        return (await authority.create_service(address.service)).id
    except SpectrixError as problem:
        raise StartupError(f"--{name} {address} names no service, and none can be made: {problem.detail}") from None
