"""The network between two programs, for tests that break it: a TCP relay on a port of its own, with a fault to give."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal, get_args

Fault = Literal["delay", "reset", "half-close", "black hole", "byte by byte"]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
Way = Literal["there", "back"]
"""From who connects to the server, or from the server."""

DELAY: Final = 0.05
_SIZE: Final = 64 * 1024


class FaultProxy:
    """Relays to `target` what comes to `port`. `strikes` is set once the fault of `arm` has struck; it strikes once."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.strikes = asyncio.Event()
        self._target = target
        self._armed: tuple[Way, Fault, int] | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._is_dark = False

    def arm(self, way: Way, fault: Fault, after: int = 0) -> None:
        """The next bytes that go this `way` meet the fault, once `after` of them have passed."""
        self._armed = (way, fault, after)

    async def relay(self, near: asyncio.StreamReader, near_writer: asyncio.StreamWriter) -> None:
        """One connection, until both of its ways have ended."""
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        try:
            far, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(near_writer)
            return
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._pump(near, far_writer, "there"))
                ways.create_task(self._pump(far, near_writer, "back"))
        except* (OSError, asyncio.CancelledError):
            # One of the two went away, or the test has ended: the other is told.
            _reset(near_writer)
            _reset(far_writer)
        finally:
            self._lines.discard(task)
            near_writer.close()
            far_writer.close()

    def cut(self) -> None:
        """From now on nothing gets through, either way, and nobody is told: as where a cable is pulled."""
        self._is_dark = True

    async def heal(self) -> None:
        """Undoes `cut`: who connects again gets through."""
        self._is_dark = False
        await self.close()

    async def close(self) -> None:
        """Resets whatever is still connected."""
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        fault: Fault | None = None
        while data := await reader.read(_SIZE):
            if self._is_dark:
                continue
            if fault is None and self._armed is not None and self._armed[0] == way:
                _, struck, after = self._armed
                if len(data) <= after:
                    self._armed = (way, struck, after - len(data))
                else:
                    writer.write(data[:after])
                    data, fault, self._armed = data[after:], struck, None
                    self.strikes.set()
            await _pass(data, writer, fault)
        writer.write_eof()  # harmless where that has been said


async def _pass(data: bytes, writer: asyncio.StreamWriter, fault: Fault | None) -> None:
    match fault:
        case "reset":
            raise ConnectionResetError
        case "black hole":
            return
        case "half-close":
            writer.write_eof()
            return
        case "byte by byte":
            for place in range(len(data)):
                writer.write(data[place : place + 1])
                await asyncio.sleep(0)
        case "delay":
            await asyncio.sleep(DELAY)
            writer.write(data)
        case None:
            writer.write(data)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends it at once, and so that the other side gets a reset."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def proxying(target: int) -> AsyncIterator[FaultProxy]:
    """A running one in front of the local port `target`."""
    proxy = FaultProxy(target)
    server = await asyncio.start_server(proxy.relay, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
