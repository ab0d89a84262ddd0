"""`url`: a sign-in link for whoever can write the database."""

from __future__ import annotations

import asyncio

import click

from ...core.config import Config
from ..settings import SERVER, takes


@click.command("url")
@takes(*SERVER)
def command(config: Config) -> None:
    """Print a fresh one-time sign-in link.

    It works once, within 30 minutes.
    """
    from ..access import opened
    from ..address import public_url, sign_in_url

    async def run() -> str:
        async with opened(config, create=True) as authority:
            return sign_in_url(public_url(config), await authority.operator.new_link())

    click.echo(asyncio.run(run()))
