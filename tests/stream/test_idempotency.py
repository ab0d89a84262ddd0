"""Work under a name is done once, also while the first is under way; what fails is not remembered."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from spectrix_lite.core.errors import IdempotencyMismatch
from spectrix_lite.stream.idempotency import IdempotencyCache, digest

BODY = digest(b"body")


class Work:
    """Counts how often it is done under each name; waits at `gate` where that is closed."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.problem: Exception | None = None

    async def do(self, name: str) -> str:
        self.begun.set()
        await self.gate.wait()
        self.done[name] += 1
        if self.problem is not None:
            raise self.problem
        return f"{name}, time {self.done[name]}"


async def test_a_name_is_done_once() -> None:
    """case 28"""
    work, cache = Work(), IdempotencyCache[str](10)
    assert await cache.earlier(b"a", BODY) is None
    assert await cache.do(b"a", BODY, lambda: work.do("a")) == ("a, time 1", False)
    assert await cache.do(b"a", BODY, lambda: work.do("a")) == ("a, time 1", True)
    assert await cache.do(b"b", BODY, lambda: work.do("b")) == ("b, time 1", False)
    assert work.done == {"a": 1, "b": 1}


async def test_who_comes_while_the_first_is_under_way_waits_for_it() -> None:
    """case 28"""
    work, cache = Work(), IdempotencyCache[str](10)
    work.gate.clear()
    asked = [asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a"))) for _ in range(3)]
    await work.begun.wait()
    work.gate.set()
    answers = await asyncio.gather(*asked)
    assert [answer for answer, _ in answers] == ["a, time 1"] * 3
    assert sorted(earlier for _, earlier in answers) == [False, True, True]


async def test_a_name_does_not_wait_for_another() -> None:
    slow, quick, cache = Work(), Work(), IdempotencyCache[str](10)
    slow.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: slow.do("a")))
    await slow.begun.wait()
    assert await cache.do(b"b", BODY, lambda: quick.do("b")) == ("b, time 1", False)
    slow.gate.set()
    assert await first == ("a, time 1", False)


async def test_work_that_fails_is_not_remembered() -> None:
    work, cache = Work(), IdempotencyCache[str](10)
    work.problem = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        await cache.do(b"a", BODY, lambda: work.do("a"))
    work.problem = None
    assert await cache.do(b"a", BODY, lambda: work.do("a")) == ("a, time 2", False)


async def test_one_of_those_who_wait_takes_over_from_work_that_fails() -> None:
    failing, work, cache = Work(), Work(), IdempotencyCache[str](10)
    failing.problem = ValueError("no")
    failing.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: failing.do("a")))
    await failing.begun.wait()
    others = [asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a"))) for _ in range(3)]
    await asyncio.sleep(0)
    failing.gate.set()
    with pytest.raises(ValueError, match="no"):
        await first
    answers = await asyncio.gather(*others)
    assert [answer for answer, _ in answers] == ["a, time 1"] * 3
    assert sorted(earlier for _, earlier in answers) == [False, True, True]


async def test_work_goes_on_when_who_asked_goes_away() -> None:
    """case 28"""
    work, cache = Work(), IdempotencyCache[str](10)
    work.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a")))
    await work.begun.wait()
    second = asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a")))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.gate.set()
    assert await second == ("a, time 1", True)
    assert await cache.do(b"a", BODY, lambda: work.do("a")) == ("a, time 1", True)


async def test_who_waits_may_leave() -> None:
    work, cache = Work(), IdempotencyCache[str](10)
    work.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a")))
    await work.begun.wait()
    second = asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.gate.set()
    assert await first == ("a, time 1", False)


async def test_only_the_last_names_are_remembered() -> None:
    work, cache = Work(), IdempotencyCache[str](2)
    for name in ("a", "b", "c"):
        await cache.do(name.encode(), BODY, lambda name=name: work.do(name))  # type: ignore[misc]  # a lambda's default has no type
    assert (await cache.do(b"c", BODY, lambda: work.do("c")))[1]
    assert (await cache.do(b"b", BODY, lambda: work.do("b")))[1]
    assert not (await cache.do(b"a", BODY, lambda: work.do("a")))[1]


async def test_work_that_fails_after_it_was_forgotten_forgets_nobody_else() -> None:
    failing, work, cache = Work(), Work(), IdempotencyCache[str](1)
    failing.problem = ValueError("no")
    failing.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: failing.do("a")))
    await failing.begun.wait()
    await cache.do(b"b", BODY, lambda: work.do("b"))  # there is room for one name: "a" is forgotten
    assert await cache.do(b"a", BODY, lambda: work.do("a")) == ("a, time 1", False)
    failing.gate.set()
    with pytest.raises(ValueError, match="no"):
        await first
    assert await cache.do(b"a", BODY, lambda: work.do("a")) == ("a, time 1", True)


async def test_work_that_is_forgotten_while_it_is_under_way_is_still_waited_for() -> None:
    slow, work, cache = Work(), Work(), IdempotencyCache[str](1)
    slow.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: slow.do("a")))
    await slow.begun.wait()
    second = asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a")))
    await asyncio.sleep(0)
    await cache.do(b"b", BODY, lambda: work.do("b"))
    slow.gate.set()
    assert (await first, await second) == (("a, time 1", False), ("a, time 1", True))


async def test_a_name_stands_for_one_body() -> None:
    """case 88: also while the first is under way; and once that has failed, for any."""
    work, cache, other = Work(), IdempotencyCache[str](10), digest(b"another body")
    work.problem = ValueError("no")
    work.gate.clear()
    first = asyncio.create_task(cache.do(b"a", BODY, lambda: work.do("a")))
    await work.begun.wait()
    with pytest.raises(IdempotencyMismatch):
        await cache.do(b"a", other, lambda: work.do("a"))
    work.gate.set()
    with pytest.raises(ValueError, match="no"):
        await first
    work.problem = None
    assert await cache.do(b"a", other, lambda: work.do("a")) == ("a, time 2", False)
    with pytest.raises(IdempotencyMismatch):
        await cache.earlier(b"a", BODY)
    assert await cache.earlier(b"a", other) == "a, time 2"
