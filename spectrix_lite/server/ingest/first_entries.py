"""First entry of each stream key and listener since the server started: what says that a client works."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

from ...stream.channel import Channel

MOST: Final = 1000
"""Keys and listeners that are remembered: those that came last."""


class FirstEntry(NamedTuple):
    """Its cursor, and when it came, in ms since 1970 UTC."""

    epoch: str
    seq: int
    at: int


class FirstEntries:
    """In memory, in bounded space. One for the process."""

    def __init__(self) -> None:
        self._by_sender: OrderedDict[str, FirstEntry] = OrderedDict()

    def note(self, sender: str, channel: Channel, count: int, at: int) -> None:
        """So many entries by this sender have just come into the ring; only its first are remembered."""
        if count and sender not in self._by_sender:
            self._by_sender[sender] = FirstEntry(channel.log.epoch, channel.log.head - count + 1, at)
            if len(self._by_sender) > MOST:
                self._by_sender.popitem(last=False)

    def of(self, sender: str) -> FirstEntry | None:
        """None where there was none, or too many others came later."""
        return self._by_sender.get(sender)
