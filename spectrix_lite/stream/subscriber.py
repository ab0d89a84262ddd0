"""Subscriber: one watcher as a cursor into a ring buffer, which asks for the next frame and is told of gaps."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final, Literal

from ..query.filter import EVERYTHING, Filter
from . import messages
from .frames import Frames
from .messages import GapReason
from .ring import RingBuffer
from .search import BacklogSearch, IsOver, never

DEFAULT_BACKLOG: Final = 1000


class Subscriber:
    """Reads one ring, in order, never twice. `cursor` is the seq it has come through.

    Whatever asks a filter goes in slices: it may come back with nothing while `is_behind`, and is asked again later.
    """

    def __init__(
        self,
        ring: RingBuffer,
        epoch: str,
        frames: Frames,
        filter_: Filter = EVERYTHING,
        gaps: Counter[str] | None = None,
        ancestors: Mapping[str, int] | None = None,
    ) -> None:
        self._ancestors = ancestors or {}  # epochs whose numbers hold up to a seq each
        self._fork: int | None = None  # that seq, until it is passed: behind it entries may have been lost
        self._gaps = Counter[str]() if gaps is None else gaps  # those told, by reason
        self._ring = ring
        self._epoch = epoch
        self._frames = frames
        self._filter = filter_
        self._search: BacklogSearch | None = None
        self._owed: deque[bytes | Literal["restart", "reset", "filtered"]] = deque()  # to be told at the cursor
        self.cursor = ring.head

    @property
    def is_filtered(self) -> bool:
        """Whether a filter is asked, so that frames cost time."""
        return self._filter is not EVERYTHING

    @property
    def is_seeking(self) -> bool:
        """Whether it still looks for where the backlog begins; until then `cursor` is before all that may come."""
        return self._search is not None

    @property
    def is_behind(self) -> bool:
        """Whether there is something to tell, or to look at."""
        return self._search is not None or bool(self._owed) or self.cursor < self._ring.head or self._fork is not None

    def start(self, after: Any = None, backlog: int | None = None) -> bool:
        """Takes its place: after the cursor `after` (decoded JSON), or before the last `backlog` matching entries.

        Returns whether it resumes: the epoch matched and no gap follows. A gap that the cursor itself makes is the
        first frame: `restart` for another epoch's, `reset` for one that never was. One of an ancestor's goes on where
        it was, and is told `restart` at the place behind which entries may have been lost.
        """
        ring = self._ring
        if after is None:
            self._seek(backlog)
            return False
        cursor = messages.read_cursor(after)
        if cursor is not None and cursor.epoch in self._ancestors:
            self._fork = self._ancestors[cursor.epoch]
            self.cursor = min(cursor.seq, self._fork)
            return False
        if cursor is not None and cursor.epoch != self._epoch:
            self.cursor = 0
            self._owed.append("restart")
            return False
        if cursor is None or cursor.seq > ring.head:
            self._seek(backlog)
            self._owed.append("reset")
            return False
        self.cursor = cursor.seq
        return self.cursor + 1 >= ring.oldest and ring.hole(self.cursor) is None

    def refilter(self, filter_: Filter) -> None:
        """Another filter from here on: nothing is sent again, and the cursor is told. A backlog is sought anew."""
        self._filter = filter_
        self._owed.append("filtered")
        if self._search is not None:
            self._seek(self._search.wanted, self._search.head)

    def refuse_filter(self, frame: bytes) -> None:
        """A filter was not taken, and `frame` says why: it comes in the order in which filters were asked for."""
        self._owed.append(frame)

    def next_owed(self) -> bytes | None:
        """The next frame that is owed at the cursor: what the cursor of `start` makes, and answers to filters."""
        if self._search is not None or not self._owed:
            return None
        owed = self._owed.popleft()
        if isinstance(owed, bytes):
            return owed
        if owed == "filtered":
            return messages.encode_message(messages.Filtered(self.cursor))
        self._gaps[owed] += 1
        return messages.encode_message(messages.Gap(self.cursor + 1, None, None, owed))

    def next_frame(self, is_over: IsOver = never) -> bytes | None:
        """The next frame to send, or None where there is nothing to send, or the slice is over: see `is_behind`."""
        if self._search is not None:
            if not self._search.run(is_over):
                return None
            self.cursor, self._search = self._search.before, None
        if (owed := self.next_owed()) is not None:
            return owed
        ring = self._ring
        while self.cursor < ring.head or self._fork is not None:
            if self.cursor == self._fork:
                self._fork = None
                self._gaps["restart"] += 1
                return messages.encode_message(messages.Gap(self.cursor + 1, None, None, "restart"))
            until = ring.head if self._fork is None else self._fork
            if self.cursor + 1 < ring.oldest:
                return self._gap(min(ring.oldest - 1, until), "overrun")
            if (hole := ring.hole(self.cursor)) is not None:
                if hole.first <= self.cursor + 1:
                    return self._gap(min(hole.last, until), "removed")
                until = min(until, hole.first - 1)
            self.cursor, frame = self._frames.after(self.cursor, ring, self._filter, is_over, until)
            if frame is not None:
                return frame
            if is_over():
                break
        return None

    def _gap(self, last: int, reason: GapReason) -> bytes:
        """What it can no longer get, up to the seq `last`, where it stands then."""
        gap = messages.Gap(self.cursor + 1, last, last - self.cursor, reason)
        self.cursor = last
        self._gaps[reason] += 1
        return messages.encode_message(gap)

    def heartbeat(self, time: str) -> bytes:
        """The frame that says where it stands; `time` is RFC 3339."""
        return messages.encode_message(messages.Heartbeat(self.cursor, self._ring.head, time))

    def _seek(self, backlog: int | None, head: int | None = None) -> None:
        ring = self._ring
        head = ring.head if head is None else head
        wanted = max(0, DEFAULT_BACKLOG if backlog is None else backlog)
        if self._filter is EVERYTHING or not wanted:
            self._search = None
            self.cursor = max(ring.oldest - 1, head - wanted)
        else:
            self._search = BacklogSearch(ring, self._filter, wanted, head)
            self.cursor = min(ring.oldest - 1, head)
