"""`wait`: until a service logs something that matches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from ...core.config import Config
from ..settings import SERVER, takes
from .options import Chosen, check_query, takes_filter, takes_server

if TYPE_CHECKING:
    from msgspec import Raw

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

    Comes back by itself when the connection is lost, and misses nothing meanwhile. Exit status: 0 found, 1 not in time,
    2 the server could not be asked.
    """
    from ...core.clock import SystemClock
    from ...core.timestamps import rfc3339
    from .lines import JsonLines, Lines, TextLines
    from .reader import reading

    check_query(query)
    parameters = Chosen(levels, sources, query, after=after).parameters()
    now = rfc3339(SystemClock().wall())
    lines: Lines = JsonLines() if as_json else TextLines(utc=False, metadata=True, now=now)

    async def run() -> list[str] | None:
        async with reading(config, server) as reader:
            found = await reader.find(service)
            try:
                async with asyncio.timeout(timeout):
                    entry = await first(reader, found, parameters)
            except TimeoutError:
                return None
            return lines.entries([entry])

    printed = asyncio.run(run())
    if printed is None:
        raise click.exceptions.Exit(NOT_IN_TIME)
    click.echo("\n".join(printed))


async def first(reader: ServerReader, service: FoundService, parameters: dict[str, object], pause: float = 0.5) -> Raw:
    """The first entry that matches, however often the connection is lost. Raises CannotAsk where it cannot be asked at
    all.
    """
    from msgspec import Raw

    from .reader import CURSOR, Unreachable

    asked = {"limit": "0", **parameters}
    is_connected = False
    while True:
        try:
            async with reader.follow(service, asked) as answer:
                is_connected = True
                asked["after"] = answer.headers[CURSOR]
                async for line in answer.content:
                    if line.startswith(b'{"seq"'):
                        return Raw(line)
        except Unreachable:
            if not is_connected:
                raise
        await asyncio.sleep(pause)
