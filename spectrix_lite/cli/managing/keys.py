"""`keys`: the stream keys of a service."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from ...core.config import Config
from ..settings import SERVER, STORE, takes
from ..terminal import Style, table, visible

if TYPE_CHECKING:
    from ...access.authority import Authority, Service, StreamKey


@click.group("keys")
def command() -> None:
    """List, create, switch and revoke stream keys."""


@command.command("list")
@click.argument("service", required=False)
@takes(*STORE)
def list_(config: Config, service: str | None) -> None:
    """List the stream keys of SERVICE (a name or an id), or of all."""
    from ..access import find_service, opened

    async def run() -> list[tuple[str, ...]]:
        async with opened(config) as authority:
            chosen = authority.services() if service is None else [find_service(authority, service)]
            return [row for each in chosen for row in await _rows(authority, each)]

    rows = asyncio.run(run())
    if rows:
        head = ("SERVICE", "NAME", "ID", "KEY", "CREATED", "LAST USED", "STATE")
        click.echo(table(head, rows, Style(sys.stdout)))
    else:
        click.echo("There are no stream keys yet: make one with `keys create SERVICE`.", err=True)


async def _rows(authority: Authority, service: Service) -> list[tuple[str, ...]]:
    from ...core.timestamps import rfc3339

    def at(time: int | None) -> str:
        return "-" if time is None else rfc3339(time)

    def state(key: StreamKey) -> str:
        if key.revoked_at is not None:
            return f"revoked {at(key.revoked_at)}"
        return "on" if key.enabled else "off"

    return [
        (service.name, key.name, key.id, key.preview, at(key.created_at), at(key.last_used_at), state(key))
        for key in await authority.stream_keys(service.id)
    ]


@command.command("create")
@click.argument("service")
@click.option("--name", default="Command line", metavar="NAME", help="What the key is for.  [default Command line]")
@click.option("--hook", is_flag=True, help="A key that may stand in an address: it only writes, within smaller bounds.")
@takes(*SERVER, "max_keys")
def create(config: Config, service: str, name: str, hook: bool) -> None:
    """Create a stream key for SERVICE (a name or an id) and print it.

    It is shown only this once. On a terminal a command to try it with is printed too.
    """
    from ..access import find_service, opened
    from ..address import curl, hook_curl, public_url

    async def run() -> tuple[str, str]:
        async with opened(config) as authority:
            found = find_service(authority, service)
            return found.name, (await authority.create_stream_key(found.id, name, "hook" if hook else "live"))[1]

    service_name, key = asyncio.run(run())
    click.echo(key)
    if sys.stderr.isatty():
        style = Style(sys.stderr)
        click.echo(style.dim(f"\nThis stream key of {visible(service_name)} is shown only now. To try it:\n"), err=True)
        command = (hook_curl if hook else curl)(public_url(config), key, "  ")
        click.echo(f"  {command}", err=True)


@command.command("revoke")
@click.argument("service")
@click.argument("key")
@takes(*STORE)
def revoke(config: Config, service: str, key: str) -> None:
    """Revoke KEY (its id, preview or name) of SERVICE (a name or an id).

    A running server refuses it within a second. This cannot be undone.
    """
    from ..access import find_key, find_service, opened

    async def run() -> str:
        async with opened(config) as authority:
            found = find_service(authority, service)
            wanted = await find_key(authority, found, key)
            await authority.revoke_stream_key(found.id, wanted.id)
            return f"{wanted.name} ({wanted.preview}) of {found.name}"

    click.echo(f"{visible(asyncio.run(run()))} is revoked.")


@command.command("off")
@click.argument("service")
@click.argument("key")
@takes(*STORE)
def off(config: Config, service: str, key: str) -> None:
    """Switch KEY (its id, preview or name) of SERVICE (a name or an id) off.

    A running server refuses it within a second, until it is on again.
    """
    _switch(config, service, key, enabled=False)


@command.command("on")
@click.argument("service")
@click.argument("key")
@takes(*STORE)
def on(config: Config, service: str, key: str) -> None:
    """Switch KEY (its id, preview or name) of SERVICE (a name or an id) on again."""
    _switch(config, service, key, enabled=True)


def _switch(config: Config, service: str, key: str, *, enabled: bool) -> None:
    from ..access import find_key, find_service, opened

    async def run() -> str:
        async with opened(config) as authority:
            found = find_service(authority, service)
            wanted = await find_key(authority, found, key)
            await authority.change_stream_key(found.id, wanted.id, enabled=enabled)
            return f"{wanted.name} ({wanted.preview}) of {found.name}"

    click.echo(f"{visible(asyncio.run(run()))} is {'on' if enabled else 'off'}.")
