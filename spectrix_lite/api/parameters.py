"""Parameters of the calls: query parameters, headers and ingest bodies, as the OpenAPI document has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..entries.entry import LEVELS, Entry
from ..query.filter import MAX_SOURCES
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
ENTRIES: Final = (
    Query("after", {"type": "string", "pattern": r"^.+\.[0-9]{1,15}$"}, "The cursor to go on after: epoch.seq."),
    Query("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 1000}, "At most."),
    Query(
        "level",
        {"type": "array", "items": {"enum": list(LEVELS)}},
        "Levels to keep, repeated, or separated by commas.",
    ),
    Query("source", {"type": "array", "items": _TEXT}, f"Sources to keep, repeated; at most {MAX_SOURCES} of them."),
    Query("q", {"type": "string", "maxLength": MAX_LENGTH}, "What to find: a text, or a query (docs/query.md)."),
)
SUMMARY: Final = (
    *(each for each in ENTRIES if each.name != "limit"),
    Query("from", {"type": "string", "maxLength": 64}, "Received then or later: RFC 3339, or such as -15m."),
    Query("to", {"type": "string", "maxLength": 64}, "Received before: likewise."),
)
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
