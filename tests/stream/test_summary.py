from __future__ import annotations

import json
from typing import Any

from spectrix_lite.query.filter import EVERYTHING, parse_filter
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.search import never
from spectrix_lite.stream.summary import MOST_KINDS, SummarySearch, Summed


def entry(seq: int, level: str = "info", minute: int = 30, **fields: Any) -> bytes:
    at = f"2026-05-14T10:{minute:02}:00.000Z"
    return json.dumps(
        {"seq": seq, "receivedAt": at, "timestamp": at, "level": level, "message": "m", **fields},
        separators=(",", ":"),
    ).encode()


def ring(*entries: bytes, most: int = 10_000) -> RingBuffer:
    made = RingBuffer(most, 1 << 24)
    for each in entries:
        made.append(each, 1)
    return made


def summary(of: RingBuffer, after: int | None = None, **how: Any) -> SummarySearch:
    search = SummarySearch(of, Summed(how.pop("filter_", EVERYTHING), **how), after)
    assert search.run(never)
    return search


def request(seq: int, path: str, status: int = 200, took: float | None = None) -> bytes:
    metadata: dict[str, Any] = {} if took is None else {"metadata": {"duration_ms": took}}
    return entry(seq, endpoint=path, method="GET", statusCode=status, **metadata)


def test_what_there_is_since_a_cursor() -> None:
    failed = {"metadata": {"error": {"name": "TypeError", "message": "x of 7 is undefined"}}}
    search = summary(
        ring(
            entry(1, "error", message="no disk"),
            entry(2, "error", message="order 5 failed"),
            entry(3, "error", message="order 6 failed"),
            entry(4, "error", 31, **failed),
            request(5, "/users/1", 500, 20),
            request(6, "/users/2?x=1", 200, 10),
            entry(7, "warn"),
        ),
        after=1,
    )
    assert (search.summed.entries, search.lost, search.through) == (6, 0, 7)
    assert search.summed.levels == {"info": 2, "warn": 1, "error": 3, "debug": 0}
    assert [(k.shape, k.count, k.seq) for k in search.summed.kinds.values()] == [
        ("order # failed", 2, 3),
        ("TypeError: x of # is undefined", 1, 4),
        ("m", 1, 5),
    ]
    assert search.summed.known == {"no disk"}
    (route,) = search.summed.routes.values()
    assert (route.route, route.count, route.failed, route.p95) == ("GET /users/:id", 2, 1, 20)


def test_of_what_was_before_nothing_may_be_known() -> None:
    assert summary(ring(entry(1, "error"))).summed.known is None
    assert summary(ring(entry(1), entry(2, "error")), after=1).summed.known == set()


def test_what_was_lost_is_counted() -> None:
    moved = ring(*(entry(seq) for seq in range(1, 31)), most=10)
    search = summary(moved, after=5)
    assert (search.summed.entries, search.lost) == (10, 15)
    assert summary(moved).lost == 0
    assert summary(moved, after=99).summed.entries == 0


def test_what_is_evicted_while_it_is_looked_for_is_lost() -> None:
    moving = ring(*(entry(seq) for seq in range(1, 11)), most=10)
    search = SummarySearch(moving, Summed(EVERYTHING), 0)
    assert not search.run(lambda: True)
    for seq in range(11, 16):
        moving.append(entry(seq), 1)
    assert search.run(never)
    assert (search.summed.entries + search.lost, search.lost, search.through) == (10, 4, 10)


def test_a_range_of_time_and_a_filter() -> None:
    of = ring(
        entry(1, "error", 10, message="a"), entry(2, "error", 20, message="b"), entry(3, "error", 40, message="b")
    )
    search = summary(of, since="2026-05-14T10:20:00.000Z", until="2026-05-14T10:40:00.000Z")
    assert (search.summed.entries, search.summed.known, list(search.summed.kinds)) == (1, {"a"}, ["b"])
    assert summary(of, filter_=parse_filter({"q": "a"})).summed.entries == 1


def test_groups_are_bounded() -> None:
    letters = "abcdefghijklmnop"
    name = "".join
    words = (name(letters[int(digit, 16)] for digit in f"{n:x}") for n in range(MOST_KINDS + 10))
    search = summary(ring(*(entry(n + 1, "error", message=word) for n, word in enumerate(words))))
    assert (len(search.summed.kinds), search.summed.levels["error"]) == (MOST_KINDS, MOST_KINDS + 10)


def test_of_many_durations_some_count() -> None:
    (route,) = summary(ring(*(request(n, "/a", took=n % 100) for n in range(1, 5001)))).summed.routes.values()
    assert len(route.durations) < 512
    assert route.p95 is not None
    assert 90 <= route.p95 <= 99
