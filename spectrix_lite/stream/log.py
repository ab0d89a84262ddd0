"""Log: who gives the entries of a service their numbers, and may keep them: the seam between hub and history."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, cast, runtime_checkable

import msgspec

from ..entries.entry import Entry, IngestAnswer, NumberedEntry, encoded_runs


class RememberedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """What an `Idempotency-Key` was answered: digests of name and body, as `stream.idempotency` makes them."""

    key_id: str
    name: bytes
    body: bytes
    answer: IngestAnswer


class Log(Protocol):
    """One service's: an `ImmediateLog` or a `RemoteLog`."""

    @property
    def epoch(self) -> str:
        """Whose numbers they are: in one epoch none is given twice."""

    @property
    def head(self) -> int:
        """The last number given; 0 before the first."""

    @property
    def paused(self) -> int | None:
        """The first number that is not kept, while what comes is not kept though it should be."""

    def go_on(self, epoch: str, head: int) -> None:
        """Numbers what comes next behind `head` in `epoch`, where another process was."""


class ImmediateLog(Log, Protocol):
    """A log that gives numbers at once. The hub appends a batch at a time, and puts what it gets into the ring."""

    def append(
        self, entries: Sequence[Entry], received_at: str, answer: RememberedAnswer | None = None
    ) -> tuple[int, Iterable[tuple[bytes, int]]]:
        """(first seq, runs) of at least one entry: each gets its number and time; the runs are as `encoded_runs` says.

        `answer` is what a batch that ends with them is answered, where it must be remembered as long as they are.
        The batch is answered when this returns, and is taken whatever happens: nothing is raised.
        """


class Arriving(Protocol):
    """What a remote log was given, on its way: an `asyncio.Future`."""

    def __await__(self) -> Generator[Any, None, RememberedAnswer | None]:
        """Waits for `result`."""

    def add_done_callback(self, fn: Callable[[Any], object], /) -> None:
        """Calls `fn` with this, once it is known what came of it."""

    def result(self) -> RememberedAnswer | None:
        """See `RemoteLog.append_later`."""


@runtime_checkable
class RemoteLog(Log, Protocol):
    """A log whose numbers are given elsewhere, to several processes: what it takes arrives with everybody else's, at
    `Hub.arrive`.
    """

    def append_later(
        self, entries: Sequence[Entry], received_at: int, answer: RememberedAnswer | None = None
    ) -> Arriving:
        """Done once at least one entry is in the ring, `received_at` in ms since 1970 UTC, with None, or what was
        remembered under the name of `answer` before: then nothing is taken. Cancelled, it may be taken all the same.

        Raises NoQuorum where it cannot be taken, at once or by the future, and there where it is not known within a
        time. Not a coroutine: a task for each batch would cost more than the batch does.
        """

    async def forget(self, seqs: Sequence[int]) -> None:
        """Takes entries out of the rings, here and elsewhere, by their seqs in ascending order. Raises NoQuorum."""


class Arrival(NamedTuple):
    """Entries that came from a remote log, `first` and following; `levels` counts them, `totals` the epoch with them.

    `at` is when they were received, in ms since 1970 UTC; `is_live` is false for what was there before this process.
    """

    first: int
    runs: Iterable[tuple[bytes, int]]
    levels: tuple[int, int, int, int]
    totals: tuple[int, int, int, int]
    at: int
    answers: Sequence[RememberedAnswer]
    is_live: bool


class Logs(Protocol):
    """The logs of all services."""

    def open(self, service_id: str) -> ImmediateLog | RemoteLog:
        """The log of a service that has none yet, or whose was closed."""

    def close(self, service_id: str) -> None:
        """The service is deleted, and with it whatever its log has kept. Harmless where there is none."""


class LocalLog:
    """Counts, and keeps nothing."""

    __slots__ = ("epoch", "head")

    def __init__(self) -> None:
        self.epoch = new_epoch()
        self.head = 0

    @property
    def paused(self) -> None:
        """See `Log`: nothing is to be kept."""

    def go_on(self, epoch: str, head: int) -> None:
        """See `Log`."""
        self.epoch, self.head = epoch, head

    def append(
        self, entries: Sequence[Entry], received_at: str, answer: RememberedAnswer | None = None
    ) -> tuple[int, Iterable[tuple[bytes, int]]]:
        """See `ImmediateLog`."""
        return number(entries, self, received_at), encoded_runs(entries)


class LocalLogs:
    """One that counts for each service."""

    def open(self, service_id: str) -> LocalLog:
        """See `Logs`."""
        return LocalLog()

    def close(self, service_id: str) -> None:
        """Nothing was kept."""


def new_epoch() -> str:
    """The name of an unbroken numbering that begins now."""
    return secrets.token_urlsafe(9)


class Counter(Protocol):
    """A log that counts by itself."""

    head: int


def number(entries: Sequence[Entry], log: Counter, received_at: str) -> int:
    """Gives each entry its time and the number behind the log's head, which moves on; the first of them."""
    seq = first = log.head + 1
    for entry in entries:
        entry.seq = seq
        entry.received_at = received_at
        seq += 1
    log.head = seq - 1
    return first


def numbered(entries: Sequence[Entry]) -> Sequence[NumberedEntry]:
    """The same, of which each has got its number."""
    return cast("Sequence[NumberedEntry]", entries)
