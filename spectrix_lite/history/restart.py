"""Restart: what the rings held at a stop goes into the snapshot, and comes back at the next start, as it was numbered.

By default a log is on disk only in between. A start that goes on without its snapshot says so, and never fails for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final

from ..core.errors import Unavailable
from ..storage.store import Store
from ..stream.channel import Channel
from ..stream.hub import Hub
from ..stream.ring import Run
from .snapshot import Damaged, RememberedAnswer, ServiceState, SnapshotHeader
from .snapshot_file import SnapshotFile

FREEZE_SECONDS: Final = 1.0
"""How long a stop waits for batches that are being appended, after the drain."""

_log = logging.getLogger("spectrix_lite.snapshot")


class Restart:
    """One for each run of a server. `enabled` is the setting: without it nothing of a log is written, and what is there
    is removed."""

    def __init__(self, hub: Hub, store: Store, *, enabled: bool) -> None:
        self._hub = hub
        self._store = store
        self._enabled = enabled
        self._file = SnapshotFile(store.path)
        self._header: SnapshotHeader | None = None  # of the snapshot that this run would write

    async def restore(self) -> None:
        """Fills the rings from the last stop's snapshot, which is gone then. Before the first connection is accepted.

        What cannot be taken over begins a new epoch, with a line in the log.
        """
        try:
            header = SnapshotHeader(*await self._store.identity())
            found = await self._read(header) if self._enabled else []
            # From here on the snapshot is nobody's, also where it cannot be removed.
            await self._store.count_start()
            self._header = SnapshotHeader(header.database, header.start + 1)
            await asyncio.to_thread(self._file.remove)
        except Unavailable as trouble:
            _log.warning("goes on without the snapshot, in new epochs: %s", trouble.detail)
            return
        except OSError as trouble:
            _log.warning("the snapshot cannot be removed: %s", trouble.strerror)
        entries = sum([self._take(each) for each in found])
        if entries:
            _log.info("%d entries are still there from before the stop", entries)

    async def save(self, seconds: float) -> None:
        """Writes the snapshot: after the drain, when nothing more is to come. Takes no batch from here on.

        After `seconds`, what is not packed yet is left out, with a line in the log.
        """
        until = time.monotonic() + seconds
        channels = await self._hub.freeze(FREEZE_SECONDS)
        if not self._enabled or self._header is None:
            return
        services = [_captured(channel) for channel in channels]
        try:
            left = until - time.monotonic()
            left_out = await asyncio.to_thread(self._file.write, self._header, services, left)
        except OSError as trouble:
            _log.warning(
                "the snapshot cannot be written (%s): the next start begins new epochs", trouble.strerror or trouble
            )
            return
        missing = len(left_out) + len(self._hub.channels()) - len(channels)
        if missing:
            _log.warning(
                "no time is left: %d service%s left out of the snapshot, and begin new epochs at the next start",
                missing, " is" if missing == 1 else "s are",
            )  # fmt: skip

    async def _read(self, header: SnapshotHeader) -> list[tuple[ServiceState, list[Run]] | Damaged]:
        try:
            return await asyncio.to_thread(self._file.read, header)
        except Damaged as damage:
            _log.warning("the snapshot is left aside, new epochs begin: %s", damage)
        except OSError as trouble:
            _log.warning("the snapshot cannot be read, new epochs begin: %s", trouble.strerror)
        return []

    def _take(self, found: tuple[ServiceState, list[Run]] | Damaged) -> int:
        """How many entries of one service are in its ring again."""
        if isinstance(found, Damaged):
            _log.warning("the snapshot is damaged, %s: a new epoch begins", found)
            return 0
        state, runs = found
        channel = next((each for each in self._hub.channels() if each.service_id == state.service), None)
        if channel is None:  # removed while the server was down
            return 0
        channel.restore(state.epoch, runs, state.oldest, state.head)
        channel.tally.restore(state.accepted, state.rejected, state.levels)
        channel.last_received_at = state.last_received_at
        channel.rejected.extend(state.samples)
        for answer in state.answers:
            self._hub.batches(state.service, answer.key_id).restore(answer.name, answer.body, answer.answer)
        self._hub.count_restored(channel)
        return len(channel.ring)


def _captured(channel: Channel) -> tuple[ServiceState, Sequence[Run]]:
    tally, ring = channel.tally, channel.ring
    info, warn, error, debug = tally.totals
    answers = [
        RememberedAnswer(key_id, name, body, answer)
        for key_id, cache in channel.batches.items()
        for name, body, answer in cache.results()
    ]
    state = ServiceState(
        service=channel.service_id,
        epoch=channel.epoch,
        oldest=ring.oldest,
        head=ring.head,
        accepted=tally.accepted,
        rejected=tally.rejected,
        levels=(info, warn, error, debug),
        last_received_at=channel.last_received_at,
        samples=list(channel.rejected),
        answers=answers,
    )
    return state, list(ring.after(ring.oldest - 1))
