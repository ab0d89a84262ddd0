"""The server's own log, on standard error: few lines, and none that somebody else could have written."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Final

from .terminal import visible

_MOST_KINDS: Final = 1000


class OncePerSecond(logging.Filter):
    """Lets through one line a second of each kind: who says it, how badly it went, and how the sentence begins."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._next: dict[tuple[object, ...], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[0] if record.exc_info else None
        kind = (record.name, record.levelno, error, str(record.msg)[:40])
        now = self._monotonic()
        if now < self._next.get(kind, 0.0):
            return False
        if len(self._next) >= _MOST_KINDS:
            self._next.clear()
        self._next[kind] = now + 1.0
        return True


class OneLine(logging.Formatter):
    """Time, level, message; a traceback below it is indented, so that none of its lines passes for a line of ours."""

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        line = f"{when} {record.levelname.lower():<7} {record.name}: {visible(record.getMessage())}"
        if record.exc_info and record.exc_info[0] is not None:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n    | {visible(each)}" for each in trace.splitlines())
        return line


def log_to_stderr() -> None:
    """Warnings and worse of all loggers. A closed standard error is no reason to stop serving."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.addFilter(OncePerSecond())
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
