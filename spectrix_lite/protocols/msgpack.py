"""Msgpack: an array of records, as Better Stack's clients send them; decoded to values, which become entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Raw

from ..core.errors import InvalidBody, TooLarge
from ..entries.entry import IngestAnswer
from .batch_builder import BatchBuilder
from .protocol import Call, Decoded, Outcome, Protocol, Reply, Sent, json_reply

KINDS: Final = ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack")

WHOLE: Final = 64 * 1024
"""Bytes of a body that are decoded in one call."""

LARGEST_RECORD: Final = 256 * 1024
"""Bytes of one record: what is larger is rejected, as no entry could hold it."""

_decode_all: Final = msgspec.msgpack.Decoder(list[dict[str, Any]]).decode
_decode_one: Final = msgspec.msgpack.Decoder(dict[str, Any]).decode
_decode_parts: Final = msgspec.msgpack.Decoder(list[Raw]).decode


def is_msgpack(sent: Sent) -> bool:
    """Whether the content type says so: nothing else does."""
    return sent.kind in KINDS


def decode(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """An array of maps, or one map. Raises InvalidBody, TooLarge."""
    _check_count(body, builder.limits.entries)
    if len(body) <= WHOLE:
        try:
            records = _decode_all(body)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            pass
        else:
            builder.values(records)
            return Decoded(builder.batch)
    for part in _parts(body):
        record = _record(part)
        if record is None:
            builder.reject(None, "not_a_record", b"")
        else:
            builder.values([record])
    return Decoded(builder.batch)


def _record(part: bytes) -> dict[str, Any] | None:
    if len(part) > LARGEST_RECORD:
        return None
    try:
        return _decode_one(part)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


def _check_count(body: bytes, most: int) -> None:
    """An array says how many elements it has, and a decoder believes it."""
    first = body[0] if body else 0
    size = {0xDC: 2, 0xDD: 4}.get(first, 0)
    if size and int.from_bytes(body[1 : 1 + size], "big") > min(most, len(body)):
        raise TooLarge(f"A request takes at most {most} entries; send smaller batches.")


def _parts(body: bytes) -> Iterator[bytes]:
    first = body[0] if body else 0
    if 0x80 <= first <= 0x8F or first in (0xDE, 0xDF):
        yield body
        return
    try:
        parts = _decode_parts(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise InvalidBody("The body is no msgpack array of records.") from None
    yield from map(bytes, parts)


def reply(outcome: Outcome) -> Reply:
    """202, with the counts of the ordinary answer."""
    return json_reply(202, outcome.answer)


MSGPACK: Final = Protocol(
    name="msgpack",
    title="Better Stack (Logtail), msgpack",
    clients="@logtail/node, @logtail/winston, @logtail/pino, logtail-python, whatever sends msgpack",
    form="msgpack; at its address also all that the ordinary one takes",
    calls=(Call("POST", "/", "ingest_at_root"),),
    decode=decode,
    reply=reply,
    bodies={"application/msgpack": {"description": "An array of maps, or one map."}},
    status=202,
    answer=IngestAnswer,
    is_binary=is_msgpack,
    by_body=True,
    notes="By its content type also at the ordinary address.",
)
