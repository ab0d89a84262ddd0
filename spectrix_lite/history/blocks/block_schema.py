"""Block schema: the tables of a history file. Data only."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x53505848
"""`PRAGMA application_id`, "SPXH"."""

VERSION: Final = 1

SCHEMA: Final = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "BEGIN IMMEDIATE",
    f"PRAGMA application_id = {APPLICATION_ID}",
    # `boot` is the kernel's boot id while a server runs, `clean` whether the last one stopped with all on the disk.
    "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), database TEXT, boot TEXT, clean INTEGER NOT NULL)",
    "INSERT INTO state VALUES (1, NULL, NULL, 1)",
    # `head` is the last seq that was sealed, also where all blocks are gone.
    "CREATE TABLE services (id TEXT PRIMARY KEY NOT NULL, epoch TEXT NOT NULL, head INTEGER NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE epochs (
        service TEXT NOT NULL, epoch TEXT NOT NULL, parent TEXT NOT NULL, through INTEGER NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (service, epoch)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE blocks (
        id INTEGER PRIMARY KEY, service TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        received_from TEXT NOT NULL, received_to TEXT NOT NULL, bytes INTEGER NOT NULL, info BLOB NOT NULL,
        UNIQUE (service, first)
    )
    """,
    "CREATE TABLE contents (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TABLE dictionaries (id INTEGER PRIMARY KEY, content BLOB NOT NULL)",
    """
    CREATE TABLE minutes (
        service TEXT NOT NULL, minute TEXT NOT NULL,
        info INTEGER NOT NULL, warn INTEGER NOT NULL, error INTEGER NOT NULL, debug INTEGER NOT NULL,
        PRIMARY KEY (service, minute)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE gaps (
        service TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
        reason TEXT NOT NULL, PRIMARY KEY (service, first, reason)
    ) WITHOUT ROWID
    """,
    f"PRAGMA user_version = {VERSION}",
    "COMMIT",
)
