"""Which log a node reads: one that was lost begins a new epoch, one that was rebuilt goes on; nothing is guessed."""

from __future__ import annotations

from typing import Any, cast

import pytest

from spectrix_lite.cluster.log import following
from spectrix_lite.cluster.log.following import EMPTIED_SECONDS, OTHERS_SECONDS, PROMISE_SECONDS, Following
from spectrix_lite.cluster.log.log_stream import NOT_FOUND, Beginning, EngineRefusal, NoLeader, StreamState

from ..support.fakes import FakeClock

LOST = EngineRefusal(NOT_FOUND, "stream not found")


class FakeStream:
    """One stream, which may be gone or without a leader."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.last = 7
        self.storage = "memory"
        self.found = Beginning("e", 1)
        self.began = 0

    async def state(self) -> StreamState:
        if self.trouble is not None:
            raise self.trouble
        return StreamState(self.last, True, self.storage)

    async def beginning(self) -> Beginning:
        return self.found

    async def make(self) -> None:
        self.trouble, self.last, self.found = None, 0, Beginning("", 0)

    async def begin_epoch(self, after: int) -> None:
        if after == self.found.number:
            self.began += 1
            self.last += 1
            self.found = Beginning(f"new-{self.began}", self.last)


@pytest.fixture
def stream() -> FakeStream:
    return FakeStream()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AGAIN_SECONDS", 0.0)


async def of_log(stream: FakeStream, clock: FakeClock) -> Following:
    found = Following(cast("Any", stream), clock.monotonic)
    await found.find(0)
    assert found.epoch == "e"
    return found


async def waits(node: Following, seen: int = 7) -> None:
    with pytest.raises(TimeoutError):
        await node.find(seen)


@pytest.mark.parametrize("change", ["lost", "went back", "purged"])
async def test_a_log_that_is_not_what_it_was_begins_a_new_epoch(
    stream: FakeStream, clock: FakeClock, change: str
) -> None:
    node = await of_log(stream, clock)
    if change == "lost":
        stream.trouble = LOST
    elif change == "went back":
        stream.last = 6
    else:
        stream.found = Beginning("", 0)
    await waits(node)
    assert stream.began == 0, "asked twice before it is believed"
    await node.find(7)
    assert (node.epoch, stream.began) == ("new-1", 1)


@pytest.mark.parametrize("told", [True, False])
async def test_an_empty_log_may_be_rebuilt_before_a_new_epoch_begins(
    stream: FakeStream, clock: FakeClock, told: bool
) -> None:
    node = await of_log(stream, clock)
    stream.last, stream.found = 0, Beginning("", 0)
    await waits(node)
    assert node.emptied.is_set()
    clock.advance(EMPTIED_SECONDS - 1)
    await waits(node)
    if told:
        node.let_go("r")
    else:
        clock.advance(1)
    await waits(node)
    await node.find(7)
    assert (node.epoch, node.emptied.is_set()) == ("new-1", False)


async def test_an_empty_log_that_is_rebuilt_goes_on(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    stream.last, stream.found = 0, Beginning("", 0)
    await waits(node)
    node.promise("r")
    clock.advance(EMPTIED_SECONDS)
    await waits(node)
    stream.last, stream.found = 1, Beginning("e", 1, "r", is_done=False)
    await waits(node)
    stream.trouble = LOST
    await waits(node)
    stream.trouble, stream.last, stream.found = None, 1009, REBUILT
    await node.find(7)
    assert (node.epoch, node.emptied.is_set(), stream.began) == ("e", False, 0)


async def test_an_empty_log_on_disk_was_wiped(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    stream.last, stream.found, stream.storage = 0, Beginning("", 0), "file"
    await waits(node)
    assert not node.emptied.is_set()
    await node.find(7)
    assert node.epoch == "new-1"


REBUILT = Beginning("e", 1009, "r")
HALF = Beginning("e", 1000, "r", is_done=False)


async def test_who_has_promised_waits_until_it_is_done(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    node.promise("r")
    stream.last += 1
    await waits(node)  # the former one is there yet
    stream.trouble = LOST
    await waits(node)
    await waits(node)
    stream.trouble, stream.last, stream.found = None, 999, Beginning("", 0)
    await waits(node)
    stream.last, stream.found = 1000, HALF
    await waits(node)
    assert node.confirm("r")
    stream.last, stream.found = 1009, REBUILT
    await node.find(7)
    assert (node.epoch, node.rebuild, node.since, stream.began) == ("e", "r", 1009, 0)
    assert not node.is_promised
    await node.find(1009)
    stream.last = 1008
    await waits(node, 1009)
    await node.find(1009)
    assert node.epoch == "new-1"


@pytest.mark.parametrize("state", ["lost", "empty", "half"])
@pytest.mark.parametrize("told", [True, False])
async def test_what_does_not_come_is_a_new_epoch(stream: FakeStream, clock: FakeClock, state: str, told: bool) -> None:
    node = await of_log(stream, clock)
    node.promise("r")
    if state == "lost":
        stream.trouble = LOST
    else:
        stream.last, stream.found = (0, Beginning("", 0)) if state == "empty" else (1000, HALF)
    await waits(node)
    if told:
        node.let_go("r")
    else:
        clock.advance(PROMISE_SECONDS)
    if state == "empty":
        await waits(node)
        node.let_go("r")  # somebody has tried again
    if state != "half":
        await waits(node)  # looked at twice
    await node.find(7)
    assert (node.epoch, stream.began) == ("new-1", 1)
    assert not node.confirm("r")


async def test_a_log_that_finds_its_leader_after_all_goes_on(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    node.promise("r")
    await waits(node)
    node.let_go("another")
    await waits(node)
    node.let_go("r")
    await node.find(7)
    assert (node.epoch, stream.began) == ("e", 0)


async def test_who_was_away_meanwhile_reads_what_was_rebuilt(stream: FakeStream, clock: FakeClock) -> None:
    """What its numbering makes of that is another question: see test_numbering."""
    node = await of_log(stream, clock)
    stream.last, stream.found = 1009, REBUILT
    await node.find(7)
    assert (node.epoch, node.rebuild, stream.began) == ("e", "r", 0)


async def test_numbers_that_do_not_go_on_are_not_believed(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    stream.last, stream.found = 9, Beginning("e", 6, "r")
    await waits(node)
    await node.find(7)
    assert node.epoch == "new-1"


async def test_who_was_away_gives_up_what_was_left_unfinished(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    stream.last, stream.found = 1000, HALF
    await waits(node)
    clock.advance(PROMISE_SECONDS - 1)
    await waits(node)
    clock.advance(1)
    await node.find(7)
    assert node.epoch == "new-1"


async def test_the_newest_promise_counts(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    node.promise("r")
    node.promise("s")
    assert not node.confirm("r")
    assert node.confirm("s")
    node.let_go("r")
    assert node.is_promised
    clock.advance(PROMISE_SECONDS)
    assert not node.confirm("s")


async def test_a_node_that_starts_does_not_come_in_between(stream: FakeStream, clock: FakeClock) -> None:
    """It has seen that there is no leader: another may have removed the log to rebuild it."""
    node = Following(cast("Any", stream), clock.monotonic)
    stream.trouble = NoLeader()
    with pytest.raises(NoLeader):
        await node.find(0)
    stream.trouble = LOST
    await waits(node, 0)
    stream.trouble, stream.last, stream.found = None, 999, Beginning("", 0)
    await waits(node, 0)
    stream.last, stream.found = 1000, HALF
    await waits(node, 0)
    stream.last, stream.found = 1009, REBUILT
    await node.find(0)
    assert (node.epoch, node.rebuild, stream.began) == ("e", "r", 0)


async def test_where_no_other_node_is_there_it_waits_no_longer(stream: FakeStream, clock: FakeClock) -> None:
    """All were started anew, and all servers of the engine."""
    node = Following(cast("Any", stream), clock.monotonic)
    stream.trouble = NoLeader()
    with pytest.raises(NoLeader):
        await node.find(0)
    stream.trouble, stream.last, stream.found = None, 0, Beginning("", 0)
    await waits(node, 0)
    clock.advance(OTHERS_SECONDS)
    await node.find(0)
    assert node.epoch == "new-1"


async def test_a_node_that_starts_first_waits_for_nobody(stream: FakeStream, clock: FakeClock) -> None:
    node = Following(cast("Any", stream), clock.monotonic)
    stream.trouble = LOST
    await node.find(0)
    assert (node.epoch, stream.began) == ("new-1", 1)


async def test_a_stream_that_was_just_made_has_no_leader_yet(
    stream: FakeStream, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Following(cast("Any", stream), clock.monotonic)
    stream.trouble = LOST
    begin = stream.begin_epoch

    async def later(after: int) -> None:
        raise TimeoutError

    monkeypatch.setattr(stream, "begin_epoch", later)
    await waits(node, 0)
    stream.trouble = NoLeader()
    with pytest.raises(NoLeader):
        await node.find(0)
    stream.trouble = None
    monkeypatch.setattr(stream, "begin_epoch", begin)
    await node.find(0)
    assert node.epoch == "new-1"


async def test_a_new_epoch_that_another_has_begun_is_taken(stream: FakeStream, clock: FakeClock) -> None:
    node = await of_log(stream, clock)
    stream.last, stream.found = 8, Beginning("of another", 8)
    await node.renew()
    await node.find(7)
    assert (node.epoch, stream.began) == ("of another", 0)
    await node.renew()
    await node.find(8)
    assert (node.epoch, stream.began) == ("new-1", 1)
