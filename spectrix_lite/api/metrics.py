"""Metrics for Prometheus under `/metrics`, by a token of its own: behind a proxy every client is this very machine.

Nothing is measured for it that is not counted anyway: it is put together when somebody asks. Labels are the ids of
services, of which there are `--max-services` at most, and words of our own.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from hmac import compare_digest
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from aiohttp import hdrs, web

from .. import __version__
from ..core.config import Config, checked_token
from ..core.errors import InvalidMetricsToken, NotFound, StartupError
from ..server.connection.http_handler import mark_authenticated
from ..server.context import CONTEXT, Context
from ..server.loop_lag import BOUNDS, LoopLag
from ..stream.channel import Channel
from ..stream.messages import GapReason
from .route import route

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from ..cluster.node import ClusterNode

METRICS_TOKEN: Final = web.AppKey("metrics_token", str)
"""The token in force; "" where there is none."""


def metrics_token(config: Config) -> str:
    """The token, from its setting or its file; "" where neither is given. Raises StartupError."""
    if config.metrics_token_file is None:
        return config.metrics_token or ""
    if config.metrics_token is not None:
        raise StartupError("Give --metrics-token or --metrics-token-file, not both.")
    path = config.metrics_token_file
    try:
        text = Path(path).read_text("ascii").strip()
    except UnicodeDecodeError:
        text = ""
    except OSError as problem:
        raise StartupError(f"--metrics-token-file {path} cannot be read: {problem.strerror}.") from None
    try:
        return checked_token(text)
    except ValueError as problem:
        raise StartupError(f"What --metrics-token-file {path} holds {problem}.") from None


@route(
    "GET",
    "/metrics",
    access="scraper",
    answers={200: str},
    errors=(InvalidMetricsToken, NotFound),
)
async def metrics(request: web.Request) -> web.StreamResponse:
    """What is measured, for Prometheus; nothing is here unless --metrics-token is set.

    404 without a token in force, 401 for another one; what is compared takes the same time for all of them.
    """
    token = request.app[METRICS_TOKEN]
    if not token:
        raise NotFound
    scheme, _, presented = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    right = compare_digest(presented.strip().encode("utf-8", "surrogateescape"), token.encode())
    if not right or scheme.lower() != "bearer":
        raise InvalidMetricsToken
    mark_authenticated(request)
    # Few ask for it: a start does not wait for the library.
    from prometheus_client import ProcessCollector
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.registry import CollectorRegistry

    registry = CollectorRegistry()
    registry.register(Families(request.app[CONTEXT]))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
    return web.Response(body=encode(registry), headers={hdrs.CONTENT_TYPE: content_type})


class Families:
    """A collector of prometheus_client: each family of ours, as it stands when it is asked for."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """The families, in the order in which they are shown."""
        yield _gauge(
            "spectrix_build_info",
            "What runs; always 1.",
            [({"version": __version__, "python": platform.python_version()}, 1)],
        )
        yield from self._of_services()
        yield from self._of_server()

    def _of_services(self) -> Iterator[Metric]:
        channels = [({"service": channel.service_id}, channel) for channel in self._context.hub.channels()]
        sessions = self._context.authority.session_counts()

        def each(value: Callable[[Channel], float]) -> list[Sample]:
            return [(of, value(channel)) for of, channel in channels]

        names = [({**of, "name": channel.name}, 1.0) for of, channel in channels]
        yield _gauge("spectrix_service_info", "The name of a service; always 1.", names)
        yield _counter("spectrix_entries", "Entries accepted.", each(lambda c: c.tally.accepted))
        yield _counter("spectrix_entries_rejected", "Entries rejected.", each(lambda c: c.tally.rejected))
        came = each(lambda c: c.ring.bytes + c.ring.released)
        yield _counter("spectrix_entry_bytes", "Bytes of accepted entries, as they are kept.", came)
        yield _gauge("spectrix_ring_entries", "Entries in the ring buffer.", each(lambda c: len(c.ring)))
        yield _gauge("spectrix_ring_bytes", "Bytes in the ring buffer.", each(lambda c: c.ring.bytes))
        yield _gauge("spectrix_watchers", "Connected watchers.", each(lambda c: len(c.watchers)))
        yield _gauge("spectrix_sessions", "Live sessions.", each(lambda c: sessions[c.service_id]))
        gaps = [({**of, "reason": reason}, c.gaps[reason]) for of, c in channels for reason in get_args(GapReason)]
        yield _counter("spectrix_gaps", "Gaps that watchers were told of.", gaps)

    def _of_server(self) -> Iterator[Metric]:
        context = self._context
        answered = [({"status": str(status)}, count) for status, count in sorted(context.answered.items())]
        yield _counter("spectrix_requests", "Requests by the status they were answered with.", answered)
        if context.history is not None:
            history = context.history
            size, waiting, paused = history.sealing.holdings.bytes, history.sealing.waiting, len(history.paused)
            yield _gauge("spectrix_history_bytes", "Bytes of sealed history in use.", [({}, size)])
            yield _gauge("spectrix_history_unsealed", "Segments that wait to be sealed.", [({}, waiting)])
            yield _gauge("spectrix_history_paused", "Services whose entries are not recorded now.", [({}, paused)])
        if context.node is not None:
            yield from _of_cluster(context.node)
        bodies, refusals = context.admission.bodies, context.admission.penalized
        yield _gauge("spectrix_ingest_inflight_bytes", "Bytes of ingest bodies held now.", [({}, bodies.used)])
        yield _gauge("spectrix_ingest_inflight_bytes_limit", "The most of them (--max-bodies).", [({}, bodies.size)])
        yield _gauge("spectrix_refusals_held", "Refused producers whose answer is held up now.", [({}, refusals)])
        away = [({"by": kind}, count) for kind, count in sorted(context.turned_away.items())]
        yield _counter("spectrix_connections_turned_away", "Closed at once by a listener without keys.", away)
        verified = [({"of": kind}, count) for kind, count in context.authority.verifications().items()]
        yield _counter("spectrix_argon2_verifications", "Slow hashes checked.", verified)
        alerting = context.alerting
        outcomes = [({"state": state}, count) for state, count in alerting.deliveries.outcomes.items()]
        yield _counter("spectrix_notices", "Notices of alerts, delivered or given up.", outcomes)
        waiting = alerting.waiting
        yield _gauge("spectrix_notices_waiting", "Notices that are still to be delivered.", [({}, waiting)])
        missed = sum(alerting.status(alert).missed for alert in alerting.alerts())
        yield _gauge(
            "spectrix_alert_entries_missed", "Entries that rules are behind by since they told.", [({}, missed)]
        )
        yield _gauge("spectrix_draining", "1 while the server is stopping.", [({}, int(context.in_flight.draining))])
        yield _loop_lag(context.lag)
        latest = context.lag.longest(asyncio.get_running_loop().time())
        yield _gauge(
            "spectrix_loop_late_seconds_max", "The latest that the event loop was in the last 60 s.", [({}, latest)]
        )


def _of_cluster(node: ClusterNode) -> Iterator[Metric]:
    mirror = node.logs.mirror
    yield _gauge("spectrix_cluster_ready", "1 while a quorum answers.", [({}, int(mirror.is_ready))])
    yield _gauge("spectrix_cluster_engine_up", "1 while a server is connected.", [({}, int(node.engine.is_up))])
    yield _gauge("spectrix_cluster_lag_messages", "Messages of the log that this node lacks.", [({}, mirror.lag)])
    races = [({"of": "log"}, node.logs.races), ({"of": "store"}, node.store.bucket.lost_races)]
    yield _counter("spectrix_cluster_races", "Writes that were made again, as another node was faster.", races)


Sample = tuple[Mapping[str, str], float]
"""Labels and value."""


def _gauge(name: str, about: str, samples: Iterable[Sample]) -> Metric:
    from prometheus_client.metrics_core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(name, about), name, samples)


def _counter(name: str, about: str, samples: Iterable[Sample]) -> Metric:
    from prometheus_client.metrics_core import CounterMetricFamily

    return _filled(CounterMetricFamily(name, about), f"{name}_total", samples)


def _filled(family: Metric, name: str, samples: Iterable[Sample]) -> Metric:
    for labels, value in samples:
        family.add_sample(name, dict(labels), value)
    return family


def _loop_lag(lag: LoopLag) -> Metric:
    from prometheus_client.metrics_core import HistogramMetricFamily

    bounds = [*map(str, BOUNDS), "+Inf"]
    buckets = list(zip(bounds, map(float, accumulate(lag.counts)), strict=True))
    return HistogramMetricFamily("spectrix_loop_lag_seconds", "How late the event loop is.", buckets, lag.total)
