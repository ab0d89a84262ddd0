"""Asked: which entries of ring and history a request wants: a span of seqs and times, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from ...core.errors import BadRequest, EpochMismatch
from ...server.context import CONTEXT
from ...server.guard import READ_TOKEN, SIGN_IN
from ...stream.channel import Channel
from ...stream.messages import Cursor
from ...stream.search import SearchSpan
from .selection import asked_cursor, asked_limit, asked_shape, asked_time


class Asked(NamedTuple):
    """A span of seqs and times, at most so many of them, and the filter as a client sends it, None for no filter; and
    who asks: the id of a sign-in or of a token.
    """

    span: SearchSpan
    limit: int
    filter: Mapping[str, Any] | None
    who: str


def asked(request: web.Request, channel: Channel) -> Asked:
    """Reads the parameters of a request for entries.

    Raises BadRequest, and EpochMismatch for a cursor of another epoch, unless it is an ancestor's and holds still.
    """
    query, now = request.query, request.app[CONTEXT].clock.wall()
    after, before = asked_cursor(query.get("after")), asked_cursor(query.get("before"), "before")
    if after is not None and before is not None:
        raise BadRequest("`after` or `before`, not both.")
    order = query.get("order")
    if order not in (None, "asc", "desc"):
        raise BadRequest("`order` is asc or desc; with `before` it is always desc.")
    first = 1 if after is None else _known(after, channel) + 1
    last = max(channel.ring.head, first - 1) if before is None else _known(before, channel) - 1
    start, end = asked_time(query.get("from"), "from", now), asked_time(query.get("to"), "to", now)
    span = SearchSpan(first, last, start or "", end or "~", newest_first=before is not None or order == "desc")
    return Asked(span, asked_limit(query.get("limit")), asked_shape(request), who_asks(request))


def _known(cursor: Cursor, channel: Channel) -> int:
    if cursor.epoch != channel.epoch and cursor.seq > channel.ancestors.get(cursor.epoch, -1):
        raise EpochMismatch
    return cursor.seq


def who_asks(request: web.Request) -> str:
    """The id of the sign-in or of the token that a request shows; empty for none."""
    token, sign_in = request.get(READ_TOKEN), request.get(SIGN_IN)
    return token.id if token is not None else "" if sign_in is None else sign_in.id
