"""Watcher: what the hub calls of a connected socket, and how: none may cost another its turn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

FAILED: Final = 1011
"""The close code of a watcher that raised."""

_log = logging.getLogger("spectrix_lite.stream")


class Watcher(Protocol):
    """A connected socket. Neither call may block; both are made through `tell`, which bears one that raises."""

    session_id: str

    def pump(self) -> None:
        """There is something new: send what the socket takes now."""

    def close(self, code: int, reason: str) -> None:
        """Close with a WebSocket close code and a few words; nothing more is sent."""


def tell(watcher: Watcher, call: Callable[[], None]) -> None:
    """Makes a call of one watcher. If that raises, this one is closed, and the next one has its turn."""
    try:
        call()
    except Exception:
        _log.exception("a watcher failed and is closed")
        try:
            watcher.close(FAILED, "internal error")
        except Exception:
            _log.exception("a watcher that failed cannot be closed")
