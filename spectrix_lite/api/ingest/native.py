"""`POST /api/v1/ingest/logs`, and a hook key's own address: entries in whatever form, answered with their counts."""

from __future__ import annotations

from aiohttp import web

from ...core.errors import BadOrigin
from ...entries.entry import IngestAnswer, encode
from ...server import fast_response
from ...server.context import CONTEXT
from .. import parameters
from ..route import API, HOOK, route
from .protocols import response
from .taking import ERRORS, take


@route(
    "POST",
    f"{API}/ingest/logs",
    access="producer",
    request=parameters.ingest_bodies(),
    takes=parameters.INGEST,
    answers={200: IngestAnswer},
    query=parameters.TOKEN,
    errors=(*ERRORS, BadOrigin),
)
async def ingest(request: web.Request) -> web.StreamResponse:
    """Send entries.

    200 once the accepted entries are in the ring buffer; any other answer means that nothing was taken.
    """
    return await _ingest(request)


@route(
    "POST",
    HOOK,
    access="hook",
    request=parameters.ingest_bodies(),
    takes=parameters.INGEST,
    answers={200: IngestAnswer},
    errors=(*ERRORS, BadOrigin),
)
async def ingest_by_hook(request: web.Request) -> web.StreamResponse:
    """Send entries by a hook key in the address.

    For webhooks and whatever else can be given an address and no header.
    """
    return await _ingest(request)


async def _ingest(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    outcome = await take(request, context)
    if outcome.protocol is not None and outcome.protocol.is_binary(outcome.sent):
        return response(outcome.protocol.reply(outcome))  # its clients read nothing else
    second = context.clock.wall() // 1000
    return fast_response.ok_response(request, encode(outcome.answer), second)
