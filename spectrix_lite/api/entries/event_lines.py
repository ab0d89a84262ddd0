"""Event lines: a subscriber's frames as NDJSON, or as server-sent events that resume by their ids.

NDJSON        an entry a line; a gap, and the end, are lines whose `type` says so; a heartbeat is an empty line
server-sent   an entry is a `message` with `id: epoch.seq`; `gap` and `end` are events of their own; a heartbeat, and
              what a filter left out, is an id alone, which moves where a client resumes and calls nobody
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import msgspec
from msgspec import Raw

from ...stream.messages import Filtered, FilterProblem, Gap, Heartbeat, payload

Form = Literal["ndjson", "sse"]
CONTENT_TYPES: Final[dict[Form, str]] = {"ndjson": "application/x-ndjson", "sse": "text/event-stream"}
RETRY_MILLISECONDS: Final = 1000
"""How long an EventSource waits before it comes back."""


class _Entries(msgspec.Struct, tag="entries"):
    through: int
    entries: list[Raw]


class _Seq(msgspec.Struct):
    seq: int


class End(msgspec.Struct, tag="end"):
    """Nothing more comes: a close code of the stream and a few words."""

    code: int
    reason: str


_frame: Final = msgspec.json.Decoder(_Entries | Gap | Heartbeat | Filtered | FilterProblem).decode
_seq: Final = msgspec.json.Decoder(_Seq).decode
_encode: Final = msgspec.json.Encoder().encode


def opening(form: Form) -> bytes:
    """What stands first."""
    return b"retry: %d\n\n" % RETRY_MILLISECONDS if form == "sse" else b""


@lru_cache(maxsize=8)  # all who follow one service are given the same frames
def lines(form: Form, epoch: str, frame: bytes) -> bytes:
    """What a subscriber of `epoch` has given, as lines."""
    message = _frame(payload(frame))
    if isinstance(message, Gap):
        # Behind a restart the new epoch follows from its beginning; behind a reset nobody knows yet.
        at = None if message.reason == "reset" else message.last or message.first - 1
        return _event(form, "gap", _encode(message), epoch, at)
    if not isinstance(message, _Entries):
        return b""  # of what a client asks on a socket
    entries = [_one_line(entry) for entry in message.entries]
    if form == "ndjson":
        return b"".join([entry + b"\n" for entry in entries])
    start = f"id: {epoch}.".encode()
    seqs = [_seq(entry).seq for entry in entries]
    parts = [b"%b%d\ndata: %b\n\n" % (start, seq, entry) for seq, entry in zip(seqs, entries, strict=True)]
    if not seqs or seqs[-1] < message.through:
        parts.append(b"%b%d\n\n" % (start, message.through))
    return b"".join(parts)


def heartbeat(form: Form, epoch: str, through: int) -> bytes:
    """What says that somebody is there, and of server-sent events up to where."""
    return f": heartbeat\nid: {epoch}.{through}\n\n".encode() if form == "sse" else b"\n"


def end(form: Form, code: int, reason: str) -> bytes:
    """The last line."""
    return _event(form, "end", _encode(End(code, reason)), "", None)


def _event(form: Form, name: str, content: bytes, epoch: str, at: int | None) -> bytes:
    if form == "ndjson":
        return content + b"\n"
    id_ = b"" if at is None else f"id: {epoch}.{at}\n".encode()
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), id_, content)


def one_line(entry: bytes) -> bytes:
    """An entry on one line: metadata may have come with line ends between its members."""
    if b"\n" in entry or b"\r" in entry:
        return msgspec.json.format(entry, indent=-1)
    return entry


def _one_line(entry: Raw) -> bytes:
    return one_line(bytes(entry))
