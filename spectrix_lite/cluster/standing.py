"""Standing: how a cluster is, as the engine and the nodes themselves say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nats.errors

from ..core.config import Config
from ..core.errors import StorageBusy
from .connection import Engine
from .log.log_stream import API_SECONDS, TROUBLE, EngineRefusal, LogStream
from .store.asking import SILENT
from .store.documents import NodeDocument
from .store.kv_store import KvStore


@dataclass(frozen=True, slots=True)
class StreamStanding:
    """One stream: `missing` are the servers that keep it and do not answer, or lag; `head` is its last number,
    `storage` "memory" or "file"."""

    name: str
    storage: str
    replicas: int
    leader: str
    missing: tuple[str, ...]
    has_quorum: bool
    head: int
    messages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class NodeStanding:
    """A node: `ahead` is how far its clock is ahead of the engine's, in ms, `silent` for how long it said nothing."""

    name: str
    version: str
    ahead: int
    silent: int


@dataclass(frozen=True, slots=True)
class ClusterStanding:
    """`servers` are those that the engine has told of; `streams` the log and the store, where they are there; `denied`
    the subjects that whoever asks may not use.
    """

    version: str
    servers: int
    wanted_replicas: int
    max_payload: int
    streams: tuple[StreamStanding, ...]
    nodes: tuple[NodeStanding, ...]
    denied: tuple[str, ...]


async def look(engine: Engine, store: KvStore, config: Config) -> ClusterStanding:
    """Asks. Raises StorageBusy where the engine does not answer."""
    log = LogStream(engine, config)
    streams = [await stream_standing(log, name) for name in (log.name, store.bucket.stream)]
    return ClusterStanding(
        engine.version,
        len(engine.client.servers),
        engine.replicas,
        engine.max_payload,
        tuple(each for each in streams if each is not None),
        tuple([await _node(store, name, node) for name, node in store.bucket.replica.all("node", NodeDocument)]),
        await _denied(engine),
    )


async def _denied(engine: Engine) -> tuple[str, ...]:
    """Says nothing at all where nodes speak to each other: whoever may not is told so before the next answer."""
    try:
        for what in ("presence", "rebuild"):
            await engine.client.publish(f"{engine.name}.{what}")
        await engine.client.flush(int(API_SECONDS))
    except (nats.errors.Error, OSError):
        raise StorageBusy(SILENT) from None
    return tuple(sorted(engine.denied))


async def stream_standing(log: LogStream, name: str) -> StreamStanding | None:
    """How the stream of that name is; None where there is none. Raises StorageBusy where the engine does not say."""
    try:
        found: dict[str, Any] = await log.ask(f"STREAM.INFO.{name}")
    except EngineRefusal:
        return None
    except TROUBLE:
        raise StorageBusy(SILENT) from None
    cluster = found.get("cluster") or {}
    others = cluster.get("replicas") or []
    missing = tuple(each["name"] for each in others if each.get("offline") or not each.get("current"))
    leader, state = cluster.get("leader", ""), found["state"]
    has_quorum = 2 * (len(others) + 1 - len(missing)) > len(others) + 1 and bool(leader or not others)
    return StreamStanding(
        name, found["config"]["storage"], found["config"]["num_replicas"], leader, missing, has_quorum,
        state["last_seq"], state["messages"], state["bytes"],
    )  # fmt: skip


async def _node(store: KvStore, name: str, node: NodeDocument) -> NodeStanding:
    written, now = await store.bucket.written_at(f"node.{name}"), store.clock.wall()
    return NodeStanding(name, node.version, node.beat_at - written, max(0, now - written))
