"""Frames that watchers share: `entries` messages of a ring, whole or filtered, each built once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from ..entries.entry import split_run
from ..query.candidate import Candidate
from ..query.filter import EVERYTHING, Filter, candidate
from . import messages
from .ring import RingBuffer
from .search import IsOver

WINDOW_BYTES: Final = 64 * 1024
"""About how much of a ring is taken apart at once: split in a fraction of a millisecond."""

_WINDOWS: Final = 32  # some megabytes
_BUILT: Final = 256


class Window:
    """Consecutive entries from the seq `first` to `last`; each is decoded when the first filter asks for it."""

    __slots__ = ("_decoded", "_encoded", "first", "last")

    def __init__(self, first: int, encoded: list[bytes]) -> None:
        self.first = first
        self.last = first + len(encoded) - 1
        self._encoded = encoded
        self._decoded: list[Candidate | None] = [None] * len(encoded)

    def entry(self, seq: int) -> Candidate:
        """The entry with this seq, which must be within the window."""
        at = seq - self.first
        found = self._decoded[at]
        if found is None:
            found = self._decoded[at] = candidate(self._encoded[at])
        return found


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
        self._bytes = 0

    def _filtered(
        self, seq: int, ring: RingBuffer, filter_: Filter, is_over: IsOver, until: int
    ) -> tuple[int, bytes | None]:
        window = self._window(seq, ring)
        parts = []
        through = seq
        last = min(window.last, until)
        while through < last:
            through += 1
            entry = window.entry(through)
            if filter_.matches(entry):
                parts.append(entry.encoded)
            if is_over():
                break
        if through < window.last:
            self._keep(through, ring, window)  # where the next slice goes on
        return through, messages.entries(through, parts) if parts else None

    def _window(self, seq: int, ring: RingBuffer) -> Window:
        window = self._windows.get((ring, seq))
        if window is None:
            _, parts = _runs(seq, ring, WINDOW_BYTES, ring.head)
            window = Window(seq + 1, [entry for part in parts for entry in split_run(part)])
            self._keep(seq, ring, window)
        return window

    def _keep(self, seq: int, ring: RingBuffer, window: Window) -> None:
        self._windows[ring, seq] = window
        while len(self._windows) > _WINDOWS:
            self._windows.popitem(last=False)


def _whole(seq: int, ring: RingBuffer, until: int) -> tuple[int, bytes | None]:
    through, parts = _runs(seq, ring, messages.MAX_ENTRIES_BYTES, until)
    return through, messages.entries(through, parts)


def _runs(seq: int, ring: RingBuffer, most: int, until: int) -> tuple[int, list[bytes]]:
    """(through, runs) of some `most` bytes after `seq`; of a run that begins before it, the rest."""
    parts: list[bytes] = []
    size = 0
    for run in ring.after(seq):
        whole = run.first == seq + 1
        parts.append(run.encoded if whole else b",".join(split_run(run.encoded)[seq + 1 - run.first :]))
        seq = run.last
        size += len(run.encoded)
        if size >= most or seq >= until:
            break
    return seq, parts
