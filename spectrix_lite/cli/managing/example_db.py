"""`example-db`: the database that lies in the repository as `spectrix.db.example`."""

from __future__ import annotations

import click


@click.command("example-db")
@click.argument("path", type=click.Path())
def command(path: str) -> None:
    """Write the example database to PATH.

    Three services, no stream keys, no password. PATH must not exist.
    """
    from ...storage.example_db import make_example

    make_example(path)
    click.echo(f"The example database is written to {path}.")
