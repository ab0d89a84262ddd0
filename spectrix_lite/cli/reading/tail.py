"""`tail`: watching a service without a browser."""

from __future__ import annotations

import asyncio
from functools import partial

import click

from ...core.config import Config
from ..settings import SERVER, takes
from ..terminal import quiet_stdout
from .options import Chosen, check_query, takes_filter, takes_server


@click.command("tail")
@click.argument("service")
@takes_filter
@click.option(
    "-n",
    "--backlog",
    type=click.IntRange(0, 10_000_000),
    default=100,
    metavar="N",
    help="Begin with the last N entries that fit.  [default 100]",
)
@click.option(
    "--since", metavar="TIME",
    help="Begin with all received then or later, of history too: 15m (ago), 14:05, 2026-11-28T14:05:00Z.",
)  # fmt: skip
@click.option("-m", "--metadata", is_flag=True, help="Show metadata below each entry.")
@click.option("--utc", is_flag=True, help="Show times in UTC instead of the local time zone.")
@click.option("--json", "as_json", is_flag=True, help="Print entries and gaps as NDJSON, as the server sends them.")
@takes_server
@takes(*SERVER)
def command(
    config: Config,
    service: str,
    levels: tuple[str, ...],
    sources: tuple[str, ...],
    query: str | None,
    backlog: int,
    since: str | None,
    metadata: bool,
    utc: bool,
    as_json: bool,
    server: str | None,
) -> None:
    """Watch SERVICE (a name or an id) in the terminal.

    Signs itself in through the database, or at --server by SPECTRIX_TOKEN; comes back by itself when the connection is
    lost or its session ends, and shows every gap. Ctrl-C stops it.
    """
    from ...access.sessions import DEFAULT_TTL
    from ...core.clock import SystemClock
    from ...core.timestamps import rfc3339
    from .connection import ByDatabase, ByToken, show, watch_by
    from .feed import Feed
    from .lines import JsonLines, TextLines
    from .reader import reading, remote
    from .since import show_since

    check_query(query)
    wanted = {"levels": list(levels), "sources": list(sources), "q": query}
    feed = Feed(backlog, {name: value for name, value in wanted.items() if value})
    now = rfc3339(SystemClock().wall())
    lines = JsonLines() if as_json else TextLines(utc=utc, metadata=metadata, now=now)
    elsewhere = remote(server)
    permission = ByDatabase(config, DEFAULT_TTL) if elsewhere is None else ByToken(elsewhere)
    chosen = Chosen(levels, sources, query, since)
    chosen.parameters()  # refuses a time that cannot be read

    async def run() -> None:
        if since is not None:
            async with reading(config, server) as reader:
                found = await reader.find(service)
                feed.cursor = await show_since(partial(reader.page, found), chosen, lines, show)
        await watch_by(permission, service, feed, lines)

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return
    except BrokenPipeError:  # the reader of the pipe has seen enough
        quiet_stdout()
