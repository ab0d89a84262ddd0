"""Entries of a ring buffer, by pages."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ...core.errors import (
    BadRequest,
    EpochMismatch,
    FilterTooDear,
    InvalidFilter,
    LimitReached,
    SearchBusy,
)
from ...query.error import InvalidQuery
from ...server.context import CONTEXT
from ...server.json_body import json_response
from .. import parameters
from ..route import OF_SERVICE, SERVICE, WRITE, route
from .event_lines import CONTENT_TYPES, one_line
from .follow import CURSOR, follow
from .selection import asked_cursor, asked_filter, asked_form, asked_limit


class EntriesPage(msgspec.Struct):
    """Answer of `GET /services/{id}/entries`; `through` is the seq to go on after."""

    epoch: str
    oldest: int
    head: int
    through: int
    entries: list[Annotated[msgspec.Raw, Meta(extra_json_schema={"$ref": "#/components/schemas/Entry"})]]


@route(
    "GET",
    f"{SERVICE}/entries",
    access="search",
    query=parameters.ENTRIES,
    answers={200: EntriesPage},
    errors=(
        BadRequest,
        InvalidFilter,
        InvalidQuery,
        EpochMismatch,
        SearchBusy,
        FilterTooDear,
        LimitReached,
        *OF_SERVICE,
        *WRITE,
    ),
)
async def list_entries(request: web.Request) -> web.StreamResponse:
    """Entries from the ring buffer.

    One page, oldest first: as `Accept` says, a JSON object, or an entry a line. With `follow=true` the answer goes on.
    """
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    form = asked_form(request)
    if form == "sse" or request.query.get("follow") == "true":
        return await follow(request, service_id, "ndjson" if form == "json" else form)
    epoch = context.hub.channel(service_id).epoch
    after = asked_cursor(request.query.get("after"))
    if after is not None and after.epoch != epoch:
        raise EpochMismatch
    limit = asked_limit(request.query.get("limit"))
    filter_ = await asked_filter(request)
    through, found = await context.hub.entries(service_id, 0 if after is None else after.seq, limit, filter_)
    if form == "ndjson":
        body = b"".join([one_line(entry) + b"\n" for entry in found])
        return web.Response(body=body, content_type=CONTENT_TYPES["ndjson"], headers={CURSOR: f"{epoch}.{through}"})
    ring = context.hub.channel(service_id).ring
    page = EntriesPage(epoch, ring.oldest, ring.head, through, [msgspec.Raw(entry) for entry in found])
    return json_response(page)
