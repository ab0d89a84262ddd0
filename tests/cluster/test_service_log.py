"""The log of one service: what the engine has and this node cannot take in is told as a gap, and numbers stay exact."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import weakref
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from spectrix_lite.cluster.log.logs import ClusterLogs
from spectrix_lite.cluster.log.message import MessageHead, unpack
from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Entry
from spectrix_lite.query.filter import EVERYTHING
from spectrix_lite.stream.hub import Hub
from spectrix_lite.stream.subscriber import Subscriber

from ..stream.test_messages import payload
from ..support.fakes import FakeClock


def message(first: int, count: int) -> MessageHead:
    return MessageHead("other-1", "epoch", first, count, 0, (), (count, 0, 0, 0), (first + count - 1, 0, 0, 0))


def run(first: int, count: int) -> tuple[bytes, int]:
    return b",".join(b'{"seq":%d,"level":"info"}' % seq for seq in range(first, first + count)), count


def broken(first: int) -> Iterator[tuple[bytes, int]]:
    """Something that nobody has thought of, in the middle of a message."""
    yield run(first, 1)
    raise MemoryError


def told(subscriber: Subscriber) -> list[Any]:
    frames = iter(subscriber.next_frame, None)
    return [json.loads(payload(frame)) for frame in frames if frame is not None]


async def test_what_cannot_be_taken_in_is_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    logs = ClusterLogs(cast("Any", SimpleNamespace(name="spx")), Config(), FakeClock())
    logs.hub = hub = Hub(Config(), FakeClock(), logs)
    hub.open_service("a", "A")
    log = logs.log("a")
    assert log is not None
    log.begin("epoch")
    subscriber = hub.subscriber("a", EVERYTHING)
    subscriber.start(backlog=0)
    log.show(message(1, 2), [run(1, 2)], 10, 50, is_live=True)
    assert [frame["type"] for frame in told(subscriber)][-1] == "entries"

    with caplog.at_level(logging.ERROR):
        log.show(message(3, 3), broken(3), 11, 50, is_live=True)
    assert "could not be taken in" in caplog.text
    assert hub.stats("a").head == log.head == 5
    (gap,) = told(subscriber)
    assert (gap["type"], gap["from"], gap["to"]) == ("gap", 3, 5)
    assert hub.stats("a").accepted == 5
    assert hub.stats("a").bytes == 0

    log.show(message(6, 1), [run(6, 1)], 12, 50, is_live=True)
    (frame,) = told(subscriber)
    assert [entry["seq"] for entry in frame["entries"]] == [6]
    assert hub.stats("a").head == log.head == 6


class Batch(list[Entry]):
    """A list of which one can see when it is let go."""


async def test_a_batch_is_let_go_once_the_log_has_shown_it(monkeypatch: pytest.MonkeyPatch) -> None:
    logs = ClusterLogs(
        cast("Any", SimpleNamespace(name="spx", max_payload=1024 * 1024, is_up=True)), Config(), FakeClock()
    )
    logs.hub = hub = Hub(Config(), FakeClock(), logs)
    stored: asyncio.Queue[bytes] = asyncio.Queue()

    async def store(service_id: str, expected: int, messages: Sequence[bytes], seconds: float | None) -> None:
        for message in messages:
            await stored.put(message)

    monkeypatch.setattr(logs, "store", store)
    hub.open_service("a", "A")
    log = logs.log("a")
    assert log is not None
    log.begin("epoch")
    batch = Batch([Entry(message="one")])
    kept = weakref.ref(batch)
    gc.disable()  # what is not let go by itself stays until somebody looks for cycles
    try:
        arriving = log.append_later(batch, 0)
        del batch
        head, runs = unpack(await stored.get())
        log.show(head, runs, 1, 50, is_live=True)
        assert await arriving is None
        assert log.head == 1
        del arriving
        assert kept() is None
    finally:
        gc.enable()
