"""Access to the database for the commands: beside a running server, which notices what they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from ..access.authority import Authority, Service, StreamKey
from ..core.clock import SystemClock
from ..core.config import Config
from ..core.errors import StartupError
from ..core.names import name_key
from ..history.snapshot_file import SnapshotFile
from ..storage.interfaces import AnyStore
from ..storage.lock import ServeLock
from ..storage.store import Store
from .address import local_url


class Silence:
    """A `ChangeListener` of nobody: watchers are in the server's process, which tells them."""

    def open_service(self, service_id: str, name: str) -> None:
        pass

    def rename_service(self, service_id: str, name: str) -> None:
        pass

    def close_service(self, service_id: str) -> None:
        pass

    def end_session(self, session_id: str) -> None:
        pass


@asynccontextmanager
async def opened(config: Config, *, create: bool = False) -> AsyncIterator[Authority]:
    """The authority over what the server keeps. Raises StartupError where there is none, unless `create` makes it."""
    clock = SystemClock()
    async with opened_store(config, create=create) as store:
        authority = Authority(store, Silence(), clock, config)
        try:
            await authority.start()
            yield authority
        finally:
            await authority.close()


@asynccontextmanager
async def opened_store(config: Config, *, create: bool = False) -> AsyncIterator[AnyStore]:
    """What the server keeps, in `config.db` or its cluster. Raises StartupError where it is not, unless `create`."""
    clock = SystemClock()
    if config.cluster is not None:
        from ..cluster.node import CommandStore

        async with CommandStore(config, clock) as kept:
            yield kept
        return
    if not create:
        must_exist(config)
    store = await Store.open(config.db, clock=clock)
    try:
        yield store
    finally:
        await store.close()


async def forget_entries(config: Config, service_id: str) -> None:
    """Takes a removed service out of the snapshot of the last stop, and out of history. Raises ClickException
    where that cannot be done.

    Beside a running server nothing is to be done: that one forgets by itself. Nor is there anything of a cluster.
    """
    if config.cluster is not None:
        return
    path = Path(config.db)
    history = history_path(config)
    try:
        lock = ServeLock.take(path)
    except StartupError:
        return
    at = SnapshotFile(path).path
    try:
        await asyncio.to_thread(SnapshotFile(path).forget, service_id)
        if await asyncio.to_thread(history.exists):
            from ..history.removal import remove_service

            at = history
            store = await Store.open(config.db)
            try:
                database, _ = await store.identity()
            finally:
                await store.close()
            await asyncio.to_thread(remove_service, history, database, service_id)
    except OSError as problem:
        raise click.ClickException(
            f"It is removed, but its entries are still in {at} ({problem.strerror or problem}): "
            "remove that file, or start the server, which does."
        ) from None
    finally:
        lock.release()


def history_path(config: Config) -> Path:
    """The file of the history of this database."""
    database = Path(config.db).resolve()
    return (
        Path(config.history_path).resolve() if config.history_path else database.with_name(database.name + ".history")
    )


def is_kept_here(config: Config) -> bool:
    """Whether what the server keeps can be opened from here: its database is there, or its cluster is named."""
    return config.cluster is not None or Path(config.db).exists()


def must_exist(config: Config) -> None:
    """Raises StartupError where there is no database yet: a command that only looks should not make one."""
    if not Path(config.db).exists():
        raise StartupError(
            f"There is no database {config.db}: start the server first, or name the one it uses with --db."
        )


def other_database(config: Config) -> click.ClickException:
    """What to raise where the server does not know what was just written into the database."""
    if config.cluster is not None:
        return click.ClickException(
            f"The server at {local_url(config)} is no node of {config.cluster}: "
            "give --cluster, --host and --port as it has them."
        )
    return click.ClickException(
        f"The server at {local_url(config)} serves another database than {config.db}: "
        "give --db, --host and --port as it has them."
    )


def find_service(authority: Authority, wanted: str) -> Service:
    """The service of this name, in any case, or of this id. Raises ClickException, naming those there are."""
    services = authority.services()
    for service in services:
        if wanted == service.id or name_key(wanted.strip()) == name_key(service.name):
            return service
    if not services:
        raise click.ClickException("There are no services yet: make one with `services add NAME`.")
    names = ", ".join(service.name for service in services[:10]) + (", ..." if len(services) > 10 else "")
    raise click.ClickException(f"There is no service {wanted!r}. There are: {names}.")


async def find_key(authority: Authority, service: Service, wanted: str) -> StreamKey:
    """The key of this id, preview or name that is not revoked. Raises ClickException where not exactly one fits."""
    found = [
        key
        for key in await authority.stream_keys(service.id)
        if key.revoked_at is None and wanted in (key.id, key.preview, key.name)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(key.id for key in found)
        raise click.ClickException(f"Several stream keys of {service.name} are called {wanted!r}; give an id: {ids}.")
    raise click.ClickException(
        f"{service.name} has no stream key {wanted!r} that is not revoked; `keys list` shows their ids."
    )
