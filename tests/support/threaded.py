"""A whole server beside the test, for clients that block: its loop turns in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config

from .serving import Server, serving

T = TypeVar("T")
SECONDS = 60.0  # more than any one thing that is asked of it takes


class Threaded:
    """`server` belongs to the other thread: whatever is to be done there, `do` does it."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self._loop = loop

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        """Runs it on the server's loop, and waits for it."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(SECONDS)


@contextmanager
def threaded(config: Config, **parts: Any) -> Iterator[Threaded]:
    """A running one; what made its start fail is raised here."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server")
    thread.start()
    context = serving(config, SystemClock(), **parts)

    def do(what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, loop).result(SECONDS)

    try:
        server = do(context.__aenter__())
        try:
            yield Threaded(server, loop)
        finally:
            do(context.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()
