"""Feed of a watcher, without its socket: messages in, events out, and the cursor to go on after."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Raw

from ...stream.messages import Cursor, Expiring, Filtered, FilterProblem, Gap, Heartbeat, Watching


class Entries(msgspec.Struct, tag="entries"):
    """Entries as the server wrote them: what is only passed on keeps every digit."""

    through: int
    entries: list[Raw]


Event = Watching | Entries | Gap | Expiring | Heartbeat | Filtered | FilterProblem

_decode: Final = msgspec.json.Decoder(Event).decode


class _Seq(msgspec.Struct):
    seq: int


_seq: Final = msgspec.json.Decoder(_Seq).decode


class Feed:
    """Reads one service's stream over any number of connections; no entry comes out twice.

    `cursor` is what everything up to has been seen, None before anything has.
    """

    def __init__(self, backlog: int, filter_: dict[str, Any] | None = None) -> None:
        self.cursor: Cursor | None = None
        self._backlog = backlog
        self._filter = filter_
        self._epoch = ""

    def hello(self, token: str, service_id: str | None = None) -> str:
        """The first message of a connection; with a read token it names the service."""
        message: dict[str, Any] = {"type": "watch", "token": token, "backlog": self._backlog}
        if service_id is not None:
            message["service"] = service_id
        if self.cursor is not None:
            message["after"] = self.cursor
        if self._filter:
            message["filter"] = self._filter
        return msgspec.json.encode(message).decode()

    def read(self, text: str) -> Event | None:
        """The message as an event; None for one of a type that came after this version.

        Raises msgspec.MsgspecError where it is no message of the stream.
        """
        try:
            event: Event = _decode(text)
        except msgspec.ValidationError:
            if _is_unknown(text):
                return None
            raise
        if isinstance(event, Watching):
            self._begin(event)
        elif isinstance(event, Entries):
            event.entries = self._new(event.entries)
            self._seen(event.through)
        elif isinstance(event, Gap):
            # After a restart the new epoch follows from its beginning; after a reset, where nobody can know yet.
            self.cursor = None if event.reason == "reset" else Cursor(self._epoch, event.last or 0)
        elif isinstance(event, Heartbeat | Filtered):
            self._seen(event.through)
        return event

    def _begin(self, watching: Watching) -> None:
        self._epoch = watching.epoch
        nothing_follows = self._backlog == 0 or watching.head < watching.oldest
        if self.cursor is None and nothing_follows:
            self.cursor = Cursor(watching.epoch, watching.head)

    def _new(self, entries: list[Raw]) -> list[Raw]:
        if self.cursor is None or self.cursor.epoch != self._epoch:
            return entries
        seen = self.cursor.seq
        return [entry for entry in entries if _seq(entry).seq > seen]

    def _seen(self, through: int) -> None:
        self.cursor = Cursor(self._epoch, through)


def _is_unknown(text: str) -> bool:
    known = ("watching", "entries", "gap", "expiring", "heartbeat", "filtered", "error")
    try:
        decoded = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return isinstance(decoded, dict) and isinstance(decoded.get("type"), str) and decoded["type"] not in known
