"""Whatever comes by a protocol's address: it is read or refused, and what is taken of it, any browser can read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec

from spectrix_lite.core.errors import InvalidBody, InvalidJson, TooLarge
from spectrix_lite.entries.entry import Entry, IngestAnswer
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.protocol import Decoded, Outcome, Protocol, Sent
from spectrix_lite.protocols.streamed.fluent import MessageSplitter, take_message
from spectrix_lite.protocols.streamed.syslog import DRAIN
from spectrix_lite.protocols.table import PROTOCOLS

from .ingest_target import ARRIVED, LIMITS, check_batch

_BINARY: Final = ("application/x-protobuf", "application/msgpack")


def _decode_fluent(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    for message in MessageSplitter().feed(body):
        take_message(message, builder)
    return Decoded(builder.batch)


FORMS: Final[dict[str, tuple[Protocol, Sent]]] = {
    **{protocol.name: (protocol, Sent()) for protocol in PROTOCOLS if protocol.name != "msgpack"},
    **{f"{p.name} {kind}": (p, Sent(kind)) for p in PROTOCOLS for kind in _BINARY if p.is_binary(Sent(kind))},
    "fluent": (replace(DRAIN, name="fluent", decode=_decode_fluent), Sent()),
}
"""Each decoder with each of its forms, by the name that an input begins with, up to a NUL."""

_REASONS: Final = frozenset({(None, "not_a_record")})
_reader: Final = RecordReader(LIMITS)


def check(data: bytes) -> None:
    """Raises AssertionError where a promise is broken."""
    name, _, body = data.partition(b"\0")
    if (form := FORMS.get(name.decode("latin-1"))) is None:
        return
    protocol, sent = form
    read = _read(protocol, sent, body)
    if read is None:
        return
    batch = read.batch
    check_batch(batch, _REASONS)
    assert all(type(entry) is Entry for entry in batch.entries), "or it would not be redacted"
    assert read.dropped >= 0
    answer = IngestAnswer(len(batch.entries), len(batch.rejected), batch.rejected[:20])
    reply = protocol.reply(Outcome(answer, sent, protocol, read))
    assert reply.status == protocol.status
    if reply.kind == "application/json":
        msgspec.json.decode(reply.body)


def outcome(data: bytes) -> tuple[str, str]:
    """Which form an input has, and what became of it."""
    name, _, body = data.partition(b"\0")
    form = name.decode()
    read = _read(*FORMS[form], body)
    return form, "refused" if read is None else "rejected" if read.batch.rejected else "taken"


def _read(protocol: Protocol, sent: Sent, body: bytes) -> Decoded | None:
    try:
        return protocol.decode(body, sent, BatchBuilder(_reader, ARRIVED))
    except (InvalidBody, InvalidJson, TooLarge):
        return None
