"""Forgetting: what should not be there is taken out of ring and history."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta

from ...core.errors import InvalidFilter, SearchBusy
from ...core.timestamps import rfc3339
from ...query.error import InvalidQuery
from ...query.parser import MAX_LENGTH
from ...server.context import CONTEXT, Context
from ...server.json_body import Message, json_response, read_json
from ...stream.search import PageSearch, SearchSpan
from ..parameters import TIME
from ..route import OF_SERVICE, SERVICE, WRITE, route
from .reach import uses_history
from .selection import asked_time

_AT_ONCE: Final = 500
"""Taken out of the ring in one turn of the loop."""


class ForgetRequest(Message):
    """What was received before a time (RFC 3339, or how long ago, as -1h) and matches a query; all where neither is
    said.
    """

    before: Annotated[str, Meta(max_length=64, extra_json_schema=TIME)] | None = None
    query: Annotated[str, Meta(max_length=MAX_LENGTH)] | None = None


class Forgotten(Message):
    """How many entries were taken out."""

    removed: int


@route(
    "POST",
    f"{SERVICE}/forget",
    access="operator",
    request=ForgetRequest,
    answers={200: Forgotten},
    errors=(InvalidFilter, InvalidQuery, SearchBusy, *OF_SERVICE, *WRITE),
)
async def forget_entries(request: web.Request) -> web.StreamResponse:
    """Take entries out of ring and history.

    All numbers stay; whoever comes by is told of what is missing by gaps, `removed`.
    """
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    body = await read_json(request, ForgetRequest)
    now = context.clock.wall()
    before = asked_time(body.before, "before", now) or rfc3339(now + 1)
    shape = {"q": body.query} if body.query else None
    return json_response(Forgotten(await _forget(context, service_id, before, shape)))


async def _forget(context: Context, service_id: str, before: str, shape: dict[str, str] | None) -> int:
    filtering, ring = context.hub.filtering, context.hub.channel(service_id).ring
    filter_ = await filtering.parse(shape)
    matching = PageSearch(ring, filter_, SearchSpan(1, ring.head, end=before), ring.head + 1)
    await filtering.scheduler.complete(matching)
    remote = context.hub.channel(service_id).remote
    for start in range(0, len(matching.seqs), _AT_ONCE):
        seqs = matching.seqs[start : start + _AT_ONCE]
        if remote is not None:
            await remote.forget(seqs)
        else:
            context.hub.forget(service_id, seqs)
        await asyncio.sleep(0)
    if context.history is None or not uses_history(context):
        return len(matching.seqs)
    recorded = context.history.journal(service_id).recorded
    alone = sum(seq > recorded for seq in matching.seqs)
    return alone + await context.history.forget(service_id, before, shape)
