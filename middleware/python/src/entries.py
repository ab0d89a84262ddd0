"""Entries: what the app says, as the JSON that is sent. Nothing it holds can make this fail."""

from __future__ import annotations

import datetime
import itertools
import json
import re
import time
from typing import Any, Callable, Mapping, Optional

from .redaction import Redaction, cut
from .values import Walk, is_a, rfc3339

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
