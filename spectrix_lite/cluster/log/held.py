"""Held messages: those of services that this node does not know yet, as another has just made them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

from .message import MessageHead

HELD_BYTES: Final = 16 * 1024 * 1024
"""Of all; beyond that those of the service that was first are dropped."""


class HeldMessage(NamedTuple):
    """What `service_log.ServiceLog.show` is given."""

    head: MessageHead
    runs: Sequence[tuple[bytes, int]]
    seq: int
    size: int


class HeldMessages:
    """By service."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, list[HeldMessage]] = OrderedDict()
        self._bytes = 0

    def __contains__(self, service_id: str) -> bool:
        return service_id in self._held

    def add(self, service_id: str, message: HeldMessage) -> None:
        """Behind the others of the service."""
        self._held.setdefault(service_id, []).append(message)
        self._bytes += message.size
        while self._bytes > HELD_BYTES:
            _, dropped = self._held.popitem(last=False)
            self._bytes -= sum(each.size for each in dropped)

    def take(self, service_id: str) -> list[HeldMessage]:
        """Those of a service, in order, which are held no longer."""
        taken = self._held.pop(service_id, [])
        self._bytes -= sum(each.size for each in taken)
        return taken

    def clear(self) -> None:
        """They are of a log that is no more."""
        self._held.clear()
        self._bytes = 0
