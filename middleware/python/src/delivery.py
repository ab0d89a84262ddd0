"""Delivery of the backlog: one request at a time, again where that helps, and never faster than the server bears."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from typing import Callable, Optional, Protocol

from .backlog import Backlog, Batch, Dropped
from .post import Answer, Transport
from .retry import decide

TIMEOUT = 5.0  # seconds for one request
BETWEEN_WARNINGS = 60.0


class Clock(Protocol):
    """Where the time comes from."""

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""

    def wall(self) -> int:
        """Milliseconds since 1970."""


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> int:
        return time.time_ns() // 1_000_000


class Warnings:
    """Lines on stderr, at most one a minute: an outage must not flood the log of the app."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = float("-inf")

    def warn(self, what: str, *, now: bool = False) -> None:
        """Writes a line, unless one was written within the last minute; `now` writes it all the same."""
        time = self._clock.monotonic()
        if time < self._next and not now:
            return
        self._next = time + BETWEEN_WARNINGS
        if sys.stderr is not None:  # as under pythonw
            try:
                sys.stderr.write(f"spectrix: {what}\n")
                sys.stderr.flush()
            except (OSError, ValueError):
                return  # stderr is closed: there is nobody left to tell


class Delivery:
    """Sends what is in `backlog`. `step` does what is due; who calls it again and again is another matter."""

    def __init__(
        self, backlog: Backlog, *, url: str, shown: str, api_key: str, interval: float, clock: Clock,
        transport: Transport, jitter: Callable[[], float], notice: Callable[[Dropped], bytes], warnings: Warnings,
    ) -> None:  # fmt: skip
        self.lock = threading.Lock()  # whoever touches the backlog holds it
        self.backlog = backlog
        self._url = url
        self._shown = shown  # what is said of it on stderr
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "User-Agent": "spectrix-python",
        }
        self._interval = interval
        self._clock = clock
        self._transport = transport
        self._jitter = jitter
        self._notice = notice
        self._warnings = warnings
        self._one_at_a_time = threading.Lock()
        self._away: deque[Batch] = deque()  # more than one only where a batch was halved
        self._flush_at: Optional[float] = None  # when what waits is due
        self._drain_to = 0  # a flush goes on until the entries before this number are sent
        self._failures = 0  # in a row
        self._not_before = 0.0

    @property
    def waiting(self) -> int:
        """Entries that are not known to have arrived."""
        with self.lock:
            return len(self.backlog) + sum(len(batch.entries) for batch in self._away)

    def add(self, entry: bytes) -> bool:
        """Takes an entry in. Whether `step` now has something to do earlier than it last said."""
        with self.lock:
            was_full = self.backlog.fills_a_batch
            self.backlog.add(entry)
            if self._flush_at is None:
                self._flush_at = self._clock.monotonic() + self._interval
                return True
            return self.backlog.fills_a_batch and not was_full

    def hurry(self) -> None:
        """Makes everything that waits due at once, even if the server has asked for patience."""
        with self.lock:
            self._flush_at = self._not_before = self._clock.monotonic()
            self._drain_to = self.backlog.added

    def step(self, seconds: float = TIMEOUT) -> Optional[float]:
        """Sends at most one request, for at most `seconds`. The seconds until there is more to do; None: nothing is."""
        if not self._one_at_a_time.acquire(timeout=seconds):
            return seconds
        try:
            with self.lock:
                wait = self._wait()
                if wait is None or wait > 0:
                    return wait
                if not self._away:
                    self._away.append(self.backlog.take(self._notice))
                batch = self._away[0]
            self._send(batch, seconds)
            with self.lock:
                return self._wait()
        finally:
            self._one_at_a_time.release()

    def _wait(self) -> Optional[float]:
        now = self._clock.monotonic()
        if self._away:
            return max(0.0, self._not_before - now)
        if not self.backlog:
            self._flush_at = None
            return None
        due = self._flush_at if self._flush_at is not None else now
        if now >= due or self.backlog.fills_a_batch:
            self._drain_to = self.backlog.added
        if self.backlog.first < self._drain_to:
            due = now
        return max(0.0, due - now, self._not_before - now)

    def _send(self, batch: Batch, seconds: float) -> None:
        answer: Optional[Answer] = None
        try:
            answer = self._transport(self._url, {**self._headers, "Idempotency-Key": batch.key}, batch.body, seconds)
            cause = _refusal(answer)
        except Exception as problem:  # OSError and HTTPException, but nothing else must end the thread either
            cause = _cause(problem)
        verdict = decide(
            answer.status if answer else None, self._failures + 1, len(batch.entries),
            retry_after=answer.retry_after if answer else None, now=self._clock.wall(), random=self._jitter(),
        )  # fmt: skip
        with self.lock:
            if verdict.action == "retry":
                self._failures += 1
                self._not_before = self._clock.monotonic() + verdict.delay
            else:
                self._away.popleft()
                self._failures, self._not_before = 0, 0.0
                if verdict.action == "halve":
                    self._away.extendleft(reversed(batch.halves()))
                else:
                    self.backlog.settle(batch, refused=verdict.action == "drop")
                    self._flush_at = self._clock.monotonic() + self._interval if self.backlog else None
        if verdict.action == "retry":
            waiting, pause = self.waiting, verdict.delay
            self._warnings.warn(f"{self._shown}: {cause}; waiting entries: {waiting}, next try in {pause:.1f} s")
        elif verdict.action == "drop":
            self._warnings.warn(f"{self._shown}: {cause}; dropped entries: {len(batch.entries)}")
        elif verdict.action == "done" and answer:
            self._read_counts(batch, answer)

    def _read_counts(self, batch: Batch, answer: Answer) -> None:
        try:
            counts = json.loads(answer.body)
            rejected, errors = counts["rejected"], counts.get("errors") or []
        except (ValueError, TypeError, KeyError, AttributeError):
            self._warnings.warn(f"{self._shown} answered {answer.status} but not as Spectrix: is it the address?")
            return
        if rejected:
            reasons = sorted({_line(str(each.get("reason"))) for each in errors if isinstance(each, dict)})
            self._warnings.warn(f"{self._shown} rejected {rejected} of {len(batch.entries)}: {', '.join(reasons)}")


def _cause(problem: BaseException) -> str:
    """What went wrong, in a line: the class says little and an empty message nothing, so it is both."""
    return f"{type(problem).__name__}: {_line(str(problem)) or 'no reason given'}"


def _refusal(answer: Answer) -> str:
    """The status, and why: where a redirect leads, or what the problem document says."""
    if answer.location:
        return f"HTTP {answer.status}, a redirect to {_line(answer.location)}, which is not followed"
    try:
        detail = json.loads(answer.body)["detail"]
    except (ValueError, TypeError, KeyError):
        return f"HTTP {answer.status}"
    return f"HTTP {answer.status}, {_line(str(detail))}"


def _line(text: str) -> str:
    """`text` in one short line, with nothing in it that a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200].strip()
