"""What waits to be sent: records already encoded, within bounds, in order. What does not fit is counted as a gap."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import uuid4

import msgspec

from ..output.records import Record

MOST_BYTES: Final = 16 * 1024 * 1024
BATCH_BYTES: Final = 512 * 1024
BATCH_RECORDS: Final = 2_000
_FRAGMENT_RECORDS: Final = 200

_encode: Final = msgspec.json.Encoder().encode


class OutgoingBatch(NamedTuple):
    """A body for the ingest API, the key it is sent under however often, and how many entries are in it."""

    key: str
    body: bytes
    entries: int


class Outbox:
    """Not thread-safe: whoever shares it locks it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._fragments: deque[tuple[bytes, int]] = deque()
        self._bytes = 0
        self._lost = 0
        self.lost = 0
        """Records that did not fit, altogether."""

    @property
    def is_empty(self) -> bool:
        return not self._fragments and not self._lost

    def __len__(self) -> int:
        return sum(count for _, count in self._fragments) + bool(self._lost)

    def put(self, records: Sequence[Record]) -> None:
        """Takes as many as fit; the first that fits after some that did not has a gap before it that counts them."""
        for begin in range(0, len(records), _FRAGMENT_RECORDS):
            part = records[begin : begin + _FRAGMENT_RECORDS]
            fragment = _encode(part)[1:-1]
            if self._bytes + len(fragment) > self._most:
                self.lose(len(part))
            else:
                self._tell_lost(str(part[0].get("timestamp", "")))
                self._add(fragment, len(part))

    def lose(self, count: int) -> None:
        """Counts what is missing from here on."""
        self._lost += count
        self.lost += count

    def take(self) -> OutgoingBatch | None:
        """The oldest records as one batch, which leave the outbox; None where there are none."""
        if not self._fragments:
            self._tell_lost("")
        parts: list[bytes] = []
        size = total = 0
        while self._fragments:
            fragment, count = self._fragments[0]
            if parts and (size + len(fragment) > BATCH_BYTES or total + count > BATCH_RECORDS):
                break
            self._fragments.popleft()
            parts.append(fragment)
            size += len(fragment)
            total += count
        self._bytes -= size
        return OutgoingBatch(uuid4().hex, b'{"logs":[' + b",".join(parts) + b"]}", total) if parts else None

    def _tell_lost(self, at: str) -> None:
        if self._lost:
            self._add(_encode(gap(self._lost, at)), 1)
            self._lost = 0

    def _add(self, fragment: bytes, count: int) -> None:
        self._fragments.append((fragment, count))
        self._bytes += len(fragment)


def gap(count: int, at: str) -> Record:
    """The entry that stands where `count` lines are missing."""
    what = "1 line is" if count == 1 else f"{count:,} lines are"
    record: Record = {
        "level": "warn",
        "message": f"{what} missing here: more was printed than could be sent",
        "metadata": {"gap": count},
    }
    return record | {"timestamp": at} if at else record
