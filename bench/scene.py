"""Where a case plays: a server with a service, its key and a session; and what running load against it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from .load import Source
from .operator_api import Operator
from .processes import PROGRAM, Failure, Measured, spectrix
from .watchers import Audience


class Service(NamedTuple):
    """One of the server's: a stream key and a session's token."""

    key: str
    token: str


@dataclass(frozen=True)
class Scene:
    """A running server and its operator."""

    process: Measured
    operator: Operator

    @property
    def port(self) -> int:
        return self.process.port

    def service(self, name: str = "Production API") -> Service:
        made = self.operator.service(name)
        return Service(self.operator.key(made), self.operator.token(made))


@contextmanager
def scene(program: Sequence[str] = PROGRAM, flags: Sequence[str] = (), where: Sequence[str] = ()) -> Iterator[Scene]:
    """A new server; `program` is what Python is told to run, `flags` are further ones of `serve`, and `where` of all
    commands.
    """
    with spectrix(program, (*flags, *where)) as (process, database):
        operator = Operator(process, database, where)
        try:
            yield Scene(process, operator)
        finally:
            operator.close()


class Side(NamedTuple):
    """One of two that are compared: the process that works, what it gets, who watches."""

    process: Measured
    source: Source
    audience: Audience | None = None


@dataclass(frozen=True)
class Spent:
    """What a run took: CPU seconds of the process until the last watcher had all, wall seconds of sending."""

    batches: int
    entries: int
    cpu: float
    wall: float

    @property
    def entries_per_cpu_second(self) -> float:
        return self.entries / self.cpu

    @property
    def cpu_per_entry(self) -> float:
        """Microseconds."""
        return 1e6 * self.cpu / self.entries


async def spend(side: Side, seconds: float, rate: float = 0.0) -> Spent:
    """Sends for so long, `rate` batches a second; 0 is as fast as they are answered.

    Raises Failure where nothing was sent, or the process had no turn of the core: it was too short.
    """
    sent, cpu = side.source.sent, side.process.cpu()
    wall = await side.source.run(seconds, rate)
    if side.audience is not None:
        await side.audience.settle()
    batches, used = side.source.sent - sent, side.process.cpu() - cpu
    if not batches or not used:
        raise Failure(f"nothing was taken in {seconds:g} s: others have the core, or it is too short")
    return Spent(batches, batches * len(side.source.batch), used, wall)


async def take_turns(sides: Sequence[Side], seconds: float, rounds: int = 5, rate: float = 0.0) -> list[list[Spent]]:
    """For each side what its turns took, `seconds` in all. In turns, for what else the machine does comes and goes."""
    turns = [[await spend(side, seconds / rounds, rate) for side in sides] for _ in range(rounds)]
    return [list(column) for column in zip(*turns, strict=True)]
