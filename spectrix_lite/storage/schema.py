"""The database's schema, as the numbered steps that lead to it. Data only, and append-only: a step that was ever
released is never edited, for databases in the field have taken it."""

from __future__ import annotations

from typing import Final, NamedTuple

APPLICATION_ID: Final = 0x53505831
"""`PRAGMA application_id`, "SPX1": tells our files from another program's."""


class Migration(NamedTuple):
    """One step. Its statements run in order, inside one transaction with all other steps that are due."""

    version: int
    name: str
    statements: tuple[str, ...]


MIGRATIONS: Final[tuple[Migration, ...]] = (
    Migration(
        1,
        "services, stream keys, the operator, sign-ins, sessions",
        (
            f"PRAGMA application_id = {APPLICATION_ID}",
            # name_key is the name with case folded: SQLite's own NOCASE folds ASCII only.
            """
            CREATE TABLE services (
                id TEXT PRIMARY KEY NOT NULL,
                name TEXT NOT NULL,
                name_key TEXT NOT NULL UNIQUE,
                created_at INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE stream_keys (
                id TEXT PRIMARY KEY NOT NULL,
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                name TEXT NOT NULL,
                preview TEXT NOT NULL,
                tag BLOB NOT NULL CHECK (length(tag) = 8),
                hash TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_used_at INTEGER,
                revoked_at INTEGER
            )
            """,
            "CREATE INDEX stream_keys_by_service ON stream_keys (service_id)",
            # One operator, one row; no row while no password is set.
            """
            CREATE TABLE operator (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                password_hash TEXT NOT NULL,
                changed_at INTEGER NOT NULL
            )
            """,
            """
            CREATE TABLE links (
                token_hash BLOB PRIMARY KEY NOT NULL CHECK (length(token_hash) = 32),
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                used_at INTEGER
            )
            """,
            """
            CREATE TABLE sign_ins (
                id TEXT PRIMARY KEY NOT NULL,
                token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            )
            """,
            # A session outlives its service and its sign-in as a row, so that its token can be told it has ended.
            """
            CREATE TABLE sessions (
                id TEXT PRIMARY KEY NOT NULL,
                token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
                kind TEXT NOT NULL CHECK (kind IN ('operator', 'share')),
                service_id TEXT REFERENCES services (id) ON DELETE SET NULL,
                sign_in_id TEXT,
                filter TEXT,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                ended_at INTEGER
            )
            """,
            "CREATE INDEX sessions_by_service ON sessions (service_id)",
        ),
    ),
    Migration(
        2,
        "which database it is, and how often it was served",
        (
            """
            CREATE TABLE identity (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                database TEXT NOT NULL,
                starts INTEGER NOT NULL
            )
            """,
            "INSERT INTO identity VALUES (1, lower(hex(randomblob(16))), 0)",
        ),
    ),
    Migration(
        3,
        "hook keys; stream keys that are switched off",
        (
            "ALTER TABLE stream_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'live' CHECK (kind IN ('live', 'hook'))",
            "ALTER TABLE stream_keys ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1))",
        ),
    ),
    Migration(
        4,
        "views",
        (
            # service_id is null where a view is for every service. A name is one service's, or one of those for all.
            """
            CREATE TABLE views (
                id TEXT PRIMARY KEY NOT NULL,
                service_id TEXT REFERENCES services (id) ON DELETE CASCADE,
                name TEXT NOT NULL,
                name_key TEXT NOT NULL,
                query TEXT NOT NULL,
                columns TEXT,
                range TEXT,
                created_at INTEGER NOT NULL
            )
            """,
            "CREATE UNIQUE INDEX views_by_name ON views (coalesce(service_id, ''), name_key)",
            "CREATE INDEX views_by_service ON views (service_id)",
        ),
    ),
    Migration(
        5,
        "read tokens",
        (
            """
            CREATE TABLE read_tokens (
                id TEXT PRIMARY KEY NOT NULL,
                token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
                name TEXT NOT NULL,
                preview TEXT NOT NULL,
                every_service INTEGER NOT NULL CHECK (every_service IN (0, 1)),
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                last_used_at INTEGER,
                revoked_at INTEGER
            )
            """,
            # Of a token that is not for every service. When the last of them is deleted, it reads nothing.
            """
            CREATE TABLE read_token_services (
                token_id TEXT NOT NULL REFERENCES read_tokens (id) ON DELETE CASCADE,
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                PRIMARY KEY (token_id, service_id)
            ) WITHOUT ROWID
            """,
            "CREATE INDEX read_token_services_by_service ON read_token_services (service_id)",
        ),
    ),
    Migration(
        6,
        "alerts, their notices, and the kinds of errors that were seen",
        (
            # What a kind's digest is keyed with: digests of two databases have nothing in common.
            """
            CREATE TABLE kind_key (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                key BLOB NOT NULL CHECK (length(key) = 32)
            )
            """,
            "INSERT INTO kind_key VALUES (1, randomblob(32))",
            # service_id is null where an alert is for every service; count and within, in seconds, are those of its
            # kind; destinations are JSON with their secrets; times are milliseconds, cooldown is seconds.
            """
            CREATE TABLE alerts (
                id TEXT PRIMARY KEY NOT NULL,
                service_id TEXT REFERENCES services (id) ON DELETE CASCADE,
                view_id TEXT REFERENCES views (id) ON DELETE SET NULL,
                name TEXT NOT NULL,
                query TEXT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('count', 'none', 'firstSeen')),
                count INTEGER,
                within INTEGER,
                cooldown INTEGER NOT NULL,
                resolved INTEGER NOT NULL CHECK (resolved IN (0, 1)),
                destinations TEXT NOT NULL,
                silenced_until INTEGER,
                told_at INTEGER,
                created_at INTEGER NOT NULL
            )
            """,
            "CREATE INDEX alerts_by_service ON alerts (service_id)",
            "CREATE INDEX alerts_by_view ON alerts (view_id)",
            """
            CREATE TABLE alert_states (
                alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                state TEXT NOT NULL,
                PRIMARY KEY (alert_id, service_id)
            ) WITHOUT ROWID
            """,
            "CREATE INDEX alert_states_by_service ON alert_states (service_id)",
            # No text of any log: seqs is a JSON list of the first entries' numbers in their epoch.
            """
            CREATE TABLE notices (
                id INTEGER PRIMARY KEY,
                alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                kind TEXT NOT NULL CHECK (kind IN ('firing', 'resolved')),
                at INTEGER NOT NULL,
                since INTEGER,
                count INTEGER NOT NULL,
                missed INTEGER NOT NULL,
                epoch TEXT NOT NULL,
                seqs TEXT NOT NULL
            )
            """,
            "CREATE INDEX notices_by_alert ON notices (alert_id)",
            "CREATE INDEX notices_by_service ON notices (service_id)",
            """
            CREATE TABLE deliveries (
                notice_id INTEGER NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
                destination_id TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
                tries INTEGER NOT NULL,
                due_at INTEGER NOT NULL,
                status INTEGER,
                PRIMARY KEY (notice_id, destination_id)
            ) WITHOUT ROWID
            """,
            "CREATE INDEX deliveries_pending ON deliveries (notice_id) WHERE state = 'pending'",
            """
            CREATE TABLE kinds (
                id INTEGER PRIMARY KEY,
                service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                digest BLOB NOT NULL CHECK (length(digest) = 8),
                UNIQUE (service_id, digest)
            )
            """,
        ),
    ),
    Migration(
        7,
        "how far each service with history was numbered, and its totals",
        (
            # starts is the start counter of the process that has noted it, 0 after one without history.
            """
            CREATE TABLE numbers (
                service_id TEXT PRIMARY KEY NOT NULL REFERENCES services (id) ON DELETE CASCADE,
                epoch TEXT NOT NULL,
                head INTEGER NOT NULL,
                starts INTEGER NOT NULL,
                accepted INTEGER NOT NULL,
                rejected INTEGER NOT NULL,
                info INTEGER NOT NULL,
                warn INTEGER NOT NULL,
                error INTEGER NOT NULL,
                debug INTEGER NOT NULL
            ) WITHOUT ROWID
            """,
        ),
    ),
    Migration(
        8,
        "with which columns and times a session is shown",
        ("ALTER TABLE sessions ADD COLUMN view TEXT",),
    ),
    Migration(
        9,
        "why a notice was not delivered",
        ("ALTER TABLE deliveries ADD COLUMN said TEXT NOT NULL DEFAULT ''",),
    ),
)
