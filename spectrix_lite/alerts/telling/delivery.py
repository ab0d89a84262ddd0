"""Delivery: what is due to a destination goes out as one message, is tried again, and is given up in the end."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import msgspec

from ...core.alert_errors import AddressForbidden
from ...core.alert_records import Delivery, DeliveryState, Destination
from ...core.clock import Clock
from . import destinations
from .message import NoticeItem
from .webhook import LONGEST_WAIT, PostOutcome
from .webhook_request import WebhookRequest

TRIES: Final = 5
WAITS: Final = (1.0, 30.0, 300.0, 300.0)
"""Seconds between them: a destination that is away for ten minutes misses nothing."""

MOST_WAITING: Final = 100
"""Notices of one destination; of more the oldest are given up."""

_SPACING: Final = 1.0  # seconds between two messages

_log = logging.getLogger("spectrix_lite.alerts")


class Poster(Protocol):
    """What sends a request: `webhook.Webhooks`."""

    async def post(self, request: WebhookRequest) -> PostOutcome:
        """Sends it once. Raises AddressForbidden."""


@dataclass(slots=True, eq=False)
class _Due:
    item: NoticeItem
    delivery: Delivery


@dataclass(slots=True)
class _Queue:
    destination: Destination
    waiting: list[_Due] = field(default_factory=list)
    sending: list[_Due] = field(default_factory=list)  # of these
    failures: int = 0
    due: float = 0.0  # monotonic
    task: asyncio.Task[None] | None = None


class Deliveries:
    """A queue for each address. `note` keeps what became of deliveries."""

    def __init__(
        self,
        poster: Poster,
        clock: Clock,
        note: Callable[[Sequence[Delivery]], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._poster = poster
        self._clock = clock
        self._note = note
        self._pause = pause
        self._queues: dict[bytes, _Queue] = {}
        self.outcomes: Counter[str] = Counter(delivered=0, failed=0)
        """Of notices, one for each destination, since the start."""
        self.said: dict[str, str] = {}
        """What the last try of a destination came to, by its id; empty where it was delivered."""

    async def close(self) -> None:
        """Idempotent. What is under way is cut off; what is pending is for the next start."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        self._queues.clear()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @property
    def waiting(self) -> int:
        """Notices that are still to be delivered, one for each destination."""
        return sum(len(queue.waiting) for queue in self._queues.values())

    def add(self, destination: Destination, item: NoticeItem, delivery: Delivery) -> None:
        """Has a notice delivered, together with all else that is due to the same address."""
        key = destination.kind.encode() + msgspec.json.encode(destination.options, order="sorted")
        queue = self._queues.setdefault(key, _Queue(destination))
        queue.waiting.append(_Due(item, delivery))
        # Of an earlier process by the clock of the day, which may have been set back since.
        wait = min(LONGEST_WAIT, (delivery.due_at - self._clock.wall()) / 1000)
        if queue.task is None:
            queue.due = max(queue.due, self._clock.monotonic() + wait)
            queue.task = asyncio.create_task(self._deliver(queue))

    def drop(
        self, is_gone: Callable[[NoticeItem, Delivery], bool], *, spares_sending: bool = False
    ) -> list[tuple[NoticeItem, Delivery]]:
        """Takes out what is not to be delivered any more, and gives it back; what is under way goes on, and what comes
        of it is heeded where that is spared.
        """
        dropped = []
        for queue in self._queues.values():
            spared = queue.sending if spares_sending else ()
            gone = [due for due in queue.waiting if due not in spared and is_gone(due.item, due.delivery)]
            queue.waiting[:] = [due for due in queue.waiting if due not in gone]
            dropped += [(due.item, due.delivery) for due in gone]
        return dropped

    async def _deliver(self, queue: _Queue) -> None:
        # One turn of the loop more, so that what is made in this one goes together.
        await asyncio.sleep(0)
        try:
            while queue.waiting:
                if (wait := queue.due - self._clock.monotonic()) > 0:
                    await self._pause(wait)
                    continue
                await self._try(queue)
        finally:
            queue.task = None

    async def _try(self, queue: _Queue) -> None:
        excess, batch = queue.waiting[:-MOST_WAITING], queue.waiting[-MOST_WAITING:]
        queue.sending = batch
        # One that is due twice, as two destinations have the same address, is told once.
        items = list({id(due.item): due.item for due in batch}.values())
        said = ""
        try:
            outcome = await self._poster.post(destinations.request(queue.destination, items))
        except AddressForbidden as refusal:
            outcome, tries, said = PostOutcome(None), TRIES, refusal.detail
        except Exception:
            _log.exception("a delivery stumbled, and is tried again")
            outcome, tries, said = PostOutcome(None), 1, "it could not be sent"
        else:
            tries = 1
            said = "" if outcome.is_delivered else outcome.said or f"it answered {outcome.status}"
        queue.sending = []
        now, wall = self._clock.monotonic(), self._clock.wall()
        queue.failures = 0 if outcome.is_delivered else queue.failures + 1
        wait = _SPACING if outcome.is_delivered else WAITS[min(queue.failures, len(WAITS)) - 1]
        queue.due = now + max(wait, outcome.wait)
        for due in excess:
            due.delivery = replace(due.delivery, state="failed", status=None, said="too many waited")
        for due in batch:
            self.said[due.delivery.destination_id] = said
            due.delivery = self._after(due.delivery, outcome, tries, wall + round(1000 * (queue.due - now)), said)
        over = {due for due in (*excess, *batch) if due.delivery.state != "pending"}
        noted = [due.delivery for due in (*excess, *batch) if due in over or due in queue.waiting]
        queue.waiting[:] = [due for due in queue.waiting if due not in over]
        self.outcomes.update(each.state for each in noted if each.state != "pending")
        if said:
            _log.warning("a notice was not delivered by %s: %s", queue.destination.kind, said)
        await self._note([each for each in noted if each.notice_id])

    def _after(self, delivery: Delivery, outcome: PostOutcome, tries: int, due_at: int, said: str) -> Delivery:
        tries = min(TRIES, delivery.tries + tries)
        if outcome.is_delivered:
            return replace(delivery, state="delivered", tries=tries, status=outcome.status, said="")
        state: DeliveryState = "failed" if tries >= TRIES else "pending"
        return replace(delivery, state=state, tries=tries, status=outcome.status, due_at=due_at, said=said)
