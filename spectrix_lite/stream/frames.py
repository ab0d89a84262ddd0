"""Frames that watchers share: `entries` messages of a ring, whole or filtered, each built once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ..entries.entry import split_run
from ..query.candidate import Candidate
from ..query.filter import EVERYTHING, Filter, candidate
from . import messages
from .ring import RingBuffer, Run
from .search import IsOver

LOOKED_BYTES: Final = 64 * 1024
"""About how much of a ring is looked at for one filtered frame."""

UNCHECKED_BYTES: Final = 2 * 1024
"""Of entries that are asked between two looks at the clock: the dearest query takes less than a millisecond for them,
and a usual one a tenth of what the looks would."""

_WINDOWS_BYTES: Final = 2 * 1024 * 1024  # of runs, each of some 64 KiB; decoded they take some ten times it
_BUILT: Final = 256
_OUT, _IN = 1, 2  # what a filter said of an entry; 0 where it was not asked


class Window:
    """One run taken apart: each entry is decoded when the first filter asks for it, and each filter is asked once,
    wherever the cursors of those who share it stand.
    """

    __slots__ = ("_asked", "_decoded", "_encoded", "first", "size")

    def __init__(self, run: Run) -> None:
        self.first = run.first
        self.size = len(run.encoded)
        self._encoded = split_run(run.encoded)
        self._decoded: list[Candidate | None] = [None] * len(self._encoded)
        self._asked: dict[Filter, bytearray] = {}

    def select(self, seq: int, filter_: Filter, into: list[bytes], is_over: IsOver) -> int:
        """Adds to `into` what the filter lets through after `seq`, which must be before the last entry.

        Returns the last seq it was asked of: the slice may be over before the end, but not before one entry.
        """
        said = self._asked.get(filter_)
        if said is None:
            said = self._asked[filter_] = bytearray(len(self._encoded))
        encoded, decoded, matches = self._encoded, self._decoded, filter_.matches
        unchecked = 0
        for at in range(max(0, seq + 1 - self.first), len(said)):
            verdict = said[at]
            if not verdict:
                entry = decoded[at]
                if entry is None:
                    entry = decoded[at] = candidate(encoded[at])
                verdict = said[at] = _IN if matches(entry) else _OUT
                unchecked += len(encoded[at])
            if verdict == _IN:
                into.append(encoded[at])
            if unchecked >= UNCHECKED_BYTES:
                unchecked = 0
                if is_over():
                    return self.first + at
        return self.first + len(said) - 1


_Key = tuple[RingBuffer, int, int | None, Filter | None]


class Frames:
    """Those at one cursor with equal filters get the same bytes; those with different filters share what it takes to
    ask them.

    Holds at most `max_bytes` of the newest; a frame, once built, stays true: what it carries never changes.
    """

    def __init__(self, max_bytes: int = 4 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._built: OrderedDict[_Key, tuple[int, bytes | None]] = OrderedDict()
        self._windows: OrderedDict[tuple[RingBuffer, int], Window] = OrderedDict()
        self._window_bytes = 0

    def after(
        self, seq: int, ring: RingBuffer, filter_: Filter, is_over: IsOver, until: int
    ) -> tuple[int, bytes | None]:
        """(through, frame) for what `ring` holds after `seq`, which it must still hold; no frame if all is left out.
        It ends at `until`, which is the end of a run or the head.

        A filter is asked until the slice is over, of one entry at least; then `through` is the last it was asked of.
        """
        key = (ring, seq, until if until < ring.head else None, None if filter_ is EVERYTHING else filter_)
        found = self._built.get(key)
        if found is None:
            found = (
                _whole(seq, ring, until)
                if filter_ is EVERYTHING
                else self._filtered(seq, ring, filter_, is_over, until)
            )
            self._built[key] = found
            self._bytes += len(found[1] or b"")
            while self._bytes > self._max_bytes or len(self._built) > _BUILT:
                _, (_, dropped) = self._built.popitem(last=False)
                self._bytes -= len(dropped or b"")
        return found

    def clear(self) -> None:
        """Forgets every frame, and with them the rings they came from."""
        self._built.clear()
        self._windows.clear()
        self._window_bytes = 0
        self._bytes = 0

    def _filtered(
        self, seq: int, ring: RingBuffer, filter_: Filter, is_over: IsOver, until: int
    ) -> tuple[int, bytes | None]:
        parts: list[bytes] = []
        looked = 0
        for run in ring.after(seq):
            if run.first > until:
                break
            seq = self._window(ring, run).select(seq, filter_, parts, is_over)
            looked += len(run.encoded)
            if seq < run.last or looked >= LOOKED_BYTES or is_over():
                break
        return seq, messages.entries(seq, parts) if parts else None

    def _window(self, ring: RingBuffer, run: Run) -> Window:
        window = self._windows.get((ring, run.first))
        if window is None:
            window = self._windows[ring, run.first] = Window(run)
            self._window_bytes += window.size
            while self._window_bytes > _WINDOWS_BYTES and len(self._windows) > 1:
                self._window_bytes -= self._windows.popitem(last=False)[1].size
        return window


def _whole(seq: int, ring: RingBuffer, until: int) -> tuple[int, bytes | None]:
    through, parts = _runs(seq, ring, until)
    return through, messages.entries(through, parts)


def _runs(seq: int, ring: RingBuffer, until: int) -> tuple[int, list[bytes]]:
    """(through, runs) of about what one message may hold after `seq`; of a run that begins before it, the rest."""
    parts: list[bytes] = []
    size = 0
    for run in ring.after(seq):
        whole = run.first == seq + 1
        parts.append(run.encoded if whole else b",".join(split_run(run.encoded)[seq + 1 - run.first :]))
        seq = run.last
        size += len(run.encoded)
        if size >= messages.MAX_ENTRIES_BYTES or seq >= until:
            break
    return seq, parts
