"""Health checks, for supervisors and load balancers: is the process up, and may it be sent work?"""

from __future__ import annotations

import asyncio
import logging
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..core.clock import Clock
from ..core.errors import Draining, NoQuorum, StorageFailed, StorageFull, Unavailable
from ..server.context import CONTEXT
from ..server.json_body import json_response
from ..storage.interfaces import AnyStore
from .document.schemas import Health
from .route import WRITE, route

if TYPE_CHECKING:  # imported only where it is asked for
    from ..cluster.node import ClusterNode

REMEMBERED_SECONDS: Final = 1.0
ROOM: Final = 256 * 1024
"""Bytes that must be free beside the database: a write may fit into a log that has grown before, the next one not."""


def free_beside(path: Path) -> int:
    """Bytes that an ordinary user may still write to the disk of the file at `path`."""
    return shutil.disk_usage(path.parent).free


_log = logging.getLogger("spectrix_lite.health")


class Readiness:
    """Whether the database takes writes: asked once a second at most, however many ask here, as anybody may."""

    def __init__(
        self,
        store: AnyStore,
        clock: Clock,
        node: ClusterNode | None = None,
        free: Callable[[Path], int] = free_beside,
    ) -> None:
        self._store = store
        self._node = node
        self.free = free
        self._clock = clock
        self._asking = asyncio.Lock()
        self._asked = -math.inf
        self._trouble: Unavailable | None = None

    async def check(self) -> None:
        """Raises StorageBusy, StorageFull or StorageFailed where the database takes no writes; NoQuorum where a cluster
        takes none.
        """
        if self._node is not None:
            self._node.check()
        async with self._asking:
            if self._clock.monotonic() >= self._asked + REMEMBERED_SECONDS:
                await self._ask()
        if self._trouble is not None:
            raise type(self._trouble)

    async def _ask(self) -> None:
        try:
            await self._store.check_writable()
            path = self._store.path
            if path is not None and await asyncio.to_thread(self.free, path) < ROOM:
                raise StorageFull
            self._trouble = None
        except OSError:
            _log.exception("the room beside the database cannot be measured")
            self._trouble = StorageFailed()
        except Unavailable as trouble:
            self._trouble = trouble
        self._asked = self._clock.monotonic()


READINESS: Final = web.AppKey("readiness", Readiness)


@route(
    "GET",
    "/healthz",
    access="probe",
    answers={200: Health},
)
async def healthz(request: web.Request) -> web.StreamResponse:
    """Whether the process is up."""
    return json_response(Health())


@route(
    "GET",
    "/readyz",
    access="probe",
    answers={200: Health},
    errors=(Draining, NoQuorum, *WRITE),
)
async def readyz(request: web.Request) -> web.StreamResponse:
    """Whether the database takes writes and the server is not stopping."""
    if request.app[CONTEXT].in_flight.draining:
        raise Draining
    await request.app[READINESS].check()
    return json_response(Health())
