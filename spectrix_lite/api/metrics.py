"""`/metrics` for Prometheus, behind a token of its own: behind a proxy everybody comes from this very machine.

Nothing is measured for it that is not counted anyway: it is put together when somebody asks. Labels are the ids of
services, of which there are `--max-services` at most, and words of our own.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from hmac import compare_digest
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from .. import __version__
from ..core.config import Config, checked_token
from ..core.errors import InvalidMetricsToken, NotFound, StartupError
from ..server.connection import vouch
from ..server.context import CONTEXT, Context
from ..server.loop_lag import BOUNDS
from .prometheus import CONTENT_TYPE, Exposition
from .route import route

METRICS_TOKEN: Final = web.AppKey("metrics_token", str)
"""The token in force; "" where there is none."""

_STARTED: Final = time.time()


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
    vouch(request)
    return web.Response(body=_collected(request.app[CONTEXT]).encode(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE})


def _collected(context: Context) -> str:
    out = Exposition()
    labels = {"version": __version__, "python": platform.python_version()}
    out.add("spectrix_build_info", "gauge", "What runs; always 1.", [(labels, 1)])
    _add_services(out, context)
    _add_server(out, context)
    _add_process(out)
    return out.text


def _add_services(out: Exposition, context: Context) -> None:
    channels = [({"service": channel.service_id}, channel) for channel in context.hub.channels()]
    names = [({**of, "name": channel.name}, 1.0) for of, channel in channels]
    out.add("spectrix_service_info", "gauge", "The name of a service; always 1.", names)
    accepted = [(of, channel.tally.accepted) for of, channel in channels]
    out.add("spectrix_entries_total", "counter", "Entries accepted.", accepted)
    rejected = [(of, channel.tally.rejected) for of, channel in channels]
    out.add("spectrix_entries_rejected_total", "counter", "Entries rejected.", rejected)
    came = [(of, channel.ring.bytes + channel.ring.released) for of, channel in channels]
    out.add("spectrix_entry_bytes_total", "counter", "Bytes of accepted entries, as they are kept.", came)
    buffered = [(of, len(channel.ring)) for of, channel in channels]
    out.add("spectrix_ring_entries", "gauge", "Entries in the ring buffer.", buffered)
    kept = [(of, channel.ring.bytes) for of, channel in channels]
    out.add("spectrix_ring_bytes", "gauge", "Bytes in the ring buffer.", kept)
    watchers = [(of, len(channel.watchers)) for of, channel in channels]
    out.add("spectrix_watchers", "gauge", "Connected watchers.", watchers)
    sessions = context.authority.session_counts()
    live = [(of, sessions[channel.service_id]) for of, channel in channels]
    out.add("spectrix_sessions", "gauge", "Live sessions.", live)
    gaps = [
        ({**of, "reason": reason}, channel.gaps[reason])
        for of, channel in channels
        for reason in ("overrun", "reset", "restart")
    ]
    out.add("spectrix_gaps_total", "counter", "Gaps that watchers were told of.", gaps)


def _add_server(out: Exposition, context: Context) -> None:
    answered = [({"status": str(status)}, count) for status, count in sorted(context.answered.items())]
    out.add("spectrix_requests_total", "counter", "Requests by the status they were answered with.", answered)
    bodies = context.intake.bodies
    out.one("spectrix_ingest_inflight_bytes", "gauge", "Bytes of ingest bodies held now.", bodies.used)
    out.one("spectrix_ingest_inflight_bytes_limit", "gauge", "The most of them (--max-bodies).", bodies.size)
    out.one("spectrix_refusals_held", "gauge", "Refused producers whose answer is held up now.", context.intake.held)
    verified = context.authority.verifications()
    kinds = [({"of": kind}, count) for kind, count in verified.items()]
    out.add("spectrix_argon2_verifications_total", "counter", "Slow hashes checked.", kinds)
    out.one("spectrix_draining", "gauge", "1 while the server is stopping.", int(context.drain.draining))
    lag = context.lag
    out.histogram("spectrix_loop_lag_seconds", "How late the event loop is.", BOUNDS, lag.counts, lag.total)
    longest = lag.longest(asyncio.get_running_loop().time())
    out.one("spectrix_loop_late_seconds_max", "gauge", "The latest that the event loop was in the last 60 s.", longest)


def _add_process(out: Exposition) -> None:
    used = os.times()
    out.one("process_cpu_seconds_total", "counter", "Processor time, user and system.", used.user + used.system)
    out.one("process_start_time_seconds", "gauge", "When the process began, since 1970.", _STARTED)
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    size = os.sysconf("SC_PAGESIZE")
    out.one("process_resident_memory_bytes", "gauge", "Resident memory.", pages * size)
    # The listing itself holds one of them open.
    out.one("process_open_fds", "gauge", "Open file descriptors.", len(list(Path("/proc/self/fd").iterdir())) - 1)
    import resource

    out.one("process_max_fds", "gauge", "Most file descriptors.", resource.getrlimit(resource.RLIMIT_NOFILE)[0])
