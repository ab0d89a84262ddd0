"""Checks of a cluster: what `cluster status` prints, and `doctor` besides all else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ...core.clock import SystemClock
from ...core.config import KIB, MIB, Config
from ...core.errors import SpectrixError, StartupError
from ..doctor.finding import Finding, fail, ok, warn
from .greeting import greet

if TYPE_CHECKING:  # imported only where a cluster is asked for
    from ...cluster.standing import ClusterStanding, NodeStanding, StreamStanding

_PLACES: Final = {"memory": "in memory", "file": "on disk"}

GONE_MS: Final = 15_000
"""A node that has said nothing for so long is gone."""
APART_MS: Final = 1000
"""Clocks that are further apart than this show in times, and in when sessions end."""


async def findings(config: Config, monitor: str | None) -> list[Finding]:
    """All of them. `monitor` is the address of a server's own monitoring, which alone tells how it writes to disk."""
    from ...cluster.node import CommandStore
    from ...cluster.standing import look

    try:
        opened = CommandStore(config, SystemClock())
        async with opened as store:
            standing = await look(store.engine, store, config)
    except (StartupError, SpectrixError) as problem:
        return [refused(str(problem)), *await servers(config)]
    return [
        *engine(standing),
        *rights(standing.denied),
        *(stream(each, standing.wanted_replicas) for each in standing.streams),
        *nodes(standing.nodes),
        await disk(monitor),
    ]


def refused(problem: str) -> Finding:
    """Why nothing can be said of it; what stands behind a colon is what to do."""
    found, _, remedy = problem.partition(": ")
    usual = "See that its servers run, and that two of three reach each other."
    return fail("engine", found.removesuffix("."), f"{remedy[:1].upper()}{remedy[1:]}" or usual)


async def servers(config: Config) -> list[Finding]:
    """Which of those that are named answer at all, where the engine as a whole does not."""
    assert config.cluster is not None
    found = await asyncio.gather(*(greet(each) for each in config.cluster.servers))
    told = "; ".join(each.told for each in found)
    if all(each.answers for each in found):
        return [ok("servers", told)]
    return [fail("servers", told, "Start those again: two of three must run, and reach each other.")]


def engine(standing: ClusterStanding) -> list[Finding]:
    """Its servers, and what it takes."""
    servers = "1 server" if standing.servers == 1 else f"{standing.servers} servers"
    found = f"nats-server {standing.version}, {servers} known, messages of at most {standing.max_payload // KIB} KiB"
    if standing.wanted_replicas < 3:
        return [warn("engine", found, "One server keeps everything once: three of them stay up without one.")]
    return [ok("engine", found)]


def rights(denied: tuple[str, ...]) -> list[Finding]:
    """What the engine does not let this user do; nothing where that is nothing."""
    if not denied:
        return []
    remedy = (
        "Bring its rights.conf up to that of docs/self-host/cluster, let it reload (nats-server --signal reload), "
        "and start the nodes again."
    )
    if any(each.endswith(".presence") for each in denied):
        remedy += " Until then each node counts its own watchers only."
    if any(each.endswith(".rebuild") for each in denied):
        remedy += " Until then a log that the engine loses begins a new epoch."
    return [warn("rights", f"the engine's rights do not allow {', '.join(denied)}", remedy)]


def stream(each: StreamStanding, wanted_replicas: int) -> Finding:
    """Where one lies, and whether it takes anything."""
    times = "once" if each.replicas == 1 else f"{each.replicas} times"
    where = f"kept {times} {_PLACES[each.storage]}"
    found = f"{each.name}: {where}, {each.messages} messages, {each.bytes / MIB:,.1f} MiB, head {each.head}"
    if each.leader:
        found += f", led by {each.leader}"
    if not each.leader and each.replicas > 1:
        remedy = "An election takes seconds; where it does not end, see the servers' logs."
        if each.storage == "memory":
            remedy = "An election takes seconds; the nodes begin a log anew that has no leader for long."
        return fail("quorum", f"{found}; no leader", remedy)
    if not each.has_quorum:
        return fail("quorum", f"{found}; no quorum", f"Start {', '.join(each.missing) or 'its servers'} again.")
    if each.replicas < wanted_replicas:
        remedy = (
            f"It was made when the engine was one server: nats stream edit {each.name} --replicas {wanted_replicas}"
        )
        return warn("quorum", found, remedy)
    if each.missing:
        return warn("quorum", f"{found}; not all of it on {', '.join(each.missing)}", "The next loss stops it.")
    return ok("quorum", found)


def nodes(found: tuple[NodeStanding, ...]) -> list[Finding]:
    """Which there are, and whether their clocks agree."""
    if not found:
        return [warn("nodes", "none is running", "Start one: spectrix-lite serve --cluster URL.")]
    gone = [each.name for each in found if each.silent > GONE_MS]
    here = [each for each in found if each.silent <= GONE_MS]
    names = ", ".join(f"{each.name} ({each.version})" for each in here) or "none"
    findings = [ok("nodes", names)]
    if gone:
        findings = [warn("nodes", f"{names}; silent: {', '.join(gone)}", "They stopped without a word; start them.")]
    if len(here) > 1:
        apart = max(each.ahead for each in here) - min(each.ahead for each in here)
        text = f"the nodes' clocks are {apart} ms apart"
        remedy = "Run a time service on each: sessions end by them, and entries get their times."
        findings.append(ok("clocks", text) if apart <= APART_MS else warn("clocks", text, remedy))
    return findings


async def disk(monitor: str | None) -> Finding:
    """Whether what is acknowledged is on disk, which only a server's monitoring says."""
    if monitor is None:
        return ok("disk", "not asked: --monitor http://HOST:8222 says whether sync_interval is always")
    import aiohttp

    if urlsplit(monitor).scheme not in ("http", "https"):
        return fail("disk", f"{monitor} is no address", "Give one such as http://127.0.0.1:8222.")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client,
            client.get(f"{monitor.rstrip('/')}/varz") as answer,
        ):
            always = (await answer.json(content_type=None))["jetstream"]["config"].get("sync_always", False)
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError, KeyError) as problem:
        return fail("disk", f"{monitor} does not say ({type(problem).__name__})", "Set http_port in its configuration.")
    if always:
        return ok("disk", "sync_interval is always: what is acknowledged is on disk")
    remedy = "Set jetstream { sync_interval: always }: a power failure may take keys and services back else."
    return warn("disk", "the engine writes to disk every two minutes", remedy)
