"""`demo`: something to look at before the first application is connected."""

from __future__ import annotations

import asyncio

import click

from ...core.config import Config
from ..settings import SERVER, takes


@click.command("demo")
@click.option(
    "--rate", type=click.FloatRange(0.1, 5000), default=12, metavar="N", help="Entries a second.  [default 12]"
)
@click.option("--seconds", type=click.FloatRange(0.1), metavar="N", help="Stop after so long; else on Ctrl-C.")
@click.option("--service", default="Demo", metavar="NAME", help="Where to; made if missing.  [default Demo]")
@takes(*SERVER)
def command(config: Config, rate: float, seconds: float | None, service: str) -> None:
    """Send lively traffic of a made-up shop to the running server.

    Its stream key is made for this run and revoked in the end.
    """
    from .sender import send

    try:
        asyncio.run(send(config, service, rate=rate, seconds=seconds))
    except KeyboardInterrupt:
        return
