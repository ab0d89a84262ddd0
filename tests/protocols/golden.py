"""Requests as real clients made them, and the entries that they mean: tests/golden/protocols, a file a protocol."""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.protocols import table
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.protocol import Call, Decoded, Protocol, Sent

FOLDER: Final = Path(__file__).parent.parent / "golden" / "protocols"
ARRIVED: Final = "2026-11-29T18:00:00.000Z"


class Case:
    """One captured request."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.client: str = kept["client"]
        self.method: str = kept["method"]
        self.path, _, query = kept["path"].partition("?")
        self.address: str = kept["path"]
        self.headers: dict[str, str] = kept["headers"]
        self.entries: list[dict[str, Any]] = kept.get("entries", [])
        self.rejected: int = kept.get("rejected", 0)
        body = kept["body"]
        self.body: bytes = body["text"].encode() if "text" in body else base64.b64decode(body["b64"])
        self._query = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)

    def __repr__(self) -> str:
        return self.client

    def protocol(self) -> tuple[Protocol, Sent]:
        """Whose address it came by, or, at the ordinary one, whose form its body has; and what it said."""
        kind = next((v for k, v in self.headers.items() if k.lower() == "content-type"), "")
        kind = kind.partition(";")[0].strip().lower()
        for protocol in table.PROTOCOLS:
            for call in protocol.calls:
                if call.method == self.method and (found := _pattern(call).fullmatch(self.path)):
                    return protocol, Sent(kind, found.groupdict(), self._query, self.headers)
        sent = Sent(kind, {}, self._query, self.headers)
        told = table.told(self.body, sent)
        assert told is not None, f"{self.client}: {self.path} is no protocol's"
        return told, sent


@lru_cache
def _pattern(call: Call) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(call.path)))


def decoded(case: Case, limits: Limits | None = None) -> Decoded:
    protocol, sent = case.protocol()
    return protocol.decode(case.body, sent, BatchBuilder(RecordReader(limits or Limits()), ARRIVED))


def decode(case: Case) -> list[dict[str, Any]]:
    """The entries of a request as a watcher gets them, but for their numbers."""
    return [json.loads(encode(entry)) for entry in decoded(case).batch.entries]


def cases(name: str = "*") -> list[Case]:
    """All that were captured, or those of one protocol."""
    files = sorted(FOLDER.glob(f"{name}.json"))
    return [Case(kept) for file in files for kept in json.loads(file.read_text("utf-8"))]
