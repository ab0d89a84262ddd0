"""What producers send: batches of entries like those of the seed's middleware, with a mark that is looked for."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

MARK: Final = b"^"  # one byte is what is found fastest; no entry has this one
MARK_SIZE: Final = 1 + 9 + 1 + 19 + 1
"""`^`, the number of the batch, `:`, the monotonic nanosecond it was sent in, `.`."""

_ROUTES: Final = (
    "/api/users",
    "/api/users/1042",
    "/api/orders?page=2&limit=25",
    "/api/orders/7781/items",
    "/api/auth/refresh",
    "/api/payments",
    "/health",
)
_METHODS: Final = ("GET", "GET", "GET", "POST", "PATCH", "DELETE")
_STATUSES: Final = (200, 200, 200, 200, 201, 204, 304, 400, 401, 404, 500, 502)
_AGENT: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
    "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
)
_BEGINNING: Final = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def mark(number: int, nanosecond: int) -> bytes:
    return b"^%09d:%019d." % (number, nanosecond)


def read_mark(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """(number, nanosecond) of the mark at `at`, all there if it is one: a byte of a frame's head may look like it."""
    if data[at + 10 : at + 11] != b":" or data[at + 30 : at + 31] != b".":
        return None
    return int(data[at + 1 : at + 10]), int(data[at + 11 : at + 30])


class Batch(NamedTuple):
    """A request's body around the mark, which is the last entry's message. Every request of it is equally long."""

    entries: list[dict[str, Any]]
    before: bytes
    after: bytes

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.before) + MARK_SIZE + len(self.after)


def batch(count: int, *, sources: Sequence[str] = ("node-app",), own_times: bool = False) -> Batch:
    """`count` entries, the same for the same arguments. With `own_times` no two have the same timestamp."""
    chance = random.Random(count)
    entries = [_entry(chance, sources, index if own_times else 0) for index in range(count)]
    entries[-1]["message"] = "@"
    before, after = json.dumps({"logs": entries}, separators=(",", ":")).encode().split(b'"@"')
    return Batch(entries, before + b'"', b'"' + after)


def _entry(chance: random.Random, sources: Sequence[str], tick: int) -> dict[str, Any]:
    method, route, status = chance.choice(_METHODS), chance.choice(_ROUTES), chance.choice(_STATUSES)
    moment = _BEGINNING + timedelta(milliseconds=7 * tick)
    return {
        "timestamp": moment.isoformat(timespec="milliseconds")[:23] + "Z",
        "source": chance.choice(sources),
        "level": "error" if status >= 500 else "warn" if status >= 400 else "info",
        "message": f"{method} {route}",
        "endpoint": route,
        "method": method,
        "statusCode": status,
        "metadata": {
            "duration": chance.randint(1, 900),
            "ip": f"::ffff:10.0.0.{chance.randint(1, 254)}",
            "userAgent": _AGENT,
        },
    }


Filter = dict[str, Any]
"""A filter as a watcher sends it: `levels`, `sources`, `q`."""

SOURCES: Final = ("node-app", "auth-api", "worker")
FILTERS: Final[tuple[Filter, ...]] = (
    {"levels": ["warn", "error"]},
    {"levels": ["warn"], "sources": ["node-app", "auth-api"]},
    {"sources": ["node-app"]},
    {"sources": ["auth-api"]},
    {"sources": ["worker"]},
    {"q": "orders"},
    {"q": "/api/USERS"},
    {"q": "::ffff:10.0.0.1"},
    {"levels": ["info"], "q": "get"},
    {"sources": ["node-app", "worker"], "q": "api/"},
)
"""Ten different ones, each of which lets through roughly a third of a batch from `SOURCES`."""


def matches(filter_: Filter, entry: dict[str, Any]) -> bool:
    """What the server should find, said once more in the plainest way."""
    texts = (*(str(entry[name]) for name in ("message", "endpoint", "method", "source")), json.dumps(entry["metadata"]))
    return (
        ("levels" not in filter_ or entry["level"] in filter_["levels"])
        and ("sources" not in filter_ or entry["source"] in filter_["sources"])
        and filter_.get("q", "").lower() in "\n".join(texts).lower()
    )


def let_through(filter_: Filter, sent: Batch) -> int:
    """How many entries of one batch the filter leaves."""
    return sum(matches(filter_, entry) for entry in sent.entries)
