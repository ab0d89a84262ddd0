"""`password`: sets the operator's password, for whoever can write the database."""

from __future__ import annotations

import asyncio
import sys

import click

from ...core.config import Config
from ..settings import STORE, takes


@click.command("password")
@takes(*STORE)
def command(config: Config) -> None:
    """Set the operator's password.

    Asks for it, or reads the first line of standard input. Every sign-in and every operator session ends.
    """
    from ..access import opened

    async def run(password: str) -> None:
        async with opened(config, create=True) as authority:
            await authority.operator.reset_password(password)

    asyncio.run(run(_ask()))
    click.echo("The password is set; every sign-in and operator session has ended.")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("New password", hide_input=True, confirmation_prompt="Again", err=True)
    return password
