"""One watcher as a cursor into a ring buffer: it asks for the next frame, and is told where it came too late."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any, Final, NamedTuple

from . import wire_stream
from .query import EVERYTHING, Filter, candidates
from .query_terms import Candidate
from .ring import RingBuffer
from .wire import split_run

DEFAULT_BACKLOG: Final = 1000
LOOKS: Final = 4
"""Messages' worth of entries that a filter may look at in one turn of the loop: a few milliseconds."""


_WINDOWS: Final = 4  # messages' worth of entries, taken apart: some megabytes


class Window(NamedTuple):
    """What one message carries of a ring, taken apart for filters: the entries behind a cursor, `through` the last."""

    through: int
    entries: list[Candidate]


class Frames:
    """Frames that watchers share: those at one cursor with equal filters get the same bytes, built once; and those with
    different filters share what it takes to ask them.

    Holds at most `max_bytes` of the newest; a frame, once built, stays true: what it carries never changes.
    """

    def __init__(self, max_bytes: int = 4 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._built: OrderedDict[tuple[RingBuffer, int, Filter | None], tuple[int, bytes | None]] = OrderedDict()
        self._windows: OrderedDict[tuple[RingBuffer, int], Window] = OrderedDict()

    def after(self, seq: int, ring: RingBuffer, filter_: Filter) -> tuple[int, bytes | None]:
        """(through, frame) for what `ring` holds after `seq`, which it must still hold; no frame if all is left out."""
        key = (ring, seq, None if filter_ is EVERYTHING else filter_)
        found = self._built.get(key)
        if found is None:
            found = self._built[key] = self._build(seq, ring, filter_)
            self._bytes += len(found[1] or b"")
            while self._bytes > self._max_bytes or len(self._built) > 256:
                _, (_, dropped) = self._built.popitem(last=False)
                self._bytes -= len(dropped or b"")
        return found

    def clear(self) -> None:
        """Forgets every frame, and with them the rings they came from."""
        self._built.clear()
        self._windows.clear()
        self._bytes = 0

    def _build(self, seq: int, ring: RingBuffer, filter_: Filter) -> tuple[int, bytes | None]:
        if filter_ is EVERYTHING:
            through, parts = _runs(seq, ring)
        else:
            through, entries = self._window(seq, ring)
            parts = [entry.encoded for entry in entries if filter_.matches(entry)]
        return through, wire_stream.entries(through, parts) if parts else None

    def _window(self, seq: int, ring: RingBuffer) -> Window:
        window = self._windows.get((ring, seq))
        if window is None:
            through, parts = _runs(seq, ring)
            window = self._windows[ring, seq] = Window(through, [c for part in parts for c in candidates(part)])
            while len(self._windows) > _WINDOWS:
                self._windows.popitem(last=False)
        return window


def _runs(seq: int, ring: RingBuffer) -> tuple[int, list[bytes]]:
    """(through, runs) for one message behind `seq`; of a run that begins before it, the rest."""
    parts: list[bytes] = []
    size = 0
    for run in ring.after(seq):
        whole = run.first == seq + 1
        parts.append(run.encoded if whole else b",".join(split_run(run.encoded)[seq + 1 - run.first :]))
        seq = run.last
        size += len(run.encoded)
        if size >= wire_stream.MAX_ENTRIES_BYTES:
            break
    return seq, parts


class Subscriber:
    """Reads one ring, in order, never twice. `cursor` is the seq it has come through."""

    def __init__(
        self,
        ring: RingBuffer,
        epoch: str,
        frames: Frames,
        filter_: Filter = EVERYTHING,
        gaps: Counter[str] | None = None,
    ) -> None:
        self._gaps = Counter[str]() if gaps is None else gaps  # those told, by reason
        self._ring = ring
        self._epoch = epoch
        self._frames = frames
        self.filter = filter_  # what is left out from here on; nothing is sent again when it changes
        self.cursor = ring.head

    def start(self, after: Any = None, backlog: int | None = None) -> tuple[bool, bytes | None]:
        """Takes its place: behind the cursor `after` (decoded JSON), or before the last `backlog` matching entries.

        Returns whether it resumes (the epoch matched and no gap follows) and the frame of a gap that the cursor itself
        makes: `restart` for another epoch's, `reset` for one that never was.
        """
        ring = self._ring
        if after is None:
            self.cursor = self._before_last(backlog)
            return False, None
        cursor = wire_stream.read_cursor(after)
        if cursor is not None and cursor.epoch != self._epoch:
            self.cursor = 0
            self._gaps["restart"] += 1
            return False, wire_stream.message(wire_stream.Gap(1, None, None, "restart"))
        if cursor is None or cursor.seq > ring.head:
            self.cursor = self._before_last(backlog)
            self._gaps["reset"] += 1
            return False, wire_stream.message(wire_stream.Gap(self.cursor + 1, None, None, "reset"))
        self.cursor = cursor.seq
        return self.cursor + 1 >= ring.oldest, None

    @property
    def is_behind(self) -> bool:
        return self.cursor < self._ring.head

    def next_frame(self) -> bytes | None:
        """The next frame to send, or None where there is nothing to send.

        A filter that lets nothing through is given up after `LOOKS` messages' worth: then `is_behind` still, and asked
        again in another turn of the loop.
        """
        ring = self._ring
        looks = 0
        while self.is_behind and looks < LOOKS:
            looks += 1
            oldest = ring.oldest
            if self.cursor + 1 < oldest:
                gap = wire_stream.Gap(self.cursor + 1, oldest - 1, oldest - 1 - self.cursor, "overrun")
                self.cursor = oldest - 1
                self._gaps["overrun"] += 1
                return wire_stream.message(gap)
            self.cursor, frame = self._frames.after(self.cursor, ring, self.filter)
            if frame is not None:
                return frame
        return None

    def heartbeat(self, time: str) -> bytes:
        """The frame that says where it stands; `time` is RFC 3339."""
        return wire_stream.message(wire_stream.Heartbeat(self.cursor, self._ring.head, time))

    def _before_last(self, backlog: int | None) -> int:
        ring = self._ring
        wanted = DEFAULT_BACKLOG if backlog is None else backlog
        if self.filter is EVERYTHING or wanted <= 0:
            return max(ring.oldest - 1, ring.head - max(0, wanted))
        for run in ring.backwards():
            entries = candidates(run.encoded)
            for seq in range(run.last, max(run.first, ring.oldest) - 1, -1):
                if self.filter.matches(entries[seq - run.first]):
                    wanted -= 1
                    if wanted == 0:
                        return seq - 1
        return ring.oldest - 1
