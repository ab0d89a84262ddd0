"""Logs of all services in a cluster, as the hub opens them: what they store goes out here."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from ...core.clock import Clock
from ...core.config import Config
from ...core.errors import NoQuorum, ServiceNotFound
from ...stream.hub import Hub
from ..connection import Engine
from .log_stream import EXPECTED, TROUBLE, LogStream, read_answer
from .mirror import Mirror
from .numbering import Attempt
from .service_log import ServiceLog

TEND_SECONDS: Final = 0.2
CUT_OFF_SECONDS: Final = 9.0
"""For how long a batch waits where no server is connected: its 503 comes within ten seconds."""

NO_QUORUM_SECONDS: Final = 13.0
"""For how long where one is: an election takes up to 8 s, and who gives up earlier makes doubles."""

_BATCH_ID, _BATCH_SEQUENCE, _BATCH_COMMIT = "Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit"

_log = logging.getLogger("spectrix_lite.cluster")


class ClusterLogs:
    """A `stream.log.Logs`. `hub` is to be set before `start`; what the log holds by then is in the rings after it."""

    hub: Hub

    def __init__(self, engine: Engine, config: Config, clock: Clock) -> None:
        self.loop = asyncio.get_running_loop()
        self.node = secrets.token_hex(4)
        self.busy: set[ServiceLog] = set()
        """Those in which something waits."""
        self.kept_bytes = 0
        """What the engine keeps, as far as this node knows."""
        self._stream = LogStream(engine, config)
        self._engine = engine
        self._config = config
        self._clock = clock
        self._logs: dict[str, ServiceLog] = {}
        self._races = 0  # of services that are closed
        self._tasks: set[asyncio.Task[Any]] = set()
        self.mirror = Mirror(self._stream, self)

    async def start(self) -> None:
        """Reads what the log holds, however long the engine lets one wait. Raises StartupError."""
        await self.mirror.start()
        self.spawn(self._tend())
        await self._check_storage()

    async def stop(self) -> None:
        """What still waits is answered that there is no quorum. Idempotent; the engine's connection stays."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for log in self._logs.values():
            log.fail_all(NoQuorum())
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.mirror.close()

    # As the hub's logs

    def open(self, service_id: str) -> ServiceLog:
        """See `stream.log.Logs`. What the log has had for it already comes in the next turn of the loop."""
        log = self._logs[service_id] = ServiceLog(self, service_id, self.mirror.epoch)
        self.loop.call_soon(self.mirror.catch_up, service_id)
        return log

    def close(self, service_id: str) -> None:
        """The service is gone, for all nodes, and what the engine keeps of it."""
        log = self._logs.pop(service_id, None)
        if log is not None:
            self._races += log.numbering.races
            self.kept_bytes -= log.kept_bytes
            self.busy.discard(log)
            log.fail_all(NoQuorum())
            self.spawn(self.purge(service_id))

    # What the mirror asks

    def log(self, service_id: str) -> ServiceLog | None:
        """That of a service, where it is open."""
        return self._logs.get(service_id)

    def start_over(self, epoch: str) -> None:
        """A log is read from its beginning, in an epoch that is not the one before."""
        for service_id, log in self._logs.items():
            log.begin(epoch)
            with suppress(ServiceNotFound):
                self.hub.start_over(service_id)

    def rebuilt(self) -> None:
        """A log is read that has in other messages what the one before had."""
        for log in self._logs.values():
            log.keep_nothing()

    def all(self) -> Iterable[ServiceLog]:
        """Those that are open."""
        return self._logs.values()

    # What the logs ask

    @property
    def is_held(self) -> bool:
        """See `Outlet`."""
        return self.mirror.is_held or self.mirror.following.emptied.is_set()

    @property
    def races(self) -> int:
        """How many batches had to be numbered anew, as another node was faster."""
        return self._races + sum(log.numbering.races for log in self._logs.values())

    @property
    def max_payload(self) -> int:
        """See `Outlet`."""
        return self._engine.max_payload

    def now(self) -> float:
        """See `Rings`."""
        return self.loop.time()

    def wall(self) -> int:
        """See `Outlet`."""
        return self._clock.wall()

    def check(self) -> None:
        """See `Outlet`. Raises NoQuorum."""
        if self.mirror.lost_for() > self.limit():
            raise NoQuorum(retry_after=2.0)

    def limit(self) -> float:
        """For how long one waits now."""
        return NO_QUORUM_SECONDS if self._engine.is_up else CUT_OFF_SECONDS

    def is_too_much(self, size: int) -> bool:
        """See `Outlet`."""
        return size > 1.25 * self._config.ring_bytes or self.kept_bytes > 1.25 * self._config.rings_bytes

    def bound_of(self, size: int) -> int:
        """See `Outlet`."""
        beyond = max(0, self.kept_bytes - self._config.rings_bytes)
        return max(0, min(self._config.ring_bytes, size - beyond))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """See `Outlet`."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def store(self, service_id: str, expected: int, messages: Sequence[bytes], seconds: float | None) -> None:
        """See `Outlet`."""
        subject = self._stream.prefix + service_id
        client = self._engine.client
        if len(messages) == 1:
            headers = {EXPECTED: str(expected)}
            if seconds is None:
                await client.publish(subject, messages[0], headers=headers)
            else:
                read_answer((await client.request(subject, messages[0], timeout=seconds, headers=headers)).data)
            return
        batch = secrets.token_hex(16)
        for number, message in enumerate(messages, 1):
            headers = {_BATCH_ID: batch, _BATCH_SEQUENCE: str(number)}
            if number == 1:
                headers[EXPECTED] = str(expected)
            if number < len(messages):
                await client.publish(subject, message, headers=headers)
                await client.flush(timeout=10)
        headers[_BATCH_COMMIT] = "1"
        read_answer((await client.request(subject, messages[-1], timeout=seconds or 10.0, headers=headers)).data)

    async def find_out(self, log: ServiceLog, attempt: Attempt) -> None:
        """See `Outlet`. Raises what is in `TROUBLE`."""
        last = await self._stream.last_of(log.service_id)
        if not log.numbering.is_under_way(attempt):
            return
        if last < log.numbering.last:
            log.numbering.trim(last)
        elif last > log.numbering.last:
            self.mirror.doubt(last)

    def doubt(self) -> None:
        """See `Outlet`."""
        self.mirror.doubt()

    async def purge(self, service_id: str, below: int | None = None) -> None:
        """Takes away what the engine keeps of a service; what is not taken now, goes later."""
        with suppress(*TROUBLE):
            await self._stream.purge(service_id, below)

    async def _check_storage(self) -> None:
        """A stream stays where it was made, whatever is asked for later."""
        with suppress(*TROUBLE):
            there, wanted = (await self._stream.state()).storage, self._config.cluster_storage
            if there != wanted:
                _log.warning(
                    "--cluster-storage is %s, but the log is there already, by %s: "
                    "stop all nodes and remove the engine's stream %s to have it made anew",
                    wanted, there, self._stream.name,
                )  # fmt: skip

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_SECONDS)
            now, limit = self.now(), self.limit()
            for log in list(self.busy):
                log.tend(now, limit)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            _log.error("the cluster's log failed", exc_info=problem)
