"""Records of alerts, as the database keeps them. Times are milliseconds since 1970 UTC, durations seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

WhenKind = Literal["count", "none", "firstSeen"]
NoticeKind = Literal["firing", "resolved"]
DeliveryState = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class When:
    """What a rule waits for: at least `count` matches `within` so many seconds, none within them, or a failure of a
    kind that its service never had before, for which both are 0.
    """

    kind: WhenKind
    count: int = 0
    within: int = 0


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an alert is told. `options` are those of its kind, secrets among them, and never shown as they are."""

    id: str
    kind: str
    options: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule over a query, and where it is told. `service_id` is None where it is judged for each service by itself.

    `view_id` names the view whose query it follows; `query` is then what that was when it was last saved. `told_at` is
    when its last notice was made.
    """

    id: str
    service_id: str | None
    view_id: str | None
    name: str
    query: str
    when: When
    cooldown: int
    resolved: bool
    destinations: tuple[Destination, ...]
    silenced_until: int | None
    told_at: int | None
    created_at: int

    def is_silenced(self, wall: int) -> bool:
        """Whether nothing of it is to be sent at that time."""
        return self.silenced_until is not None and self.silenced_until > wall


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is told: `count` matches of an alert in a service since `since`, the notice before this one.

    `seqs` are the first entries' in `epoch`; `missed` counts entries that were not judged as the rule was behind. `id`
    is 0 before it is kept.
    """

    id: int
    alert_id: str
    service_id: str
    kind: NoticeKind
    at: int
    since: int | None
    count: int
    missed: int
    epoch: str
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a notice at one destination: after `tries`, with the last answer's `status` if there was one.

    `said` is why it was not taken, in a few words.
    """

    notice_id: int
    destination_id: str
    state: DeliveryState = "pending"
    tries: int = 0
    due_at: int = 0
    status: int | None = None
    said: str = ""
