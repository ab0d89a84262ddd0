"""Summary of a service's entries behind a cursor: for who reads it whole, as a program does that pays by the word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from aiohttp import web

from ...core.errors import BadRequest, InvalidFilter, SearchBusy
from ...entries.entry import LEVELS
from ...query.candidate import Candidate
from ...query.error import InvalidQuery
from ...query.failure import Failure
from ...server.context import CONTEXT
from ...server.guard import request_origin
from ...server.json_body import Message
from ...stream.search import IsOver
from ...stream.stats import LevelCounts
from ...stream.summary import FailureKind, RouteCount
from .. import parameters
from ..route import OF_SERVICE, SERVICE, WRITE, route
from .asked import who_asks
from .reach import while_open
from .selection import asked_cursor, asked_filter, asked_shape, asked_time
from .summing import SummaryRange, Totals, total

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
    range has it, nor did an alert for new kinds know it; null where nobody can know. `link` opens the sample in the
    dashboard.
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
    errors=(BadRequest, InvalidFilter, InvalidQuery, SearchBusy, *OF_SERVICE, *WRITE),
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
    follows = after is not None and (
        after.epoch == channel.epoch or after.seq <= channel.ancestors.get(after.epoch, -1)
    )
    asked = SummaryRange(
        after.seq if after is not None and follows else None, since, until, filter_, asked_shape(request),
        who_asks(request),
    )  # fmt: skip
    totals = await while_open(request, total(context, service_id, asked))
    if after is not None and not follows:
        totals.lost = None
    base = context.config.public_url or request_origin(request).text
    outline = Outline(
        totals,
        channel.epoch,
        lambda seq: f"{base}/#/services/{service_id}/watch?entry={channel.epoch}.{seq}",
        lambda failure, before: context.alerting.kinds.was_known(service_id, failure, before),
    )
    await context.hub.filtering.scheduler.complete(outline)
    return web.Response(body=outline.body, content_type="application/json")


class Outline:
    """What was counted as the answer, made in slices: `body`."""

    def __init__(
        self,
        totals: Totals,
        epoch: str,
        link: Callable[[int], str],
        was_known: Callable[[Failure, int], bool | None] = lambda failure, before: None,
    ) -> None:
        self.body = b""
        self._totals = totals
        self._epoch = epoch
        self._link = link
        self._was_known = was_known
        self._new: dict[str, bool | None] = {}
        self._errors: list[ErrorSummary] = []
        self._routes: list[RouteSummary] = []
        self._steps = self._made()

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether it is made."""
        return all(not is_over() for _ in self._steps)

    def _made(self) -> Iterator[None]:
        summed = self._totals.summed
        began = 0 if summed.began is None else round(datetime.fromisoformat(summed.began).timestamp() * 1000)
        for kind in summed.kinds.values():
            self._new[kind.shape] = self._is_new(kind, began)
            yield
        kinds = sorted(summed.kinds.values(), key=lambda kind: (not self._new[kind.shape], -kind.count, -kind.seq))
        yield
        for kind in kinds[:_MOST_ERRORS]:
            self._errors.append(self._error(kind))
            yield
        routes = sorted(summed.routes.values(), key=lambda each: (-each.failed, -each.count, each.route))
        yield
        for each in routes[:_MOST_ROUTES]:
            self._routes.append(_route(each))
            yield
        self.body = bounded(self._summary())

    def _summary(self) -> Summary:
        totals, summed = self._totals, self._totals.summed
        return Summary(
            through=f"{self._epoch}.{totals.through}",
            complete=totals.is_complete,
            entries=summed.entries,
            lost=totals.lost,
            levels=LevelCounts(*(summed.levels[name] for name in LEVELS)),
            route_kinds=len(summed.routes),
            routes=self._routes,
            error_kinds=len(summed.kinds),
            new_kinds=sum(is_new is True for is_new in self._new.values()),
            errors=self._errors,
        )

    def _is_new(self, kind: FailureKind, began: int) -> bool | None:
        known = self._totals.summed.known
        if known is not None and kind.shape in known:
            return False
        was_known = self._was_known(kind.failure, began)
        if was_known is not None:
            return not was_known
        return None if known is None else True

    def _error(self, kind: FailureKind) -> ErrorSummary:
        return ErrorSummary(
            shape=cut(kind.shape, _SHAPE_CHARACTERS),
            count=kind.count,
            first=kind.first,
            last=kind.last,
            is_new=self._new[kind.shape],
            sample=_sample(kind.seq, kind.sample),
            link=self._link(kind.seq),
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


def _route(found: RouteCount) -> RouteSummary:
    p95 = found.p95
    return RouteSummary(
        cut(found.route, _SHAPE_CHARACTERS), found.count, found.failed, None if p95 is None else round(p95, 1)
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
