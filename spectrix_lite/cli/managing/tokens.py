"""`tokens`: scripts' rights to read."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from ...core.config import Config
from ..settings import STORE, takes
from ..terminal import Style, table, visible

if TYPE_CHECKING:
    from ...access.authority import Authority
    from ...core.records import ReadToken


@click.group("tokens")
def command() -> None:
    """List, create and revoke read tokens."""


@command.command("list")
@takes(*STORE)
def list_(config: Config) -> None:
    """List all read tokens, oldest first."""
    from ..access import opened

    async def run() -> list[tuple[str, ...]]:
        async with opened(config) as authority:
            return [_row(authority, token) for token in authority.readers.tokens()]

    rows = asyncio.run(run())
    if rows:
        head = ("NAME", "ID", "TOKEN", "SERVICES", "CREATED", "LAST USED", "STATE")
        click.echo(table(head, rows, Style(sys.stdout)))
    else:
        click.echo("There are no read tokens yet: make one with `tokens create NAME`.", err=True)


def _row(authority: Authority, token: ReadToken) -> tuple[str, ...]:
    from ...core.clock import SystemClock
    from ...core.timestamps import rfc3339

    names = {service.id: service.name for service in authority.services()}
    reads = "all" if token.services is None else ", ".join(names[each] for each in token.services) or "none"
    state = f"until {rfc3339(token.expires_at)}"
    if token.revoked_at is not None:
        state = f"revoked {rfc3339(token.revoked_at)}"
    elif token.expires_at <= SystemClock().wall():
        state = f"ended {rfc3339(token.expires_at)}"
    used = "-" if token.last_used_at is None else rfc3339(token.last_used_at)
    return token.name, token.id, token.preview, reads, rfc3339(token.created_at), used, state


@command.command("create")
@click.argument("name")
@click.option(
    "-s", "--service", "services", multiple=True, metavar="SERVICE",
    help="Only for this service (a name or an id); may be given several times.  [default all, also later ones]",
)  # fmt: skip
@click.option("--days", type=click.IntRange(1, 365), default=30, metavar="N", help="When it ends.  [default 30]")
@takes(*STORE)
def create(config: Config, name: str, services: tuple[str, ...], days: int) -> None:
    """Create a read token, called NAME, and print it.

    It is shown only this once. It reads entries and nothing else; SPECTRIX_TOKEN hands it to the commands that read.
    """
    from ..access import find_service, opened

    async def run() -> str:
        async with opened(config) as authority:
            chosen = [find_service(authority, service).id for service in services]
            return (await authority.readers.create(name, chosen or None, days))[1]

    click.echo(asyncio.run(run()))
    if sys.stderr.isatty():
        click.echo(Style(sys.stderr).dim("\nThis read token is shown only now; it ends by itself."), err=True)


@command.command("revoke")
@click.argument("token")
@takes(*STORE)
def revoke(config: Config, token: str) -> None:
    """Revoke TOKEN (its id, preview or name).

    A running server refuses it within a second, and ends what it watches. This cannot be undone.
    """
    from ..access import opened

    async def run() -> str:
        async with opened(config) as authority:
            found = _find(authority, token)
            await authority.readers.revoke(found.id)
            return f"{found.name} ({found.preview})"

    click.echo(f"{visible(asyncio.run(run()))} is revoked.")


def _find(authority: Authority, wanted: str) -> ReadToken:
    """The one that is not revoked. Raises ClickException where not exactly one fits."""
    found = [
        token
        for token in authority.readers.tokens()
        if token.revoked_at is None and wanted in (token.id, token.preview, token.name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(token.id for token in found)
        raise click.ClickException(f"Several read tokens are called {wanted!r}; give an id: {ids}.")
    raise click.ClickException(f"There is no read token {wanted!r} that is not revoked; `tokens list` shows their ids.")
