"""Selection: which entries a call asks for, by its query and its headers."""

from __future__ import annotations

from typing import Any, Final, Literal

from aiohttp import hdrs, web

from ...core.errors import BadRequest
from ...core.timestamps import read_time, rfc3339
from ...query.filter import Filter
from ...query.moments import milliseconds
from ...server.context import CONTEXT
from ...stream.messages import Cursor
from ..parameters import MAX_LIMIT

DEFAULT_LIMIT: Final = 1000
Form = Literal["json", "ndjson", "sse"]


async def asked_filter(request: web.Request, session_id: str | None = None) -> Filter:
    """By `level`, `source` and `q`. Raises InvalidFilter, or FilterTooDear for a session that has no time left."""
    return await request.app[CONTEXT].hub.filtering.parse(asked_shape(request), session_id)


def asked_shape(request: web.Request) -> dict[str, Any] | None:
    """The same as a client of the stream sends it; None for no filter."""
    query = request.query
    shape = {
        "levels": _listed(query.getall("level", [])),
        "sources": query.getall("source", []) or None,
        "q": query.get("q"),
    }
    return shape if any(shape.values()) else None


def asked_cursor(value: str | None, name: str = "after") -> Cursor | None:
    """The cursor, `epoch.seq`; None where there is none. Raises BadRequest."""
    if value is None:
        return None
    epoch, _, seq = value.rpartition(".")
    if not epoch or not (seq.isascii() and seq.isdecimal()) or len(seq) > 15:
        raise BadRequest(f"`{name}` is a cursor, epoch.seq, as in `through` of an earlier answer.")
    return Cursor(epoch, int(seq))


def asked_limit(value: str | None, least: int = 1) -> int:
    """Raises BadRequest."""
    if value is None:
        return DEFAULT_LIMIT
    if not (value.isascii() and value.isdecimal()) or len(value) > 6 or not least <= int(value) <= MAX_LIMIT:
        raise BadRequest(f"`limit` is a whole number from {least} to {MAX_LIMIT}.")
    return int(value)


def asked_time(value: str | None, name: str, now: int) -> str | None:
    """A time as `receivedAt` has it, of RFC 3339 or such as `-1h` before `now` (milliseconds). Raises BadRequest."""
    if value is None:
        return None
    ago = milliseconds(value[1:]) if value.startswith("-") else None
    if ago is not None:
        return rfc3339(max(0, now - ago))
    at = read_time(value) if value[:4].isdigit() and "-" in value[:5] else None
    if at is None:
        raise BadRequest(f"`{name}` is a time (RFC 3339), or such as -15m (s, m, h, d or w).")
    return at


def asked_form(request: web.Request) -> Form:
    """By `Accept`, in which the first that we can write counts."""
    for value in request.headers.getall(hdrs.ACCEPT, ()):
        for part in value.split(","):
            kind = part.partition(";")[0].strip().lower()
            if kind == "text/event-stream":
                return "sse"
            if kind in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
                return "ndjson"
            if kind == "application/json":
                return "json"
    return "json"


def _listed(values: list[str]) -> list[str] | None:
    """`level=a&level=b` and `level=a,b` alike."""
    return [part for value in values for part in value.split(",")] or None
