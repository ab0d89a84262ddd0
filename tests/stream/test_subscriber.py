"""A watcher's promise: each entry once and in order, or left out by its filter, or counted in a gap; never less."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrix_lite.entries.entry import Entry, encoded_runs
from spectrix_lite.query.filter import EVERYTHING, Filter, parse_filter
from spectrix_lite.stream.frames import Frames
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.subscriber import DEFAULT_BACKLOG, Subscriber

from .test_messages import payload

TIME = "2026-05-14T10:30:00.000Z"
ERRORS = parse_filter({"levels": ["error"]})


def push(ring: RingBuffer, *levels: Any, message: str = "m") -> None:
    """Appends one batch, an entry for each level."""
    entries = [Entry(seq=ring.head + 1 + at, level=level, message=message) for at, level in enumerate(levels)]
    for encoded, count in encoded_runs(entries):
        ring.append(encoded, count)


def filled(count: int, max_entries: int = 100, batch: int = 1) -> RingBuffer:
    """A ring through which `count` entries have gone; every third is an error, from seq 3 on."""
    ring = RingBuffer(max_entries, 64 * 1024 * 1024)
    for start in range(1, count + 1, batch):
        push(ring, *("info" if seq % 3 else "error" for seq in range(start, min(start + batch, count + 1))))
    return ring


def read(frame: bytes | None) -> dict[str, Any]:
    assert frame is not None
    return dict(json.loads(payload(frame)))


def drained(subscriber: Subscriber) -> list[dict[str, Any]]:
    """All messages there are; of entries only their seqs."""
    messages = []
    while (frame := subscriber.next_frame()) is not None:
        message = read(frame)
        if message["type"] == "entries":
            message = {"through": message["through"], "seqs": [entry["seq"] for entry in message["entries"]]}
        messages.append(message)
    return messages


def delivered(subscriber: Subscriber) -> list[int]:
    return [seq for message in drained(subscriber) for seq in message["seqs"]]


def overrun(first: int, last: int) -> dict[str, Any]:
    return {"type": "gap", "from": first, "to": last, "count": last - first + 1, "reason": "overrun"}


# Where reading begins


@pytest.mark.parametrize("batch", [1, 4, 30])
@pytest.mark.parametrize(
    ("backlog", "seqs"),
    [(0, []), (-5, []), (1, [30]), (4, [27, 28, 29, 30]), (30, list(range(1, 31))), (99, list(range(1, 31)))],
    ids=str,
)
def test_without_a_cursor_the_last_entries_come_first(backlog: int, seqs: list[int], batch: int) -> None:
    subscriber = Subscriber(filled(30, batch=batch), "e", Frames())
    assert subscriber.start(None, backlog) is False
    assert delivered(subscriber) == seqs


@pytest.mark.parametrize("batch", [1, 4, 30])
@pytest.mark.parametrize(
    ("backlog", "seqs"),
    [(0, []), (1, [30]), (3, [24, 27, 30]), (10, list(range(3, 31, 3))), (11, list(range(3, 31, 3)))],
)
def test_the_backlog_counts_what_matches(backlog: int, seqs: list[int], batch: int) -> None:
    subscriber = Subscriber(filled(30, batch=batch), "e", Frames(), ERRORS)
    subscriber.start(None, backlog)
    assert delivered(subscriber) == seqs
    assert subscriber.cursor == 30


def test_a_filtered_backlog_begins_right_before_its_first_entry() -> None:
    """Also where the run that it begins in has lost its first entries: they match no more."""
    ring = RingBuffer(8, 100_000)
    push(ring, *["error"] * 10)  # 3 to 10 are held, of one run
    for backlog, place in ((1, 9), (3, 7), (8, 2), (9, 2)):
        subscriber = Subscriber(ring, "e", Frames(), parse_filter({"levels": ["error"]}))
        assert subscriber.start(None, backlog) is False
        assert read(subscriber.next_frame())["entries"][0]["seq"] == place + 1


def test_the_backlog_has_a_default() -> None:
    subscriber = Subscriber(filled(DEFAULT_BACKLOG + 7, 5000, batch=50), "e", Frames())
    subscriber.start()
    assert delivered(subscriber) == list(range(8, DEFAULT_BACKLOG + 8))


def test_the_backlog_is_no_gap() -> None:
    """What came before the watcher did is not missing."""
    ring = filled(30, max_entries=10)
    for filter_ in (EVERYTHING, ERRORS):
        subscriber = Subscriber(ring, "e", Frames(), filter_)
        subscriber.start(None, 1000)
        messages = drained(subscriber)
        assert [message for message in messages if "seqs" not in message] == []
        assert messages[-1]["through"] == 30


def test_an_empty_ring_has_nothing_to_send() -> None:
    for after in (None, {"epoch": "e", "seq": 0}):
        subscriber = Subscriber(RingBuffer(10, 1000), "e", Frames())
        assert subscriber.start(after) == (after is not None)
        assert subscriber.next_frame() is None


@pytest.mark.parametrize("batch", [1, 4, 30])
def test_a_cursor_resumes_without_loss_or_repeat(batch: int) -> None:
    """case 57"""
    for seq in range(31):
        subscriber = Subscriber(filled(30, batch=batch), "e", Frames())
        assert subscriber.start({"epoch": "e", "seq": seq}, backlog=5) is True
        assert delivered(subscriber) == list(range(seq + 1, 31))


def test_a_cursor_just_behind_the_oldest_resumes() -> None:
    ring = filled(30, max_entries=10)
    subscriber = Subscriber(ring, "e", Frames())
    assert subscriber.start({"epoch": "e", "seq": 20}) is True
    assert delivered(subscriber) == list(range(21, 31))


def test_a_cursor_that_was_lapped_gets_an_exact_gap_first() -> None:
    """case 58"""
    ring = filled(30, max_entries=10)
    subscriber = Subscriber(ring, "e", Frames())
    assert subscriber.start({"epoch": "e", "seq": 4}) is False
    assert drained(subscriber) == [overrun(5, 20), {"through": 30, "seqs": list(range(21, 31))}]


def test_a_cursor_of_another_epoch_gets_a_restart_and_all_there_is() -> None:
    """case 59"""
    restart = {"type": "gap", "from": 1, "to": None, "count": None, "reason": "restart"}
    subscriber = Subscriber(filled(5), "new", Frames())
    assert subscriber.start({"epoch": "old", "seq": 900}, backlog=1) is False
    assert read(subscriber.next_frame()) == restart
    assert drained(subscriber) == [{"through": 5, "seqs": [1, 2, 3, 4, 5]}]

    subscriber = Subscriber(filled(30, max_entries=10), "new", Frames())
    assert subscriber.start({"epoch": "old", "seq": 25}) is False
    assert read(subscriber.next_frame()) == restart
    assert drained(subscriber) == [overrun(1, 20), {"through": 30, "seqs": list(range(21, 31))}]


@pytest.mark.parametrize(
    "after",
    [{"epoch": "e", "seq": 31}, {"epoch": "e", "seq": 10**18}, {"epoch": "e", "seq": -1}, {}, [], "x", 7],
    ids=str,
)
def test_a_cursor_that_never_was_is_a_reset_and_goes_on_as_without(after: Any) -> None:
    """case 60"""
    for filter_, seqs in ((EVERYTHING, [28, 29, 30]), (ERRORS, [24, 27, 30])):
        subscriber = Subscriber(filled(30), "e", Frames(), filter_)
        assert subscriber.start(after, backlog=3) is False
        message = read(subscriber.next_frame())
        assert (message["type"], message["reason"]) == ("gap", "reset")
        assert message["from"] <= seqs[0]
        assert message["to"] is None
        assert message["count"] is None
        assert delivered(subscriber) == seqs


# While it goes on


def test_what_comes_in_comes_once() -> None:
    ring = filled(0)
    subscriber = Subscriber(ring, "e", Frames())
    subscriber.start()
    push(ring, "info", "warn")
    assert drained(subscriber) == [{"through": 2, "seqs": [1, 2]}]
    assert subscriber.next_frame() is None
    push(ring, "debug")
    assert drained(subscriber) == [{"through": 3, "seqs": [3]}]


def test_who_is_too_slow_gets_an_exact_gap() -> None:
    """case 58"""
    ring = filled(3, max_entries=10)
    subscriber = Subscriber(ring, "e", Frames())
    subscriber.start()
    assert delivered(subscriber) == [1, 2, 3]
    for _ in range(6):
        push(ring, "info", "info", "info")
    assert drained(subscriber) == [overrun(4, 11), {"through": 21, "seqs": list(range(12, 22))}]


@pytest.mark.parametrize("batch", [1, 4])
def test_one_entry_missing_is_a_gap(batch: int) -> None:
    """case 58"""
    subscriber = Subscriber(filled(12, max_entries=10, batch=batch), "e", Frames())
    assert subscriber.start({"epoch": "e", "seq": 1}) is False
    assert drained(subscriber) == [overrun(2, 2), {"through": 12, "seqs": list(range(3, 13))}]


def test_a_gap_counts_what_a_filter_would_have_left_out() -> None:
    ring = filled(30, max_entries=10)
    subscriber = Subscriber(ring, "e", Frames(), ERRORS)
    subscriber.start({"epoch": "e", "seq": 0})
    assert drained(subscriber) == [overrun(1, 20), {"through": 30, "seqs": [21, 24, 27, 30]}]


def test_a_ring_emptied_by_others_leaves_a_gap_to_its_head() -> None:
    """The global bound may take everything; what comes next still comes after a gap."""
    ring = filled(5)
    subscriber = Subscriber(ring, "e", Frames())
    subscriber.start({"epoch": "e", "seq": 2})
    ring.shrink(ring.bytes)
    assert drained(subscriber) == [overrun(3, 5)]
    push(ring, "info")
    assert drained(subscriber) == [{"through": 6, "seqs": [6]}]


@pytest.mark.parametrize("filter_", [EVERYTHING, ERRORS], ids=["all", "errors"])
@pytest.mark.parametrize("batch", [1, 4, 30])
def test_what_was_taken_out_is_an_exact_gap_in_its_place(batch: int, filter_: Filter) -> None:
    ring = filled(30, max_entries=28, batch=batch)
    ring.forget([1, 3, 4, 9, 10, 11, 20, 30])
    subscriber = Subscriber(ring, "e", Frames(), filter_)
    assert subscriber.start({"epoch": "e", "seq": 1}) is False
    messages = drained(subscriber)
    gaps = [(each["reason"], each["from"], each["to"]) for each in messages if "from" in each]
    assert gaps == [("overrun", 2, 2)] + [("removed", *gap) for gap in ((3, 4), (9, 11), (20, 20), (30, 30))]
    seqs = [seq for each in messages for seq in each.get("seqs", ())]
    gone = (3, 4, 9, 10, 11, 20, 30)
    assert seqs == [seq for seq in range(3, 31) if seq not in gone and (filter_ is EVERYTHING or not seq % 3)]
    assert subscriber.cursor == 30
    backlog = Subscriber(ring, "e", Frames(), ERRORS)
    backlog.start(None, 100)
    assert [seq for each in drained(backlog) for seq in each.get("seqs", ())] == [6, 12, 15, 18, 21, 24, 27]
    behind = Subscriber(ring, "e", Frames())
    assert behind.start({"epoch": "e", "seq": 30}) is True


def test_what_the_filter_leaves_out_is_passed_in_silence() -> None:
    ring = filled(0)
    subscriber = Subscriber(ring, "e", Frames(), ERRORS)
    subscriber.start()
    push(ring, "info", "info")
    assert subscriber.next_frame() is None
    assert subscriber.cursor == 2
    assert read(subscriber.heartbeat(TIME)) == {"type": "heartbeat", "through": 2, "head": 2, "time": TIME}
    push(ring, "info", "error", "info")
    assert drained(subscriber) == [{"through": 5, "seqs": [4]}]


def test_another_filter_holds_from_here_on_and_sends_nothing_again() -> None:
    ring = filled(6)
    subscriber = Subscriber(ring, "e", Frames(), ERRORS)
    subscriber.start({"epoch": "e", "seq": 0})
    assert delivered(subscriber) == [3, 6]
    subscriber.refilter(EVERYTHING)
    assert drained(subscriber) == [{"type": "filtered", "through": 6}]
    push(ring, "info", "error")
    assert delivered(subscriber) == [7, 8]


def test_a_message_stays_far_below_a_mebibyte() -> None:
    """Also where each character takes six bytes once it is escaped."""
    ring = RingBuffer(1000, 64 * 1024 * 1024)
    for _ in range(40):
        push(ring, "info", "info", "info", message="\0" * 16_384)
    subscriber = Subscriber(ring, "e", Frames())
    subscriber.start({"epoch": "e", "seq": 0})
    seqs: list[int] = []
    while (frame := subscriber.next_frame()) is not None:
        assert len(frame) < 1024 * 1024
        seqs += [entry["seq"] for entry in read(frame)["entries"]]
    assert seqs == list(range(1, 121))


# Frames are shared


def test_watchers_at_one_cursor_share_the_bytes() -> None:
    ring, frames = filled(5), Frames()
    one, other, filtered, alike = (
        Subscriber(ring, "e", frames, filter_) for filter_ in (EVERYTHING, EVERYTHING, ERRORS, ERRORS)
    )
    alike.refilter(parse_filter({"levels": ["error"]}))
    assert read(alike.next_frame()) == {"type": "filtered", "through": 5}
    for subscriber in (one, other, filtered, alike):
        subscriber.start({"epoch": "e", "seq": 2})
    whole = one.next_frame()
    assert other.next_frame() is whole
    part = filtered.next_frame()
    assert part is not whole
    assert alike.next_frame() is part


@pytest.mark.parametrize("filter_", [EVERYTHING, parse_filter({"q": "i"})], ids=["all", "filtered"])
def test_frames_of_two_rings_never_mix(filter_: Filter) -> None:
    """Two services side by side: nothing of one in the other's stream."""
    frames = Frames()
    mine, theirs = filled(0), filled(0)
    push(mine, "info", message="mine")
    push(theirs, "info", message="theirs")
    for ring, message in ((mine, "mine"), (theirs, "theirs")):
        subscriber = Subscriber(ring, "e", frames, filter_)
        subscriber.start({"epoch": "e", "seq": 0})
        assert [entry["message"] for entry in read(subscriber.next_frame())["entries"]] == [message]


def test_a_shared_frame_does_not_hide_what_came_after_it() -> None:
    ring, frames = filled(2), Frames()
    early, late = Subscriber(ring, "e", frames), Subscriber(ring, "e", frames)
    for subscriber in (early, late):
        subscriber.start({"epoch": "e", "seq": 0})
    assert delivered(early) == [1, 2]
    push(ring, "info")
    assert delivered(late) == [1, 2, 3]
    assert delivered(early) == [3]


def test_few_frames_are_held() -> None:
    ring, frames = filled(0), Frames(max_bytes=1000)
    for _ in range(20):
        push(ring, "info", message="x" * 300)
    first = Subscriber(ring, "e", frames)
    first.start(None, 1)
    newest = first.next_frame()
    for seq in range(20):
        subscriber = Subscriber(ring, "e", frames)
        subscriber.start({"epoch": "e", "seq": seq})
        assert delivered(subscriber) == list(range(seq + 1, 21))
    again = Subscriber(ring, "e", frames)
    again.start(None, 1)
    assert again.next_frame() == newest
    frames.clear()
    again.start(None, 1)
    assert again.next_frame() == newest
