"""`backup`: a copy of the live database. Copying the file would leave out what is still in its write-ahead log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from ...core.config import Config
from ...core.errors import StartupError
from ...storage.interfaces import AnyStore
from ..settings import STORE, takes


@click.command("backup")
@click.argument("path", type=click.Path())
@click.option("--history", "with_history", is_flag=True, help="Copy what --history keeps as well, to PATH.history.")
@takes(*STORE, "history_path")
def command(config: Config, path: str, with_history: bool) -> None:
    """Copy the database to PATH, beside a running server; of a cluster what it keeps, as a database.

    PATH must not exist. Copying the file by other means would lose what was written last. The copy holds the secrets
    of where alerts are told, as the database does.
    """
    from ...storage.store import Store
    from ..access import must_exist, opened_store

    async def run() -> bool:
        if config.cluster is not None:
            async with opened_store(config) as kept:
                await _write_database(kept, Path(path))
                return any(alert.destinations for alert in await kept.alerts.all())
        must_exist(config)
        store = await Store.open(config.db)
        try:
            await store.backup(path)
            return any(alert.destinations for alert in await store.alerts.all())
        finally:
            await store.close()

    secrets = asyncio.run(run())
    click.echo(f"{config.cluster or config.db} is copied to {path}.")
    if with_history and config.cluster is None:
        from ...history.backup import copy_history
        from ..access import history_path

        click.echo(f"{copy_history(history_path(config), Path(path))} is its history.")
    if secrets:
        click.echo("It holds the secrets of where alerts are told: keep it as safe as the database itself.", err=True)


async def _write_database(source: AnyStore, path: Path) -> None:
    """A database of what a cluster keeps. Raises StartupError where it cannot be written; nothing is left then."""
    from ...storage.copying import copy_store
    from ...storage.store import Store

    if await asyncio.to_thread(path.exists):
        raise StartupError(f"{path} exists: remove it first, or choose another path for the backup.")
    partial = path.with_name(path.name + ".partial")
    try:
        target = await Store.open(partial)
        try:
            await copy_store(source, target)
        finally:
            await target.close()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
