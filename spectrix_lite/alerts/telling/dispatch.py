"""Dispatch: notices with what they tell, on their way to where their alert is told, wherever that is by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from ...core.alert_records import Alert, Delivery, Destination, Notice
from ...core.clock import Clock
from ...core.errors import ServiceNotFound, Unavailable
from ...storage.interfaces import NoticeStore
from ...stream.hub import Hub
from .delivery import Deliveries, Poster
from .links import Links
from .message import NoticeItem


class Dispatch:
    """What becomes of each delivery is kept with its notice."""

    def __init__(self, notices: NoticeStore, hub: Hub, links: Links, poster: Poster, clock: Clock) -> None:
        self.deliveries = Deliveries(poster, clock, self._note)
        self._notices = notices
        self._hub = hub
        self._links = links
        self._clock = clock
        self._held: list[tuple[NoticeItem, Delivery]] = []  # of alerts that are silenced

    @property
    def waiting(self) -> int:
        """Notices that are still to be delivered, one for each destination, held ones among them."""
        return self.deliveries.waiting + len(self._held)

    async def send(self, alert: Alert, notice: Notice, pending: Sequence[Delivery]) -> None:
        """Has a notice delivered; to a destination that is gone it has failed."""
        await self._deliver(alert, [(self._item(alert, notice), each) for each in pending])

    async def hold(self, alerts: Sequence[Alert]) -> None:
        """What waits of an alert that is silenced is not tried, and goes out when that is over."""
        silenced = {alert.id for alert in alerts if alert.is_silenced(self._clock.wall())}
        self._held += self.deliveries.drop(lambda item, _: item.alert.id in silenced, spares_sending=True)
        held, self._held = self._held, []
        for alert in alerts if held else ():
            its = [(replace(item, alert=alert), delivery) for item, delivery in held if item.alert.id == alert.id]
            await self._deliver(alert, its)

    def drop(self, is_gone: Callable[[NoticeItem, Delivery], bool]) -> None:
        """Nothing more is sent of this, but for what is under way."""
        self.deliveries.drop(is_gone)
        self._held = [(item, delivery) for item, delivery in self._held if not is_gone(item, delivery)]

    async def redirect(self, alert: Alert) -> None:
        """What waits of an alert goes to its destinations as they are now, and nowhere that is none any more.

        Another address is not made to wait for what the former one did.
        """
        waiting = self.deliveries.drop(
            lambda item, delivery: item.alert.id == alert.id and _of(item.alert, delivery) != _of(alert, delivery)
        )
        await self._deliver(alert, [(replace(item, alert=alert), replace(d, due_at=0)) for item, d in waiting])

    async def _deliver(self, alert: Alert, pending: Sequence[tuple[NoticeItem, Delivery]]) -> None:
        by_id = {each.id: each for each in alert.destinations}
        gone = []
        for item, delivery in pending:
            if delivery.destination_id in by_id and alert.is_silenced(self._clock.wall()):
                self._held.append((item, delivery))
            elif delivery.destination_id in by_id:
                self.deliveries.add(by_id[delivery.destination_id], item, delivery)
            else:
                gone.append(replace(delivery, state="failed", said="the alert does not tell it any more"))
        if gone:
            await self._note(gone)

    def _item(self, alert: Alert, notice: Notice) -> NoticeItem:
        name, entries = "a service", tuple[bytes, ...]()
        with suppress(ServiceNotFound):
            channel = self._hub.channel(notice.service_id)
            name = channel.name
            if channel.epoch == notice.epoch:
                entries = tuple(filter(None, (channel.ring.entry(seq) for seq in notice.seqs)))
        return NoticeItem(alert, notice, name, entries, self._links.to(notice))

    async def _note(self, deliveries: Sequence[Delivery]) -> None:
        with suppress(Unavailable):  # the store has said so in the log
            await self._notices.note_deliveries(deliveries)


def _of(alert: Alert, delivery: Delivery) -> Destination | None:
    return next((each for each in alert.destinations if each.id == delivery.destination_id), None)
