"""Who still needs a server that `run` started: each `run` holds a shared lock, which ends with its process."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

IDLE_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.5
_ENDING_SECONDS: Final = 8.0
_AGAIN_SECONDS: Final = 0.02


class InUse:
    """The lock of the server at one port, in the folder where it leaves its address."""

    def __init__(self, folder: Path, port: int) -> None:
        self._path = folder / f"{port}.runs"
        self._keep = folder / f"{port}.keep"
        self._descriptor: int | None = None

    def hold(self) -> None:
        """Says that this process needs the server, until its end. Waits for one that is just ending."""
        deadline = time.monotonic() + _ENDING_SECONDS
        while not self._lock(fcntl.LOCK_SH) and time.monotonic() < deadline:
            time.sleep(_AGAIN_SECONDS)

    def release(self) -> None:
        """Needs it no longer. Harmless where it was never held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def keep(self) -> None:
        """The server stays, whoever needs it."""
        os.close(os.open(self._keep, os.O_WRONLY | os.O_CREAT, 0o600))

    def forget(self) -> None:
        """At the server's end."""
        self._keep.unlink(missing_ok=True)
        self.release()

    async def over(self, has_watchers: Callable[[], bool], idle: float = IDLE_SECONDS) -> None:
        """Until nobody has needed the server for `idle` seconds. It is held then: a new `run` waits for its end."""
        loop = asyncio.get_running_loop()
        needed = loop.time()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._keep.exists() or has_watchers() or not self._lock(fcntl.LOCK_EX):
                needed = loop.time()
            elif loop.time() - needed >= idle:
                return
            else:
                self.release()

    def _lock(self, kind: int) -> bool:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
