"""Selection: which entries a call asks for, by its query and its headers."""

from __future__ import annotations

import re
from typing import Final, Literal

from aiohttp import hdrs, web

from ...core.errors import BadRequest
from ...core.timestamps import read_time, rfc3339
from ...query.filter import Filter
from ...server.context import CONTEXT
from ...stream.messages import Cursor
from ..parameters import MAX_LIMIT

DEFAULT_LIMIT: Final = 1000
Form = Literal["json", "ndjson", "sse"]


async def asked_filter(request: web.Request, session_id: str | None = None) -> Filter:
    """By `level`, `source` and `q`. Raises InvalidFilter, or FilterTooDear for a session that has no time left."""
    query = request.query
    return await request.app[CONTEXT].hub.filtering.parse(
        {
            "levels": _listed(query.getall("level", [])),
            "sources": query.getall("source", []) or None,
            "q": query.get("q"),
        },
        session_id,
    )


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


_AGO: Final = re.compile(r"-([0-9]{1,6})([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def asked_time(value: str | None, name: str, now: int) -> str | None:
    """A time as `receivedAt` has it, of RFC 3339 or such as `-1h` before `now` (milliseconds). Raises BadRequest."""
    if value is None:
        return None
    ago = _AGO.fullmatch(value)
    at = rfc3339(max(0, now - 1000 * int(ago[1]) * _SECONDS[ago[2]])) if ago else read_time(value)
    if at is None or not (ago or (value[:4].isdigit() and "-" in value[:5])):
        raise BadRequest(f"`{name}` is a time (RFC 3339), or such as -15m (s, m, h or d).")
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
