"""The loggers that apps have: logging, structlog, loguru."""

from __future__ import annotations

import itertools
import logging
import sys
from typing import Any, Mapping, MutableMapping

from .client import Client, busy
from .entries import level_of_number
from .values import MOST_PARTS, is_a, is_large

# What every record has; anything else was put there with `extra`.
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class SpectrixHandler(logging.Handler):
    """A handler for `logging`. It neither blocks nor raises, and never hears what its own client does.

    A formatter, such as `basicConfig` gives to every handler, is for text and changes nothing here.
    """

    def __init__(self, client: Client, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._client = client

    def handle(self, record: logging.LogRecord) -> Any:
        """As any handler, but not for what is logged while an entry is made: that would never end."""
        return False if busy.now else super().handle(record)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            metadata = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
            metadata["logger"] = record.name
            if record.exc_info and record.exc_info[1] is not None:
                metadata["error"] = record.exc_info[1]
            self._client.push(
                {
                    "level": level_of_number(record.levelno),
                    "message": _message(record),
                    "timestamp": record.created,
                    "metadata": metadata,
                }
            )
        except Exception as problem:  # whatever is wrong here, the app goes on
            self._client.lost(problem)

    def flush(self) -> None:
        """Nothing: `logging` calls this at the end of a program, and the client has its own."""


class StructlogProcessor:
    """A structlog processor: sends a copy of each event and hands the event on as it was."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Sends a copy of `event`. Never raises; returns `event` itself."""
        try:
            members = itertools.islice(event.items(), MOST_PARTS)
            metadata = {name: value for name, value in members if name not in ("event", "level", "timestamp")}
            error = _exception(metadata.pop("exc_info", None))
            if error is not None:
                metadata["error"] = error
            entry = {
                "level": event.get("level", method),
                "message": event.get("event", ""),
                "timestamp": event.get("timestamp"),
                "metadata": metadata,
            }
        except Exception:  # an event that can't be taken apart is a message
            entry = {"level": method, "message": event}
        self._client.push(entry)
        return event


class LoguruSink:
    """A loguru sink: `logger.add(...)` it. `backtrace` and `diagnose` do not matter to it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: Any) -> None:
        """Sends what loguru hands on. Never raises."""
        try:
            record: Mapping[str, Any] = message.record
            names = {"logger": record["name"], "function": record["function"], "line": record["line"]}
            metadata = {**record["extra"], **names}
            error = record["exception"]
            if error is not None and error.value is not None:
                metadata["error"] = error.value
            entry = {
                "level": level_of_number(record["level"].no),
                "message": record["message"],
                "timestamp": record["time"],
                "metadata": metadata,
            }
        except Exception:  # what can't be taken apart is a message
            entry = {"level": "info", "message": message}
        self._client.push(entry)


def _message(record: logging.LogRecord) -> Any:
    given: Any = record.msg
    if is_large((given, record.args)):  # to write it out would take long
        return f"{given} (its arguments are too large)" if type(given) is str else given
    try:
        return record.getMessage()
    except Exception:  # arguments that do not fit, or that raise
        return f"{given} (its arguments do not fit)" if type(given) is str else given


def _exception(given: Any) -> Any:
    """What `exc_info` stands for: an exception, the three that `sys.exc_info` gives, or true for the present one."""
    if is_a(given, BaseException):
        return given
    if type(given) is tuple and len(given) == 3:
        return given[1]
    return sys.exc_info()[1] if given else None
