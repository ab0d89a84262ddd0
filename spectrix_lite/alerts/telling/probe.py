"""Probe: a marked notice to each destination of an alert, sent once and at once; it counts for nothing."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from ...core.alert_errors import AddressForbidden
from ...core.alert_records import Alert, Destination, Notice
from . import destinations
from .message import NoticeItem
from .webhook import Webhooks


class TriedDestination(NamedTuple):
    """What came of it at one destination: the answer's status, or what is wrong in a few words."""

    destination_id: str
    kind: str
    status: int | None
    said: str


async def probe(alert: Alert, webhooks: Webhooks, at: int, service: str, link: str = "") -> list[TriedDestination]:
    """`at` is in milliseconds since 1970; `service` is what the notice calls the service that it is about."""
    notice = Notice(0, alert.id, alert.service_id or "", "firing", at, None, 1, 0, "", ())
    item = NoticeItem(alert, notice, service, (), link, test=True)
    return list(await asyncio.gather(*(_try(each, item, webhooks) for each in alert.destinations)))


async def _try(destination: Destination, item: NoticeItem, webhooks: Webhooks) -> TriedDestination:
    try:
        outcome = await webhooks.post(destinations.request(destination, [item]))
    except AddressForbidden as refusal:
        return TriedDestination(destination.id, destination.kind, None, refusal.detail)
    said = "" if outcome.is_delivered else outcome.said or f"it answered {outcome.status}"
    return TriedDestination(destination.id, destination.kind, outcome.status, said)
