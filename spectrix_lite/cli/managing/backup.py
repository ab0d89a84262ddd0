"""`backup`: a copy of the live database. Copying the file would leave out what is still in its write-ahead log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from ...core.config import Config
from ..settings import STORE, takes


@click.command("backup")
@click.argument("path", type=click.Path())
@click.option("--history", "with_history", is_flag=True, help="Copy what --history keeps as well, to PATH.history.")
@takes(*STORE, "history_path")
def command(config: Config, path: str, with_history: bool) -> None:
    """Copy the database to PATH, beside a running server.

    PATH must not exist. Copying the file by other means would lose what was written last. The copy holds the secrets
    of where alerts are told, as the database does.
    """
    from ...storage.store import Store
    from ..access import must_exist

    async def run() -> bool:
        must_exist(config)
        store = await Store.open(config.db)
        try:
            await store.backup(path)
            return any(alert.destinations for alert in await store.alerts.all())
        finally:
            await store.close()

    secrets = asyncio.run(run())
    click.echo(f"{config.db} is copied to {path}.")
    if with_history:
        from ...history.backup import copy_history
        from ..access import history_path

        click.echo(f"{copy_history(history_path(config), Path(path))} is its history.")
    if secrets:
        click.echo("It holds the secrets of where alerts are told: keep it as safe as the database itself.", err=True)
