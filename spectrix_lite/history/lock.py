"""Lock of a history: one process changes it at a time, and the next one waits until the former is gone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # not POSIX: the database's own lock has to do
    fcntl = None  # type: ignore[assignment]  # the module's absence is the value

WAIT_SECONDS: Final = 10.0
_STEP: Final = 0.02


@contextmanager
def locked(history: Path, seconds: float = WAIT_SECONDS, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Holds it inside. Raises TimeoutError where another process keeps it for `seconds`, and OSError. It blocks."""
    path = history.with_name(history.name + ".lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        until = time.monotonic() + seconds
        while fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise TimeoutError("another process works on it") from None
            sleep(_STEP)
        yield
    finally:
        os.close(descriptor)
