"""Documents of the bucket, as JSON: which there are, under which key each lies, and what it holds.

They are cut so that each rule is a compare-and-set on one: whatever names must be unique in, is limited in, or ends by,
is one document. What follows from another document is not written but read off: a stream key of a service that is not
in `names` is none, an operator session whose sign-in has ended is over.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ...core.alert_records import Alert, Delivery, Notice
from ...core.records import Service, StoredReadToken, StoredSession, StoredSignIn, StreamKey, View

FORMAT: Final = 1
MOST_BYTES: Final = 900 * 1024
"""Of one document: a message of the engine takes 1 MiB, header included."""

NAMES: Final = "names"
OPERATOR: Final = "op"
TOKENS: Final = "tokens"
VIEWS: Final = "views"
ALERTS: Final = "alerts"
META: Final = "meta"
LEASE: Final = "lease"


class Document(msgspec.Struct, frozen=True):
    """Base of all: never changed, only replaced."""


class Meta(Document, frozen=True):
    """Which bucket it is: made once, with the key of what is remembered of kinds."""

    format: int
    id: str
    kind_key: bytes


class Names(Document, frozen=True):
    """All services by id, in order of creation, and when those that are gone were deleted."""

    services: dict[str, Service] = {}
    gone: dict[str, int] = {}


class KeptKey(msgspec.Struct, frozen=True):
    """A stream key with its tag and its argon2id hash."""

    shown: StreamKey
    tag: bytes
    hash: str


class Keys(Document, frozen=True):
    """A service's stream keys by id, in order of creation."""

    keys: dict[str, KeptKey] = {}


class OperatorDocument(Document, frozen=True):
    """The password's hash and the sign-ins by id.

    `ended` says when sign-ins were ended, as their operator sessions were; `changes` when the password was changed:
    how often is the generation that each session is made in, and an earlier one's operator sessions are over.
    """

    password: str | None = None
    sign_ins: dict[str, StoredSignIn] = {}
    ended: dict[str, int] = {}
    generation: int = 0
    changes: list[int] = []


class Link(Document, frozen=True):
    """A one-time link; whose it became is the sign-in's id."""

    created_at: int
    expires_at: int
    used_at: int | None = None


class KeptSession(Document, frozen=True):
    """A session, and the generation of the password that it was made in."""

    session: StoredSession
    generation: int


class Tokens(Document, frozen=True):
    """All read tokens by id, in order of creation."""

    tokens: dict[str, StoredReadToken] = {}


class Views(Document, frozen=True):
    """All views by id, in order of creation."""

    views: dict[str, View] = {}


class Alerts(Document, frozen=True):
    """All alerts by id, in order of creation; when each was told is in its notices."""

    alerts: dict[str, Alert] = {}


class Notices(Document, frozen=True):
    """An alert's newest notices, oldest first, with their deliveries; `fence` is who told last, see `lease`."""

    told_at: int | None = None
    fence: int = 0
    count: int = 0
    notices: list[Notice] = []
    deliveries: list[Delivery] = []


class States(Document, frozen=True):
    """What an alert has come to, by the service's id."""

    states: dict[str, dict[str, Any]] = {}


class KindsDocument(Document, frozen=True):
    """The digests of a service's kinds of failures, the first that was seen first."""

    digests: list[bytes] = []


class Uses(Document, frozen=True):
    """When keys and tokens were last used at one node, by id."""

    keys: dict[str, int] = {}
    tokens: dict[str, int] = {}


class NodeDocument(Document, frozen=True):
    """A node that runs: `beat_at` is its own clock's reading when it wrote this, milliseconds since 1970."""

    version: str
    started_at: int
    beat_at: int


class Lease(Document, frozen=True):
    """Which node's instance judges the alerts; None where it has given that up."""

    holder: str | None = None


_SINGLE: Final[dict[str, type[Document]]] = {
    NAMES: Names,
    OPERATOR: OperatorDocument,
    TOKENS: Tokens,
    VIEWS: Views,
    ALERTS: Alerts,
    META: Meta,
    LEASE: Lease,
}
_OF_MANY: Final[dict[str, type[Document]]] = {
    "svc": Keys,
    "link": Link,
    "ses": KeptSession,
    "notices": Notices,
    "state": States,
    "kinds": KindsDocument,
    "uses": Uses,
    "node": NodeDocument,
}
ACCESS: Final = frozenset((NAMES, OPERATOR, TOKENS, "svc", "ses"))
"""What `read_all` is made of; that keys were used is no change."""
RULES: Final = frozenset((ALERTS, VIEWS, NAMES, "notices"))
"""What alerts are made of, and when they were told."""


def noun(key: str) -> str:
    """`svc` of `svc.<id>`, and `names` of `names`."""
    return key.partition(".")[0]


def document_type(key: str) -> type[Document] | None:
    """What lies under a key; None where it is not ours, or a later version's."""
    return _SINGLE.get(key) or _OF_MANY.get(noun(key))


def encode(document: Document) -> bytes:
    """The JSON that is kept."""
    return msgspec.json.encode(document)


def decode(key: str, content: bytes) -> Document | None:
    """The document of a key; None where it is not ours. Raises msgspec.ValidationError or DecodeError."""
    found = document_type(key)
    return None if found is None else msgspec.json.decode(content, type=found)


def service_key(service_id: str) -> str:
    """Of a service's stream keys."""
    return f"svc.{service_id}"


def link_key(token_hash: bytes) -> str:
    """Of a link."""
    return f"link.{token_hash.hex()}"


def session_key(session_id: str) -> str:
    """Of a session."""
    return f"ses.{session_id}"
