"""Schemas of the operator API: what its calls take and give. Times are RFC 3339 UTC with milliseconds."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from ...core.records import KeyKind
from ...core.timestamps import rfc3339
from ...entries.entry import LEVELS
from ...server.ingest.first_entries import FirstEntry
from ...server.json_body import Message
from ...stream.stats import Stats
from ..parameters import RANGE, Schema

# Requests. Fields that are not named here are ignored. What stands here for the document only is checked elsewhere, and
# has a code of its own.

_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_NAME = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_FILTER = {
    "properties": {
        "levels": {"type": ["array", "null"], "items": {"enum": list(LEVELS)}},
        "sources": {"type": ["array", "null"], "items": {"type": "string"}},
        "q": {"type": ["string", "null"], "maxLength": 1024},
    }
}


class LinkToken(Message):
    """The token of a one-time sign-in link."""

    token: Annotated[str, Meta(max_length=512)]


class LoginPassword(Message):
    """The operator's password."""

    password: Annotated[str, Meta(max_length=4096)]


class NewPassword(Message):
    """`current` is not needed while no password is set."""

    new: Annotated[str, Meta(extra_json_schema={"minLength": 8, "maxLength": 1024})]
    current: Annotated[str, Meta(max_length=4096)] | None = None


NameText = Annotated[str, Meta(extra_json_schema={"maxLength": 100, "pattern": _NAME})]


class Name(Message):
    """The name of a service."""

    name: NameText


class NewStreamKey(Message):
    """What to create: a `hook` key may stand in an address (`/in/HOOKKEY`), and is held to smaller bounds."""

    name: NameText
    kind: KeyKind = "live"


class StreamKeyChange(Message):
    """What to change of a stream key; what is left out stays.

    One that is not `active` is refused, as long as that is so.
    """

    name: NameText | None = None
    active: bool | None = None


QueryText = Annotated[str, Meta(extra_json_schema={"maxLength": 1024})]
_Columns = Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=50)]
_RangeText = Annotated[str, Meta(extra_json_schema={"pattern": f"^(?:{RANGE})$"})]


def _without(*names: str) -> Schema:
    return {"properties": {name: {"type": "null"} for name in names}}


class NewSession(Message):
    """What to open: `ttl` in seconds; a `share` outlives the sign-in that made it. It shows only what `filter`, as in
    the stream, lets through and what was received within `range`, which is as a view's and counts from now; the page
    begins with `columns`. `view` is the id of one whose query, columns and range as they are now stand for these.
    """

    ttl: Annotated[int, Meta(ge=1, le=7200)] = 900
    kind: Literal["operator", "share"] = "operator"
    filter: Annotated[dict[str, Any], Meta(extra_json_schema=_FILTER)] | None = None
    columns: _Columns | None = None
    range: _RangeText | None = None
    view: str | None = None

    rule: ClassVar[Schema] = {"anyOf": [_without("view"), _without("filter", "columns", "range")]}


class NewView(Message):
    """What to save: a query with its columns and its range, for one service by its id, or for all.

    `range` is such as `-1h` (s, m, h, d), or two RFC 3339 times with a slash between them; without the
    second it goes on.
    """

    name: NameText
    query: QueryText
    service: str | None = None
    columns: _Columns | None = None
    range: _RangeText | None = None


class ViewChange(Message):
    """What to change of a view; what is left out stays, null takes it away."""

    name: NameText | UnsetType = UNSET
    query: QueryText | UnsetType = UNSET
    service: str | UnsetType | None = UNSET
    columns: _Columns | UnsetType | None = UNSET
    range: _RangeText | UnsetType | None = UNSET


# Answers.


class Health(Message):
    """The process is up, or ready."""

    status: Literal["ok"] = "ok"


class Me(Message):
    """Whether the client is signed in. Never an error, so that a page can ask before it knows."""

    signed_in: bool
    password_set: bool
    version: str


class ServiceView(Message):
    """A service and what its stream is doing."""

    id: str
    name: str
    created_at: str
    stats: Stats


class ServiceList(Message):
    """All services, oldest first."""

    services: list[ServiceView]


class RefusedView(Message):
    """`requests` in a row, from `since` to `at`, of which nothing was taken: why of the last, a stable `code` and a
    sentence, and the beginning of what it brought, which is empty where nothing was read.
    """

    requests: int
    since: str
    at: str
    code: str
    detail: str
    sample: str


class FirstEntryView(Message):
    """The cursor of a sender's first entry since the server started, and when it came."""

    epoch: str
    seq: int
    at: str

    @classmethod
    def of(cls, first: FirstEntry | None) -> FirstEntryView | None:
        """As it is shown; None for none."""
        return None if first is None else cls(epoch=first.epoch, seq=first.seq, at=rfc3339(first.at))


class StreamKeyView(Message):
    """A stream key without its secret; `preview` shows its beginning and its end. `active`: neither off nor revoked.

    `first` is null until an entry came over it, since the server started. `refused` is null where something of its last
    request was taken, or none came since then. `dropped` counts what was understood since then and is no entry: spans
    that are no requests.
    """

    id: str
    name: str
    kind: KeyKind
    active: bool
    preview: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None
    first: FirstEntryView | None
    refused: RefusedView | None
    dropped: int


class StreamKeyList(Message):
    """All stream keys of a service, revoked ones too."""

    stream_keys: list[StreamKeyView]


class CreatedStreamKey(StreamKeyView):
    """A new stream key with `key`, the secret, which is never shown again."""

    key: str


class ListenerView(Message):
    """A listener besides the main one: its setting without the dashes, where it is, and for one without keys the id of
    its service.
    """

    setting: str
    host: str
    port: int
    service_id: str | None
    first: FirstEntryView | None


class RefusalView(Message):
    """So many requests of clients that want to send were answered alike. Of the last: when it came, who sent it, its
    content type, and why it was refused. `path` is a route's pattern, or an address that is none of ours.
    """

    method: str
    path: str
    status: int
    code: str
    detail: str
    kind: str
    peer: str
    requests: int
    at: str


class IntakeView(Message):
    """By which ways entries may come, and what was refused lately."""

    listeners: list[ListenerView]
    refusals: list[RefusalView]
    turned_away: dict[str, int]
    missing: list[str]


class NewReadToken(Message):
    """What to create: for the services with these ids, or for all there will be; its end, in days."""

    name: NameText
    services: Annotated[list[str], Meta(min_length=1)] | None = None
    days: Annotated[int, Meta(ge=1, le=365)] = 30


class ReadTokenView(Message):
    """A read token without its secret; `services` are ids, null stands for all."""

    id: str
    name: str
    preview: str
    services: list[str] | None
    created_at: str
    expires_at: str
    last_used_at: str | None
    revoked_at: str | None


class ReadTokenList(Message):
    """All read tokens, oldest first, also those that are over."""

    read_tokens: list[ReadTokenView]


class CreatedReadToken(ReadTokenView):
    """A new read token with `token`, the secret, which is never shown again."""

    token: str


class CreatedSession(Message):
    """A session and its token, which is never shown again. An operator's has `watchIdle`: so many seconds after
    somebody was last at it, a page goes on renewing its session (`--watch-idle`). A share ends when it ends.
    """

    id: str
    token: str
    kind: Literal["operator", "share"]
    expires_at: str
    watch_idle: int | UnsetType = UNSET


class SessionView(Message):
    """A live session; `watchers` counts its connected sockets."""

    id: str
    kind: Literal["operator", "share"]
    created_at: str
    expires_at: str
    watchers: int


class SessionList(Message):
    """The live sessions of a service."""

    sessions: list[SessionView]


class SavedView(Message):
    """A view. Without a `service` it is for every one."""

    id: str
    name: str
    service: str | None
    query: str
    columns: list[str] | None
    range: str | None
    created_at: str


class ViewList(Message):
    """All views, oldest first."""

    views: list[SavedView]
