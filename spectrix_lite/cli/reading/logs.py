"""`logs`: a service's entries, once: it ends."""

from __future__ import annotations

import asyncio
import sys

import click

from ...core.config import Config
from ..settings import SERVER, takes
from .options import Chosen, check_query, takes_filter, takes_format, takes_range, takes_server


@click.command("logs")
@click.argument("service")
@takes_filter
@takes_range
@click.option(
    "-n", "--limit", type=click.IntRange(1, 10_000), default=100, metavar="N",
    help="The newest N; behind --after the first N.  [default 100]",
)  # fmt: skip
@takes_format
@click.option("--fail", is_flag=True, help="Exit with 1 where something matches.")
@takes_server
@takes(*SERVER)
def command(
    config: Config,
    service: str,
    levels: tuple[str, ...],
    sources: tuple[str, ...],
    query: str | None,
    since: str | None,
    until: str | None,
    after: str | None,
    view: str | None,
    limit: int,
    form: str,
    fail: bool,
    server: str | None,
) -> None:
    """Print entries of SERVICE (a name or an id), oldest first, and end.

    An entry a line. The cursor to go on after is told on standard error, with what was lost before. Exit status: 0, 1
    with --fail where something matches, 2 where the server could not be asked.
    """
    from ...core.clock import SystemClock
    from ...core.timestamps import rfc3339
    from ..terminal import Style, quiet_stdout, visible
    from .fence import fenced
    from .lines import ColumnLines, JsonLines, Lines, TextLines
    from .pages import Found, look
    from .reader import reading

    check_query(query)
    chosen = Chosen(levels, sources, query, since, until, view, after)

    async def run() -> tuple[Found, str]:
        async with reading(config, server) as reader:
            found = await reader.find(service)
            return await look(reader, found, chosen, limit), found.name

    found, name = asyncio.run(run())
    plain = Style(sys.stdout)
    if form == "md":
        plain.colours = False
    lines: Lines = (
        JsonLines()
        if form == "json"
        else ColumnLines(found.columns, utc=form == "md", style=plain)
        if found.columns
        else TextLines(utc=form == "md", metadata=form == "md", now=rfc3339(SystemClock().wall()), style=plain)
    )
    text = "\n".join(lines.entries(found.entries))
    try:
        if form == "md":
            count = f"{len(found.entries)} {'entry' if len(found.entries) == 1 else 'entries'}"
            print(f"{count}, {found.lost_text}. Cursor: `{found.through}`\n\n{fenced(text)}")
        elif text:
            print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        quiet_stdout()
    if form != "md":
        told = f"---- {visible(name)}: {found.lost_text}; go on with --after {found.through} ----"
        print(Style(sys.stderr).dim(told), file=sys.stderr)
    if fail and found.entries:
        raise click.exceptions.Exit(1)
