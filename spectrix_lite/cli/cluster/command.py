"""`cluster`: try one, see how it stands, and take a database into it."""

from __future__ import annotations

import asyncio

import click

from ...core.config import Config
from ...core.errors import SpectrixError, StartupError
from ..settings import STORE, takes
from .trying import try_


@click.group("cluster")
def command() -> None:
    """Try a cluster, see how one stands, take a database into it."""


command.add_command(try_)

_MONITOR = click.option(
    "--monitor", metavar="URL", help="Monitoring of one of the engine's servers, as http://127.0.0.1:8222."
)


@command.command("status")
@click.option("--json", "as_json_", is_flag=True, help="Print the findings as JSON.")
@_MONITOR
@takes(*STORE)
def status(config: Config, as_json_: bool, monitor: str | None) -> int:
    """Show engine, streams and nodes. Exits with 1 where something fails."""
    _must_be_set(config)
    from ..doctor.finding import print_findings
    from .checks import findings

    return print_findings(asyncio.run(findings(config, monitor)), as_json_)


@command.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False))
@takes(*STORE)
def import_(config: Config, path: str) -> None:
    """Take what the database PATH keeps into a cluster that is empty: services, keys, sign-ins, alerts.

    Its entries are not taken along. `backup` goes the other way. Stop the server of PATH before.
    """
    _must_be_set(config)
    from ...storage.copying import copy_store
    from ...storage.store import Store
    from ..access import opened_store

    async def run() -> int:
        source = await Store.open(path, serving=True)  # first: what cannot be read leaves nothing in the engine
        try:
            async with opened_store(config) as target:
                found = await target.read_all()
                if found.services or found.password_hash is not None:
                    raise StartupError(
                        f"The cluster at {config.cluster} keeps something already, if only what an import that was "
                        "broken off has left: import into an empty one, such as one of another name, "
                        "nats://HOST:4222/NAME."
                    )
                try:
                    return await copy_store(source, target)
                except SpectrixError as problem:
                    raise click.ClickException(
                        f"{problem.detail} The cluster at {config.cluster} holds a part of {path} now: "
                        "import into one of another name, nats://HOST:4222/NAME."
                    ) from None
        finally:
            await source.close()

    count = asyncio.run(run())
    click.echo(f"{path} is taken in: {count} service{'' if count == 1 else 's'}, with all that belongs to them.")


def _must_be_set(config: Config) -> None:
    if config.cluster is None:
        raise StartupError("Which cluster? Give --cluster nats://HOST:4222, or set SPECTRIX_CLUSTER.")
