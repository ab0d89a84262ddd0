"""Noting: how far each service was numbered, and its totals, from time to time into the services' database.

So no number goes back where the history is lost, and a process that is killed costs no totals: what came since the last
note is counted in what was recorded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from ..core.errors import Unavailable
from ..core.records import Numbered
from ..storage.number_table import NumberTable
from ..stream.channel import Channel
from ..stream.hub import Hub

NOTE_SECONDS: Final = 10.0
NOTE_ENTRIES: Final = 20_000
"""After so many of one service it is noted at once: what came since is counted anew after a kill."""

_log = logging.getLogger("spectrix_lite.history")


class Noting:
    """Of the process that is the database's `starts`th. `clock` is monotonic seconds."""

    def __init__(self, hub: Hub, table: NumberTable, starts: int, clock: Callable[[], float]) -> None:
        self._hub = hub
        self._table = table
        self._starts = starts
        self._clock = clock
        self._noted: dict[str, Numbered] = {}
        self._at = clock()
        self._is_told = False

    def due(self, *, everything: bool = False) -> list[Numbered]:
        """What is to be noted by now; all that has changed if asked for `everything`."""
        now = self._clock()
        found = []
        is_time = everything or now >= self._at + NOTE_SECONDS
        if is_time:
            self._at = now
        for channel in self._hub.channels():
            before = self._noted.get(channel.service_id)
            grown = channel.log.head - (0 if before is None else before.head)
            if grown >= NOTE_ENTRIES or (is_time and channel.log.head):
                numbered = self._numbered(channel)
                if numbered != before:
                    found.append(numbered)
        return found

    async def write(self, due: Sequence[Numbered]) -> None:
        """Notes what was due. Where the database takes nothing, a line in the log says so, and it is tried again."""
        if not due:
            return
        try:
            await self._table.note(due)
        except Unavailable as trouble:
            if not self._is_told:
                _log.warning("how far services are numbered cannot be noted: %s", trouble.detail)
            self._is_told = True
            return
        self._is_told = False
        self._noted |= {numbered.service_id: numbered for numbered in due}

    def _numbered(self, channel: Channel) -> Numbered:
        tally, log = channel.tally, channel.log
        info, warn, error, debug = tally.totals
        return Numbered(
            channel.service_id, log.epoch, log.head, self._starts, tally.accepted, tally.rejected,
            (info, warn, error, debug),
        )  # fmt: skip
