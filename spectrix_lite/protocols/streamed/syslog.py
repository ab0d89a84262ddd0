"""Syslog: messages out of a stream of bytes, be they counted, or ended by a line end or a NUL; and Heroku's drains."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import Raw

from ...entries import syslog
from ...entries.fields.values import Members
from ...entries.json_repair import valid_utf8
from ...entries.text_line import read_line
from ..batch_builder import BatchBuilder
from ..named import reply_counts
from ..protocol import Decoded, Protocol, Sent

LOGPLEX: Final = "application/logplex-1"

LONGEST: Final = 64 * 1024
"""Bytes of a message; what is longer is cut there, and its rest passed over."""

_COUNT: Final = re.compile(rb"([1-9][0-9]{0,8}) (?=<)")
_HALF_COUNT: Final = re.compile(rb"[1-9][0-9]{0,8} ?")
_LONGEST_COUNT: Final = 10
_BLANK: Final = re.compile(rb"[\n\r\0]+")
_END: Final = re.compile(rb"[\n\0]")
_NO_LEVEL: Final = "<40>"  # Heroku's own messages have this priority all of them
_DRAINED: Final = re.compile(r"(<[0-9]{1,3}>[0-9]{1,2} \S+ \S+ \S+ \S+ \S+) ", re.ASCII)


class SyslogFrames:
    """Cuts one connection's bytes into messages (RFC 6587, and NUL as Python's handler ends them)."""

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0  # what of it is done with
        self._skipping = 0  # bytes of a counted message that is too long
        self._passing = False  # over the rest of a line that is too long

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are complete."""
        self._rest = self._rest[self._at :] + data
        self._at = 0
        found = []
        while (message := self._next()) is not None:
            if message.strip(b" \t\r"):
                found.append(message)
        return found

    def end(self) -> list[bytes]:
        """What was not ended when the connection was."""
        rest, self._rest = self._rest[self._at :], b""
        self._at = 0
        if counted := _COUNT.match(rest):
            rest = rest[counted.end() :]
        return [rest] if rest.strip(b" \t\r\n\0") and not self._passing else []

    def _next(self) -> bytes | None:
        left = len(self._rest) - self._at
        if self._skipping:
            skipped = min(self._skipping, left)
            self._at += skipped
            self._skipping -= skipped
            return None if self._skipping else b""
        if not self._passing:
            if blank := _BLANK.match(self._rest, self._at):
                self._at = blank.end()
                return b""
            if counted := _COUNT.match(self._rest, self._at):
                return self._counted(int(counted[1]), counted.end())
            if left <= _LONGEST_COUNT and _HALF_COUNT.fullmatch(self._rest, self._at):
                return None
        end = _END.search(self._rest, self._at, self._at + LONGEST + 1)
        start = self._at
        if end is not None:
            self._at = end.end()
            passed, self._passing = self._passing, False
            return b"" if passed else self._rest[start : end.start()]
        if left <= LONGEST:
            return None
        self._at += LONGEST
        passed, self._passing = self._passing, True
        return b"" if passed else self._rest[start : self._at]

    def _counted(self, size: int, at: int) -> bytes | None:
        taken = min(size, LONGEST)
        if len(self._rest) - at < taken:
            return None
        self._at = at + taken
        self._skipping = size - taken
        return self._rest[at : self._at]


def take_message(message: bytes, builder: BatchBuilder) -> None:
    """One message as an entry; a text without a priority is a line like any other."""
    text = valid_utf8(message).decode().strip("\r\n\0")
    builder.record(_fields(read_line(text, builder.arrived)), text=message)


def _fields(record: dict[str, Any]) -> Members:
    return {
        name: value if isinstance(value, Raw) else Raw(msgspec.json.encode(value)) for name, value in record.items()
    }


def decode_drain(body: bytes, sent: Sent, builder: BatchBuilder) -> Decoded:
    """Counted messages of RFC 5424 without structured data, whose text may be a record of its own. Raises TooLarge."""
    frames = SyslogFrames()
    for at in range(0, len(body), LONGEST):
        for message in frames.feed(body[at : at + LONGEST]):
            _take_drained(message, builder)
    for message in frames.end():
        _take_drained(message, builder)
    return Decoded(builder.batch)


def _take_drained(message: bytes, builder: BatchBuilder) -> None:
    text = valid_utf8(message).decode().rstrip("\r\n\0")
    outer = syslog.read(_DRAINED.sub(r"\1 - ", text, count=1), builder.arrived)
    if outer is None:
        take_message(message, builder)
        return
    if text.startswith(_NO_LEVEL):
        outer["level"] = "info"
    inner = read_line(outer["message"], builder.arrived)
    if inner.get("message") == outer["message"]:  # nothing but a text
        builder.record(_fields(outer), text=message)
    else:
        del outer["message"]
        builder.record(_fields(inner), _fields(outer), text=message)


DRAIN: Final = Protocol(
    name="logplex",
    title="Heroku's log drains",
    clients="Heroku",
    form="syslog, counted",
    calls=(),
    decode=decode_drain,
    reply=reply_counts,
    bodies={},
    status=200,
    notes="At the ordinary address, by its content type `application/logplex-1`: "
    "`heroku drains:add https://x:KEY@HOST/api/v1/ingest/logs`.",
)
