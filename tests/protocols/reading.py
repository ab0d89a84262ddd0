"""Reading a body by one protocol, and what came of it."""

from __future__ import annotations

import json
from typing import Any

from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.protocol import Decoded, Protocol, Sent

from .golden import ARRIVED


def decoded(protocol: Protocol, body: bytes | Any, sent: Sent | None = None, limits: Limits | None = None) -> Decoded:
    """Of a body as bytes, or of the JSON of any other value."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return protocol.decode(body, sent or Sent(), BatchBuilder(RecordReader(limits or Limits()), ARRIVED))


def shown(read: Decoded) -> list[dict[str, Any]]:
    """The entries as a watcher gets them, but for their numbers."""
    return [json.loads(encode(entry)) for entry in read.batch.entries]


def reasons(read: Decoded) -> list[tuple[int, str]]:
    return [(each.index, each.reason) for each in read.batch.rejected]
