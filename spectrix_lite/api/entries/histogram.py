"""Histogram: how many entries of each level came in every step of time, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from ...core.errors import BadRequest, EpochMismatch, InvalidFilter, SearchBusy
from ...core.timestamps import rfc3339
from ...query.error import InvalidQuery
from ...server.context import CONTEXT, Context
from ...stream.search import CountSearch
from .. import parameters
from ..route import OF_SERVICE, SERVICE, WRITE, route
from .asked import Asked, asked
from .reach import question_of, uses_history, while_open
from .selection import asked_filter

MOST_STEPS: Final = 10_000
DEFAULT_STEP: Final = 60

_encode: Final = msgspec.json.encode


class LevelStep(msgspec.Struct):
    """A line of the answer of `GET /services/{id}/histogram`: `at` is when the step begins. Steps without any entry
    are left out.
    """

    at: str
    info: int
    warn: int
    error: int
    debug: int


class HistogramEnd(msgspec.Struct):
    """The last line: what was counted reaches back to this seq; `before=epoch.through` goes on, where it is not the
    oldest.
    """

    through: int


@route(
    "GET",
    f"{SERVICE}/histogram",
    access="search",
    query=parameters.HISTOGRAM,
    answers={200: None},
    answer_kinds=("application/x-ndjson",),
    errors=(BadRequest, InvalidFilter, InvalidQuery, EpochMismatch, SearchBusy, *OF_SERVICE, *WRITE),
)
async def count_levels(request: web.Request) -> web.StreamResponse:
    """Counts by level and time.

    A line of JSON for each step, the newest first, then one with `through`.
    """
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    wanted = asked(request, context.hub.channel(service_id))
    wanted = wanted._replace(span=wanted.span._replace(newest_first=True))
    step = _step(request.query.get("step"))
    filter_ = await asked_filter(request)
    rows: Sequence[tuple[int, int, int, int, int]]
    if uses_history(context):
        through, rows = await while_open(request, _count_history(context, service_id, wanted, step))
    else:
        ring = context.hub.channel(service_id).ring
        search = CountSearch(ring, filter_, wanted.span, step)
        await context.hub.filtering.search(search)
        through, rows = search.through, search.rows()
    lines = [_encode(LevelStep(rfc3339(at * 1000), *levels)) for at, *levels in rows[:MOST_STEPS]]
    body = b"\n".join([*lines, _encode(HistogramEnd(through)), b""])
    return web.Response(body=body, content_type="application/x-ndjson")


async def _count_history(
    context: Context, service_id: str, wanted: Asked, step: int
) -> tuple[int, Sequence[tuple[int, int, int, int, int]]]:
    history = context.history
    assert history is not None
    async with history.searches.slot(wanted.who) as search:
        question = question_of(context, context.hub.channel(service_id), wanted.span, 0, wanted.filter)
        question.step = step
        found, _ = await search.ask(question)
        return found.through, found.counts


def _step(value: str | None) -> int:
    if value is None:
        return DEFAULT_STEP
    if not (value.isascii() and value.isdecimal()) or len(value) > 8 or int(value) < 1:
        raise BadRequest("`step` is a whole number of seconds.")
    return int(value)
