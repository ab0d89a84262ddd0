"""`services`: what is being watched."""

from __future__ import annotations

import asyncio
import sys

import click

from ...core.config import Config
from ..settings import STORE, takes
from ..terminal import Style, table, visible


@click.group("services")
def command() -> None:
    """List, add, rename and remove services."""


@command.command("list")
@takes(*STORE)
def list_(config: Config) -> None:
    """List all services, oldest first."""
    from ...core.timestamps import rfc3339
    from ..access import opened

    async def run() -> list[tuple[str, str, str, str]]:
        async with opened(config) as authority:
            rows = []
            for service in authority.services():
                keys = [key for key in await authority.stream_keys(service.id) if key.revoked_at is None]
                rows.append((service.name, service.id, str(len(keys)), rfc3339(service.created_at)))
            return rows

    rows = asyncio.run(run())
    if rows:
        click.echo(table(("NAME", "ID", "KEYS", "CREATED"), rows, Style(sys.stdout)))
    else:
        click.echo("There are no services yet: make one with `services add NAME`.", err=True)


@command.command("add")
@click.argument("name")
@takes(*STORE, "max_services")
def add(config: Config, name: str) -> None:
    """Add the service NAME and print its id."""
    from ..access import opened

    async def run() -> str:
        async with opened(config, create=True) as authority:
            return (await authority.create_service(name)).id

    click.echo(asyncio.run(run()))


@command.command("rename")
@click.argument("service")
@click.argument("name")
@takes(*STORE)
def rename(config: Config, service: str, name: str) -> None:
    """Call SERVICE (a name or an id) NAME from now on."""
    from ..access import find_service, opened

    async def run() -> tuple[str, str]:
        async with opened(config) as authority:
            found = find_service(authority, service)
            return found.name, (await authority.rename_service(found.id, name)).name

    old, new = asyncio.run(run())
    click.echo(f"{visible(old)} is now called {visible(new)}.")


@command.command("remove")
@click.argument("service")
@click.option("--yes", is_flag=True, help="Do not ask.")
@takes(*STORE, "history_path")
def remove(config: Config, service: str, yes: bool) -> None:
    """Remove SERVICE (a name or an id), its stream keys and sessions.

    Asks for the name again, unless --yes is given.
    """
    from ..access import find_service, forget_entries, opened

    async def run() -> str:
        async with opened(config) as authority:
            found = find_service(authority, service)
            if not yes:
                asked = f"Its stream keys and sessions end with it. Type {visible(found.name)} to remove it"
                if await asyncio.to_thread(click.prompt, asked, err=True) != found.name:
                    raise click.ClickException("That is not its name; nothing was removed.")
            await authority.delete_service(found.id)
            await forget_entries(config, found.id)
            return found.name

    click.echo(f"{visible(asyncio.run(run()))} is removed.")
