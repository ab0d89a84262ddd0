"""Spectrix for Python: sends an app's requests, errors and logs to a Spectrix server as they happen.

Standard library only, Python 3.9 or newer. Copy this file into the app, and:

    from spectrix import Spectrix

    spectrix = Spectrix()  # SPECTRIX_API_KEY and SPECTRIX_URL say where to
    spectrix.info("started", {"port": 8000})

It is put together from the modules in `src`: change them there, not here. MIT licence.
"""

from __future__ import annotations

import array
import asyncio
import atexit
import collections
import collections.abc
import contextlib
import contextvars
import dataclasses
import datetime
import email.utils
import enum
import http.client
import io
import itertools
import json
import logging
import math
import os
import random
import re
import socket
import ssl
import sys
import threading
import time
import traceback
import urllib.parse
import uuid
import weakref
from collections import deque
from types import TracebackType
from typing import Any, Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping, NamedTuple, Optional, Protocol

# src/retry.py
# What to do about an answer, or about none: nothing, give up, send in halves, or send again and when.

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds
LONGEST_RETRY_AFTER = 300.0
_PASSING = (408, 429)


class Verdict(NamedTuple):
    """`action` is done, drop, halve or retry; `delay`, in seconds, is for retry."""

    action: str
    delay: float = 0.0


def decide(
    status: Optional[int], attempt: int, entries: int, *, retry_after: Optional[str], now: int, random: float
) -> Verdict:
    """For a batch of `entries` whose failure would be the `attempt`th in a row.

    `status` is None where no answer came; `now` is in milliseconds since 1970; `random`, from 0 to 1, keeps
    many apps from coming back at the same moment.
    """
    if status is not None and 200 <= status < 300:
        return Verdict("done")
    if status == 413:
        return Verdict("halve" if entries > 1 else "drop")
    if status is not None and 400 <= status < 500 and status not in _PASSING:
        return Verdict("drop")
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt, 10))
    pause = round(FIRST_PAUSE + random * (longest - FIRST_PAUSE), 3)
    asked = _seconds(retry_after, now)
    return Verdict("retry", pause if asked is None else max(pause, min(asked, LONGEST_RETRY_AFTER)))


def _seconds(retry_after: Optional[str], now: int) -> Optional[float]:
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() - now / 1000
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


# src/redaction.py
# What must not leave the app: secrets by the name they go under or by their shape, and what follows a `?`.

REDACTED = "[redacted]"
LONGEST_TEXT = 16 * 1024  # bytes
LONGEST_PATH = 2048
_LOOKED_AT = 2 * LONGEST_TEXT  # characters; what is behind is cut anyway
_ENDINGS = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "secretkey", "privatekey",
    "signingkey", "encryptionkey", "authorization", "cookie", "credential", "credentials",
)  # fmt: skip
_WHOLE = {
    "auth", "cookies", "jwt", "sid", "sessionid", "otp", "cvv", "cvc", "ssn", "cardnumber", "creditcard",
}  # fmt: skip
_IN_QUERY = {"code", "key", "sig", "signature", "ticket", "assertion"}
_NOT_LETTERS = re.compile("[^a-z0-9]+")

# Each of these begins at a place of its own, so that no text, however made, takes longer than its length.
_STREAM_KEY = re.compile(r"spx_v[0-9]+_[a-z]+_[0-9A-Za-z]+")
_CREDENTIAL = re.compile(
    r"\b(bearer|basic)(\s+)(?=[\w.~+/=-]*(?:[0-9_~+/=]|(?-i:[a-z][A-Z])))[\w.~+/=-]{8,}", re.IGNORECASE | re.ASCII
)
_WEB_TOKEN = re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
_USER_PART = re.compile(r"(?<=://)[^\s/?#\"'<>]+@")
_PAIR = re.compile(r"(?<![\w.%\[\]-])([\w.%\[\]-]+)=(\"[^\"\n]*\"|'[^'\n]*'|[^\s&,;\"'<>]+)", re.ASCII)
_JSON_PAIR = re.compile(r"([\"'])([\w.-]{1,64})\1(\s{0,8}:\s{0,8})(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')", re.ASCII)


class Redaction:
    """Knows secrets by the usual names and by `names` of the app's own, in any case and however joined."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._whole = _WHOLE | {bare for bare in map(_bare, names) if bare}
        self._known: dict[str, bool] = {}

    def hides(self, name: str) -> bool:
        """Whether a value of that name is a secret."""
        known = self._known.get(name)
        if known is None:
            bare = _bare(name)
            known = bare in self._whole or bare.endswith(_ENDINGS)
            if len(self._known) < 1000:
                self._known[name] = known
        return known

    def hides_in_query(self, name: str) -> bool:
        """Whether a value of that name is a secret where it stands in a query."""
        decoded = urllib.parse.unquote_plus(name)
        return self.hides(decoded) or _bare(decoded) in _IN_QUERY

    def text(self, text: str) -> str:
        """`text` without keys, credentials, tokens and the values of secret names, cut to its longest."""
        if len(text) > _LOOKED_AT:
            text = text[:_LOOKED_AT]
        return cut(self._without_secrets(text))

    def endpoint(self, url: str, *, queries: bool = False) -> str:
        """The endpoint for a request's target: the path, or with `queries` also the query with its secrets hidden."""
        path, mark, query = url.partition("#")[0].partition("?")
        path = path or "/"
        if queries and mark:
            path = f"{path}?{'&'.join(map(self._parameter, query.split('&')))}"
        return cut(self._without_secrets(path[:_LOOKED_AT]), LONGEST_PATH, "")

    def _parameter(self, parameter: str) -> str:
        name, equals, _ = parameter.partition("=")
        return f"{name}={REDACTED}" if equals and self.hides_in_query(name) else parameter

    def _without_secrets(self, text: str) -> str:
        if "spx_" in text:
            text = _STREAM_KEY.sub(REDACTED, text)
        lower = text.lower()
        if "bearer" in lower or "basic" in lower:
            text = _CREDENTIAL.sub(rf"\1\2{REDACTED}", text)
        if "eyJ" in text:
            text = _WEB_TOKEN.sub(REDACTED, text)
        if "://" in text and "@" in text:
            text = _USER_PART.sub(f"{REDACTED}@", text)
        if "=" in text:
            text = _PAIR.sub(self._pair, text)
        if ":" in text and ('"' in text or "'" in text):
            text = _JSON_PAIR.sub(self._json_pair, text)
        return text

    def _pair(self, found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        in_query = found.string[max(0, found.start() - 1) : found.start()] in ("?", "&")
        if not (self.hides_in_query(name) if in_query else self.hides(name)):
            return found[0]
        quote = value[0] if value[0] in "\"'" else ""
        return f"{name}={quote}{REDACTED}{quote}"

    def _json_pair(self, found: re.Match[str]) -> str:
        if not self.hides(found[2]):
            return found[0]
        return f"{found[1]}{found[2]}{found[1]}{found[3]}{found[4][0]}{REDACTED}{found[4][0]}"


def cut(text: str, longest: int = LONGEST_TEXT, mark: str = "…") -> str:
    """`text`, or what of it has at most `longest` bytes of UTF-8, and the `mark` behind."""
    if len(text) * 4 <= longest:
        return text
    data = text.encode("utf-8", "replace")  # a lone surrogate counts as one byte; it is replaced later
    if len(data) <= longest:
        return text
    return data[:longest].decode("utf-8", "ignore") + mark


def _bare(name: str) -> str:
    return _NOT_LETTERS.sub("", name.lower())


# src/values.py
# Any value as one that JSON has, whatever it is and whatever it does when looked at.

DEEPEST = 32  # levels, of which the metadata is the first
ROOM = 65_536  # characters of one entry's values
LONGEST_LOOK = 0.1  # seconds, of which an entry usually takes some ten thousandths; values may have slow properties
MOST_FRAMES = 50  # of a stack
MOST_PARTS = 10_000  # of what is written out by others, such as an error's arguments by its __str__
_PER_VALUE = 4  # characters that a value takes beside its text
_MAPPINGS = (dict, Mapping)
_LISTS = (list, tuple, set, frozenset)
_MORE_LISTS = (
    collections.deque, collections.UserList, array.array,
    collections.abc.KeysView, collections.abc.ValuesView, collections.abc.ItemsView,
)  # fmt: skip


def is_a(value: Any, kinds: Any) -> bool:
    """`isinstance`, also of what does not want to say its class. Never raises."""
    try:
        return isinstance(value, kinds)
    except Exception:  # its own __class__
        return issubclass(type(value), kinds)


def name_of(kind: type) -> str:
    """The name of a class, whatever its metaclass says. Never raises."""
    return str(type.__dict__["__name__"].__get__(kind))


def is_large(value: Any) -> bool:
    """Whether containers of Python's own hold more, all in all, than may be written out by others. Never raises."""
    waiting, parts = [value], 0
    while waiting:
        each = waiting.pop()
        if type(each) in (bytes, bytearray):
            parts += len(each) // 100  # they are written so much faster
        elif type(each) is dict or type(each) in _LISTS:
            parts += len(each)
        else:
            continue
        if parts > MOST_PARTS:  # or it holds itself
            return True
        if type(each) is dict:
            waiting += [*list(each), *list(each.values())]
        elif type(each) in _LISTS:
            waiting += list(each)
    return False


class Walk:
    """One look through the values of one entry: what is above the present one, and the room and time that are left.

    `monotonic` tells seconds; after a tenth of one nothing more is looked at.
    """

    def __init__(self, redaction: Redaction, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redaction = redaction
        self._above: set[int] = set()
        self._room = ROOM
        self._monotonic = monotonic
        self._deadline = monotonic() + LONGEST_LOOK
        self.truncated = False  # whether something was left out

    def mapping(self, value: Any) -> dict[str, Any]:
        """`value` as JSON has it, where it is a mapping; anything else stands under `value`. Never raises."""
        plain = self.plain(value)
        if isinstance(plain, dict):
            return plain
        return {"value": plain} if plain else {}

    def plain(self, value: Any, level: int = 1) -> Any:
        """`value` as JSON has it. Never raises."""
        kind = type(value)
        if kind is str:
            text = self._redaction.text(value)
            self._room -= len(text) + _PER_VALUE
            return text
        self._room -= _PER_VALUE
        if value is None or kind is bool:
            return value
        if kind is int:
            return self._number(value)
        if kind is float:
            return value if math.isfinite(value) else None
        if id(value) in self._above:
            return "[circular]"
        self._above.add(id(value))
        try:
            return self._look(value, level)
        except Exception as problem:  # a value that raises when it is looked at costs nothing but itself
            return self.threw(problem)
        finally:
            self._above.discard(id(value))

    def threw(self, problem: Exception) -> str:
        """What stands for a value that raises when it is looked at. Never raises."""
        return f"[threw: {self.message(problem)}]"

    def message(self, error: BaseException) -> str:
        """An error's message. Never raises."""
        try:
            return "too much to be told" if is_large(error.args) else self._redaction.text(str.__str__(str(error)))
        except Exception:  # its own __str__
            return "no message"

    def error(self, error: BaseException, level: int = 1) -> dict[str, Any]:
        """An error's name, message, stack and cause. Never raises."""
        name, message = name_of(type(error)), self.message(error)
        found: dict[str, Any] = {"name": name, "message": message}
        try:
            stack = self._redaction.text(self._stack(error, message)[-LONGEST_TEXT:].rstrip("\n"))  # the end says where
            self._room -= len(name) + len(message) + len(stack)
            found["stack"] = stack
            cause: Optional[BaseException] = error.__cause__
            if cause is None and not error.__suppress_context__:
                cause = error.__context__
            if cause is not None and self._has_room():
                found["cause"] = "[deep]" if level >= DEEPEST else self.plain(cause, level + 1)
        except Exception as problem:  # its own __cause__
            found["cause"] = self.threw(problem)
        return found

    def _stack(self, error: BaseException, message: str) -> str:
        trace: Any = BaseException.__dict__["__traceback__"].__get__(error)  # whatever its class says
        inner = BaseException.__dict__["args"].__get__(error)
        if not is_large(inner):
            try:
                return "".join(traceback.format_exception(type(error), error, trace, -MOST_FRAMES, False))
            except Exception:  # its own __str__
                return "".join(traceback.format_tb(trace, -MOST_FRAMES))
        return "".join([*traceback.format_tb(trace, -MOST_FRAMES), f"{name_of(type(error))}: {message}"])

    def _look(self, value: Any, level: int) -> Any:
        if type(value) is dict and level <= DEEPEST:  # what it nearly always is
            return self.members(self._copy(value.items()), level)
        if is_a(value, enum.Enum):
            return self.plain(value.value, level)
        if is_a(value, (str, int, float)):  # what is derived from them
            return self.plain(_as_base(value), level)
        if is_a(value, (bytes, bytearray, memoryview)):
            return f"[{len(value)} bytes]"
        if is_a(value, (datetime.date, datetime.time, datetime.timedelta)):
            return _moment(value)
        is_record = dataclasses.is_dataclass(type(value))
        is_list = is_a(value, _LISTS) or is_a(value, _MORE_LISTS)
        if not is_record and not is_list and not is_a(value, (*_MAPPINGS, BaseException)):
            return self.plain(str.__str__(str(value)), level)
        if level > DEEPEST:
            return "[deep]"
        if is_a(value, BaseException):
            return self.error(value, level)
        if is_list:
            return self._items(self._copy(value) if type(value) in _LISTS else value, level)
        if is_record and not is_a(value, Mapping):
            return self.members(self._fields(value), level)
        return self.members(self._copy(value.items()) if type(value) is dict else value.items(), level)

    def _copy(self, items: Iterable[Any]) -> list[Any]:
        """As many as have room, and one: another thread may be at the container meanwhile."""
        return list(itertools.islice(items, max(0, self._room) // _PER_VALUE + 1))

    def _fields(self, record: Any) -> Iterable[tuple[str, Any]]:
        for field in dataclasses.fields(record):
            if field.repr:
                try:
                    yield field.name, getattr(record, field.name, None)
                except Exception as problem:
                    yield field.name, self.threw(problem)

    def _has_room(self) -> bool:
        if self._room > 0 and self._monotonic() <= self._deadline:
            return True
        self.truncated = True
        return False

    def members(self, members: Iterable[tuple[Any, Any]], level: int = 1) -> dict[str, Any]:
        """What the pairs of a mapping are in JSON, as far as there is room. Raises what asking for the next does."""
        found: dict[str, Any] = {}
        for key, value in members:
            if not self._has_room():
                break
            name = cut(key if type(key) is str else str(self.plain(key, level)), 256)
            self._room -= len(name)
            if self._redaction.hides(name) and not _tells_nothing(value):
                value = REDACTED
            found[name] = self.plain(value, level + 1)
        return found

    def _items(self, items: Iterable[Any], level: int) -> list[Any]:
        found = []
        for each in items:
            if not self._has_room():
                break
            found.append(self.plain(each, level + 1))
        return found

    def _number(self, value: int) -> Any:
        if -(1 << 64) < value < 1 << 64:
            return value
        if value.bit_length() > 4096:  # Python may refuse to write it out, and nobody could read it
            return f"[integer of {value.bit_length()} bits]"
        self._room -= value.bit_length() // 3
        return value


def _as_base(value: Any) -> Any:
    for base in (str, int, float):
        if is_a(value, base):
            return base.__str__(value) if base is str else base(value)
    return None


def _tells_nothing(value: Any) -> bool:
    return value is None or value is True or value is False or (type(value) is str and value == "")


def _moment(value: Any) -> Any:
    """By the classes themselves, whatever is derived from them."""
    if is_a(value, datetime.datetime):
        return rfc3339(value) if value.tzinfo is not None else datetime.datetime.isoformat(value)
    if is_a(value, datetime.timedelta):
        return datetime.timedelta.total_seconds(value)
    return datetime.date.isoformat(value) if is_a(value, datetime.date) else datetime.time.isoformat(value)


def rfc3339(moment: datetime.datetime) -> str:
    """An aware time in UTC with milliseconds. Raises OverflowError where UTC has no such year."""
    utc = datetime.datetime.astimezone(moment, datetime.timezone.utc)
    return datetime.datetime.isoformat(utc, timespec="milliseconds").replace("+00:00", "Z")


# src/entries.py
# Entries: what the app says, as the JSON that is sent. Nothing it holds can make this fail.

_LEVELS = {
    "info": "info", "warn": "warn", "error": "error", "debug": "debug",
    "warning": "warn", "err": "error", "exception": "error", "critical": "error", "fatal": "error",
    "trace": "debug", "notset": "debug", "success": "info", "notice": "info",
}  # fmt: skip
_MEANT_MORE = frozenset(("critical", "fatal", "trace"))
_FIELDS = frozenset(("timestamp", "source", "level", "message", "endpoint", "method", "statusCode", "metadata"))
_MOST_FIELDS = 1000  # of what is no dict
_SURROGATES = re.compile("[\ud800-\udfff]")
_COLOURS = re.compile("\x1b\\[[0-9;]*m")
_NUMBERED = re.compile(r"(Level \d+)?")  # what `logging` calls a level without a name
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Encoder:
    """Makes the entries of one source."""

    def __init__(
        self, source: str, redaction: Redaction, *, queries: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._source = source
        self._redaction = redaction
        self._queries = queries
        self._monotonic = monotonic

    def encode(
        self, given: Any, arrived: int, *, ids: Optional[Mapping[str, str]] = None,
        more: Optional[Mapping[str, Any]] = None,
    ) -> bytes:  # fmt: skip
        """`given` as JSON; `arrived`, in milliseconds since 1970, is its time where it has none.

        Fields that the wire has no name for go into metadata, as do `ids`, which give way to what is there, and
        `more`, which does not. What is no mapping is a message. Never raises.
        """
        walk = Walk(self._redaction, self._monotonic)
        entry = _fields_of(given, walk)
        level, original = level_of(walk.plain(entry.get("level")))
        message = walk.plain(entry.get("message"))
        found: dict[str, Any] = {
            "timestamp": _time(entry.get("timestamp"), arrived),
            "source": cut(str(walk.plain(entry.get("source")) or walk.plain(self._source)), 128, ""),
            "level": level,
            "message": message if isinstance(message, str) else _to_json(message),
        }
        if entry.get("endpoint") is not None:
            found["endpoint"] = self._redaction.endpoint(_text(entry["endpoint"], walk), queries=self._queries)
        if entry.get("method") is not None:
            found["method"] = cut(_text(entry["method"], walk), 16, "")
        if entry.get("statusCode") is not None:
            found["statusCode"] = walk.plain(entry["statusCode"])
        after = walk.mapping(more) if more else {}
        own_ids = walk.mapping(ids)
        metadata = {**own_ids, **beside(walk.mapping(entry.get("metadata")), after)}
        others = walk.members((name, value) for name, value in entry.items() if name not in _FIELDS)
        metadata = beside(others, metadata)
        if original:
            metadata.setdefault("originalLevel", original)
        if walk.truncated:
            metadata["truncated"] = True
        found["metadata"] = metadata
        return _bytes(found)


def _fields_of(given: Any, walk: Walk) -> dict[Any, Any]:
    if type(given) is dict:
        return given
    if not is_a(given, Mapping):
        return {"message": given}
    try:
        return dict(itertools.islice(given.items(), _MOST_FIELDS))
    except Exception as problem:  # its own items
        return {"message": walk.threw(problem)}


def beside(given: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both in one. Where they share a name, what `given` has there gets a `_` before it, so that nothing is lost."""
    if not over or given.keys().isdisjoint(over):
        return {**given, **over}
    found = {name: value for name, value in given.items() if name not in over}
    for name in (name for name in given if name in over):
        other = f"_{name}"
        while other in given or other in over:
            other = f"_{other}"
        found[other] = given[name]
    return {**found, **over}


def level_of(level: Any) -> tuple[str, str]:
    """One of the four levels, and what was said instead where that meant more."""
    name = level.lower() if isinstance(level, str) else "info"
    known = _LEVELS.get(name)
    if known is None:
        return "info", cut(name, 32)
    return known, name if name in _MEANT_MORE else ""


def level_of_number(number: float) -> str:
    """The level for a number as `logging` and loguru have them."""
    for least, name in ((50, "critical"), (40, "error"), (30, "warn"), (20, "info"), (10, "debug")):
        if number >= least:
            return name
    return "trace"


def custom_level(name: Any) -> str:
    """The name of a level as an app gave it, colours apart; empty for those that everybody has."""
    shown = _COLOURS.sub("", name).strip() if isinstance(name, str) else ""
    return "" if shown.lower() in _LEVELS or _NUMBERED.fullmatch(shown) else cut(shown, 32)


def level_of_request(status: Optional[int], *, aborted: bool, stream: bool) -> str:
    """The level of a request's entry. That an event stream's reader leaves is how those end."""
    if status is not None and status >= 500:
        return "error"
    if status is not None and status >= 400:
        return "warn"
    return "warn" if aborted and not stream else "info"


def error_entry(error: BaseException, redaction: Redaction, origin: Optional[str] = None) -> dict[str, Any]:
    """The entry of an error that nobody caught; `origin` says where, outside of a request."""
    shown = Walk(redaction).error(error)
    message = f"{shown['name']}: {shown['message']}" if shown["message"] else shown["name"]
    metadata = {"origin": origin} if origin else {}
    return {"level": "error", "message": message, "metadata": {**metadata, "error": shown}}


def dropped_entry(overflow: int, refused: int) -> Optional[dict[str, Any]]:
    """The entry that tells how many others were dropped and why; None where none were."""
    causes = {"overflow": overflow, "refused": refused}
    counts = {cause: count for cause, count in causes.items() if count}
    total = sum(counts.values())
    if not total:
        return None
    words = {"overflow": "by a full buffer", "refused": "refused by the server"}
    why = ", ".join(f"{count} {words[cause]}" for cause, count in counts.items())
    were = "1 entry was" if total == 1 else f"{total} entries were"
    return {
        "level": "warn", "message": f"{were} dropped: {why}", "metadata": {"dropped": total, "causes": counts},
    }  # fmt: skip


def _text(value: Any, walk: Walk) -> str:
    return value if type(value) is str else str(walk.plain(value))


def _time(given: Any, arrived: int) -> str:
    try:
        if isinstance(given, datetime.datetime):
            return rfc3339(given)
        if isinstance(given, str):
            return cut(str.__str__(given), 64)
        seconds = given / (1 if given < 1e11 else 1000) if isinstance(given, (int, float)) else arrived / 1000
        return rfc3339(datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc))
    except Exception:  # no time that there is, or one that raises when it is looked at
        return _time(None, arrived)


def _bytes(value: Any) -> bytes:
    text = _to_json(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair, which UTF-8 has no bytes for
        return _SURROGATES.sub("\ufffd", text).encode("utf-8")


# src/tracing.py
# Which request the app is at work on: what belongs together carries the same ids, across tasks and threads.

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


@dataclasses.dataclass
class Trace:
    """The ids of one request. `trace_id` is there where the caller sent a `traceparent`."""

    request_id: str
    trace_id: Optional[str] = None  # made when a request goes out from here, where none came in
    fields: dict[str, Any] = dataclasses.field(
        default_factory=dict, compare=False
    )  # what the app adds to the request's entry


current_trace: contextvars.ContextVar[Optional[Trace]] = contextvars.ContextVar("spectrix_trace", default=None)


def read_trace(request_id: Optional[str], traceparent: Optional[str]) -> Trace:
    """From the headers `X-Request-Id` and `traceparent`; what is missing or malformed is made new."""
    found = _TRACEPARENT.fullmatch((traceparent or "").strip())
    if found and found[1] == "00" and found[4]:  # this version has no more fields
        found = None
    given = (request_id or "").strip()
    if not _REQUEST_ID.fullmatch(given):
        given = found[3] if found else uuid.uuid4().hex
    return Trace(given, found[2] if found else None)


def new_traceparent(trace: Optional[Trace]) -> str:
    """For a request that goes out while `trace` is served, which has a `trace_id` from now on."""
    trace_id = (trace and trace.trace_id) or uuid.uuid4().hex
    if trace is not None:
        trace.trace_id = trace_id
    return f"00-{trace_id}-{uuid.uuid4().hex[:16]}-01"


# src/backlog.py
# What waits to be sent: a list bounded in entries and bytes that drops its oldest and counts what it dropped.

MOST_BYTES = 5 * 1024 * 1024
BATCH_ENTRIES = 500
BATCH_BYTES = 512 * 1024
_BEFORE, _AFTER = b'{"logs":[', b"]}"


class Dropped(NamedTuple):
    """Entries that nobody will see, by cause, and not yet told of."""

    overflow: int = 0
    refused: int = 0

    def plus(self, other: Dropped) -> Dropped:
        """The sum of both."""
        return Dropped(self.overflow + other.overflow, self.refused + other.refused)


class Batch(NamedTuple):
    """What one request carries. Sent again it is the same to the byte, under the same key, so that it is taken once."""

    entries: list[bytes]
    key: str
    told: Optional[Dropped] = None  # what its first entry tells of

    @property
    def body(self) -> bytes:
        return _BEFORE + b",".join(self.entries) + _AFTER

    @property
    def size(self) -> int:
        """What the entries weigh, in bytes."""
        return sum(map(len, self.entries))

    def halves(self) -> list[Batch]:
        """The same entries in two requests, for a server to which one is too large."""
        middle = (len(self.entries) + 1) // 2
        return [_batch(self.entries[:middle], self.told), _batch(self.entries[middle:])]


class Backlog:
    """Entries as JSON, oldest first. The bounds include what is on its way, since that may have to be sent again.

    Not safe for threads: the caller holds a lock.
    """

    def __init__(
        self, most_entries: int, most_bytes: int = MOST_BYTES, *,
        batch_entries: int = BATCH_ENTRIES, batch_bytes: int = BATCH_BYTES,
    ) -> None:  # fmt: skip
        self.most_entries = most_entries
        self.most_bytes = most_bytes
        # Half of what there is room for at most, so that a batch on its way leaves some to what comes meanwhile.
        self.batch_entries = min(batch_entries, (most_entries + 1) // 2)
        self.batch_bytes = batch_bytes
        self.added = 0  # entries ever taken in
        self.dropped = Dropped()
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._away = 0
        self._away_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def first(self) -> int:
        """The number of the oldest waiting entry, counted like `added`, from 0."""
        return self.added - len(self._waiting)

    @property
    def fills_a_batch(self) -> bool:
        """Whether there is enough for a request."""
        return len(self._waiting) >= self.batch_entries or self._bytes >= self.batch_bytes

    def add(self, entry: bytes) -> None:
        """Takes an entry in; where there is no room, the oldest make some."""
        self._waiting.append(entry)
        self._bytes += len(entry)
        self.added += 1
        while self._waiting and (
            len(self._waiting) + self._away > self.most_entries or self._bytes + self._away_bytes > self.most_bytes
        ):
            self._bytes -= len(self._waiting.popleft())
            self.dropped = self.dropped.plus(Dropped(overflow=1))

    def take(self, notice: Callable[[Dropped], bytes]) -> Batch:
        """The oldest entries as a batch, which counts as kept until `settle`.

        Where some were dropped before them, `notice` makes the entry that says so, and it goes first.
        """
        told = self.dropped if any(self.dropped) else None
        self.dropped = Dropped()
        entries = [notice(told)] if told else []
        room = self.batch_bytes - len(_BEFORE) - len(_AFTER) + 1 - sum(len(entry) + 1 for entry in entries)
        while self._waiting and len(entries) < max(self.batch_entries, 2 if told else 1):
            room -= len(self._waiting[0]) + 1
            if room < 0 and len(entries) > (1 if told else 0):
                break
            entry = self._waiting.popleft()
            self._bytes -= len(entry)
            entries.append(entry)
        batch = _batch(entries, told)
        self._away += len(entries)
        self._away_bytes += batch.size
        return batch

    def settle(self, batch: Batch, *, refused: bool) -> None:
        """A batch need not be kept any longer: it was taken, or it was `refused`, and with it what it had to tell."""
        self._away -= len(batch.entries)
        self._away_bytes -= batch.size
        if refused:
            refused_entries = Dropped(refused=len(batch.entries) - (1 if batch.told else 0))
            self.dropped = self.dropped.plus(refused_entries).plus(batch.told or Dropped())


def _batch(entries: list[bytes], told: Optional[Dropped] = None) -> Batch:
    return Batch(entries, str(uuid.uuid4()), told)


# src/post.py
# One POST and its answer: no redirects, no retries, and never longer than it was given.

_MOST_ANSWER = 64 * 1024


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes = b""
    retry_after: Optional[str] = None
    location: Optional[str] = None


Transport = Callable[[str, Mapping[str, str], bytes, float], Answer]
"""(url, headers, body, seconds) -> Answer; raises OSError or http.client.HTTPException where none came in time."""


def post(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
    """Sends `body` over a new connection; `seconds` is for everything together, names and TLS included."""
    deadline = time.monotonic() + seconds
    parts = urllib.parse.urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.connect()
        connection.sock = _TimedSocket(connection.sock, deadline)
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request("POST", target, body, {**headers, "Connection": "close"})
        answer = connection.getresponse()
        whole = answer.length is not None and answer.length <= _MOST_ANSWER
        text = answer.read() if whole else answer.read(_MOST_ANSWER)
        return Answer(answer.status, text, answer.headers.get("Retry-After"), answer.headers.get("Location"))
    finally:
        connection.close()


class _TimedSocket:
    """What `http.client` needs of a socket, with one deadline for all of it: its own timeout is for each read."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self.tick()
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        # The mode is "rb".
        raw = self._socket.makefile(mode, buffering=0)  # type: ignore[call-overload]
        return io.BufferedReader(_TimedReader(self, raw))

    def close(self) -> None:
        self._socket.close()

    def tick(self) -> None:
        """Gives the socket the seconds that are left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._socket.settimeout(left)


class _TimedReader(io.RawIOBase):
    def __init__(self, owner: _TimedSocket, raw: io.RawIOBase) -> None:
        self._owner = owner
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        self._owner.tick()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


# src/delivery.py
# Delivery of the backlog: one request at a time, again where that helps, and never faster than the server bears.

TIMEOUT = 5.0  # seconds for one request
BETWEEN_WARNINGS = 60.0


class Clock(Protocol):
    """Where the time comes from."""

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""

    def wall(self) -> int:
        """Milliseconds since 1970."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> int:
        return time.time_ns() // 1_000_000


class Warnings:
    """Lines on stderr, at most one a minute: an outage must not flood the log of the app."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = float("-inf")

    def warn(self, what: str, *, now: bool = False) -> None:
        """Writes a line, unless one was written within the last minute; `now` writes it all the same."""
        time = self._clock.monotonic()
        if time < self._next and not now:
            return
        self._next = time + BETWEEN_WARNINGS
        if sys.stderr is not None:  # as under pythonw
            try:
                sys.stderr.write(f"spectrix: {what}\n")
                sys.stderr.flush()
            except (OSError, ValueError):
                return  # stderr is closed: there is nobody left to tell


class Delivery:
    """Sends what is in `backlog`. `step` does what is due; who calls it again and again is another matter."""

    def __init__(
        self, backlog: Backlog, *, url: str, shown: str, api_key: str, interval: float, clock: Clock,
        transport: Transport, jitter: Callable[[], float], notice: Callable[[Dropped], bytes], warnings: Warnings,
    ) -> None:  # fmt: skip
        self.lock = threading.Lock()  # whoever touches the backlog holds it
        self.backlog = backlog
        self._url = url
        self._shown = shown  # what is said of it on stderr
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "User-Agent": "spectrix-python",
        }
        self._interval = interval
        self._clock = clock
        self._transport = transport
        self._jitter = jitter
        self._notice = notice
        self._warnings = warnings
        self._one_at_a_time = threading.Lock()
        self._away: deque[Batch] = deque()  # more than one only where a batch was halved
        self._flush_at: Optional[float] = None  # when what waits is due
        self._drain_to = 0  # a flush goes on until the entries before this number are sent
        self._failures = 0  # in a row
        self._not_before = 0.0

    @property
    def waiting(self) -> int:
        """Entries that are not known to have arrived."""
        with self.lock:
            return len(self.backlog) + sum(len(batch.entries) for batch in self._away)

    def add(self, entry: bytes) -> bool:
        """Takes an entry in. Whether `step` now has something to do earlier than it last said."""
        with self.lock:
            was_full = self.backlog.fills_a_batch
            self.backlog.add(entry)
            if self._flush_at is None:
                self._flush_at = self._clock.monotonic() + self._interval
                return True
            return self.backlog.fills_a_batch and not was_full

    def hurry(self) -> None:
        """Makes everything that waits due at once, even if the server has asked for patience."""
        with self.lock:
            self._flush_at = self._not_before = self._clock.monotonic()
            self._drain_to = self.backlog.added

    def step(self, seconds: float = TIMEOUT) -> Optional[float]:
        """Sends at most one request, for at most `seconds`. The seconds until there is more to do; None: nothing is."""
        if not self._one_at_a_time.acquire(timeout=seconds):
            return seconds
        try:
            with self.lock:
                wait = self._wait()
                if wait is None or wait > 0:
                    return wait
                if not self._away:
                    self._away.append(self.backlog.take(self._notice))
                batch = self._away[0]
            self._send(batch, seconds)
            with self.lock:
                return self._wait()
        finally:
            self._one_at_a_time.release()

    def _wait(self) -> Optional[float]:
        now = self._clock.monotonic()
        if self._away:
            return max(0.0, self._not_before - now)
        if not self.backlog:
            self._flush_at = None
            return None
        due = self._flush_at if self._flush_at is not None else now
        if now >= due or self.backlog.fills_a_batch:
            self._drain_to = self.backlog.added
        if self.backlog.first < self._drain_to:
            due = now
        return max(0.0, due - now, self._not_before - now)

    def _send(self, batch: Batch, seconds: float) -> None:
        answer: Optional[Answer] = None
        try:
            answer = self._transport(self._url, {**self._headers, "Idempotency-Key": batch.key}, batch.body, seconds)
            cause = _refusal(answer)
        except Exception as problem:  # OSError and HTTPException, but nothing else must end the thread either
            cause = _cause(problem)
        verdict = decide(
            answer.status if answer else None, self._failures + 1, len(batch.entries),
            retry_after=answer.retry_after if answer else None, now=self._clock.wall(), random=self._jitter(),
        )  # fmt: skip
        with self.lock:
            if verdict.action == "retry":
                self._failures += 1
                self._not_before = self._clock.monotonic() + verdict.delay
            else:
                self._away.popleft()
                self._failures, self._not_before = 0, 0.0
                if verdict.action == "halve":
                    self._away.extendleft(reversed(batch.halves()))
                else:
                    self.backlog.settle(batch, refused=verdict.action == "drop")
                    self._flush_at = self._clock.monotonic() + self._interval if self.backlog else None
        if verdict.action == "retry":
            waiting, pause = self.waiting, verdict.delay
            self._warnings.warn(f"{self._shown}: {cause}; waiting entries: {waiting}, next try in {pause:.1f} s")
        elif verdict.action == "drop":
            self._warnings.warn(f"{self._shown}: {cause}; dropped entries: {len(batch.entries)}")
        elif verdict.action == "done" and answer:
            self._read_counts(batch, answer)

    def _read_counts(self, batch: Batch, answer: Answer) -> None:
        try:
            counts = json.loads(answer.body)
            rejected, errors = counts["rejected"], counts.get("errors") or []
        except (ValueError, TypeError, KeyError, AttributeError):
            self._warnings.warn(f"{self._shown} answered {answer.status} but not as Spectrix: is it the address?")
            return
        if rejected:
            reasons = sorted({_line(str(each.get("reason"))) for each in errors if isinstance(each, dict)})
            self._warnings.warn(f"{self._shown} rejected {rejected} of {len(batch.entries)}: {', '.join(reasons)}")


def _cause(problem: BaseException) -> str:
    """What went wrong, in a line: the class says little and an empty message nothing, so it is both."""
    return f"{type(problem).__name__}: {_line(str(problem)) or 'no reason given'}"


def _refusal(answer: Answer) -> str:
    """The status, and why: where a redirect leads, or what the problem document says."""
    if answer.location:
        return f"HTTP {answer.status}, a redirect to {_line(answer.location)}, which is not followed"
    try:
        detail = json.loads(answer.body)["detail"]
    except (ValueError, TypeError, KeyError):
        return f"HTTP {answer.status}"
    return f"HTTP {answer.status}, {_line(str(detail))}"


def _line(text: str) -> str:
    """`text` in one short line, with nothing in it that a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200].strip()


# src/uncaught.py
# Errors that end the program or a thread: those who want to know hear of them before.


class UncaughtListener(Protocol):
    """Who wants to know."""

    def uncaught(self, error: Exception, origin: str) -> None:
        """`origin` is the hook that told."""


_listeners: weakref.WeakSet[UncaughtListener] = weakref.WeakSet()


def add_uncaught_listener(listener: UncaughtListener) -> None:
    """From now on `listener` is told, as long as somebody else keeps it; what was there before is still called."""
    if not _listeners:
        _set_hooks()
    _listeners.add(listener)


def _set_hooks() -> None:
    before, before_thread = sys.excepthook, threading.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
        _tell(error, "sys.excepthook")
        before(kind, error, trace)

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        _tell(args.exc_value, "threading.excepthook")
        before_thread(args)

    if getattr(before, "__module__", "") != __name__:
        sys.excepthook = hook
    if getattr(before_thread, "__module__", "") != __name__:
        threading.excepthook = thread_hook


def _tell(error: Optional[BaseException], origin: str) -> None:
    if isinstance(error, Exception):  # not what is pressed on a keyboard
        for listener in list(_listeners):
            listener.uncaught(error, origin)


# src/client.py
# The client: takes entries in on any thread at any time, and has one daemon thread of its own to send them.

DEFAULT_URL = "http://localhost:4000/api/v1"
AT_EXIT = 2.0  # seconds that a program's end may be held up


class Busy(threading.local):
    """Whether this thread is at work for a client: what is logged meanwhile must not come back to it."""

    now = False


busy = Busy()


class Client:
    """Sends entries to one service of a Spectrix server.

    `api_key` and `base_url` come from SPECTRIX_API_KEY and SPECTRIX_URL where they are not given. Entries leave
    every `interval` seconds, or sooner when many wait; at most `max_buffer_size` entries and 5 MiB wait, and the
    oldest make room. `redact` has more names whose values are secrets; `queries` keeps the query on a request's
    endpoint, with its secrets hidden; `ip` puts the caller's address on the entry; `errors` sends those that end the
    program or a thread. The rest is for tests. A setting that cannot work is told on stderr, and is its default.
    """

    def __init__(
        self, api_key: Optional[str] = None, source: str = "python-app", base_url: Optional[str] = None,
        interval: float = 2.0, max_buffer_size: int = 10_000, *, redact: Iterable[str] = (), queries: bool = False,
        ip: bool = False, errors: bool = True,
        clock: Optional[Clock] = None, transport: Transport = post, jitter: Callable[[], float] = random.random,
        thread: bool = True,
    ) -> None:  # fmt: skip
        self.clock = clock or SystemClock()
        self._warnings = Warnings(self.clock)
        self.api_key = self._key(api_key if api_key is not None else os.environ.get("SPECTRIX_API_KEY", ""))
        self.source = source
        self.base_url = self._url(base_url or os.environ.get("SPECTRIX_URL") or DEFAULT_URL)
        self.interval = float(self._number("interval", interval, 2.0))
        self.max_buffer_size = int(self._number("max_buffer_size", max_buffer_size, 10_000))
        self.ip = ip
        self.redaction = Redaction(redact)
        self._encoder = Encoder(source, self.redaction, queries=queries, monotonic=self.clock.monotonic)
        self._queries = queries
        self._transport = transport
        self._jitter = jitter
        self._uses_thread = thread
        self._closed = False
        self._begin()
        if thread:
            _clients.add(self)
        if errors:
            add_uncaught_listener(self)

    def _begin(self) -> None:
        """Starts with nothing, as also in the child after a fork: what waited is the parent's to send."""
        self.delivery = Delivery(
            Backlog(self.max_buffer_size), url=f"{self.base_url}/ingest/logs",
            shown=self.redaction.text(self.base_url), api_key=self.api_key,
            interval=self.interval, clock=self.clock, transport=self._transport, jitter=self._jitter,
            notice=self._notice, warnings=self._warnings,
        )  # fmt: skip
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: Optional[threading.Thread] = None

    # What the app calls. Nothing of it raises, and nothing of it waits but flush and close.

    def debug(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level debug; `more` joins `metadata`."""
        self._say("debug", message, metadata, more)

    def info(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level info; `more` joins `metadata`."""
        self._say("info", message, metadata, more)

    def warn(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level warn; `more` joins `metadata`."""
        self._say("warn", message, metadata, more)

    warning = warn

    def error(self, message: Any, metadata: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Sends an entry of level error; `more` joins `metadata`. An exception shows its name, message and stack."""
        self._say("error", message, metadata, more)

    def _say(self, level: str, message: Any, metadata: Any, more: dict[str, Any]) -> None:
        if is_a(message, BaseException):
            shown = error_entry(message, self.redaction)
            message, more = shown["message"], beside(more, shown["metadata"])
        self.push_traced({"level": level, "message": message, "metadata": metadata}, current_trace.get(), more)

    def set(self, members: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
        """Adds members to the metadata of the one entry of the request that is being served here, if there is one."""
        trace = current_trace.get()
        try:
            if trace is not None:
                trace.fields.update(members or {}, **more)
        except Exception as problem:  # whatever is wrong here, the app goes on
            self.lost(problem)

    def trace_headers(self) -> dict[str, str]:
        """Headers for a request to another service, whose entries then have the same `traceId` as those of the
        request that is being served here. That has a new one from now on where none came in.
        """
        return {"traceparent": new_traceparent(current_trace.get())}

    def push(self, entry: Mapping[str, Any]) -> None:
        """Takes an entry in, with the fields of the wire: `level`, `message`, `metadata`, `endpoint` and so on."""
        self.push_traced(entry, current_trace.get())

    def push_traced(
        self, entry: Mapping[str, Any], trace: Optional[Trace], more: Optional[Mapping[str, Any]] = None
    ) -> None:
        """The same for an entry of another request than the present one; `more` joins its metadata."""
        if busy.now:
            return
        busy.now = True
        try:
            if self._ready():
                wall = self.clock.wall()
                early = self.delivery.add(self._encoder.encode(entry, wall, ids=trace_ids(trace), more=more))
                if early or self._thread is None:
                    self._set_off()
        except Exception as problem:  # whatever is wrong here, the app goes on
            self.lost(problem)
        finally:
            busy.now = False

    def lost(self, problem: Exception) -> None:
        """Tells that the client itself has failed, which must not hurt the app."""
        message = Walk(self.redaction).message(problem)
        self._warnings.warn(f"an entry was lost: {name_of(type(problem))}: {message}")

    def uncaught(self, error: Exception, origin: str) -> None:
        """An error that ends the program or a thread; `origin` says which hook told."""
        self.push(error_entry(error, self.redaction, origin))

    def endpoint(self, target: str) -> str:
        """What is shown for a request's target."""
        return self.redaction.endpoint(target, queries=self._queries)

    def flush(self, timeout: float = TIMEOUT) -> bool:
        """Sends what waits, now, and waits for that at most `timeout` seconds. Whether everything has arrived."""
        return self._drain(timeout, once=True)

    def close(self, timeout: float = AT_EXIT) -> bool:
        """Sends what waits, within `timeout` seconds, and ends; idempotent. Whether everything has arrived.

        Entries that come later are lost. A program that ends calls this by itself, unless it is killed.
        """
        if self._closed:
            return self.delivery.waiting == 0
        self._closed = True
        self._wake.set()
        arrived = self._drain(timeout, once=False)
        if not arrived and self.api_key:
            self._warnings.warn(f"closed before {self.delivery.waiting} waiting entries had arrived", now=True)
        return arrived

    # How it works.

    def _key(self, key: str) -> str:
        if key.strip().isascii() and key.strip().isprintable():
            return key.strip()
        self._warnings.warn("api_key has characters that no key has; going on without", now=True)
        return ""

    def _number(self, name: str, value: Any, default: float) -> float:
        if isinstance(value, (int, float)) and 0 <= value < 2**31:
            return value
        self._warnings.warn(f"{name} is {value!r}, not a number from 0; going on with {default}", now=True)
        return default

    def _url(self, url: str) -> str:
        try:
            parts = urllib.parse.urlsplit(url)
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                return url.rstrip("/")
        except ValueError:  # a port that is none, say
            pass
        self._warnings.warn(f"base_url is no http address: {url!r}; going on with {DEFAULT_URL}", now=True)
        return DEFAULT_URL

    def _ready(self) -> bool:
        if self._closed:
            self._warnings.warn("an entry came after close() and is lost")
        elif not self.api_key:
            self._warnings.warn("no API key, so nothing is sent: set SPECTRIX_API_KEY or give api_key")
        else:
            return True
        return False

    def _notice(self, dropped: Dropped) -> bytes:
        """The entry that stands where others were dropped."""
        return self._encoder.encode(dropped_entry(*dropped) or {}, self.clock.wall())

    def _set_off(self) -> None:
        if not self._uses_thread:
            return
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._work, name="spectrix", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # no more threads, as when the program ends: then `_at_exit` sends
                    return
                self._thread = thread
        self._wake.set()

    def _work(self) -> None:
        busy.now = True
        delivery, wake = self.delivery, self._wake
        while not self._closed:
            wake.clear()
            try:
                wait = delivery.step()
            except Exception as problem:
                self._warnings.warn(f"sending failed: {type(problem).__name__}: {problem}")
                wait = self.interval + 1.0
            wake.wait(wait)

    def _drain(self, timeout: float, *, once: bool) -> bool:
        delivery, deadline = self.delivery, time.monotonic() + timeout
        was_busy, busy.now = busy.now, True
        try:
            delivery.hurry()
            while delivery.waiting:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                wait = delivery.step(min(TIMEOUT, left))
                if wait and once:
                    break
                if wait:
                    threading.Event().wait(min(wait, max(0.0, deadline - time.monotonic())))
            return delivery.waiting == 0
        finally:
            busy.now = was_busy


def trace_ids(trace: Optional[Trace]) -> Optional[Mapping[str, str]]:
    """The ids of a request under the names that they have in metadata."""
    if trace is None:
        return None
    return {"requestId": trace.request_id, **({"traceId": trace.trace_id} if trace.trace_id else {})}


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _each_client() -> Iterator[Client]:
    yield from list(_clients)


def _after_fork() -> None:
    busy.now = False
    for client in _each_client():
        client._begin()


def _at_exit() -> None:
    deadline = time.monotonic() + AT_EXIT
    for client in _each_client():
        client.close(max(0.1, deadline - time.monotonic()))


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


# src/requests.py
# A request on its way through the app: from its first line to the end of its answer, told once as an entry.

_EXCHANGES = "spectrix.exchanges"  # in a request's scope or environ


class Exchange:
    """One request and its answer. What it is told is what its entry shows; `end` sends that, once."""

    def __init__(
        self, client: Client, known: list[Exchange], *, method: str, target: str,
        request_id: Optional[str], traceparent: Optional[str], user_agent: Optional[str], address: Optional[str],
    ) -> None:  # fmt: skip
        self.client = client
        self._method = method
        self._target = target
        self._trace: Trace = read_trace(request_id, traceparent)
        self._user_agent = user_agent
        self._address = address
        self._begun = client.clock.monotonic()
        self._failure: Optional[BaseException] = None
        self._failed_with = ""  # the message of its entry
        self._ended = False
        self.status: Optional[int] = None
        self.stream = False  # whether the answer is an event stream
        self.aborted = False  # whether the client left before the end of the answer
        self.route: Optional[str] = None  # the template that the path matched,
        self.find_route: Optional[Callable[[], Optional[str]]] = None  # or how to ask for it in the end
        known.append(self)  # the others of this request, one for each client that is mounted

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """What is logged within has the ids of this request."""
        before = current_trace.get()
        current_trace.set(self._trace)
        try:
            yield
        finally:
            current_trace.set(before)

    @property
    def without_body(self) -> bool:
        """Whether the answer has none, so that nobody needs to read it."""
        return self._method == "HEAD" or self.status in (204, 304)

    def began(self, status: int, content_type: str = "") -> None:
        """The answer has begun."""
        self.status = status
        self.stream = content_type.lower().startswith("text/event-stream")

    def failed(self, error: BaseException) -> None:
        """An error that nobody in the app caught: told at once, and once."""
        if error is self._failure:
            return
        self._failure = error
        if self.status is None:
            self.status = 500
        entry = error_entry(error, self.client.redaction)
        self._failed_with = entry["message"]
        self.client.push_traced(entry, self._trace)

    def end(self) -> None:
        """The answer is over, one way or the other."""
        if self._ended:
            return
        self._ended = True
        try:
            self.client.push_traced(self._entry(), self._trace)
        except Exception as problem:  # whatever is wrong here, the app goes on
            self.client.lost(problem)

    def _entry(self) -> dict[str, Any]:
        duration = self.client.clock.monotonic() - self._begun
        metadata: dict[str, Any] = {"duration": round(duration * 1000, 1)}
        route = self.route or (self.find_route and self.find_route())
        if route:
            metadata["route"] = route
        if self.aborted:
            metadata["aborted"] = True
        if self._failure is not None:
            metadata["error"] = self._failed_with
        if self._user_agent:
            metadata["userAgent"] = self._user_agent[:256]
        if self.client.ip and self._address:
            metadata["ip"] = self._address
        endpoint = self.client.endpoint(self._target)
        level = level_of_request(self.status, aborted=self.aborted, stream=self.stream)
        return {
            "level": "error" if self._failure else level,
            "message": f"{self._method} {endpoint}",
            "endpoint": endpoint,
            "method": self._method,
            "statusCode": self.status,
            "metadata": beside(self._trace.fields, {**(trace_ids(self._trace) or {}), **metadata}),
        }


def exchanges_of(scope: MutableMapping[str, Any]) -> list[Exchange]:
    """What is known of the request with this scope or environ."""
    found: list[Exchange] = scope.setdefault(_EXCHANGES, [])
    return found


def is_known(client: Client, known: list[Exchange]) -> bool:
    """Whether `client` has met this request already: it may be mounted more than once."""
    return any(exchange.client is client for exchange in known)


# src/frameworks.py
# Flask and Django make an answer of an error before it comes up to a middleware; but they tell of it by signals.

_heard: set[str] = set()  # the frameworks that are listened to


def listen_to_frameworks() -> None:
    """Listens to those that the app has loaded by now."""
    flask = sys.modules.get("flask")
    if flask is not None and "flask" not in _heard and hasattr(flask, "got_request_exception"):
        _heard.add("flask")
        flask.got_request_exception.connect(_flask_failed)
    django = sys.modules.get("django.core.signals")
    if django is not None and "django" not in _heard and hasattr(django, "got_request_exception"):
        _heard.add("django")
        django.request_started.connect(_django_started)
        django.got_request_exception.connect(_django_failed)


def _flask_failed(_app: Any, exception: BaseException, **_more: Any) -> None:
    _failed(sys.modules["flask"].request.environ, exception)


def _django_started(environ: Any = None, scope: Any = None, **_more: Any) -> None:
    if environ is not None:
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    else:
        scope = scope or {}
        path = scope.get("path", "")[len(scope.get("root_path") or "") :]
    for exchange in exchanges_of(environ if environ is not None else scope):
        exchange.find_route = lambda: _django_route(path)


def _django_failed(request: Any = None, **_more: Any) -> None:
    error = sys.exc_info()[1]
    if error is not None:
        _failed(getattr(request, "environ", None) or getattr(request, "scope", None) or {}, error)


def _failed(environ: MutableMapping[str, Any], error: BaseException) -> None:
    for exchange in exchanges_of(environ):
        exchange.failed(error)


def _django_route(path: str) -> Optional[str]:
    """Django keeps the request to itself, but tells again which route a path has."""
    urls = sys.modules["django.urls"]
    try:
        route: str = urls.resolve(path).route
    except Exception:  # there is no such route, or the app's own are at odds
        return None
    return route if route.startswith("^") else f"/{route}"


# src/asgi.py
# ASGI: FastAPI, Starlette, Django's asynchronous side, and whatever else speaks it.

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class AsgiMiddleware:
    """Wraps an ASGI application. WebSockets have their request ids and errors, but no entry of their own."""

    def __init__(self, app: AsgiApp, client: Client) -> None:
        self._app = app
        self._client = client

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        exchange = _asgi_exchange(self._client, scope) if scope["type"] in ("http", "websocket") else None
        if exchange is None:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            await self._http(exchange, scope, receive, send)
            return
        with exchange.current():
            try:
                await self._app(scope, receive, send)
            except Exception as error:
                exchange.failed(error)
                raise

    async def _lifespan(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Sends what waits before a server hears that the app has ended: one that was told to by a signal may
        raise that again and so end the process without `atexit`. For an app that knows of no lifespan this has one.
        """
        asked = False

        async def watched_receive() -> _Message:
            nonlocal asked
            asked = True
            return await receive()

        async def watched_send(message: _Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self._flush()
            await send(message)

        try:
            await self._app(scope, watched_receive, watched_send)
        except Exception:  # without having asked what is wanted: how an app says that it knows of none
            if asked:
                raise
        while not asked:
            kind = (await receive())["type"]
            asked = kind == "lifespan.shutdown"
            await watched_send({"type": f"{kind}.complete"})

    async def _flush(self) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._client.flush, AT_EXIT)
        except Exception as problem:  # no threads any more, say
            self._client.lost(problem)

    async def _http(self, exchange: Exchange, scope: _Scope, receive: _Receive, send: _Send) -> None:
        answered = False

        async def watched_receive() -> _Message:
            message = await receive()
            if message["type"] == "http.disconnect" and not answered:
                exchange.aborted = True
            return message

        async def watched_send(message: _Message) -> None:
            nonlocal answered
            kind = message["type"]
            if kind == "http.response.start":
                exchange.began(message["status"], _header(message.get("headers", ()), b"content-type") or "")
            try:
                await send(message)
            except OSError:  # how a server says that nobody is there
                exchange.aborted = True
                raise
            if kind == "http.response.body" and not message.get("more_body", False):
                answered = True
                if (exchange.status or 0) < 500:  # otherwise the error behind it may come up yet, and goes first
                    exchange.route = _route(scope)
                    exchange.end()

        with exchange.current():
            try:
                await self._app(scope, watched_receive, watched_send)
            except asyncio.CancelledError:
                exchange.aborted = exchange.aborted or not answered
                raise
            except Exception as error:
                if not exchange.aborted:  # otherwise it is how a framework hears of that
                    exchange.failed(error)
                raise
            finally:
                if not answered and exchange.status is None:
                    exchange.aborted = True
                exchange.route = _route(scope)
                exchange.end()


def _asgi_exchange(client: Client, scope: _Scope) -> Optional[Exchange]:
    """What will be told of the request; None where the client knows it already, or it is beyond understanding."""
    try:
        known = exchanges_of(scope)
        if is_known(client, known):
            return None
        listen_to_frameworks()
        headers = scope.get("headers", ())
        query = scope.get("query_string") or b""
        path = scope.get("path", "")
        return Exchange(
            client,
            known,
            method=scope.get("method", "GET"),
            target=f"{path}?{query.decode('latin-1')}" if query else path,
            request_id=_header(headers, b"x-request-id"),
            traceparent=_header(headers, b"traceparent"),
            user_agent=_header(headers, b"user-agent"),
            address=(scope.get("client") or (None,))[0],
        )
    except Exception as problem:
        client.lost(problem)
        return None


def _header(headers: Any, name: bytes) -> Optional[str]:
    for key, value in headers:
        if key.lower() == name:
            return bytes(value).decode("latin-1")
    return None


def _route(scope: _Scope) -> Optional[str]:
    """Starlette and what is made of it leave the route in the scope."""
    template = getattr(scope.get("route"), "path", None)
    if not isinstance(template, str):
        return None
    root = scope.get("root_path") or ""
    return root + template if isinstance(root, str) else template


# src/wsgi.py
# WSGI: Flask, Django, and whatever else speaks it.

WsgiApp = Callable[[Any, Any], Iterable[bytes]]


class WsgiMiddleware:
    """Wraps a WSGI application."""

    def __init__(self, app: WsgiApp, client: Client) -> None:
        self._app = app
        self._client = client

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        exchange = _wsgi_exchange(self._client, environ)
        if exchange is None:
            return self._app(environ, start_response)

        def watched_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            kinds = [value for name, value in headers if name.lower() == "content-type"]
            exchange.began(int(status[:3]) if status[:3].isdigit() else 500, kinds[0] if kinds else "")
            rule = getattr(environ.get("werkzeug.request"), "url_rule", None)  # where Flask has it, for now
            exchange.route = getattr(rule, "rule", None)
            return start_response(status, headers, *exc_info)

        with exchange.current():
            try:
                body = self._app(environ, watched_start)
            except BaseException as error:  # a server that gives up on a request is no error of the app
                if isinstance(error, Exception):
                    exchange.failed(error)
                exchange.aborted = not isinstance(error, Exception)
                exchange.end()
                raise
        kind = _SizedBody if hasattr(body, "__len__") else _Body
        return kind(body, exchange)


class _Body:
    """The answer's body, which is over when the server closes it."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange) -> None:
        self._body = body
        self._parts: Optional[Iterator[bytes]] = None
        self._exchange = exchange
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._exchange.current():
            try:
                if self._parts is None:
                    self._parts = iter(self._body)
                return next(self._parts)
            except StopIteration:
                self._complete = True
                raise
            except Exception as error:
                self._complete = True
                self._exchange.failed(error)
                raise

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        try:
            if close is not None:
                with self._exchange.current():
                    close()
        finally:
            self._exchange.aborted = not (self._complete or self._exchange.without_body)
            self._exchange.end()


class _SizedBody(_Body):
    """One of which the server may ask how many parts it has, to tell the answer's length by that."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]  # asked for only where it has one

    def close(self) -> None:
        self._complete = self._complete or len(self) <= 1  # a server may take the only part and ask for no more
        super().close()


def _wsgi_exchange(client: Client, environ: dict[str, Any]) -> Optional[Exchange]:
    """What will be told of the request; None where the client knows it already, or it is beyond understanding."""
    try:
        known = exchanges_of(environ)
        if is_known(client, known):
            return None
        listen_to_frameworks()
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI has each byte as a character
        query = environ.get("QUERY_STRING")
        return Exchange(
            client,
            known,
            method=environ.get("REQUEST_METHOD", "GET"),
            target=f"{path}?{query}" if query else path,
            request_id=environ.get("HTTP_X_REQUEST_ID"),
            traceparent=environ.get("HTTP_TRACEPARENT"),
            user_agent=environ.get("HTTP_USER_AGENT"),
            address=environ.get("REMOTE_ADDR"),
        )
    except Exception as problem:
        client.lost(problem)
        return None


# src/aiohttp_server.py
# aiohttp's server.

_KEYS: dict[str, Any] = {}  # the one under which all clients know a request


class AiohttpMiddleware:
    """For `web.Application(middlewares=[...])`."""

    __middleware_version__ = 1  # how aiohttp knows a middleware that takes (request, handler)

    def __init__(self, client: Client) -> None:
        from aiohttp import web  # only who uses this has it

        self._client = client
        named = getattr(web, "RequestKey", None)  # newer versions want keys of this kind in a request
        self._key: Any = _KEYS.setdefault("key", named("spectrix", list) if named else "spectrix.exchanges")

    async def __call__(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        exchange = self._exchange(request)
        if exchange is None:
            return await handler(request)
        with exchange.current():
            try:
                response = await handler(request)
            except asyncio.CancelledError:
                exchange.aborted = True
                exchange.end()
                raise
            except Exception as error:
                if _is_answer(error):
                    _began(exchange, error)
                elif request.transport is None:  # the error is that nobody is there
                    exchange.aborted = True
                    exchange.stream = "text/event-stream" in request.headers.get("Accept", "")
                else:
                    exchange.failed(error)
                self._end_with(request, exchange)
                raise
        _began(exchange, response)
        self._end_with(request, exchange)
        return response

    def _exchange(self, request: Any) -> Optional[Exchange]:
        """What will be told of the request; None where the client knows it already, or it is beyond understanding."""
        try:
            if self._key not in request:
                request[self._key] = []
            known: list[Exchange] = request[self._key]
            if is_known(self._client, known):
                return None
            exchange = Exchange(
                self._client,
                known,
                method=request.method,
                target=request.path_qs,
                request_id=request.headers.get("X-Request-Id"),
                traceparent=request.headers.get("traceparent"),
                user_agent=request.headers.get("User-Agent"),
                address=request.remote,
            )
            resource = getattr(getattr(request.match_info, "route", None), "resource", None)
            exchange.route = getattr(resource, "canonical", None)
            return exchange
        except Exception as problem:
            self._client.lost(problem)
            return None

    def _end_with(self, request: Any, exchange: Exchange) -> None:
        """The answer is written when the task that handles this request is over; then the entry goes out."""

        def over(_task: object = None) -> None:
            exchange.aborted = exchange.aborted or request.transport is None
            exchange.end()

        task = asyncio.current_task()
        if task is None or task is request.task:  # that one is the whole connection's
            over()
        else:
            task.add_done_callback(over)


def _is_answer(error: BaseException) -> bool:
    """Whether it is aiohttp's way to answer by raising, like HTTPNotFound."""
    return hasattr(error, "status") and hasattr(error, "prepare")


def _began(exchange: Exchange, response: Any) -> None:
    exchange.began(response.status, response.headers.get("Content-Type", ""))


# src/loggers.py
# The loggers that apps have: logging, structlog, loguru.

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


# src/spectrix.py
# Everything under one name.

__all__ = ["Spectrix", "SpectrixHandler"]


class Spectrix(Client):
    """A client, and what connects it to an app: see `Client` for the settings."""

    def asgi(self, app: AsgiApp) -> AsgiMiddleware:
        """`app` with each of its requests logged. FastAPI and Starlette: `app.add_middleware(spectrix.asgi)`."""
        return AsgiMiddleware(app, self)

    def wsgi(self, app: WsgiApp) -> WsgiMiddleware:
        """`app` with each of its requests logged. Flask: `app.wsgi_app = spectrix.wsgi(app.wsgi_app)`."""
        return WsgiMiddleware(app, self)

    @property
    def aiohttp(self) -> Any:
        """A middleware: `web.Application(middlewares=[spectrix.aiohttp])`."""
        return AiohttpMiddleware(self)

    def handler(self, level: int = logging.NOTSET) -> SpectrixHandler:
        """A handler for `logging`: `logging.getLogger().addHandler(spectrix.handler())`."""
        return SpectrixHandler(self, level)

    @property
    def structlog(self) -> StructlogProcessor:
        """A structlog processor; it goes before the one that renders."""
        return StructlogProcessor(self)

    @property
    def loguru(self) -> LoguruSink:
        """A loguru sink: `logger.add(spectrix.loguru)`."""
        return LoguruSink(self)
