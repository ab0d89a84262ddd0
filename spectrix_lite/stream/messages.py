"""Messages of the stream, both ways, and the WebSocket frame around ours (RFC 6455, section 5.2)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

MAX_CLIENT_MESSAGE: Final = 4096
MAX_ENTRIES_BYTES: Final = 256 * 1024
"""Bytes of entries after which a message ends; one run may go past it. Keeps every message far below 1 MiB."""

GapReason = Literal["overrun", "restart", "reset", "removed"]


class Cursor(msgspec.Struct, frozen=True):
    """Everything up to `seq` of `epoch` has been seen."""

    epoch: str
    seq: int


class ServiceName(msgspec.Struct, frozen=True):
    """The service that is watched."""

    id: str
    name: str


class Shown(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}, omit_defaults=True):
    """What a session is shown with: columns in their order, and the times that it holds, from `start` on and before
    `end`. None: as the page stands, and no bound.
    """

    columns: list[str] | None = None
    start: str | None = None
    end: str | None = None


class Watching(msgspec.Struct, rename="camel", tag="watching"):
    """The first message. An empty ring has oldest = head + 1. `view` is there where the session was made with one."""

    session_id: str
    kind: str
    service: ServiceName
    expires_at: str
    time: str
    epoch: str
    oldest: int
    head: int
    resumed: bool
    view: Shown | UnsetType = UNSET


class Gap(msgspec.Struct, tag="gap", rename={"first": "from", "last": "to"}):
    """Entries the watcher can no longer get: inclusive; `last` and `count` are null where nobody can know."""

    first: int
    last: int | None
    count: int | None
    reason: GapReason


class Expiring(msgspec.Struct, rename="camel", tag="expiring"):
    """The session ends in `seconds`, at `expires_at`."""

    expires_at: str
    seconds: int


class Heartbeat(msgspec.Struct, tag="heartbeat"):
    """Where the watcher and the ring stand, as seqs, at `time` (RFC 3339)."""

    through: int
    head: int
    time: str


class Filtered(msgspec.Struct, tag="filtered"):
    """The filter asked for holds after `through`: what was left out up to there, the former one left out."""

    through: int


class FilterProblem(msgspec.Struct, tag="error", rename={"start": "from", "end": "to"}):
    """What is wrong with a filter; of a query that cannot be read also the place in it, in characters."""

    code: str
    detail: str
    start: int | UnsetType = UNSET
    end: int | UnsetType = UNSET


class Watch(msgspec.Struct, tag="watch"):
    """The first message of a client. `service` is needed with a read token, and passed over with a session's. It,
    `after` and `filter` are read later: garbage in them has answers of its own.
    """

    token: str
    after: Any = None
    backlog: int | None = None
    filter: Any = None
    service: Any = None


class SetFilter(msgspec.Struct, tag="filter"):
    """Another filter from here on; None for none."""

    filter: Any = None


_decode = msgspec.json.Decoder(Watch | SetFilter).decode

_encode = msgspec.json.Encoder().encode


def encode_message(content: Watching | Gap | Expiring | Heartbeat | Filtered | FilterProblem) -> bytes:
    """One message as the frame that carries it."""
    return frame(_encode(content))


def decode_message(text: str) -> Watch | SetFilter:
    """Reads one message of a client. Raises msgspec.MsgspecError, or RecursionError for a deep one."""
    decoded: Watch | SetFilter = _decode(text)
    return decoded


def entries(through: int, runs: Sequence[bytes]) -> bytes:
    """The `entries` message around runs of encoded entries, as the frame that carries it: put together in one copy."""
    head = b'{"type":"entries","through":%d,"entries":[' % through
    size = len(head) + sum(map(len, runs)) + max(0, len(runs) - 1) + 2
    return b"".join((_frame_head(size), head, b",".join(runs) if len(runs) > 1 else runs[0], b"]}"))


def frame(payload: bytes) -> bytes:
    """An unmasked, final text frame."""
    return _frame_head(len(payload)) + payload


def payload(framed: bytes) -> memoryview:
    """What stands in a frame that `frame` or `entries` has made."""
    return memoryview(framed)[{126: 4, 127: 10}.get(framed[1], 2) :]


def _frame_head(size: int) -> bytes:
    if size < 126:
        return b"\x81%c" % size
    if size < 65536:
        return b"\x81\x7e" + struct.pack("!H", size)
    return b"\x81\x7f" + struct.pack("!Q", size)


def read_cursor(value: Any) -> Cursor | None:
    """The cursor in decoded JSON, or None for what is none."""
    try:
        cursor = msgspec.convert(value, Cursor)
    except msgspec.ValidationError:
        return None
    return cursor if cursor.seq >= 0 else None
