"""Parameters of the calls: query parameters, headers and ingest bodies, as the OpenAPI document has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..core.errors import InvalidBody
from ..entries.entry import LEVELS, Entry
from ..query.filter import MAX_SOURCES
from ..query.moments import bounds
from ..query.parser import MAX_LENGTH

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Query:
    """One query parameter; none is required."""

    name: str
    schema: Schema
    summary: str


@dataclass(frozen=True, slots=True)
class Header:
    """One header that a call takes, none of them required, or always gives with its answer."""

    name: str
    schema: Schema
    summary: str


_TIME = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}"
_TIME += r"(?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
RANGE: Final = rf"-[1-9][0-9]{{0,5}}[smhd]|{_TIME}/(?:{_TIME})?"
"""What a view's range is like, whole: `-15m`, or from and to, or from on."""
MAX_LIMIT: Final = 10_000
"""Entries of one page at most."""

# A body of text: without what no text holds, but for tab, line end, ESC and record separator.
_LINES: Final = {
    "type": "string",
    "pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c\u001d\u001f\u007f-\u009f]*$",
}
_TEXT: Final[Schema] = {"type": "string"}

HISTORY: Final = Query(
    "history", {"type": "integer", "minimum": 0, "maximum": 60}, "Seconds of history to add to the stats."
)
TIME: Final[Schema] = {
    "type": "string",
    "pattern": r"^(-[0-9]{1,6}[smhdw]|[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,3})?Z)$",
}
"""As most are written; every usual form of a time is read."""

_CURSOR: Final = {"type": "string", "pattern": r"^.+\.[0-9]{1,15}$"}
_BEFORE: Final = Query("before", _CURSOR, "The cursor to go on before, the newest first: epoch.seq.")
_FILTER: Final = (
    Query(
        "level",
        {"type": "array", "items": {"enum": list(LEVELS)}},
        "Levels to keep, repeated, or separated by commas.",
    ),
    Query("source", {"type": "array", "items": _TEXT}, f"Sources to keep, repeated; at most {MAX_SOURCES} of them."),
    Query("q", {"type": "string", "maxLength": MAX_LENGTH}, "What to find: a text, or a query (docs/query.md)."),
    Query("from", TIME, "Received from then on: RFC 3339, or how long ago, as -1h."),
    Query("to", TIME, "Received before: RFC 3339, or how long ago."),
)
ENTRIES: Final = (
    Query("after", _CURSOR, "The cursor to go on after, the oldest first: epoch.seq."),
    _BEFORE,
    Query("order", {"enum": ["asc", "desc"], "default": "asc"}, "The oldest first, or the newest; with before desc."),
    Query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 1000}, "At most."),
    *_FILTER,
)
HISTOGRAM: Final = (
    _BEFORE,
    Query("step", {"type": "integer", "minimum": 1, "maximum": 99_999_999, "default": 60}, "Seconds of a step."),
    *_FILTER,
)
EXPORT: Final = (Query("format", {"enum": ["ndjson", "csv"], "default": "ndjson"}, "How it is written."), *_FILTER)
SUMMARY: Final = tuple(each for each in ENTRIES if each.name not in ("before", "order", "limit"))
TOKEN: Final = (Query("token", _TEXT, "A hook key, where no header can be sent. A live key is refused here."),)
COOKIE: Final = Header("Set-Cookie", _TEXT, "The sign-in; on signing out, its end.")
INGEST: Final = (
    Header(
        "Idempotency-Key",
        _TEXT,
        "Sent again, it answers the first one's counts, and nothing is taken twice; with another body it is 409. "
        "What counts of a body is what it holds decompressed; the last 1024 of a stream key are remembered.",
    ),
    Header("Content-Encoding", {"enum": ["identity", "gzip", "deflate", "br", "zstd"]}, "How the body is compressed."),
)


def range_bounds(text: str, now: int) -> tuple[str | None, str | None]:
    """(from, to) of a view's range at `now`, milliseconds since 1970, as `moments.bounds`. Raises InvalidBody."""
    found = bounds(text, now) if re.fullmatch(RANGE, text, re.ASCII) else None
    if found is None:
        raise InvalidBody(
            "`range` is such as -1h (s, m, h or d), or two RFC 3339 times with a slash between them, the earlier first "
            "(without the second it goes on)."
        )
    return found


def ingest_bodies() -> dict[str, Schema]:
    """What a producer may send. An entry as it goes out, but for what the server gives it, and far more leniently."""
    entry = msgspec.json.schema(Entry)["$defs"]["Entry"]["properties"]
    kept = {name: entry[name] for name in entry if name not in ("seq", "receivedAt", "truncated", "readFrom")}
    kept["level"] = {"type": "string", "description": "info, warn, error or debug; other spellings are mapped."}
    kept["metadata"] = {"type": "object"}
    one = {"type": "object", "properties": kept}
    many = {"type": "array", "items": one}
    alone = one | {"not": {"required": ["logs"]}, "minProperties": 1}
    batch = {"type": "object", "properties": {"logs": many}, "required": ["logs"]}
    return {
        "application/json": {"anyOf": [batch, many, alone]},
        "application/x-ndjson": _LINES | {"description": "One entry a line."},
        "text/plain": _LINES | {"description": "An entry a line: logfmt, syslog, `LEVEL message`, text."},
    }
