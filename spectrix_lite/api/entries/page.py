"""Entries by pages, of the ring buffer and of what is kept behind it."""

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
from .asked import asked
from .event_lines import CONTENT_TYPES, one_line
from .follow import CURSOR, follow
from .reach import KeptEntries, MissingEntries, Reached, reach, while_open
from .selection import asked_filter, asked_form


class EntriesPage(msgspec.Struct):
    """Answer of `GET /services/{id}/entries`; `through` is the seq to go on after, or before where the newest come
    first. `kept` is what there is in all, `gaps` what is missing of what was looked at.
    """

    epoch: str
    oldest: int
    head: int
    through: int
    entries: list[Annotated[msgspec.Raw, Meta(extra_json_schema={"$ref": "#/components/schemas/Entry"})]]
    kept: KeptEntries
    gaps: list[MissingEntries]


class _GapLine(msgspec.Struct, tag="gap", rename={"first": "from", "last": "to"}):
    first: int
    last: int | None
    count: int | None
    reason: str


class _Seq(msgspec.Struct):
    seq: int


_seq = msgspec.json.Decoder(_Seq).decode


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
    """Entries of ring buffer and history.

    One page, oldest first or newest first: as `Accept` says, a JSON object, or an entry a line
    (`application/x-ndjson`). With `follow=true` the answer goes on, as lines, or as `text/event-stream`, which resumes
    by `Last-Event-ID`: the last `limit` entries, or what came after `after`, then what comes.
    """
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    form = asked_form(request)
    if form == "sse" or request.query.get("follow") == "true":
        return await follow(request, service_id, "ndjson" if form == "json" else form)
    channel = context.hub.channel(service_id)
    wanted = asked(request, channel)
    found = await while_open(request, reach(context, service_id, wanted, await asked_filter(request)))
    if form == "ndjson":
        body = b"".join([line + b"\n" for line in _lines(found, wanted.span.newest_first)])
        headers = {CURSOR: f"{channel.epoch}.{found.through}"}
        return web.Response(body=body, content_type=CONTENT_TYPES["ndjson"], headers=headers)
    entries = [msgspec.Raw(entry) for entry in found.entries]
    ring = channel.ring
    return json_response(
        EntriesPage(channel.epoch, ring.oldest, ring.head, found.through, entries, found.kept, found.gaps)
    )


def _lines(found: Reached, newest_first: bool) -> list[bytes]:
    """An entry a line, and the gaps between them, as where the answer goes on."""
    if not found.gaps:
        return [one_line(entry) for entry in found.entries]
    placed = [(_seq(entry).seq, one_line(entry)) for entry in found.entries]
    for gap in found.gaps:
        placed.append((gap.first, msgspec.json.encode(_GapLine(gap.first, gap.last, gap.count, gap.reason))))
    return [line for _, line in sorted(placed, key=lambda each: each[0], reverse=newest_first)]
