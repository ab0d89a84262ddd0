"""Restart: what the rings held at a stop goes into the snapshot, and comes back at the next start, as it was numbered.

By default a log is on disk only in between. A start that goes on without its snapshot says so, and never fails for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..core.errors import Unavailable
from ..entries.entry import split_run
from ..storage.interfaces import AnyStore
from ..storage.number_table import NumberTable
from ..stream.channel import Channel
from ..stream.hub import Hub
from ..stream.log import RememberedAnswer
from ..stream.ring import Run
from .snapshot import Damaged, ServiceState, SnapshotHeader
from .snapshot_file import SnapshotFile

if TYPE_CHECKING:  # imported only where it is asked for
    from .history import History
    from .takeover import Kept

FREEZE_SECONDS: Final = 1.0
"""How long a stop waits for batches that are being appended, after the drain."""

_log = logging.getLogger("spectrix_lite.snapshot")


class Restart:
    """One for each run of a server. `enabled` is the setting: without it nothing of a log is written, and what is there
    is removed."""

    def __init__(
        self,
        hub: Hub,
        store: AnyStore,
        *,
        enabled: bool,
        history: History | None = None,
        ring_entries: int = 0,
        numbers: NumberTable | None = None,
    ) -> None:
        self._numbers = numbers
        self._history = history
        self._ring_entries = ring_entries
        self._hub = hub
        self._store = store
        self._enabled = enabled
        self._file = None if store.path is None else SnapshotFile(store.path)
        self._header: SnapshotHeader | None = None  # of the snapshot that this run would write

    async def restore(self) -> None:
        """Fills the rings from the last stop's snapshot, which is gone then, and from history, which begins then.
        Before the first connection is accepted.

        What cannot be taken over begins a new epoch, with a line in the log.
        """
        found = await self._snapshot()
        kept = {} if self._history is None else await self._recovered(self._history, found)
        for state, runs in found:
            each = kept.get(state.service)
            if each is None or (state.epoch == each.epoch and state.head >= each.recorded):
                self._take(state, runs, kept.pop(state.service, None))
            else:
                _log.warning("history goes on, and the snapshot of a service is left aside: it is not of its end")
        for service, each in kept.items():
            self._revive(service, each)
        entries = sum(len(channel.ring) for channel in self._hub.channels())
        if entries:
            _log.info("%d entries are still there from before the stop", entries)
        if self._history is not None:
            if self._history.noting is not None:
                await self._history.noting.write(self._history.noting.due(everything=True))
            await self._history.start()

    async def _recovered(self, history: History, found: list[tuple[ServiceState, list[Run]]]) -> dict[str, Kept]:
        from .noting import Noting
        from .takeover import Before

        database, starts = await self._store.identity()
        stopped = {state.service: (state.epoch, state.head) for state, _ in found}
        noted = {} if self._numbers is None else await self._numbers.all()
        if self._numbers is not None:
            history.noting = Noting(self._hub, self._numbers, starts, time.monotonic)
        return await history.recover(Before(database, self._ring_entries, stopped, noted))

    async def _snapshot(self) -> list[tuple[ServiceState, list[Run]]]:
        """What the last stop has left of services that are there; it is nobody's from here on."""
        file = self._file
        if file is None:
            return []
        try:
            if self._history is None and self._numbers is not None:
                await self._numbers.leave()
            header = SnapshotHeader(*await self._store.identity())
            found = await self._read(file, header) if self._enabled else []
            # From here on the snapshot is nobody's, also where it cannot be removed.
            await self._store.count_start()
            self._header = SnapshotHeader(header.database, header.start + 1)
            await asyncio.to_thread(file.remove)
        except Unavailable as trouble:
            _log.warning("goes on without the snapshot, in new epochs: %s", trouble.detail)
            return []
        except OSError as trouble:
            _log.warning("the snapshot cannot be removed: %s", trouble.strerror)
        known = {channel.service_id for channel in self._hub.channels()}
        usable = []
        for each in found:
            if isinstance(each, Damaged):
                _log.warning("the snapshot is damaged, %s: a new epoch begins", each)
            elif each[0].service in known:  # else it was removed while the server was down
                usable.append(each)
        return usable

    async def save(self, seconds: float) -> None:
        """Writes the snapshot: after the drain, when nothing more is to come. Takes no batch from here on.

        After `seconds`, what is not packed yet is left out, with a line in the log.
        """
        until = time.monotonic() + seconds
        channels = await self._hub.freeze(FREEZE_SECONDS)
        if self._file is None or not self._enabled or self._header is None:
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

    async def _read(self, file: SnapshotFile, header: SnapshotHeader) -> list[tuple[ServiceState, list[Run]] | Damaged]:
        try:
            return await asyncio.to_thread(file.read, header)
        except Damaged as damage:
            _log.warning("the snapshot is left aside, new epochs begin: %s", damage)
        except OSError as trouble:
            _log.warning("the snapshot cannot be read, new epochs begin: %s", trouble.strerror)
        return []

    def _take(self, state: ServiceState, runs: list[Run], kept: Kept | None) -> None:
        """One service as it was at the stop; history takes over what it has not recorded of it."""
        channel = self._hub.channel(state.service)
        if self._history is not None:
            self._history.take_over(state.service, state.epoch, state.oldest - 1, kept)
        channel.restore(state.epoch, runs, state.oldest, state.head)
        if self._history is not None:
            self._history.catch_up(state.service, runs)
        channel.tally.restore(state.accepted, state.rejected, state.levels)
        channel.last_received_at = state.last_received_at
        channel.rejected.extend(state.samples)
        self._remember(state.service, state.answers)
        channel.ancestors = {} if kept is None else kept.ancestors
        self._hub.count_restored(channel)

    def _revive(self, service: str, kept: Kept) -> None:
        """One service as history has it."""
        assert self._history is not None
        channel = self._hub.channel(service)
        self._history.take_over(service, kept.epoch, kept.recorded, kept)
        oldest = kept.runs[0].first if kept.runs else kept.head + 1
        channel.restore(kept.epoch, kept.runs, oldest, kept.head)
        channel.tally.restore(kept.accepted, kept.rejected, kept.levels)
        if kept.runs and not kept.runs[-1].is_hole:
            channel.last_received_at = received_at(kept.runs[-1])
        self._remember(service, kept.answers)
        channel.ancestors = kept.ancestors
        self._hub.count_restored(channel)

    def _remember(self, service: str, answers: Sequence[RememberedAnswer]) -> None:
        for answer in answers:
            self._hub.batches(service, answer.key_id).restore(answer.name, answer.body, answer.answer)


def received_at(run: Run) -> int:
    """When the last entry of a run was received, in milliseconds since 1970."""
    last: dict[str, Any] = msgspec.json.decode(split_run(run.encoded)[-1])
    return round(datetime.fromisoformat(last["receivedAt"]).timestamp() * 1000)


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
