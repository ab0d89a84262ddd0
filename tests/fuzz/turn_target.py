"""Whatever is asked of whatever a ring holds: no turn of the loop takes longer than everybody else may wait.

What a kept input takes is counted in steps; while new ones are sought, their time leads the way.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from spectrix_lite.query.error import InvalidQuery
from spectrix_lite.query.filter import candidate, parse_filter
from spectrix_lite.query.parser import parse_query
from spectrix_lite.stream.frames import Frames
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.scheduler import SLICE_SECONDS
from spectrix_lite.stream.subscriber import Subscriber

from ..support.steps import counted

MOST_STEPS: Final = 64 * 8 * (16 + 33) * 1024
"""As many as 64 of the plainest expressions, of 8 instructions, make of the longest entry."""

MOST_DECODINGS: Final = 2000
"""Times what it takes to decode the longest entry: some 50 ms. Whatever the machine, and however it is instrumented,
both take as much longer."""

_MESSAGE: Final = 16 * 1024
_METADATA: Final = 32 * 1024
_DEPTH: Final = 31


def check(data: bytes) -> None:
    """Raises AssertionError where a turn takes too many steps."""
    query, ring = _asked(data)
    with counted() as steps:
        for _ in _turns(query, ring, lambda: True):
            assert steps.count <= MOST_STEPS, f"a turn of {steps.count:,} steps"
            steps.count = 0


def check_time(data: bytes) -> None:
    """Raises AssertionError where a turn takes too many steps, or too long, and too long once more."""
    check(data)
    query, ring = _asked(data)
    took = _longest(query, ring)
    if took > MOST_DECODINGS:
        took = min(took, _longest(query, ring))
    rungs = _rungs(took)
    assert took <= MOST_DECODINGS, f"a turn as long as {took:.0f} decodings, {rungs} rungs up"


def _asked(data: bytes) -> tuple[str, RingBuffer]:
    query, _, text = data.decode("utf-8", "replace").partition("\0")
    return query, ring_of(text or "a")


def _turns(query: str, ring: RingBuffer, is_over: Callable[[], bool]) -> Iterator[None]:
    """The turns of the loop that a query makes, each when it is over: to read it, or one slice of the search for a
    backlog and of what follows it.
    """
    parse_query.cache_clear()
    try:
        filter_ = parse_filter({"q": query})
    except InvalidQuery:
        yield
        return
    subscriber = Subscriber(ring, "e", Frames(), filter_)
    subscriber.start(None, backlog=len(ring) - 1)
    yield
    while subscriber.is_behind:
        subscriber.next_frame(is_over)
        yield


def _longest(query: str, ring: RingBuffer) -> float:
    """How many decodings of the longest entry the longest turn takes, in CPU time."""
    longest = max((bytes(run.encoded) for run in ring.after(0)), key=len)
    decoding = min(_seconds(lambda: candidate(longest)) for _ in range(9))
    turns = _turns(query, ring, lambda: time.thread_time() >= end)
    took, is_more = 0.0, True
    while is_more:
        began = time.thread_time()
        end = began + SLICE_SECONDS
        is_more = next(turns, False) is None
        took = max(took, time.thread_time() - began)
    return took / decoding


def _seconds(what: Callable[[], object]) -> float:
    began = time.thread_time()
    what()
    return time.thread_time() - began


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


def _rungs(decodings: float) -> int:
    """A branch for each, which coverage sees: who climbs one more is kept, so that the slowest lead the way."""
    climbed = 0
    if decodings > 25:
        climbed += 1
    if decodings > 50:
        climbed += 1
    if decodings > 100:
        climbed += 1
    if decodings > 200:
        climbed += 1
    if decodings > 400:
        climbed += 1
    if decodings > 800:
        climbed += 1
    return climbed
