"""Subscribed: what watchers share that read through a subscriber, however their clients are connected."""

from __future__ import annotations

import math
from abc import abstractmethod

from ...core.errors import FilterTooDear
from ...query.filter import Filter
from ...stream.filter_budget import FilterBudget
from ...stream.search import IsOver, never
from ...stream.subscriber import Subscriber
from ...stream.watcher import FAILED
from ..context import Context
from .timers import TimedWatcher
from .websocket_peer import BAD_MESSAGE


class SubscribedWatcher(TimedWatcher):
    """Gives its client what is new as far as it takes it: what does not fit stays in the ring, after the cursor."""

    def __init__(self, context: Context) -> None:
        self.session_id = ""
        self.budget: FilterBudget | None = None
        self.due = math.inf
        self._context = context
        self._clock = context.clock
        self._subscriber: Subscriber | None = None

    @property
    @abstractmethod
    def is_closing(self) -> bool:
        """Whether nothing more is to be sent."""

    @abstractmethod
    def has_room(self) -> bool:
        """Whether the client takes another frame now."""

    @abstractmethod
    def put(self, frame: bytes) -> None:
        """Sends one."""

    @abstractmethod
    def close(self, code: int, reason: str) -> None:
        """See `Watcher`."""

    async def admit(self, service_id: str, filter_: Filter) -> FilterBudget | None:
        """Whose time the filter uses from now on. Raises FilterTooDear, ServiceNotFound."""
        hub = self._context.hub
        channel = hub.channel(service_id)
        rate = channel.tally.rate(self._clock.monotonic())
        return await hub.filtering.admit(filter_, channel.ring, rate, self.session_id)

    def pump(self) -> None:
        """Sends what is new; a filter is asked in the turns of the scheduler."""
        if self._subscriber is None or self.is_closing:
            return
        if self._subscriber.is_filtered:
            self._context.hub.filtering.scheduler.add(self)
        else:
            self.run(never)

    def run(self, is_over: IsOver) -> bool:
        """Sends what has room and the slice allows; whether nothing is left to do until the next `pump`."""
        subscriber = self._subscriber
        if subscriber is None or self.is_closing:
            return True
        while self.has_room():
            frame = subscriber.next_frame(is_over)
            if frame is not None:
                self.put(frame)
            if frame is None or is_over():
                return not subscriber.is_behind
        return True

    def overdrawn(self) -> None:
        """Of what is new, it falls behind, and is told by gaps; a backlog that it cannot pay is not looked for."""
        if self._subscriber is not None and self._subscriber.is_seeking:
            self.close(BAD_MESSAGE, FilterTooDear.code)

    def failed(self, error: Exception) -> None:
        """See `scheduler.Job`."""
        self.close(FAILED, "internal error")
