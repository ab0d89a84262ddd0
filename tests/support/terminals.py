"""A terminal for a test: a program in front of it, as a person would start it, with keys, a size and its output."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

SECONDS = 60.0


class Terminal:
    """What a program writes on its terminal, byte for byte, and the way to press keys."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.master = master
        self.process = process
        self.output = b""
        self._changed = asyncio.Event()
        self._is_closed = False
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self.master, 65536)
        except OSError:  # nobody has it open any more
            chunk = b""
        if not chunk:
            self.close()
        self.output += chunk
        self._changed.set()

    def close(self) -> None:
        if not self._is_closed:
            asyncio.get_running_loop().remove_reader(self.master)
            os.close(self.master)
            self._is_closed = True

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def until(self, wanted: bytes) -> None:
        """Until it has written this."""
        try:
            async with asyncio.timeout(SECONDS):
                while wanted not in self.output:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{wanted!r} is not in {self.output!r}") from None

    async def status(self) -> int:
        """Its exit status, and all of its output read."""
        status = await asyncio.to_thread(self.process.wait, SECONDS)
        async with asyncio.timeout(SECONDS):
            while not self._is_closed:
                self._changed.clear()
                await self._changed.wait()
        return status


@asynccontextmanager
async def terminal(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], rows: int = 24, columns: int = 80, raw: bool = True
) -> AsyncIterator[Terminal]:
    """Starts a command as the leader of a session on a new terminal. `raw`: line ends are not changed by it."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    if raw:
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
    process = subprocess.Popen(  # noqa: ASYNC220  it starts at once
        command, cwd=cwd, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    it = Terminal(master, process)
    try:
        yield it
    finally:
        if process.poll() is None:
            process.kill()
            await asyncio.to_thread(process.wait, SECONDS)
        it.close()
