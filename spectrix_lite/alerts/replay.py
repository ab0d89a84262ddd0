"""Replay: what a rule would have told of the entries that there are. Pure; it goes in slices of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from ..core.alert_records import When
from ..entries.entry import seq_of, split_run
from ..query.failure import failure_of, has_failed
from ..query.filter import candidate
from ..query.nodes import Node
from ..stream.ring import RingBuffer
from ..stream.search import IsOver
from .kinds import Kinds
from .machine import machine

TICK_SECONDS: Final = 0.5
"""How long after it is so something is told, as when it is judged live."""


@dataclass(slots=True)
class Firing:
    """One notice that would have gone out: when, in seconds since 1970, and of how many matches."""

    at: float
    count: int


class _Arrival(msgspec.Struct):
    receivedAt: str  # noqa: N815  as it stands in an entry


_arrival = msgspec.json.Decoder(_Arrival).decode


class Replay:
    """Of one service: what its ring holds, and those `before`, oldest first. A failure counts as of a new kind where
    none like it comes earlier.
    """

    def __init__(self, ring: RingBuffer, query: Node, when: When, cooldown: int, before: Sequence[bytes] = ()) -> None:
        self.firings: list[Firing] = []
        self.entries = 0
        self.began: float | None = None
        self._before = iter(before)
        self._ring = ring
        self._query = query
        self._when = when
        self._cooldown = cooldown
        self._due: float | None = None  # when it is to be told what is so now
        self._machine = machine(when, 0.0, started=False)
        self._kinds = Kinds(b"", {}, 10_000)
        self._through = ring.oldest - 1
        self._head = ring.head

    def run(self, is_over: IsOver) -> bool:
        """Goes on until the slice is over; whether all was looked at."""
        for entry in self._before:
            self._look(seq_of(entry), entry)
            if is_over():
                return False
        while self._through < self._head:
            self._through = max(self._through, self._ring.oldest - 1)
            run = next(self._ring.after(self._through), None)
            if run is None:
                break
            if run.is_hole:
                self._through = run.last
                continue
            entries = split_run(run.encoded)
            for seq in range(self._through + 1, min(run.last, self._head) + 1):
                self._through = seq
                self._look(seq, entries[seq - run.first])
                if is_over():
                    return False
        return True

    def finish(self, now: float) -> None:
        """Nothing came from the last entry until `now`, seconds since 1970."""
        if self.began is not None:
            self._pass(now)
            if self._due is not None and self._due <= now:
                self._tell(self._due)

    def _look(self, seq: int, encoded: bytes) -> None:
        at = datetime.fromisoformat(_arrival(encoded).receivedAt).timestamp()
        if self.began is None:
            self.began = at
        self.entries += 1
        self._pass(at)
        entry = candidate(encoded)
        if self._when.kind == "firstSeen" and not (has_failed(entry) and self._kinds.add("", failure_of(entry))):
            return
        if not self._query.matches(entry):
            return
        self._machine.match(at, seq)
        self._judge(at)

    def _pass(self, now: float) -> None:
        if self._due is not None and self._due + TICK_SECONDS <= now:
            self._tell(self._due)
        if 0 < self._machine.wakes_at < now:
            self._judge(self._machine.wakes_at)
            if self._due is not None and self._due + TICK_SECONDS <= now:
                self._tell(self._due)
        self._judge(now)

    def _judge(self, now: float) -> None:
        self._machine.pass_time(now)
        self._machine.drop_resolved()
        if self._due is None and self._machine.is_due(repeats=self._cooldown > 0):
            waits = self.firings[-1].at + self._cooldown if self.firings else now
            self._due = max(now, waits)

    def _tell(self, at: float) -> None:
        """What was due, if it still is, with all that came until then."""
        self._due = None
        self._machine.pass_time(at)
        self._machine.drop_resolved()
        if self._machine.is_due(repeats=self._cooldown > 0):
            self.firings += [Firing(at, told.count) for told in self._machine.take(at)]
