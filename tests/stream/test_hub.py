"""The hub: services side by side, bounds that hold together, watchers that are woken neither late nor too often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import ServiceNotFound
from spectrix_lite.entries.entry import Batch, Entry, Level, Rejection, encode, split_run
from spectrix_lite.entries.lenient import SHOWN_REJECTIONS
from spectrix_lite.query.filter import EVERYTHING, parse_filter
from spectrix_lite.stream.channel import REMEMBERED_BATCHES
from spectrix_lite.stream.hub import SESSION_ENDED, Hub
from spectrix_lite.stream.intake import appending
from spectrix_lite.stream.subscriber import Subscriber

from ..support.fakes import FakeClock
from ..support.properties import repeatable
from .test_messages import payload

KEY = "key"


class FakeWatcher:
    """A watcher whose socket takes everything; remembers how often it was woken, what it got, and how it ended."""

    def __init__(self, hub: Hub, service_id: str, session_id: str = "session", *, attached: bool = True) -> None:
        self.session_id = session_id
        self.pumps = 0
        self.woken = asyncio.Event()
        self.got: list[dict[str, Any]] = []
        self.closed: list[tuple[int, str]] = []
        self.leaves = True
        self._hub = hub
        self._service_id = service_id
        self._subscriber: Subscriber = hub.subscriber(service_id, EVERYTHING)
        self.attached = attached and hub.attach(service_id, self)

    def pump(self) -> None:
        self.pumps += 1
        self.woken.set()
        while (frame := self._subscriber.next_frame()) is not None:
            self.got.append(json.loads(payload(frame)))

    def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))
        if self.leaves:
            self._hub.detach(self._service_id, self)

    @property
    def messages(self) -> list[str]:
        return [entry["message"] for message in self.got for entry in message.get("entries", ())]


def batch(*messages: str, level: Level = "info") -> Batch:
    return Batch([Entry(message=message, level=level) for message in messages], [], [])


def numbered(count: int, prefix: str = "m") -> Batch:
    return batch(*(f"{prefix}{number}" for number in range(count)))


Make = Callable[..., Hub]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(clock: FakeClock) -> Make:
    """`make(name=..., other settings)`: a hub with the services a and b."""

    def made(**settings: Any) -> Hub:
        hub = Hub(Config(**settings), clock)
        hub.open_service("a", "Auth Backend")
        hub.open_service("b", "Payment Service")
        return hub

    return made


@pytest.fixture
def hub(make: Make) -> Hub:
    return make()


def held(hub: Hub, service_id: str, after: int = 0) -> list[dict[str, Any]]:
    ring = hub.channel(service_id).ring
    entries = [json.loads(entry) for run in ring.after(after) for entry in split_run(run.encoded)]
    return [entry for entry in entries if entry["seq"] >= max(after + 1, ring.oldest)]


async def begun(hub: Hub) -> None:
    """Until a batch is being taken, and not a turn of the loop longer."""
    while not hub.stats("a").head:  # noqa: ASYNC110  # nobody tells, and a wait would miss the middle
        await asyncio.sleep(0)


# Ingest


async def test_accepted_entries_have_their_seqs_once_the_answer_is_there(hub: Hub, clock: FakeClock) -> None:
    answer = await hub.ingest("a", batch("one", "two"), KEY)
    assert (answer.accepted, answer.rejected, answer.errors, answer.duplicate) == (2, 0, [], False)
    clock.advance(1.5)
    await hub.ingest("a", batch("three"), KEY)
    assert [(entry["seq"], entry["message"], entry["receivedAt"]) for entry in held(hub, "a")] == [
        (1, "one", "2026-05-14T10:30:00.000Z"),
        (2, "two", "2026-05-14T10:30:00.000Z"),
        (3, "three", "2026-05-14T10:30:01.500Z"),
    ]


async def test_nothing_to_append_is_fine(hub: Hub) -> None:
    """case 5"""
    answer = await hub.ingest("a", batch(), KEY)
    assert (answer.accepted, answer.rejected) == (0, 0)
    assert hub.stats("a").last_received_at is None


async def test_ten_thousand_entries_in_order(hub: Hub) -> None:
    """case 6"""
    watcher = FakeWatcher(hub, "a")
    answer = await hub.ingest("a", numbered(10_000), KEY)
    assert answer.accepted == 10_000
    assert [entry["seq"] for entry in held(hub, "a")] == list(range(1, 10_001))
    assert [entry["message"] for entry in held(hub, "a")] == [f"m{number}" for number in range(10_000)]
    watcher.pump()
    assert watcher.messages == [f"m{number}" for number in range(10_000)]


async def test_a_large_batch_lets_the_loop_turn_and_stays_whole(hub: Hub) -> None:
    """Batches that come while it is taken stand behind it: contiguous, and in the order they came."""
    turns = 0
    large = asyncio.create_task(hub.ingest("a", numbered(3000, "large"), KEY))
    await begun(hub)
    assert hub.stats("a").head < 3000
    others = [asyncio.create_task(hub.ingest("a", batch(f"other{number}"), KEY)) for number in range(3)]
    elsewhere = asyncio.create_task(hub.ingest("b", batch("elsewhere"), KEY))
    while not large.done():
        turns += 1
        await asyncio.sleep(0)
        if elsewhere.done():
            assert hub.stats("b").head == 1
    await asyncio.gather(large, elsewhere, *others)
    assert turns > 2
    messages = [entry["message"] for entry in held(hub, "a")]
    assert messages == [f"large{number}" for number in range(3000)] + ["other0", "other1", "other2"]
    assert [entry["seq"] for entry in held(hub, "a")] == list(range(1, 3004))


async def test_a_batch_is_taken_whole_or_not_at_all_whoever_goes_away(hub: Hub) -> None:
    """The first is being taken, the second waits for it."""
    first = asyncio.create_task(hub.ingest("a", numbered(1200), KEY))
    await begun(hub)
    waiting = asyncio.create_task(hub.ingest("a", numbered(700, "n"), KEY))
    await asyncio.sleep(0)
    assert hub.stats("a").head < 1200
    first.cancel()
    waiting.cancel()
    await asyncio.wait((first, waiting))
    assert first.cancelled()
    assert waiting.cancelled()
    await hub.ingest("a", numbered(600, "last"), KEY)
    messages = [entry["message"] for entry in held(hub, "a")]
    expected = [f"m{number}" for number in range(1200)] + [f"last{number}" for number in range(600)]
    assert messages == expected


async def test_a_batch_larger_than_its_ring_evicts_its_own_beginning(make: Make) -> None:
    hub = make(ring_entries=100)
    watcher = FakeWatcher(hub, "a")
    assert (await hub.ingest("a", numbered(450), KEY)).accepted == 450
    assert [entry["seq"] for entry in held(hub, "a")] == list(range(351, 451))
    watcher.pump()
    gap, entries = watcher.got
    assert gap == {"type": "gap", "from": 1, "to": 350, "count": 350, "reason": "overrun"}
    assert [entry["seq"] for entry in entries["entries"]] == list(range(351, 451))


async def test_what_was_rejected_is_told_and_the_first_of_it_kept(hub: Hub) -> None:
    """case 7"""
    rejected = [Rejection(index, "message", "missing_message") for index in range(30)]
    sent = Batch([Entry(message="m")], rejected, [f"sample {index}" for index in range(30)])
    answer = await hub.ingest("a", sent, KEY)
    assert (answer.accepted, answer.rejected) == (1, 30)
    assert answer.errors == rejected[:20]
    kept = list(hub.channel("a").rejected)
    assert len(kept) == 30
    assert json.loads(encode(kept[0])) == {
        "at": "2026-05-14T10:30:00.000Z",
        "keyId": KEY,
        "index": 0,
        "field": "message",
        "reason": "missing_message",
        "sample": "sample 0",
    }
    assert hub.stats("a").rejected == 30
    assert list(hub.channel("b").rejected) == []


async def test_only_the_last_hundred_rejected_are_kept(hub: Hub) -> None:
    for number in range(3):
        rejected = [Rejection(index, None, "not_an_object") for index in range(60)]
        await hub.ingest("a", Batch([], rejected, [f"{number}"] * 60), KEY)
    kept = hub.channel("a").rejected
    assert len(kept) == SHOWN_REJECTIONS == 100
    assert [one.sample for one in kept] == ["1"] * 40 + ["2"] * 60
    assert hub.stats("a").rejected == 180


async def test_a_batch_sent_again_is_taken_once(hub: Hub) -> None:
    """case 28"""
    batches = hub.batches("a", KEY)
    sent = [
        asyncio.create_task(batches.do(b"id", b"body", lambda: hub.ingest("a", numbered(1200), KEY))) for _ in range(3)
    ]
    answers = await asyncio.gather(*sent)
    assert [answer.accepted for answer, _ in answers] == [1200] * 3
    assert sorted(earlier for _, earlier in answers) == [False, True, True]
    assert hub.stats("a").head == 1200
    # Another service has names of its own.
    _, earlier = await hub.batches("b", KEY).do(b"id", b"body", lambda: hub.ingest("b", batch("m"), KEY))
    assert not earlier


async def test_a_batch_whose_producer_went_away_is_not_taken_again(hub: Hub) -> None:
    """case 28: it was cut off while the batch was being taken, and sends it again under the same name."""
    batches = hub.batches("a", KEY)

    def send() -> Any:
        return batches.do(b"id", b"body", lambda: hub.ingest("a", numbered(1200), KEY))

    first = asyncio.create_task(send())
    await begun(hub)
    first.cancel()
    await asyncio.wait((first,))
    answer, earlier = await send()
    assert (answer.accepted, earlier) == (1200, True)
    assert hub.stats("a").head == 1200


async def test_the_last_names_of_a_stream_key_are_remembered(hub: Hub) -> None:
    """case 28"""
    batches = hub.batches("a", KEY)
    for number in range(REMEMBERED_BATCHES + 1):
        await batches.do(b"%d" % number, b"body", lambda: hub.ingest("a", batch("m"), KEY))
    assert hub.stats("a").head == REMEMBERED_BATCHES + 1
    for name in (b"1", b"%d" % REMEMBERED_BATCHES):
        assert (await batches.do(name, b"body", lambda: hub.ingest("a", batch("m"), KEY)))[1]
    assert not (await batches.do(b"0", b"body", lambda: hub.ingest("a", batch("m"), KEY)))[1]


async def test_revoked_keys_do_not_pile_up_what_they_sent() -> None:
    hub = Hub(Config(max_keys=2), FakeClock())
    hub.open_service("a", "Service A")
    for number in range(5):
        await hub.batches("a", f"key {number}").do(b"id", b"body", lambda: hub.ingest("a", batch("m"), KEY))
        await hub.batches("a", "key 0").do(b"id", b"body", lambda: hub.ingest("a", batch("m"), KEY))
    assert list(hub.channel("a").batches) == ["key 2", "key 3", "key 4", "key 0"]


# Services side by side


async def test_nothing_of_one_service_reaches_another(hub: Hub) -> None:
    mine, theirs = FakeWatcher(hub, "a", "mine"), FakeWatcher(hub, "b", "theirs")
    await hub.ingest("a", batch("for a"), KEY)
    await hub.ingest("b", batch("for b", "for b too"), KEY)
    await asyncio.wait_for(asyncio.gather(mine.woken.wait(), theirs.woken.wait()), 10)
    assert mine.messages == ["for a"]
    assert theirs.messages == ["for b", "for b too"]
    assert [entry["message"] for entry in held(hub, "a")] == ["for a"]
    assert (hub.stats("a").head, hub.stats("b").head) == (1, 2)
    hub.end_session("mine")
    assert theirs.closed == []


async def test_a_service_that_is_not_open_is_not_found(hub: Hub) -> None:
    with pytest.raises(ServiceNotFound):
        await hub.ingest("c", batch("m"), KEY)
    for ask in (hub.channel, hub.stats, lambda service: hub.subscriber(service, EVERYTHING)):
        with pytest.raises(ServiceNotFound):
            ask("c")
    with pytest.raises(ServiceNotFound):
        await hub.entries("c")
    with pytest.raises(ServiceNotFound):
        hub.rename_service("c", "name")
    hub.close_service("c")
    hub.end_session("none")


async def test_opening_again_changes_nothing_and_renaming_only_the_name(hub: Hub) -> None:
    await hub.ingest("a", batch("m"), KEY)
    hub.open_service("a", "other")
    assert hub.channel("a").name == "Auth Backend"
    hub.rename_service("a", "New")
    assert hub.channel("a").name == "New"
    assert hub.stats("a").head == 1


async def test_closing_a_service_ends_its_watchers_and_drops_what_it_held(hub: Hub) -> None:
    """case 61"""
    mine, theirs = FakeWatcher(hub, "a"), FakeWatcher(hub, "b")
    await hub.ingest("a", numbered(10), KEY)
    hub.close_service("a")
    assert [code for code, _ in mine.closed] == [SESSION_ENDED] == [4003]
    assert theirs.closed == []
    with pytest.raises(ServiceNotFound):
        hub.channel("a")
    await asyncio.sleep(0)
    assert mine.pumps == 0, "what was to wake it was called off"
    hub.close_service("a")
    hub.open_service("a", "again")
    assert (hub.stats("a").head, hub.stats("a").bytes) == (0, 0)


async def test_a_service_deleted_while_its_batch_is_taken_costs_no_room(make: Make) -> None:
    hub = make(rings_bytes=1_000_000)
    taken = asyncio.create_task(hub.ingest("a", numbered(2000), KEY))
    await asyncio.sleep(0)
    hub.close_service("a")
    assert (await taken).accepted == 2000
    hub.open_service("a", "again")
    # Were the bytes of the old one still counted, this would make room that nobody needs.
    for _ in range(8):
        await hub.ingest("b", batch("x" * 100_000), KEY)
    assert hub.stats("b").oldest == 1


# Bounds


async def test_the_largest_ring_loses_its_oldest_first(make: Make) -> None:
    hub = make(rings_bytes=1_000_000, ring_bytes=10_000_000)
    for _ in range(20):
        await hub.ingest("a", batch("x" * 10_000), KEY)
    for _ in range(200):
        await hub.ingest("b", batch("x" * 10_000), KEY)
        assert hub.stats("a").bytes + hub.stats("b").bytes <= 1_000_000
    assert hub.stats("a").oldest == 1, "the small one keeps everything"
    assert hub.stats("b").oldest > 1
    assert hub.stats("b").bytes > 600_000, "no more is evicted than what is needed, and a little"


async def test_a_flood_cannot_evict_another_service_below_its_share(make: Make) -> None:
    """Two rings end about even, however fast one of them fills."""
    hub = make(rings_bytes=1_000_000, ring_bytes=10_000_000)
    for _ in range(90):
        await hub.ingest("a", batch("x" * 10_000), KEY)
    for _ in range(300):
        await hub.ingest("b", batch("x" * 10_000), KEY)
    assert hub.stats("a").bytes > 400_000
    assert hub.stats("a").head == 90
    assert hub.stats("a").buffered == 90 - hub.stats("a").oldest + 1


async def test_who_is_evicted_by_another_gets_a_gap(make: Make) -> None:
    """case 58"""
    hub = make(rings_bytes=300_000, ring_bytes=10_000_000)
    watcher = FakeWatcher(hub, "a", attached=False)
    for _ in range(25):
        await hub.ingest("a", batch("x" * 10_000), KEY)
    for _ in range(10):
        await hub.ingest("b", batch("y" * 10_000), KEY)
    oldest = hub.stats("a").oldest
    assert oldest > 1
    watcher.pump()
    assert watcher.got[0] == {"type": "gap", "from": 1, "to": oldest - 1, "count": oldest - 1, "reason": "overrun"}
    assert len(watcher.messages) == 25 - oldest + 1


@repeatable
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 30), st.integers(1, 3000)), max_size=40))
def test_all_rings_together_stay_within_their_bound(steps: list[tuple[str, int, int]]) -> None:
    async def run() -> None:
        hub = Hub(Config(rings_bytes=200_000, ring_bytes=150_000, ring_entries=50), FakeClock())
        for service in "abc":
            hub.open_service(service, service)
        for service, count, size in steps:
            if size == 1:
                hub.close_service(service)
                hub.open_service(service, service)
                continue
            await hub.ingest(service, batch(*["x" * size] * count), KEY)
            stats = [hub.stats(name) for name in "abc"]
            assert sum(one.bytes for one in stats) <= 200_000
            assert all(one.bytes <= 150_000 and one.buffered <= 50 for one in stats)
            assert all(one.buffered == one.head - one.oldest + 1 for one in stats)

    asyncio.run(run())


def test_no_more_watchers_than_a_service_may_have(make: Make) -> None:
    """case 62"""
    hub = make(max_watchers=2)
    watchers = [FakeWatcher(hub, "a") for _ in range(3)]
    assert [watcher.attached for watcher in watchers] == [True, True, False]
    assert FakeWatcher(hub, "b").attached
    hub.detach("a", watchers[2])
    assert not FakeWatcher(hub, "a").attached
    hub.detach("a", watchers[0])
    assert FakeWatcher(hub, "a").attached


# Sessions


def test_ending_a_session_ends_each_of_its_watchers_and_nobody_else(hub: Hub) -> None:
    """case 50"""
    mine = [FakeWatcher(hub, "a", "mine") for _ in range(2)]
    other = FakeWatcher(hub, "a", "other")
    assert (hub.watchers("mine"), hub.watchers("other"), hub.watchers("none")) == (2, 1, 0)
    hub.end_session("mine")
    assert [[code for code, _ in watcher.closed] for watcher in mine] == [[4003], [4003]]
    assert other.closed == []
    assert (hub.watchers("mine"), hub.watchers("other")) == (0, 1)
    assert hub.stats("a").watchers == 1


def test_leaving_twice_is_harmless(hub: Hub) -> None:
    one, other = FakeWatcher(hub, "a"), FakeWatcher(hub, "a")
    for _ in range(2):
        hub.detach("a", one)
    assert hub.watchers("session") == 1
    assert hub.all_watchers() == [other]
    hub.close_service("a")
    hub.detach("a", other)
    assert hub.watchers("session") == 0


async def test_a_stop_closes_all_and_waits_until_they_are_gone(hub: Hub) -> None:
    """case 80"""
    quick, slow = FakeWatcher(hub, "a"), FakeWatcher(hub, "b")
    slow.leaves = False
    await hub.ingest("a", batch("last frame"), KEY)
    stop = asyncio.create_task(hub.close_watchers(1012, "restarting", 60))
    await asyncio.sleep(0)
    assert quick.messages == ["last frame"], "what it can still get comes before the close frame"
    assert quick.closed == slow.closed == [(1012, "restarting")]
    assert not stop.done()
    hub.detach("b", slow)
    await asyncio.wait_for(stop, 10)


async def test_a_stop_does_not_wait_for_ever(hub: Hub) -> None:
    stuck = FakeWatcher(hub, "a")
    stuck.leaves = False
    await hub.close_watchers(1012, "restarting", 0)
    assert hub.all_watchers() == [stuck]


async def test_a_stop_without_watchers_is_at_once(hub: Hub) -> None:
    await hub.close_watchers(1012, "restarting", 60)


# Waking


async def test_after_a_quiet_moment_watchers_are_woken_in_the_next_turn(hub: Hub) -> None:
    watchers = [FakeWatcher(hub, "a") for _ in range(3)]
    await hub.ingest("a", batch("one"), KEY)
    assert [watcher.pumps for watcher in watchers] == [0, 0, 0], "never inside the request"
    await hub.ingest("a", batch("two"), KEY)
    await asyncio.sleep(0)
    assert [watcher.pumps for watcher in watchers] == [1, 1, 1]
    assert watchers[0].messages == ["one", "two"]


async def test_while_more_keeps_coming_they_are_woken_together(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: the pause is made so long that it cannot end during the test."""
    monkeypatch.setattr(appending, "FLUSH_SECONDS", 3600.0)
    watcher = FakeWatcher(hub, "a")
    hub.channel("a").flushed = -1e9  # a quiet moment
    await hub.ingest("a", batch("first"), KEY)
    await asyncio.sleep(0)
    assert (watcher.pumps, watcher.messages) == (1, ["first"])
    for number in range(50):
        await hub.ingest("a", batch(f"m{number}"), KEY)
        await asyncio.sleep(0)
    assert watcher.pumps == 1
    assert hub.channel("a").flush is not None, "it will be woken"
    hub.close_service("a")


async def test_what_was_held_back_comes_in_one_message(hub: Hub) -> None:
    watcher = FakeWatcher(hub, "a")
    await hub.ingest("a", batch("first"), KEY)
    await asyncio.sleep(0)
    watcher.woken.clear()
    # No turn of the loop between these.
    for number in range(50):
        await hub.ingest("a", batch(f"m{number}"), KEY)
    await asyncio.wait_for(watcher.woken.wait(), 10)
    assert watcher.pumps == 2
    assert len(watcher.got) == 2
    assert watcher.messages[1:] == [f"m{number}" for number in range(50)]


async def test_services_are_woken_each_for_itself(hub: Hub) -> None:
    mine, theirs = FakeWatcher(hub, "a"), FakeWatcher(hub, "b")
    await hub.ingest("a", batch("m"), KEY)
    await asyncio.sleep(0)
    assert (mine.pumps, theirs.pumps) == (1, 0)
    await hub.ingest("b", batch("m"), KEY)
    await asyncio.sleep(0)
    assert (mine.pumps, theirs.pumps) == (1, 1)


async def test_without_watchers_nothing_is_woken(hub: Hub) -> None:
    await hub.ingest("a", batch("m"), KEY)
    assert hub.channel("a").flush is None


async def test_a_watcher_that_leaves_while_others_are_woken_costs_them_nothing(hub: Hub) -> None:
    watchers = [FakeWatcher(hub, "a") for _ in range(3)]

    class Leaving(FakeWatcher):
        def pump(self) -> None:
            super().pump()
            hub.detach("a", self)

    leaving = Leaving(hub, "a")
    await hub.ingest("a", batch("m"), KEY)
    await asyncio.sleep(0)
    assert [watcher.pumps for watcher in (*watchers, leaving)] == [1, 1, 1, 1]
    assert len(hub.all_watchers()) == 3


# Looking


async def test_stats_show_the_service_at_this_moment(hub: Hub, clock: FakeClock) -> None:
    empty = hub.stats("a")
    assert (empty.oldest, empty.head, empty.buffered, empty.bytes, empty.last_received_at) == (1, 0, 0, 0, None)
    await hub.ingest("a", batch("one", "two", level="warn"), KEY)
    await hub.ingest("a", batch("three", level="error"), KEY)
    await hub.ingest("a", batch("four", level="debug"), KEY)
    FakeWatcher(hub, "a")
    stats = json.loads(encode(hub.stats("a")))
    assert stats["bytes"] > 0
    del stats["bytes"]
    assert stats == {
        "epoch": hub.channel("a").epoch,
        "oldest": 1,
        "head": 4,
        "buffered": 4,
        "accepted": 4,
        "rejected": 0,
        "levels": {"info": 0, "warn": 2, "error": 1, "debug": 1},
        "rate": 0.4,
        "errorShare": 0.25,
        "lastReceivedAt": "2026-05-14T10:30:00.000Z",
        "watchers": 1,
    }
    clock.advance(60)
    assert (hub.stats("a").rate, hub.stats("a").error_share) == (0.0, 0.0)
    assert hub.stats("a").last_received_at == "2026-05-14T10:30:00.000Z"


async def test_history_is_shown_on_request_and_never_longer_than_it_is(hub: Hub, clock: FakeClock) -> None:
    await hub.ingest("a", batch("one"), KEY)
    clock.advance(1)
    await hub.ingest("a", batch("two", level="error"), KEY)
    assert hub.stats("a", 3).history == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0]]
    for asked in (60, 1000):
        history = hub.stats("a", asked).history
        assert isinstance(history, list)
        assert len(history) == 60


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_entries_are_read_in_pages(make: Make, size: int) -> None:
    hub = make(ring_entries=50)
    for start in range(0, 70, size):
        await hub.ingest("a", batch(*(f"m{number}" for number in range(start, min(start + size, 70)))), KEY)
    seqs: list[int] = []
    through = 0
    for _ in range(6):
        through, found = await hub.entries("a", through, 9)
        seqs += [json.loads(entry)["seq"] for entry in found]
    assert seqs == list(range(21, 71))
    assert through == 70
    assert await hub.entries("a", 70, 9) == (70, [])
    assert await hub.entries("a", 500, 9) == (500, [])


async def test_a_page_says_how_far_it_looked_past_what_the_filter_left_out(hub: Hub) -> None:
    for level in ("error", "info", "info", "error", "info"):
        await hub.ingest("a", Batch([Entry(message="m", level=level)], [], []), KEY)
    errors = parse_filter({"levels": ["error"]})
    through, found = await hub.entries("a", 0, 1, errors)
    assert [json.loads(entry)["seq"] for entry in found] == [1]
    assert through < 4
    through, found = await hub.entries("a", through, 5, errors)
    assert [json.loads(entry)["seq"] for entry in found] == [4]
    assert through == 5


def test_each_service_has_an_epoch_of_its_own(make: Make) -> None:
    """case 59"""
    epochs = {channel.epoch for _ in range(10) for channel in make().channels()}
    assert len(epochs) == 20
    assert all(len(epoch) >= 12 and "." not in epoch for epoch in epochs), "`after` is epoch.seq"


@pytest.mark.parametrize(("watchers", "milliseconds"), [(0, 8), (1, 8), (10, 8), (50, 16), (95, 25), (100, 25)])
def test_a_crowd_is_woken_less_often(watchers: int, milliseconds: int) -> None:
    assert appending.flush_seconds(watchers) == pytest.approx(milliseconds / 1000)
