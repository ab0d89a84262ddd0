"""What is due goes out together, is tried again, and is given up in the end. Time moves when something waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from spectrix_lite.alerts.telling import delivery as module
from spectrix_lite.alerts.telling.delivery import Deliveries
from spectrix_lite.alerts.telling.message import NoticeItem
from spectrix_lite.alerts.telling.webhook import PostOutcome
from spectrix_lite.alerts.telling.webhook_request import WebhookRequest
from spectrix_lite.core.alert_errors import AddressForbidden
from spectrix_lite.core.alert_records import Alert, Delivery, Destination, Notice, When

from ...support.fakes import FakeClock

HOOK = Destination("d1", "json", {"url": "https://a.example/", "headers": {}})
DONE = PostOutcome(204)


class Post:
    """Stands for the network: gives its outcomes one after the other, then takes everything."""

    def __init__(self, clock: FakeClock, *outcomes: PostOutcome | Exception) -> None:
        self.clock = clock
        self.outcomes = list(outcomes)
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.noted: list[Delivery] = []
        self.posted = asyncio.Event()
        self.deliveries = Deliveries(self, clock, self.note, self.pause)

    async def post(self, request: WebhookRequest) -> PostOutcome:
        self.sent.append((self.clock.monotonic() - 1000, msgspec.json.decode(request.body)))
        outcome = self.outcomes.pop(0) if self.outcomes else DONE
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def pause(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await asyncio.sleep(0)

    async def note(self, deliveries: Sequence[Delivery]) -> None:
        self.noted += deliveries
        self.posted.set()

    async def settled(self) -> None:
        while self.deliveries.waiting:
            self.posted.clear()
            await self.posted.wait()
            await asyncio.sleep(0)

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.sent]


def add(post: Post, number: int, destination: Destination = HOOK, due_in: float = 0.0) -> None:
    alert = Alert("a", None, None, f"alert {number}", "", When("count", 1, 10), 0, False, (destination,), None, None, 0)
    notice = Notice(number, "a", "s", "firing", post.clock.wall(), None, number, 0, "e", ())
    due_at = post.clock.wall() + round(1000 * due_in)
    post.deliveries.add(
        destination, NoticeItem(alert, notice, "Shop", (), "http://x/"), Delivery(number, destination.id, due_at=due_at)
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_all_that_is_due_to_one_address_is_one_message(clock: FakeClock) -> None:
    post = Post(clock)
    for number in range(1, 4):
        add(post, number)
    add(post, 4, Destination("d2", "json", {"url": "https://b.example/", "headers": {}}))
    add(post, 5, Destination("of another alert", "json", {"headers": {}, "url": "https://a.example/"}))
    await post.settled()
    assert [[notice["count"] for notice in body["notices"]] for _, body in post.sent] == [[1, 2, 3, 5], [4]]
    assert {each.state for each in post.noted} == {"delivered"}
    assert post.deliveries.outcomes == {"delivered": 5, "failed": 0}


@pytest.mark.case(146)
async def test_a_destination_that_is_away_is_tried_five_times_over_ten_minutes(clock: FakeClock) -> None:
    post = Post(clock, *[PostOutcome(500)] * 5)
    add(post, 1)
    await post.settled()
    assert post.times == [0, 1, 31, 331, 631]
    assert [(each.state, each.tries) for each in post.noted] == [*(("pending", n) for n in range(1, 5)), ("failed", 5)]
    assert {each.said for each in post.noted} == {"it answered 500"}
    assert post.deliveries.said == {"d1": "it answered 500"}
    assert post.deliveries.outcomes["failed"] == 1


@pytest.mark.case(146)
async def test_retry_after_is_heeded(clock: FakeClock) -> None:
    post = Post(clock, PostOutcome(429, wait=90), PostOutcome(None, "no answer within 5 s"))
    add(post, 1)
    await post.settled()
    assert post.times == [0, 90, 120]
    assert [each.said for each in post.noted] == ["it answered 429", "no answer within 5 s", ""]
    assert post.noted[-1].state == "delivered"
    assert post.deliveries.said == {"d1": ""}


async def test_what_comes_while_it_is_away_goes_along_with_the_next_try(clock: FakeClock) -> None:
    post = Post(clock, PostOutcome(500))
    add(post, 1)
    await post.posted.wait()
    add(post, 2)
    await post.settled()
    assert [[notice["count"] for notice in body["notices"]] for _, body in post.sent] == [[1], [1, 2]]
    assert [(each.notice_id, each.tries) for each in post.noted[1:]] == [(1, 2), (2, 1)]


async def test_an_address_that_leads_inside_now_is_given_up_at_once(clock: FakeClock) -> None:
    post = Post(clock, AddressForbidden())
    add(post, 1)
    await post.settled()
    assert [each.state for each in post.noted] == ["failed"]
    assert "leads into" in post.noted[0].said == post.deliveries.said["d1"]


async def test_what_was_pending_at_the_start_waits_for_its_time(clock: FakeClock) -> None:
    post = Post(clock)
    add(post, 1, due_in=45)
    await post.settled()
    assert post.times == [45]


async def test_what_was_due_by_a_clock_that_was_set_back_waits_an_hour_at_most(clock: FakeClock) -> None:
    post = Post(clock)
    add(post, 1, due_in=86_400)
    await post.settled()
    assert post.times == [3600]


async def test_one_that_stumbles_is_tried_again_as_any_other(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    post = Post(clock, OverflowError("no such year"))
    add(post, 1)
    await post.settled()
    assert post.times == [0, 1]
    assert [(each.state, each.tries) for each in post.noted] == [("pending", 1), ("delivered", 2)]
    assert "no such year" in caplog.text


async def test_of_too_many_the_oldest_are_given_up(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    post = Post(clock)
    for number in range(1, 5):
        add(post, number)
    await post.settled()
    assert [(each.notice_id, each.state) for each in post.noted] == [
        (1, "failed"),
        (2, "failed"),
        (3, "delivered"),
        (4, "delivered"),
    ]


async def test_what_is_gone_is_not_told(clock: FakeClock) -> None:
    post = Post(clock)
    add(post, 1)
    add(post, 2)
    post.deliveries.drop(lambda item, _: item.notice.id == 1)
    await post.settled()
    assert [[notice["count"] for notice in body["notices"]] for _, body in post.sent] == [[2]]
    await post.deliveries.close()


async def test_two_destinations_with_one_address_are_told_once_and_both_noted(clock: FakeClock) -> None:
    post = Post(clock, PostOutcome(500))
    for name in ("d1", "d2"):
        add(post, 1, replace(HOOK, id=name))
    (queue,) = post.deliveries._queues.values()
    queue.waiting[1].item = queue.waiting[0].item
    await post.settled()
    assert [len(body["notices"]) for _, body in post.sent] == [1, 1]
    assert [(each.destination_id, each.state) for each in post.noted] == [
        ("d1", "pending"),
        ("d2", "pending"),
        ("d1", "delivered"),
        ("d2", "delivered"),
    ]
    assert post.deliveries.said == {"d1": "", "d2": ""}
