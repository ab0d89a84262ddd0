"""Asking the engine: what its answers and its messages mean here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
import nats.errors
from nats.js.errors import APIError, NotFoundError

from ...core.errors import SpectrixError, StorageBusy, StorageFailed, StorageFull
from ..connection import Engine
from .documents import decode
from .replica import Held

TRY_SECONDS: Final = 1.0
"""For how long one answer is waited for."""
SILENT: Final = "The cluster's engine does not answer; try again."
WRITE: Final = "Spectrix-Write"
"""The header that names a write: what came of it can be told by it."""

NO_ROOM: Final = (10023, 10047, 10077)
"""What the engine answers where it has no room."""

_log = logging.getLogger("spectrix_lite.cluster")

R = TypeVar("R")


async def asked(engine: Engine, ask: Callable[[], Awaitable[R]]) -> R:
    """An answer of JetStream. Raises nats-py's NotFoundError, StorageBusy, StorageFull or StorageFailed."""
    if not engine.is_up:
        raise StorageBusy(SILENT)
    try:
        async with asyncio.timeout(TRY_SECONDS):
            return await ask()
    except NotFoundError:
        raise
    except APIError as problem:
        raise trouble(problem) from None
    except (nats.errors.Error, OSError, TimeoutError):
        raise StorageBusy(SILENT) from None


def trouble(problem: APIError) -> SpectrixError:
    """What is answered where the engine refuses."""
    if problem.err_code in NO_ROOM:
        return StorageFull("The cluster's engine has no room left; see its limits.")
    if problem.code == 503:
        return StorageBusy(SILENT)
    _log.error("the engine refuses: %s", problem.description)
    return StorageFailed("The cluster's engine refuses; the server's log says why.")


def held_of(key: str, revision: int, content: bytes, headers: dict[str, str] | None) -> Held:
    """What a message of the bucket says. Raises StorageFailed for what cannot be read."""
    headers = headers or {}
    if headers.get("KV-Operation") in ("DEL", "PURGE") or headers.get("Nats-Marker-Reason"):
        return Held(revision, None, headers.get(WRITE, ""))
    try:
        return Held(revision, decode(key, content), headers.get(WRITE, ""))
    except msgspec.DecodeError:
        _log.exception("the document %s cannot be read: was it written by a later version?", key)
        raise StorageFailed from None
