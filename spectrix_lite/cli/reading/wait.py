"""`wait`: until a service logs something that matches."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ...core.config import Config
from ..settings import SERVER, takes
from .options import Chosen, check_query, takes_filter, takes_server

if TYPE_CHECKING:
    from .pages import Found
    from .reader import FoundService, ServerReader

NOT_IN_TIME = 1


@click.command("wait")
@click.argument("service")
@takes_filter
@click.option("--after", metavar="CURSOR", help="Begin behind this cursor, not with what comes from now on.")
@click.option("--timeout", type=click.FloatRange(0, 86_400), default=60.0, metavar="SECONDS", help="[default 60]")
@click.option("--json", "as_json", is_flag=True, help="Print the entry as JSON.")
@takes_server
@takes(*SERVER)
def command(
    config: Config,
    service: str,
    levels: tuple[str, ...],
    sources: tuple[str, ...],
    query: str | None,
    after: str | None,
    timeout: float,
    as_json: bool,
    server: str | None,
) -> None:
    """Wait until SERVICE (a name or an id) logs what matches; print it.

    Comes back by itself when the connection is lost, and misses nothing meanwhile. The cursor to go on after is told on
    standard error, with what was lost. Exit status: 0 found, 1 not in time, 2 the server could not be asked.
    """
    from ...core.clock import SystemClock
    from ...core.timestamps import rfc3339
    from ..terminal import Style, visible
    from .lines import JsonLines, Lines, TextLines
    from .pages import Found
    from .reader import reading

    check_query(query)
    parameters = Chosen(levels, sources, query, after=after).parameters()
    now = rfc3339(SystemClock().wall())
    lines: Lines = JsonLines() if as_json else TextLines(utc=False, metadata=True, now=now)

    async def run() -> tuple[Found, str]:
        found = Found()
        async with reading(config, server) as reader:
            named = await reader.find(service)
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await first(reader, named, parameters, found)
        return found, named.name

    found, name = asyncio.run(run())
    if found.entries:
        click.echo("\n".join(lines.entries(found.entries)))
    if found.through:
        told = f"---- {visible(name)}: {found.lost_text}; go on with --after {found.through} ----"
        click.echo(Style(sys.stderr).dim(told), err=True)
    if not found.entries:
        raise click.exceptions.Exit(NOT_IN_TIME)


async def first(
    reader: ServerReader, service: FoundService, parameters: dict[str, object], found: Found, pause: float = 0.5
) -> None:
    """Puts the first entry that matches into `found`, however often the connection is lost. Until then, and where the
    caller waits no longer, `found` has the cursor to go on after, behind which nothing has matched, and what was lost.

    Raises CannotAsk where it cannot be asked at all.
    """
    from msgspec import Raw

    from ...entries.entry import seq_of
    from .pages import gap_of
    from .reader import CURSOR, Unreachable

    asked = {"limit": "0", **parameters}
    is_connected = False
    while True:
        try:
            async with reader.follow(service, asked) as answer:
                is_connected = True
                asked["after"] = found.through = answer.headers[CURSOR]
                found.lost = found.lost and 0  # it is told again what is missing behind that
                async for line in answer.content:
                    if line.startswith(b'{"seq"'):
                        found.entries = [Raw(line)]
                        found.through = f"{found.through.rpartition('.')[0]}.{seq_of(line)}"
                        return
                    if line.startswith(b'{"type":"gap"'):
                        found.miss(gap_of(line))
        except Unreachable:
            if not is_connected:
                raise
        await asyncio.sleep(pause)
