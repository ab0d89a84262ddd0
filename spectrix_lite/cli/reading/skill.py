"""`skill`: the guide for agents."""

from __future__ import annotations

import click

from ...core.guide import GUIDE


@click.command("skill")
def command() -> None:
    """Print a guide for agents that have a shell, of at most 2.8 KiB."""
    click.echo(GUIDE, nl=False)
