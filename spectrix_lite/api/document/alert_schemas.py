"""Schemas of alerts: what their calls take and give."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from ...server.json_body import Message
from ..parameters import Schema
from .schemas import NameText, QueryText

LEAST_AND_MOST = {"none": (60, 86_400), "count": (1, 100_000), "within": (10, 3_600)}
"""Of the whole numbers in `when`."""

_WHOLE = {name: {"type": "integer", "minimum": a, "maximum": b} for name, (a, b) in LEAST_AND_MOST.items()}
_WHEN = {
    "anyOf": [
        {"properties": properties, "required": list(properties), "additionalProperties": False}
        for properties in (
            {"firstSeen": {"const": True}},
            {"none": _WHOLE["none"]},
            {"count": _WHOLE["count"], "within": _WHOLE["within"]},
        )
    ]
}
_URL = {"type": "string", "pattern": "^https?://[!-~]{1,1900}$"}
_HEADERS = {
    "type": "object",
    "description": "At most ten, and none that every request has of itself.",
    "maxProperties": 10,
    "propertyNames": {"pattern": "^X-[A-Za-z0-9-]{1,90}$"},
    "additionalProperties": {"type": "string", "pattern": "^[ -~]{0,1000}$"},
}
_TOPIC = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
_TOKEN = {"type": "string", "pattern": "^[!-~]{1,200}$"}
_BOT = {"type": "string", "pattern": "^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$"}
_CHAT = {"type": "string", "pattern": "^-?[0-9]{1,20}$"}


def _kind(names: list[str], optional: Schema = MappingProxyType({}), **required: Schema) -> dict[str, Any]:
    properties = {"kind": {"enum": names}, **required, **optional}
    return {"properties": properties, "required": ["kind", *required]}


_KINDS = [
    _kind(["json"], {"headers": _HEADERS}, url=_URL),
    _kind(["slack", "discord"], url=_URL),
    _kind(["ntfy"], {"token": _TOKEN}, url=_URL, topic=_TOPIC),
    _kind(["telegram"], token=_BOT, chatId=_CHAT),
]
_KEPT = {"properties": {"id": {"type": "string"}}, "required": ["id", "kind"]}

When = Annotated[dict[str, Any], Meta(extra_json_schema=_WHEN)]
_MOST = Meta(extra_json_schema={"maxItems": 10})
Destinations = Annotated[list[Annotated[dict[str, Any], Meta(extra_json_schema={"anyOf": _KINDS})]], _MOST]
KeptDestinations = Annotated[
    list[Annotated[dict[str, Any], Meta(extra_json_schema={"anyOf": [*_KINDS, _KEPT]})]], _MOST
]
_Cooldown = Annotated[int, Meta(ge=0, le=86_400)]


class NewAlert(Message):
    """What to watch for, and whom to tell. `when` is `{count, within}`, `{none}` or `{firstSeen: true}`, in seconds.

    Without a `service` each is judged by itself. With a `view` its query is followed, whatever `query` says. `cooldown`
    is in seconds, 300 by default, of `firstSeen` 0; `resolved` says whether it is told that it is over.
    """

    name: NameText
    when: When
    destinations: Destinations
    query: QueryText = ""
    view: str | None = None
    service: str | None = None
    cooldown: _Cooldown | None = None
    resolved: bool = False


class AlertChange(Message):
    """What to change of an alert; what is left out stays, null takes it away. `silencedUntil` is RFC 3339.

    A destination with the `id` of one that is there keeps what is left out of it, its secrets too.
    """

    name: NameText | UnsetType = UNSET
    when: When | UnsetType = UNSET
    destinations: KeptDestinations | UnsetType = UNSET
    query: QueryText | UnsetType = UNSET
    view: str | UnsetType | None = UNSET
    service: str | UnsetType | None = UNSET
    cooldown: _Cooldown | UnsetType = UNSET
    resolved: bool | UnsetType = UNSET
    silenced_until: Annotated[str, Meta(extra_json_schema={"format": "date-time"})] | UnsetType | None = UNSET


class DryRun(Message):
    """A rule that is not saved."""

    when: When
    query: QueryText
    service: str | None = None
    cooldown: _Cooldown = 0


class DeliveryView(Message):
    """What became of a notice at one destination: `state` after `tries`, the last of which was answered `status`;
    `said` is why it was not taken, in a few words.
    """

    destination: str
    state: Literal["pending", "delivered", "failed"]
    tries: int
    status: int | None
    said: str


class NoticeView(Message):
    """A notice: `count` matches in a service since `since`; `missed` entries were not looked at: the rule was behind.

    `link` leads to the first entry, for as long as it is kept.
    """

    service: str
    kind: Literal["firing", "resolved"]
    at: str
    since: str | None
    count: int
    missed: int
    link: str
    deliveries: list[DeliveryView]


class AlertView(Message):
    """An alert without its secrets. `state`: `firing` in one of its services, or `ok`.

    `behind` counts the entries that it has not looked at since its last notice, `failures` the deliveries that failed
    of its last 100 notices; `trouble` says of each destination whose last try failed why.
    """

    id: str
    name: str
    service: str | None
    view: str | None
    query: str
    when: dict[str, Any]
    cooldown: int
    resolved: bool
    silenced_until: str | None
    destinations: list[dict[str, Any]]
    created_at: str
    state: Literal["ok", "firing"]
    behind: int
    last_notice: NoticeView | None
    failures: int
    trouble: dict[str, str]


class AlertList(Message):
    """All alerts, oldest first."""

    alerts: list[AlertView]


class NoticeList(Message):
    """An alert's last 100 notices, newest first."""

    notices: list[NoticeView]


class TestedDestination(Message):
    """What came of a test at one destination: delivered, or why not."""

    destination: str
    delivered: bool
    status: int | None
    said: str


class TestedAlert(Message):
    """A test of each destination."""

    results: list[TestedDestination]


class FiringView(Message):
    """A notice that would have gone out: when, and of how many matches."""

    at: str
    count: int


class Firings(Message):
    """What a rule would have told, oldest first, of so many entries; the first came at `since`, null without any."""

    firings: list[FiringView]
    since: str | None
    entries: int
