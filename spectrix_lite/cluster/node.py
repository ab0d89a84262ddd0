"""Node: one server of a cluster: its connection to the engine, its store, and the word it gives that it is there."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import socket
from contextlib import suppress
from typing import Final

from ..core.clock import Clock
from ..core.config import Config
from ..core.errors import NoQuorum, StartupError, Unavailable
from ..stream.hub import Hub
from .connection import Engine
from .duty import AlertDuty
from .log.log_stream import LogStream
from .log.logs import ClusterLogs
from .presence import Presence
from .rebuild.driver import Driver
from .rebuild.participant import Participant
from .recovery import Recovery
from .store.kv_store import KvStore

BEAT_SECONDS: Final = 5.0
"""How often a node says that it is there, and looks whether the log is."""

HURRY_SECONDS: Final = 0.5

LEAVE_SECONDS: Final = 1.0
"""For how long a node that stops tries to say so."""

COMMAND_SECONDS: Final = 10.0
"""For how long a command waits for the engine; a server waits for ever."""

_log = logging.getLogger("spectrix_lite.cluster")


class ClusterNode:
    """Made by `open`, which waits until the engine is there."""

    def __init__(self, engine: Engine, store: KvStore, config: Config, clock: Clock) -> None:
        self.engine = engine
        self.store = store
        self.logs = logs = ClusterLogs(engine, config, clock)
        self.duty = duty = AlertDuty(store, clock)
        stream = LogStream(engine, config)
        self.driver = driver = Driver(engine, logs.mirror, stream, store)
        self._participant = Participant(engine, logs, stream, store.node)
        self.recovery = Recovery(stream, store.bucket.stream, lambda: duty.is_held, clock, driver)
        self._presence = Presence(engine, logs.node, clock)
        self._beating: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, config: Config, clock: Clock) -> ClusterNode:
        """Raises StartupError for settings that cannot be right, and what the engine refuses."""
        if config.history is not None or config.history_path is not None:
            raise StartupError("--history is kept by a server by itself, not by --cluster: leave one of them out.")
        engine = await Engine.connect(config)
        try:
            store = await KvStore.open(engine, node_name(config), clock)
            return cls(engine, store, config, clock)
        except BaseException:
            await engine.close()
            raise

    async def start(self, hub: Hub) -> None:
        """Fills the hub's rings from the cluster's log, whose services are open by now. From then on this node is one
        of those that `cluster status` shows. Raises StartupError.
        """
        self.logs.hub = hub
        await self.logs.start()
        await self._presence.start(hub)
        await self.driver.start()
        await self._participant.start()
        self._beating = asyncio.create_task(self._beat())

    async def close(self) -> None:
        """Idempotent."""
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
            self._beating = None
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(LEAVE_SECONDS if self.engine.is_up else 0.0):
                    await self.store.leave()
        self.driver.close()
        self._participant.close()
        await self._presence.close()
        await self.logs.stop()
        await self.store.close()
        await self.engine.close()

    def check(self) -> None:
        """Raises NoQuorum where the engine takes nothing, or this node does not know all that it has."""
        if not self.logs.mirror.is_ready:
            raise NoQuorum

    async def _beat(self) -> None:
        told = False
        while True:
            try:
                await self.store.check_writable()
            except Unavailable:
                pass  # the engine's loss is in the log, and `/readyz` says it
            except Exception:
                _log.exception("this node could not say that it is there, and tries again")
            self._participant.has_namesake = self.store.has_namesake
            try:
                self.driver.look()
                await self.recovery.check()
            except Exception:
                _log.exception("this node could not see whether the log has a leader, and tries again")
            if self.store.has_namesake and not told:
                told = True
                _log.warning(
                    "another node is called %s, too, and `cluster status` shows one of them: "
                    "give its machine another name, or the node another --port",
                    self.store.node,
                )
            await self._until_next()

    async def _until_next(self) -> None:
        """A beat, and less where the log is to be rebuilt."""
        emptied = self.logs.mirror.following.emptied
        if emptied.is_set():
            await asyncio.sleep(HURRY_SECONDS)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await emptied.wait()


class CommandStore:
    """The store of a command: opened like a node's, for a moment, and never waiting long for the engine."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._engine: Engine | None = None
        self._store: KvStore | None = None

    async def __aenter__(self) -> KvStore:
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                self._engine = await Engine.connect(self._config)
                self._store = await KvStore.open(self._engine, "command", self._clock)
        except TimeoutError:
            await self.__aexit__()
            raise StartupError(f"The engine at {self._config.cluster} does not answer: is it running?") from None
        except BaseException:
            await self.__aexit__()
            raise
        return self._store

    async def __aexit__(self, *_: object) -> None:
        if self._store is not None:
            await self._store.close()
        if self._engine is not None:
            await self._engine.close()


def node_name(config: Config) -> str:
    """The machine's name and the port, in letters that a key of the bucket may have: the same at each start."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", f"{socket.gethostname()}-{config.port or secrets.token_hex(4)}")
