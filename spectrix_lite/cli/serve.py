"""`serve`: the server itself."""

from __future__ import annotations

import click

from ..core.config import Config
from .settings import ALL, takes


@click.command(
    "serve",
    epilog="SPECTRIX_ADMIN_PASSWORD sets the operator's password where none is set. "
    "Sizes are bytes, or with a unit: 512KiB, 16MiB.",
)
@takes(*ALL)
def command(config: Config) -> None:
    """Serve dashboard, ingest and stream (the default).

    Stops on Ctrl-C or SIGTERM within 5 seconds, with every accepted request answered.
    """
    from .server import run

    run(config)
