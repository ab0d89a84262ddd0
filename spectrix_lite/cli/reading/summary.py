"""`summary`: what there is since a cursor, condensed."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from ...core.config import Config
from ..settings import SERVER, takes
from .options import Chosen, check_query, takes_filter, takes_format, takes_range, takes_server


@click.command("summary")
@click.argument("service")
@takes_filter
@takes_range
@takes_format
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
    form: str,
    server: str | None,
) -> None:
    """Condense what SERVICE (a name or an id) has logged: errors by kind, routes, levels, and what was lost.

    At most 24 KiB. Each answer names the cursor to go on after, so that the next one tells only what is new.
    Exit status: 0, or 2 where the server could not be asked.
    """
    import msgspec

    from ..terminal import Style, visible_json
    from .condense import as_markdown, as_text
    from .reader import reading

    check_query(query)
    chosen = Chosen(levels, sources, query, since, until, view, after)

    async def run() -> tuple[dict[str, Any], str]:
        async with reading(config, server) as reader:
            found = await reader.find(service)
            parameters = chosen.parameters(await reader.view(view, found))
            return await reader.get(f"/services/{found.id}/summary", parameters), found.name

    found, name = asyncio.run(run())
    if form == "json":
        click.echo(visible_json(msgspec.json.encode(found).decode()))
    elif form == "md":
        click.echo(as_markdown(found, name, since=after is not None))
    else:
        click.echo(as_text(found, name, Style(sys.stdout), since=after is not None))
