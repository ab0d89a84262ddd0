"""Log: who gives the numbers, and what the hub tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Entry, encoded_runs, split_run
from spectrix_lite.stream.hub import Hub
from spectrix_lite.stream.log import LocalLog, RememberedAnswer, number
from spectrix_lite.stream.ring import Run

from ..support.fakes import FakeClock


class Kept:
    """The logs of a test, which remember what they were asked for."""

    def __init__(self) -> None:
        self.epoch = "epoch"
        self.head = 0
        self.batches: list[tuple[int, str]] = []
        self.closed: list[str] = []

    @property
    def paused(self) -> int | None:
        return None

    def open(self, service_id: str) -> Kept:
        return self

    def close(self, service_id: str) -> None:
        self.closed.append(service_id)

    def go_on(self, epoch: str, head: int) -> None:
        self.epoch, self.head = epoch, head

    def append(
        self, entries: Sequence[Entry], received_at: str, answer: RememberedAnswer | None = None
    ) -> tuple[int, Iterable[tuple[bytes, int]]]:
        self.batches.append((len(entries), received_at))
        return number(entries, self, received_at), encoded_runs(entries)


def entries(count: int) -> list[Entry]:
    return [Entry(message=f"entry {index}") for index in range(count)]


def test_numbers_follow_each_other_without_holes() -> None:
    log = LocalLog()
    first, runs = log.append(entries(2), "2026-05-14T10:30:00.000Z")
    assert (first, [count for _, count in runs], log.head) == (1, [2], 2)
    first, ((encoded, count),) = log.append(entries(1), "2026-05-14T10:30:01.000Z")
    assert (first, count, log.head) == (3, 1, 3)
    (one,) = split_run(encoded)
    assert one.startswith(b'{"seq":3,"receivedAt":"2026-05-14T10:30:01.000Z"')


def test_the_hub_asks_the_log_and_puts_its_runs_into_the_ring() -> None:
    logs = Kept()
    hub = Hub(Config(), FakeClock(), logs)
    hub.open_service("a", "A")
    hub.channel("a").restore("epoch", [Run(5, 6, b"{},{}")], 5, 6)
    hub.ingest_now("a", entries(2))
    assert [count for count, _ in logs.batches] == [2]
    assert hub.channel("a").ring.head == logs.head == 8
    hub.close_service("a")
    hub.close_service("a")
    assert logs.closed == ["a"]
