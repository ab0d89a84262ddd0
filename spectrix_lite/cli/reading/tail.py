"""`tail`: watching a service without a browser."""

from __future__ import annotations

import asyncio

import click

from ...core.config import Config
from ..settings import SERVER, takes
from ..terminal import pointed_at, quiet_stdout

LEVELS = ("error", "warn", "info", "debug")


@click.command("tail")
@click.argument("service")
@click.option(
    "-l",
    "--level",
    "levels",
    multiple=True,
    type=click.Choice(LEVELS),
    metavar="LEVEL",
    help="Only error, warn, info or debug; may be given several times.",
)
@click.option("-s", "--source", "sources", multiple=True, metavar="SOURCE", help="Only this source; likewise.")
@click.option(
    "-q",
    "--query",
    metavar="QUERY",
    help="Only what the query matches, such as 'level:error status>=500 -path:/healthz'; docs/query.md tells more.",
)
@click.option(
    "-n",
    "--backlog",
    type=click.IntRange(0, 10_000_000),
    default=100,
    metavar="N",
    help="Begin with the last N entries that fit.  [default 100]",
)
@click.option("-m", "--metadata", is_flag=True, help="Show metadata below each entry.")
@click.option("--utc", is_flag=True, help="Show times in UTC instead of the local time zone.")
@click.option("--json", "as_json", is_flag=True, help="Print entries and gaps as NDJSON, as the server sends them.")
@takes(*SERVER)
def command(
    config: Config,
    service: str,
    levels: tuple[str, ...],
    sources: tuple[str, ...],
    query: str | None,
    backlog: int,
    metadata: bool,
    utc: bool,
    as_json: bool,
) -> None:
    """Watch SERVICE (a name or an id) in the terminal.

    Signs itself in through the database, comes back by itself when the connection is lost or its session ends, and
    shows every gap. Ctrl-C stops it.
    """
    from ...core.clock import SystemClock
    from ...core.timestamps import rfc3339
    from ...query.error import InvalidQuery
    from ...query.parser import parse_query
    from .connection import watch
    from .feed import Feed
    from .lines import JsonLines, TextLines

    try:
        parse_query(query or "")
    except InvalidQuery as error:
        assert query is not None
        raise click.UsageError(f"{error.detail}\n{pointed_at(query, error.start, error.end)}") from None
    wanted = {"levels": list(levels), "sources": list(sources), "q": query}
    feed = Feed(backlog, {name: value for name, value in wanted.items() if value})
    now = rfc3339(SystemClock().wall())
    lines = JsonLines() if as_json else TextLines(utc=utc, metadata=metadata, now=now)
    try:
        asyncio.run(watch(config, service, feed, lines))
    except KeyboardInterrupt:
        return
    except BrokenPipeError:  # the reader of the pipe has seen enough
        quiet_stdout()
