"""`forget`: takes out what should never have been logged."""

from __future__ import annotations

import asyncio
import sys

import click

from ...core.config import Config
from ..reading.options import check_query, read_moment
from ..settings import SERVER, takes
from ..terminal import visible


@click.command("forget")
@click.argument("service")
@click.option("--before", metavar="TIME", help="What was received before: 15m (ago), 14:05, 2026-11-28T14:05:00Z.")
@click.option("-q", "--query", metavar="QUERY", help="What the query matches (docs/query.md).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@takes(*SERVER)
def command(config: Config, service: str, before: str | None, query: str | None, yes: bool) -> None:
    """Take entries of SERVICE (a name or an id) out of the running server.

    All of them, or those of --before and --query: out of ring buffer and history; watchers are told so. Asks first,
    unless --yes is given. Backups keep what they hold.
    """
    check_query(query)
    until, term = (None, "") if before is None else read_moment("--before", before, "<")
    wanted = " ".join([each for each in (term, f"({query})" if query and query.strip() else "") if each])
    if not yes:
        _confirm(service, before, query)
    removed, name = asyncio.run(_forget(config, service, until, wanted or None))
    click.echo(f"{removed:,} {'entry is' if removed == 1 else 'entries are'} taken out of {visible(name)}.")


def _confirm(service: str, before: str | None, query: str | None) -> None:
    """Raises UsageError where there is nobody to ask, and ClickException where the answer is no."""
    chosen = "".join(
        f" {word} {visible(value)}" for word, value in (("received before", before), ("that match", query)) if value
    )
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on: say --yes.")
    asked = f"{'The' if chosen else 'All'} entries of {visible(service)}{chosen} go, for good. Take them out?"
    if not click.confirm(asked, err=True):
        raise click.ClickException("Nothing was taken out.")


async def _forget(config: Config, service: str, until: str | None, query: str | None) -> tuple[int, str]:
    """(how many, of which service). Raises CannotAsk."""
    from ..address import local_url
    from ..reading.reader import Unreachable, reading

    try:
        async with reading(config, None) as reader:
            found = await reader.find(service)
            return await reader.forget(found, until, query), found.name
    except Unreachable as problem:
        if problem.code:
            raise
        where = f"There is no server at {local_url(config)}"
        raise Unreachable(f"{where}: start it, or name its --port; only a running one takes entries out.") from None
