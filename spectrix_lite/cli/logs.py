"""The server's own log, on standard error: few lines, and none that somebody else could have written."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

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
        line = f"{_when(record)} {record.levelname.lower():<7} {record.name}: {visible(record.getMessage())}"
        if record.exc_info and record.exc_info[0] is not None:
            trace = self.formatException(record.exc_info)
            line += "".join(f"\n    | {visible(each)}" for each in trace.splitlines())
        return line


class JsonLine(logging.Formatter):
    """One JSON object a line, in ASCII: `time`, `level`, `logger`, `message`; of an exception also `error`, its class,
    and `trace`, a list of lines.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps(line)


class Prioritised(logging.Formatter):
    """What `inner` writes, each line with the priority by which systemd's journal files it."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        levels = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
        priority = next((number for level, number in levels if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in self._inner.format(record).split("\n"))


def log_to_stderr(log_format: str = "text") -> None:
    """Warnings and worse of all loggers, and what our own tell of a start and a stop, unless a person looks on.

    A closed standard error is no reason to stop serving.
    """
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonLine() if log_format == "json" else OneLine()
    handler.setFormatter(Prioritised(formatter) if _is_journal(sys.stderr) else formatter)
    handler.addFilter(OncePerSecond())
    logging.raiseExceptions = False
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    if log_format == "json" or not sys.stderr.isatty():
        logging.getLogger("spectrix_lite").setLevel(logging.INFO)


def _when(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))


def _is_journal(stream: TextIO) -> bool:
    """Whether systemd's journal reads it: it says so by device and inode, for a child may have been redirected."""
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"
