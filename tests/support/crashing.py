"""Processes that are killed in the middle of their work: `python -m tests.support.crashing write|migrate PATH`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from spectrix_lite.storage.schema import MIGRATIONS, Migration
from spectrix_lite.storage.store import Store

from .authorities import desk

ROOT = Path(__file__).parent.parent.parent


class Deadly(tuple[str, ...]):
    """Statements behind which the process is gone."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        os.kill(os.getpid(), signal.SIGKILL)


def next_step(statements: tuple[str, ...]) -> tuple[Migration, ...]:
    """The schema as a later version might extend it."""
    return (*MIGRATIONS, Migration(len(MIGRATIONS) + 1, "a later version's", statements))


async def write(path: Path) -> None:
    """Creates services and keys for as long as it lives; a line for each that was answered."""
    async with desk(path) as here:
        while True:
            name = f"service {len(here.authority.services())}"
            service = await here.authority.create_service(name)
            key, _ = await here.authority.create_stream_key(service.id, name)
            print(service.id, key.id, flush=True)


async def migrate(path: Path) -> None:
    """Dies inside the migration, with a change made and not committed."""
    statements = Deadly(("ALTER TABLE services ADD COLUMN colour TEXT", "UPDATE services SET colour = 'red'"))
    await Store.open(path, migrations=next_step(cast(tuple[str, ...], statements)))


async def start(what: str, path: Path) -> asyncio.subprocess.Process:
    """Runs one of the above in a process of its own, its lines to be read from `stdout`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.crashing", what, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


if __name__ == "__main__":
    asyncio.run({"write": write, "migrate": migrate}[sys.argv[1]](Path(sys.argv[2])))
