"""The stores there are, each by the same words: what a test asks of one, it asks of all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from spectrix_lite.cluster.connection import Engine
from spectrix_lite.cluster.store.kv_store import KvStore
from spectrix_lite.core.clock import Clock, SystemClock
from spectrix_lite.core.config import Config
from spectrix_lite.storage.interfaces import AnyStore
from spectrix_lite.storage.store import Store


@asynccontextmanager
async def opened_store(config: Config, node: str = "node", clock: Clock | None = None) -> AsyncIterator[AnyStore]:
    """One process's store of what `config` names: the bucket of a cluster, else the database. `node` is its name."""
    if config.cluster is None:
        store = await Store.open(config.db, clock=clock)
        try:
            yield store
        finally:
            await store.close()
        return
    async with opened_node(config, node, clock) as kept:
        yield kept


@asynccontextmanager
async def opened_node(config: Config, node: str = "node", clock: Clock | None = None) -> AsyncIterator[KvStore]:
    """A node's, with a connection of its own."""
    engine = await Engine.connect(config)
    try:
        store = await KvStore.open(engine, node, clock or SystemClock())
        try:
            yield store
        finally:
            await store.close()
    finally:
        await engine.close()
