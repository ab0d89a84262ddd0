"""Example database: the services of the documentation's own story, no keys, no password; always the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ..core.errors import StartupError
from ..core.names import name_key
from ..core.records import Service
from .schema import MIGRATIONS

DATABASE: Final = "0" * 32
SERVICES: Final = (
    Service("production01", "Production API", 1_778_754_600_000),
    Service("authbackend1", "Auth Backend", 1_778_754_660_000),
    Service("paymentserv1", "Payment Service", 1_778_754_720_000),
)


def make_example(path: str | Path) -> None:
    """Writes the example to a path where nothing is yet. Raises StartupError."""
    target = Path(path)
    partial = target.with_name(target.name + ".partial")
    try:
        if target.exists():
            raise StartupError(f"{target} exists: remove it first, or choose another path for the example.")
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            for migration in MIGRATIONS:
                for statement in migration.statements:
                    connection.execute(statement)
            connection.execute("UPDATE identity SET database = ?", [DATABASE])
            connection.execute("UPDATE kind_key SET key = zeroblob(32)")
            connection.executemany(
                "INSERT INTO services (id, name, name_key, created_at) VALUES (?, ?, ?, ?)",
                [(service.id, service.name, name_key(service.name), service.created_at) for service in SERVICES],
            )
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS):d}")
            connection.execute("COMMIT")
        partial.replace(target)
    except (OSError, sqlite3.Error) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise StartupError(f"The example {target} cannot be written: {reason}. Choose another path.") from None
