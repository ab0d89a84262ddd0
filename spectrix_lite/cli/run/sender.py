"""The way to a server: a thread that sends what is in the outbox, again and again while the server is away.

Whoever puts records in never waits. Each batch has an `Idempotency-Key`, so that one whose answer was lost is not there
twice.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from ..address import INGEST
from ..output.records import Record
from .outbox import Outbox, OutgoingBatch

GATHER_SECONDS: Final = 0.05
"""Records are sent together with those that come within this time."""

TIMEOUT_SECONDS: Final = 10.0
FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 3.0
KEY_SECONDS: Final = 5.0
"""A key may be so new that the server does not know it yet: this long it is tried again."""

AWAY_SECONDS: Final = 1.0
"""How long the end waits for a server that was away already."""


class Sender:
    """Sends to the ingest API at `base` (scheme, host, port) with a stream key.

    `refused` is why nothing is sent any more, None where all is well; `unsent` what the end could not wait for.
    """

    def __init__(self, base: str, key: str, outbox: Outbox | None = None) -> None:
        parts = urlsplit(base)
        self._address = (parts.scheme, parts.hostname or "localhost", parts.port)
        self._path = parts.path.rstrip("/") + INGEST
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._outbox = outbox or Outbox()
        self._changed = threading.Condition()
        self._closing_at: float | None = None
        self._is_away = False
        self._began = time.monotonic()
        self._connection: http.client.HTTPConnection | None = None
        self.refused: str | None = None
        self.unsent = 0
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    @property
    def lost(self) -> int:
        """Records that did not fit."""
        return self._outbox.lost

    def start(self) -> None:
        self._thread.start()

    def put(self, records: Sequence[Record]) -> None:
        """Leaves records to be sent; never waits for the server."""
        if records and self.refused is None:
            with self._changed:
                self._outbox.put(records)
                self._changed.notify()

    def lose(self, count: int) -> None:
        """Counts lines that were never read."""
        with self._changed:
            self._outbox.lose(count)
            self._changed.notify()

    def close(self, seconds: float) -> None:
        """Waits until everything is sent, `seconds` at most, less where the server is away."""
        with self._changed:
            self._closing_at = time.monotonic() + (min(seconds, AWAY_SECONDS) if self._is_away else seconds)
            self._changed.notify()
        self._thread.join(seconds + 0.5)
        with self._changed:
            self.unsent += len(self._outbox)

    # In the thread

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            if not self._deliver(batch):
                self.unsent += batch.entries
                return

    def _next(self) -> OutgoingBatch | None:
        """The next batch, as soon as there is one; None at the end."""
        with self._changed:
            while self._outbox.is_empty:
                if self._closing_at is not None:
                    return None
                self._changed.wait()
            if self._closing_at is None:
                self._changed.wait(GATHER_SECONDS)
            return self._outbox.take()

    def _deliver(self, batch: OutgoingBatch) -> bool:
        """Whether to go on: the batch was taken, or will never be. False where the time at the end is over."""
        wait = FIRST_WAIT
        while True:
            pause = self._attempt(batch, wait)
            if pause is None:
                self._is_away = False
                return self.refused is None
            self._is_away = True
            if not self._rest(pause):
                return False
            wait = min(wait * 2, LONGEST_WAIT)

    def _rest(self, seconds: float) -> bool:
        with self._changed:
            end = time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                if self._closing_at is not None:
                    left = min(left, FIRST_WAIT)
                    end = min(end, time.monotonic() + left)
                self._changed.wait(left)
            return self._closing_at is None or time.monotonic() < self._closing_at

    def _attempt(self, batch: OutgoingBatch, wait: float) -> float | None:
        """Sends once. None where that was the last time, else the seconds until the next."""
        spread = wait * random.uniform(0.5, 1.0)  # noqa: S311  spreads load, hides nothing
        try:
            status, again = self._post(batch)
        except (OSError, http.client.HTTPException):
            self._hang_up()
            return spread
        if status < 300:
            return None
        if status in (401, 403) and time.monotonic() - self._began < KEY_SECONDS:
            return spread
        if status in (408, 421, 425, 429) or status >= 500:
            return max(spread, again)
        if status in (401, 403):
            self.refused = "the server does not take the key any more"
        elif status in (404, 405, 410) or status < 400:
            self.refused = f"what answers there is no Spectrix Lite ({status})"
        self.unsent += batch.entries
        return None

    def _post(self, batch: OutgoingBatch) -> tuple[int, float]:
        if self._connection is None:
            self._connection = self._connect()
        headers = self._headers | {"Idempotency-Key": batch.key}
        try:
            self._connection.request("POST", self._path, batch.body, headers)
            answer = self._connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            # Most often a connection that the server had closed meanwhile: a new one tells.
            self._hang_up()
            self._connection = self._connect()
            self._connection.request("POST", self._path, batch.body, headers)
            answer = self._connection.getresponse()
        answer.read()
        after = answer.getheader("Retry-After", "")
        return answer.status, min(float(after), 30.0) if after.isdecimal() else 0.0

    def _connect(self) -> http.client.HTTPConnection:
        scheme, host, port = self._address
        seconds = TIMEOUT_SECONDS
        if self._closing_at is not None:
            seconds = max(0.1, min(seconds, self._closing_at - time.monotonic()))
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=seconds)
        return http.client.HTTPConnection(host, port, timeout=seconds)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
