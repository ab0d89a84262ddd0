"""From chunks of bytes to records, in a thread of its own, so that whoever copies the bytes never waits for it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from ...core.timestamps import rfc3339
from ..output.capture import Capture
from ..output.records import Record, plain
from .sender import Sender

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of chunks that nobody has read yet; the lines of what does not fit are counted."""

MOST_JOINED: Final = 256 * 1024
GATHER_SECONDS: Final = 0.02
QUIET_SECONDS: Final = 0.2
"""After this long without output, no further line of a trace is waited for."""

PARTIAL_SECONDS: Final = 1.0
DRAWING_SECONDS: Final = 10.0
"""After this long without output, a line that has not ended is taken as it is; a progress bar is given longer."""


class _Missing:
    """A place where chunks of a stream did not fit: how many lines ended in them."""

    def __init__(self) -> None:
        self.lines = 0


_Chunks = deque[tuple[str, bytes | _Missing, float]]


class Collector:
    """Takes the chunks of stdout and stderr, and leaves their records with the sender."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._captures: dict[str, Capture] = {}
        self._chunks: _Chunks = deque()
        self._bytes = 0
        self._missing: dict[str, _Missing | None] = {}  # None: of what was missing, nothing is to be read yet
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="collector", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def feed(self, stream: str, chunk: bytes) -> None:
        """Takes a chunk; never waits."""
        with self._changed:
            was_empty = not self._chunks
            if self._bytes + len(chunk) > MOST_BYTES:
                self._leave_out(stream, chunk)
            elif stream not in self._missing or (chunk := self._after_line(stream, chunk)):
                self._chunks.append((stream, chunk, time.time()))
                self._bytes += len(chunk)
            if was_empty:
                self._changed.notify()

    def _leave_out(self, stream: str, chunk: bytes) -> None:
        self._miss(stream, chunk.count(b"\n"))

    def _after_line(self, stream: str, chunk: bytes) -> bytes:
        """What of the first chunk after those left out begins with a line of its own; empty where nothing does."""
        end = chunk.find(b"\n")
        if end >= 0:
            self._miss(stream, 1)
            del self._missing[stream]
        return chunk[end + 1 :] if end >= 0 else b""

    def _miss(self, stream: str, lines: int) -> None:
        missing = self._missing.get(stream)
        if missing is None:
            missing = self._missing[stream] = _Missing()
            self._chunks.append((stream, missing, time.time()))
        missing.lines += lines

    def close(self, seconds: float) -> None:
        """Reads what is there to its end, lines that have not ended too; `seconds` at most."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join(seconds)

    # In the thread

    def _run(self) -> None:
        quiet_since = time.monotonic()
        while True:
            with self._changed:
                if not self._chunks and not self._is_closing:
                    self._changed.wait(self._patience(time.monotonic() - quiet_since))
                has_chunks = bool(self._chunks)
                is_closing = self._is_closing
            if has_chunks:
                if not is_closing:
                    time.sleep(GATHER_SECONDS)
                self._read_all()
                quiet_since = time.monotonic()
            elif is_closing:
                self._flush(partial=True)
                return
            else:
                self._pass_time(time.monotonic() - quiet_since)

    def _patience(self, quiet: float) -> float | None:
        """Seconds until something is to be done without a chunk; None where nothing is."""
        waiting = [capture for capture in self._captures.values() if capture.is_waiting]
        moments = [QUIET_SECONDS, *(DRAWING_SECONDS if each.is_drawing else PARTIAL_SECONDS for each in waiting)]
        return min((moment - quiet for moment in moments if moment > quiet), default=None)

    def _pass_time(self, quiet: float) -> None:
        at = rfc3339(int(time.time() * 1000))
        if quiet >= QUIET_SECONDS:
            self._flush(partial=False)
        for capture in self._captures.values():
            if capture.is_waiting and quiet >= (DRAWING_SECONDS if capture.is_drawing else PARTIAL_SECONDS):
                self._sender.put(capture.flush_partial(at) + capture.flush())

    def _flush(self, *, partial: bool) -> None:
        at = rfc3339(int(time.time() * 1000))
        for capture in self._captures.values():
            if partial:
                self._sender.put(capture.flush_partial(at))
            self._sender.put(capture.flush())

    def _read_all(self) -> None:
        with self._changed:
            chunks, self._chunks = self._chunks, deque()
            self._bytes = 0
            self._missing = dict.fromkeys(self._missing)  # what is still to be counted is counted behind this
        for stream, chunk, wall in _joined(chunks):
            if isinstance(chunk, _Missing):
                if (capture := self._captures.get(stream)) is not None:
                    capture.tear()
                    self._sender.put(capture.flush())
                self._sender.lose(chunk.lines)
            else:
                self._sender.put(self._read(stream, chunk, rfc3339(int(wall * 1000))))
        for capture in self._captures.values():
            self._sender.put(capture.settle())

    def _read(self, stream: str, chunk: bytes, at: str) -> list[Record]:
        capture = self._captures.get(stream)
        if capture is None:
            capture = self._captures[stream] = Capture(stream)
        try:
            return capture.feed(chunk, at)
        except Exception as fault:  # a fault of ours must not cost what the program says next
            del self._captures[stream]
            what = f"{len(chunk):,} bytes of output could not be read: {type(fault).__name__}: {fault}"
            return [plain(what, stream, at) | {"level": "error"}]


def _joined(chunks: _Chunks) -> Iterator[tuple[str, bytes | _Missing, float]]:
    """Chunks of one stream that follow each other, as one."""
    parts: list[bytes] = []
    size = 0
    of, since = "", 0.0
    for stream, chunk, wall in chunks:
        if parts and (isinstance(chunk, _Missing) or of != stream or size > MOST_JOINED):
            yield of, b"".join(parts), since
            parts, size = [], 0
        if isinstance(chunk, _Missing):
            yield stream, chunk, wall
            continue
        if not parts:
            of, since = stream, wall
        parts.append(chunk)
        size += len(chunk)
    if parts:
        yield of, b"".join(parts), since
