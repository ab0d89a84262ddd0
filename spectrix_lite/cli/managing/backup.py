"""`backup`: a copy of the live database. Copying the file would leave out what is still in its write-ahead log."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
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

    if with_history and config.cluster is not None:
        raise StartupError("--history is kept by a server by itself, not by --cluster: leave one of them out.")

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
    if with_history:
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
    beside = [partial.with_name(partial.name + end) for end in ("", "-wal", "-shm")]
    try:
        await asyncio.to_thread(_make_anew, beside)
    except OSError as problem:
        raise StartupError(f"The backup {path} cannot be written: {problem.strerror}.") from None
    try:
        target = await Store.open(partial)
        try:
            await copy_store(source, target)
        finally:
            await target.close()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _make_anew(files: Sequence[Path]) -> None:
    """The first of them, empty; without what a backup that was killed has left. Raises OSError."""
    for each in files:
        each.unlink(missing_ok=True)
    os.close(os.open(files[0], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
