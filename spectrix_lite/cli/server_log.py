"""Logs of the server itself, on standard error: few lines, and none that somebody else could have written."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

from ..server.problems import raised_at
from .terminal import visible

_MOST_KINDS: Final = 1000
_MOST_CHARACTERS: Final = 1000  # of a line, or of one of a traceback
_MOST_TRACE: Final = 60  # lines
_VALUES: Final = re.compile(r"%(?:\(\w+\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")


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


class Unquoted(logging.Filter):
    """Takes out of what other packages log all that is not a sentence of theirs: it quotes what clients sent.

    Of a sentence the values are left out, of an error its message; its class and its places in the code stay.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] != "spectrix_lite":
            sentence = _VALUES.sub("?", str(record.msg).partition("\n")[0])
            if record.name == "asyncio":  # has put its values in already, in brackets
                sentence = sentence.partition("(")[0]
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                sentence += f": {type(error).__name__} at {raised_at(error)}"
            record.msg, record.args, record.exc_info, record.exc_text = sentence, (), None, None
        return True


class OneLine(logging.Formatter):
    """Time, level, message; a traceback below it is indented, so that none of its lines passes for a line of ours."""

    def format(self, record: logging.LogRecord) -> str:
        message = _cut(visible(record.getMessage()))
        line = f"{_when(record)} {record.levelname.lower():<7} {record.name}: {message}"
        return line + "".join(f"\n    | {_cut(visible(each))}" for each in self.trace(record))

    def trace(self, record: logging.LogRecord) -> list[str]:
        """The traceback's last lines; empty where nothing was raised."""
        if not record.exc_info or record.exc_info[0] is None:
            return []
        return self.formatException(record.exc_info).splitlines()[-_MOST_TRACE:]


class JsonLine(OneLine):
    """One JSON object a line, in ASCII: `time`, `level`, `logger`, `message`; of an exception also `error`, its class,
    and `trace`, a list of lines.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _when(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _cut(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = [_cut(each) for each in self.trace(record)]
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

    A closed standard error is no reason to stop serving, and which subprotocols a client offers is nobody's concern.
    """
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonLine() if log_format == "json" else OneLine()
    handler.setFormatter(Prioritised(formatter) if _is_journal(sys.stderr) else formatter)
    handler.addFilter(Unquoted())
    handler.addFilter(OncePerSecond())
    logging.raiseExceptions = False
    logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    if log_format == "json" or not sys.stderr.isatty():
        logging.getLogger("spectrix_lite").setLevel(logging.INFO)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}\u2026"


def _when(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))


def _is_journal(stream: TextIO) -> bool:
    """Whether systemd's journal reads it: it says so by device and inode, for a child may have been redirected."""
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"
