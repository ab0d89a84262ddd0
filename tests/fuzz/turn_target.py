"""Whatever is asked of whatever a ring holds: no turn of the loop takes longer than everybody else may wait."""

from __future__ import annotations

import random
import time
from typing import Any, Final

import msgspec

from spectrix_lite.query.error import InvalidQuery
from spectrix_lite.query.filter import parse_filter
from spectrix_lite.query.parser import parse_query
from spectrix_lite.stream.frames import Frames
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.scheduler import SLICE_SECONDS
from spectrix_lite.stream.subscriber import Subscriber

BOUND_SECONDS: Final = 0.05
"""Of CPU time of this thread: a machine that is busy with others does not count."""

_MESSAGE: Final = 16 * 1024
_METADATA: Final = 32 * 1024
_DEPTH: Final = 31


def check(data: bytes) -> None:
    """Raises AssertionError where a turn took too long, and longer than that once more."""
    query, _, text = data.decode("utf-8", "replace").partition("\0")
    ring = ring_of(text or "a")
    took = longest_turn(query, ring)
    if took > BOUND_SECONDS:
        took = min(took, longest_turn(query, ring))
    rungs = _rungs(took * 1000)
    assert took <= BOUND_SECONDS, f"a turn of {took * 1000:.0f} ms, {rungs} rungs up"


def longest_turn(query: str, ring: RingBuffer) -> float:
    """Seconds of CPU time: to read the query, or one slice of the search for a backlog and of what follows it."""
    parse_query.cache_clear()
    began = time.thread_time()
    try:
        filter_ = parse_filter({"q": query})
    except InvalidQuery:
        return time.thread_time() - began
    subscriber = Subscriber(ring, "e", Frames(), filter_)
    subscriber.start(None, backlog=len(ring) - 1)
    longest = time.thread_time() - began
    while subscriber.is_behind:
        began = time.thread_time()
        end = began + SLICE_SECONDS
        subscriber.next_frame(lambda end=end: time.thread_time() >= end)  # type: ignore[misc]
        longest = max(longest, time.thread_time() - began)
    return longest


def ring_of(text: str) -> RingBuffer:
    """As large entries as are kept, of this text: over and over, its characters at random, as keys, and nested."""
    over = text * (_METADATA // len(text) + 1)
    mixed = "".join(random.Random(text).choices(text, k=_METADATA))
    nested: Any = _fitting(mixed[::-1], _METADATA - 1000)
    for _ in range(_DEPTH - 1):
        nested = {"a": nested}
    key = text[:20]
    keys = {f"{key}{number}": number for number in range(_METADATA // (len(msgspec.json.encode(key)) + 12))}
    ring = RingBuffer(100, 1 << 24)
    for message, metadata in (
        (over, {"a": _fitting(over, _METADATA - 10)}),
        (mixed, {"a": _fitting(mixed, _METADATA - 10)}),
        (mixed[::-1], nested),
        ("", keys),
    ):
        entry = {
            "seq": ring.head + 1,
            "level": "info",
            "message": _fitting(message, _MESSAGE),
            "source": key,
            "endpoint": _fitting("/" + over, 1000),
            "metadata": metadata,
        }
        ring.append(msgspec.json.encode(entry), 1)
    return ring


def _fitting(text: str, size: int) -> str:
    """As much of it as takes `size` bytes in JSON."""
    while (length := len(msgspec.json.encode(text))) > size:
        text = text[: len(text) * size // length - 1]
    return text


def _rungs(milliseconds: float) -> int:
    """A branch for each, which coverage sees: who climbs one more is kept, so that the slowest lead the way."""
    climbed = 0
    if milliseconds > 1:
        climbed += 1
    if milliseconds > 2:
        climbed += 1
    if milliseconds > 4:
        climbed += 1
    if milliseconds > 8:
        climbed += 1
    if milliseconds > 16:
        climbed += 1
    if milliseconds > 32:
        climbed += 1
    return climbed
