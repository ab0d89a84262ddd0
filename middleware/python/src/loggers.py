"""The loggers that apps have: logging, structlog, loguru."""

from __future__ import annotations

import datetime
import itertools
import logging
import sys
from typing import Any, Mapping, MutableMapping, Optional

from .client import Client, busy
from .entries import beside, custom_level, level_of_number
from .values import MOST_PARTS, is_a, is_large

# What every record has; anything else was put there with `extra`.
_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_STRUCTLOGS_OWN = frozenset(("_logger", "_name", "_record", "_from_structlog"))
_MESSAGE_NAMES = ("event", "message", "msg", "body", "text")  # structlog's, and what it is renamed to


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
            given = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
            message: Any = None
            if type(record.msg) is dict and not record.args:  # fields, as of structlog's ProcessorFormatter
                message, fields = _opened(record.msg)
                if message is not None:
                    fields.pop("timestamp", None)
                    fields.pop("level", None)
                    own = {name: value for name, value in given.items() if name not in _STRUCTLOGS_OWN}
                    given = beside(own, fields)
            told: dict[str, Any] = {"logger": record.name}
            if record.exc_info and record.exc_info[1] is not None:
                told["error"] = record.exc_info[1]
            if record.stack_info:
                told["stack_info"] = record.stack_info
            self._client.push(
                {
                    "level": level_of_number(record.levelno),
                    "message": _message(record) if message is None else message,
                    "timestamp": record.created,
                    "metadata": _with_level(beside(given, told), record.levelname),
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
            message, metadata = _opened(event)
            timestamp = metadata.pop("timestamp", None)
            level = metadata.pop("level", method)
            entry = {
                "level": level,
                "message": "" if message is None else message,
                "timestamp": _with_zone(timestamp, self._client.clock.wall()),
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
            error = record["exception"]
            if error is not None and error.value is not None:
                names["error"] = error.value
            entry = {
                "level": level_of_number(record["level"].no),
                "message": record["message"],
                "timestamp": record["time"],
                "metadata": _with_level(beside(record["extra"], names), record["level"].name),
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


def _opened(event: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The message of an event of structlog's kind, None where it has none, and its other members."""
    members = dict(itertools.islice(event.items(), MOST_PARTS))
    name = next((name for name in (_renamed(), *_MESSAGE_NAMES) if name in members), None)
    message = members.pop(name) if name is not None else None
    error = _exception(members.pop("exc_info", None))
    return message, members if error is None else beside(members, {"error": error})


def _renamed() -> Optional[str]:
    """What structlog's own EventRenamer, where it comes before us, has made of `event`."""
    structlog = sys.modules.get("structlog")
    name = None
    for processor in structlog.get_config()["processors"] if structlog else ():
        if isinstance(processor, StructlogProcessor):
            return name
        if type(processor).__name__ == "EventRenamer":
            name = getattr(processor, "to", None)
    return None


def _with_level(metadata: dict[str, Any], name: str) -> dict[str, Any]:
    """With the name of a level that only this app has."""
    custom = custom_level(name)
    return {"originalLevel": custom, **metadata} if custom else metadata


def _with_zone(given: Any, now: int) -> Any:
    """A text without a zone was made here and now: it is local time or UTC, whichever is nearer to `now`, in ms."""
    if type(given) is not str or ":" not in given:
        return given
    try:
        moment = datetime.datetime.fromisoformat(given)
    except ValueError:  # the server may know it
        return given
    if moment.tzinfo is not None:
        return given
    candidates = (moment.astimezone(), moment.replace(tzinfo=datetime.timezone.utc))
    return min(candidates, key=lambda each: abs(each.timestamp() * 1000 - now))
