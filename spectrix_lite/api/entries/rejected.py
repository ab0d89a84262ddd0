"""Entries that were rejected, and one entry to try the stream with."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from ...core.timestamps import rfc3339
from ...entries.entry import Batch, Entry, IngestAnswer, RejectedEntry
from ...server.context import CONTEXT
from ...server.json_body import json_response
from ..route import OF_SERVICE, SERVICE, route

_TEST_KEY: Final = "test"  # stands where a stream key's id would


class RejectedList(msgspec.Struct):
    """Answer of `GET /services/{id}/rejected`, newest first."""

    rejected: list[RejectedEntry]


@route(
    "POST",
    f"{SERVICE}/test-entry",
    access="operator",
    answers={200: IngestAnswer},
    errors=OF_SERVICE,
)
async def send_test_entry(request: web.Request) -> web.StreamResponse:
    """Send one entry to try the stream.

    It goes by the normal way: what watches the service sees it.
    """
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    entry = Entry(
        timestamp=rfc3339(context.clock.wall()),
        level="info",
        message="Hello from Spectrix: this stream works.",
        source="spectrix",
        metadata=msgspec.Raw(b'{"test":true}'),
    )
    return json_response(await context.hub.ingest(service_id, Batch([entry], [], []), _TEST_KEY))


@route(
    "GET",
    f"{SERVICE}/rejected",
    access="operator",
    answers={200: RejectedList},
    errors=OF_SERVICE,
)
async def list_rejected(request: web.Request) -> web.StreamResponse:
    """The last 100 entries that were rejected.

    Newest first, with the reason of each.
    """
    context = request.app[CONTEXT]
    channel = context.hub.channel(context.authority.service(request.match_info["id"]).id)
    return json_response(RejectedList(list(reversed(channel.rejected))))
