"""Summary of a service's entries behind a cursor: for who reads it whole, as a program does that pays by the word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from ...core.errors import BadRequest, InvalidFilter, SearchBusy
from ...query.candidate import Candidate
from ...query.error import InvalidQuery
from ...server.context import CONTEXT
from ...server.guard import request_origin
from ...server.json_body import Message
from ...stream.stats import LevelCounts
from ...stream.summary import FailureKind, RouteCount, SummarySearch
from .. import parameters
from ..route import OF_SERVICE, SERVICE, route
from .selection import asked_cursor, asked_filter, asked_time

MOST_BYTES: Final = 24 * 1024
_MOST_ROUTES: Final = 20
_MOST_ERRORS: Final = 50
_SAMPLE_CHARACTERS: Final = 1500
_SHAPE_CHARACTERS: Final = 300
_LEAST_GROUPS: Final = 3


class RouteSummary(Message):
    """Requests of one route, method and path: how many failed; `p95` in milliseconds, null where none says."""

    route: str
    count: int
    failed: int
    p95: float | None


class Sample(Message):
    """The last entry of a kind: what it says, and the beginning of its metadata, as JSON text."""

    seq: int
    message: str
    source: str
    request: str
    metadata: str


class ErrorSummary(Message):
    """What failed in one way, from `first` to `last` (times of arrival). `isNew`: no entry that is held from before the
    range has it; null where none is held. `link` opens the sample in the dashboard.
    """

    shape: str
    count: int
    first: str
    last: str
    is_new: bool | None
    sample: Sample
    link: str


class Summary(Message):
    """`through` is the cursor to go on after, `complete` whether that is all there is. `lost` entries behind the cursor
    asked for are not held any more; null where nobody can know: then the numbering has started over.

    `routes` and `errors` are the largest, new errors first, of `routeKinds` and `errorKinds` in all.
    """

    through: str
    complete: bool
    entries: int
    lost: int | None
    levels: LevelCounts
    route_kinds: int
    routes: list[RouteSummary]
    error_kinds: int
    new_kinds: int
    errors: list[ErrorSummary]


@route(
    "GET",
    f"{SERVICE}/summary",
    access="search",
    query=parameters.SUMMARY,
    answers={200: Summary},
    errors=(BadRequest, InvalidFilter, InvalidQuery, SearchBusy, *OF_SERVICE),
)
async def summarize_entries(request: web.Request) -> web.StreamResponse:
    """What there is since a cursor, condensed to 24 KiB."""
    context = request.app[CONTEXT]
    service_id = context.authority.service(request.match_info["id"]).id
    after = asked_cursor(request.query.get("after"))
    now = context.clock.wall()
    since, until = (asked_time(request.query.get(name), name, now) for name in ("from", "to"))
    filter_ = await asked_filter(request)
    channel = context.hub.channel(service_id)
    follows = after is not None and after.epoch == channel.epoch
    search = SummarySearch(channel.ring, filter_, after.seq if after is not None and follows else None, since, until)
    await context.hub.filtering.search(search)
    base = context.config.public_url or request_origin(request).text
    summary = condensed(
        search, channel.epoch, lambda seq: f"{base}/#/services/{service_id}/watch?entry={channel.epoch}.{seq}"
    )
    if after is not None and not follows:
        summary.lost = None
    return web.Response(body=bounded(summary), content_type="application/json")


def condensed(search: SummarySearch, epoch: str, link: Callable[[int], str]) -> Summary:
    """What a search has found; a cursor beyond all that there is counts nothing."""
    kinds = sorted(search.kinds.values(), key=lambda kind: (not _is_new(search, kind), -kind.count, -kind.seq))
    routes = sorted(search.routes.values(), key=lambda each: (-each.failed, -each.count, each.route))
    return Summary(
        through=f"{epoch}.{search.through}",
        complete=search.is_complete,
        entries=search.entries,
        lost=search.lost,
        levels=LevelCounts(*(search.levels[name] for name in ("info", "warn", "error", "debug"))),
        route_kinds=len(routes),
        routes=[_route(each) for each in routes[:_MOST_ROUTES]],
        error_kinds=len(kinds),
        new_kinds=sum(_is_new(search, kind) is True for kind in kinds),
        errors=[_error(search, kind, link) for kind in kinds[:_MOST_ERRORS]],
    )


def bounded(summary: Summary) -> bytes:
    """Its JSON within `MOST_BYTES`: groups are left out from the end, those with more first, before samples shorten."""
    errors = [len(msgspec.json.encode(error)) + 1 for error in summary.errors]
    routes = [len(msgspec.json.encode(each)) + 1 for each in summary.routes]
    over = len(msgspec.json.encode(summary)) - MOST_BYTES
    while over > 0 and (len(errors) > _LEAST_GROUPS or len(routes) > _LEAST_GROUPS):
        by_size = sorted((errors, routes), key=lambda sizes: sum(sizes) if len(sizes) > _LEAST_GROUPS else 0)
        over -= by_size[-1].pop()
    del summary.errors[len(errors) :], summary.routes[len(routes) :]
    while len(encoded := msgspec.json.encode(summary)) > MOST_BYTES:
        for error in summary.errors:
            error.sample.metadata = cut(error.sample.metadata, len(error.sample.metadata) // 2)
            error.sample.message = cut(error.sample.message, len(error.sample.message) // 2)
        for each in summary.routes:
            each.route = cut(each.route, len(each.route) // 2)
    return encoded


def cut(text: str, most: int) -> str:
    """At most so many characters, and a mark where there were more."""
    return text if len(text) <= most else f"{text[:most]}…"


def _is_new(search: SummarySearch, kind: FailureKind) -> bool | None:
    return None if search.known is None else kind.shape not in search.known


def _route(found: RouteCount) -> RouteSummary:
    p95 = found.p95
    return RouteSummary(
        cut(found.route, _SHAPE_CHARACTERS), found.count, found.failed, None if p95 is None else round(p95, 1)
    )


def _error(search: SummarySearch, kind: FailureKind, link: Callable[[int], str]) -> ErrorSummary:
    return ErrorSummary(
        shape=cut(kind.shape, _SHAPE_CHARACTERS),
        count=kind.count,
        first=kind.first,
        last=kind.last,
        is_new=_is_new(search, kind),
        sample=_sample(kind.seq, kind.sample),
        link=link(kind.seq),
    )


def _sample(seq: int, entry: Candidate) -> Sample:
    request = " ".join(part for part in (entry.method, entry.endpoint, str(entry.status or "")) if part)
    return Sample(
        seq,
        cut(entry.message, _SAMPLE_CHARACTERS),
        entry.source,
        cut(request, _SHAPE_CHARACTERS),
        cut(entry.metadata_json(), _SAMPLE_CHARACTERS),
    )
