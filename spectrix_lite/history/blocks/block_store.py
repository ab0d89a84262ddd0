"""Block store: the SQLite file of history, which holds nothing else. One process writes it at a time; any may read.

What is deleted is overwritten: `secure_delete` is on for every writer. Each method raises sqlite3.Error.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ..journal.segment import Segment, read_segment
from ..lineage import Fork
from .answer_table import AnswerTable
from .block_schema import APPLICATION_ID, SCHEMA, VERSION
from .codec import CannotOpen, Codec
from .description import BlockInfo, Dictionary

WAL_BYTES: Final = 8 * 1024 * 1024
BUSY_SECONDS: Final = 5.0
_ADD_MINUTE: Final = """
    INSERT INTO minutes VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET info = info + excluded.info,
    warn = warn + excluded.warn, error = error + excluded.error, debug = debug + excluded.debug
"""
_OLDEST_FIRST: Final = (
    "SELECT id, service, first, last, received_from, received_to, bytes FROM blocks"
    " WHERE service = ? AND last >= ? AND first <= ? AND received_to >= ? AND received_from < ? ORDER BY first"
)
_NEWEST_FIRST: Final = f"{_OLDEST_FIRST} DESC"
_info: Final = msgspec.msgpack.Decoder(BlockInfo).decode
_dictionary: Final = msgspec.msgpack.Decoder(Dictionary).decode
_encode: Final = msgspec.msgpack.encode


class UnusableHistory(Exception):
    """The file is not ours, of a newer version, or damaged: a few words say which."""


EVER: Final = 2**62
"""Behind every seq."""


class Block(NamedTuple):
    """What the index says of one. `bytes` is its size on the disk, its dictionary included."""

    id: int
    service: str
    first: int
    last: int
    received_from: str
    received_to: str
    bytes: int


class BlockStore:
    """An open connection. Not for threads to share."""

    def __init__(self, connection: sqlite3.Connection, codec: Codec) -> None:
        self._connection = connection
        self._codec = codec
        self._run = connection.execute
        self.answers = AnswerTable(connection)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, codec: Codec | None = None) -> BlockStore:
        """Opens it; one that writes makes it where there is none. Raises UnusableHistory, OSError."""
        if not read_only and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if version == application == 0 and not read_only:
                for statement in SCHEMA:
                    connection.execute(statement)
            elif application != APPLICATION_ID:
                raise UnusableHistory("it is no history")
            elif version > VERSION:
                raise UnusableHistory(f"it is of a newer version ({version}; this one reads up to {VERSION})")
            if not read_only:
                for pragma in ("synchronous = FULL", "secure_delete = ON", f"journal_size_limit = {WAL_BYTES}"):
                    connection.execute(f"PRAGMA {pragma}")
                AnswerTable(connection).make()
        except BaseException:
            connection.close()
            raise
        return cls(connection, codec or Codec())

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside, and on the disk when it is over."""
        self._run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    # Whose numbers they are

    def lived(self, database: str, boot: str | None) -> bool:
        """Whether nothing that was written before can have been lost: by a stop, or as the kernel is still the same.

        Raises UnusableHistory where it is another database's.
        """
        ((owner, earlier, clean),) = self._run("SELECT database, boot, clean FROM state").fetchall()
        if owner not in (None, database):
            raise UnusableHistory("it is another database's")
        return bool(clean) or (boot is not None and boot == earlier)

    def begin(self, database: str, boot: str | None) -> None:
        """Notes that a server runs, until `end`."""
        self._run("UPDATE state SET database = ?, boot = ?, clean = 0", (database, boot))

    def leave_kernel(self) -> None:
        """This file is a copy: what was recorded after it was made is not in it, also where the kernel lives on."""
        self._run("UPDATE state SET boot = NULL")

    def end(self) -> None:
        """All is on the disk, and nothing more will be written."""
        self._run("UPDATE state SET clean = 1")

    def sealed(self) -> dict[str, tuple[str, int]]:
        """(epoch, last seq) that was sealed, of each service."""
        return {service: (epoch, head) for service, epoch, head in self._run("SELECT id, epoch, head FROM services")}

    def set_head(self, service: str, epoch: str, head: int) -> None:
        """What is numbered next is behind `head`, in `epoch`."""
        self._run("INSERT INTO services VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET epoch = ?2, head = max(head, ?3)",
                  (service, epoch, head))  # fmt: skip

    def add_fork(self, service: str, fork: Fork) -> None:
        """An epoch that goes on where another one ended."""
        self._run("INSERT INTO epochs VALUES (?, ?, ?, ?, ?)",
                  (service, fork.epoch, fork.parent, fork.through, fork.at))  # fmt: skip

    def forks(self, service: str) -> list[Fork]:
        """The oldest first."""
        found = self._run("SELECT epoch, parent, through, at FROM epochs WHERE service = ? ORDER BY at", (service,))
        return [Fork(*row) for row in found]

    def add_gap(self, service: str, first: int, last: int, count: int, reason: str) -> None:
        """`count` of the entries from `first` to `last` are not here."""
        self._run("INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?, ?)", (service, first, last, count, reason))

    def gaps(self, service: str) -> list[tuple[int, int, int, str]]:
        """(first, last, count, reason), in their order."""
        found = self._run("SELECT first, last, count, reason FROM gaps WHERE service = ? ORDER BY first", (service,))
        return found.fetchall()

    # Blocks

    def add(self, info: BlockInfo, content: bytes, dictionary: Dictionary | None) -> Block | None:
        """Keeps the segment with this content; None where it is here already."""
        packed = self._codec.pack(content)
        words = None if dictionary is None else self._codec.pack(_encode(dictionary))
        size = len(packed) + len(words or b"")
        row = (info.service, info.first, info.last, info.received_from, info.received_to, size, _encode(info))
        cursor = self._run("INSERT OR IGNORE INTO blocks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", row)
        if not cursor.rowcount:
            return None
        block = cursor.lastrowid
        assert block is not None
        self._run("INSERT INTO contents VALUES (?, ?)", (block, packed))
        if words is not None:
            self._run("INSERT INTO dictionaries VALUES (?, ?)", (block, words))
        self._connection.executemany(_ADD_MINUTE, [(info.service, *minute) for minute in info.minutes])
        self.set_head(info.service, info.epoch, info.last)
        return Block(block, info.service, info.first, info.last, info.received_from, info.received_to, size)

    def remove(self, block: Block) -> None:
        """A block goes, with all that is known of it."""
        service, info = block.service, self.info(block.id)
        self._connection.executemany(
            _ADD_MINUTE, [(service, minute, *(-count for count in counts)) for minute, *counts in info.minutes]
        )
        self._connection.executemany(
            "DELETE FROM minutes WHERE service = ? AND minute = ? AND info + warn + error + debug <= 0",
            [(service, minute) for minute, *_ in info.minutes],
        )
        for table in ("blocks", "contents", "dictionaries"):
            self._run(f"DELETE FROM {table} WHERE id = ?", (block.id,))  # noqa: S608  one of three words above

    def remove_service(self, service: str, most: int) -> bool:
        """Removes `most` blocks of a service, and with the last one all that is known of it: whether that is done."""
        blocks = [block for (block,) in self._run("SELECT id FROM blocks WHERE service = ? LIMIT ?", (service, most))]
        for table in ("blocks", "contents", "dictionaries"):
            self._connection.executemany(f"DELETE FROM {table} WHERE id = ?", [(block,) for block in blocks])  # noqa: S608
        if len(blocks) == most:
            return False
        self._run("DELETE FROM services WHERE id = ?", (service,))
        for table in ("epochs", "minutes", "gaps", "answers"):
            self._run(f"DELETE FROM {table} WHERE service = ?", (service,))  # noqa: S608  likewise
        return True

    def services(self) -> set[str]:
        """Of which there is anything."""
        return {service for (service,) in self._run("SELECT service FROM blocks UNION SELECT id FROM services")}

    def oldest(self, service: str) -> tuple[int, str] | None:
        """(first seq, when it was received) of what is kept in blocks."""
        found = self._run(
            "SELECT first, received_from FROM blocks WHERE service = ? ORDER BY first LIMIT 1", (service,)
        ).fetchall()
        return found[0] if found else None

    def blocks(self, service: str, first: int, last: int, start: str, end: str, *, newest_first: bool) -> list[Block]:
        """Those that hold entries from the seq `first` to `last` that came from `start` to before `end`."""
        found = self._run(_NEWEST_FIRST if newest_first else _OLDEST_FIRST, (service, first, last, start, end))
        return [Block(*row) for row in found]

    def info(self, block: int) -> BlockInfo:
        """What is known of a block."""
        ((info,),) = self._run("SELECT info FROM blocks WHERE id = ?", (block,)).fetchall()
        return _info(info)

    def dictionary(self, block: int) -> Dictionary | None:
        """The dictionary of a block; None where it has none. Raises CannotOpen."""
        packed = self._packed("dictionaries", block)
        try:
            return None if packed is None else _dictionary(self._codec.open(packed))
        except msgspec.MsgspecError:
            raise CannotOpen("it is damaged") from None

    def content(self, block: int) -> Segment | None:
        """The entries of a block; None where it is gone. Raises CannotOpen."""
        packed = self._packed("contents", block)
        if packed is None:
            return None
        segment = read_segment(self._codec.open(packed))
        if segment is None:
            raise CannotOpen("it is damaged")
        return segment

    def _packed(self, table: str, block: int) -> bytes | None:
        """What SQLite cannot read of one block, others have still. Raises CannotOpen."""
        try:
            found = self._run(f"SELECT content FROM {table} WHERE id = ?", (block,)).fetchone()  # noqa: S608  one of two
        except sqlite3.DatabaseError as problem:
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise
            raise CannotOpen("it is damaged") from None
        return None if found is None else bytes(found[0])

    def minutes(self, service: str, start: str, end: str) -> list[tuple[str, int, int, int, int]]:
        """(minute, info, warn, error, debug), from the minute `start` to before `end`, the newest first."""
        found = self._run(
            "SELECT minute, info, warn, error, debug FROM minutes WHERE service = ? AND minute >= ? AND minute < ?"
            " ORDER BY minute DESC", (service, start, end),
        )  # fmt: skip
        return found.fetchall()

    # The file

    def totals(self, since: str) -> tuple[int, str | None, int]:
        """(bytes of all blocks, when the oldest entry came, bytes of blocks that received since a time)."""
        found = self._run(
            "SELECT coalesce(sum(bytes), 0), min(received_from),"
            " coalesce(sum(CASE WHEN received_to >= ? THEN bytes END), 0) FROM blocks",
            (since,),
        )
        size, oldest, lately = found.fetchone()
        return size, oldest, lately

    def copy(self, target: Path) -> None:
        """Writes all of it, as of one moment, to a file that is empty or not there."""
        self._run("VACUUM INTO ?", (str(target),))

    def size(self) -> int:
        """Bytes in use."""
        pages, free, size = (self._run(f"PRAGMA {what}").fetchone()[0] for what in _SIZES)
        return int((pages - free) * size)

    def shrink(self, keep: int) -> None:
        """Gives free pages back to the disk, all but `keep` bytes."""
        _, free, size = (self._run(f"PRAGMA {what}").fetchone()[0] for what in _SIZES)
        if free * size > keep:
            self._run(f"PRAGMA incremental_vacuum({free - keep // size})").fetchall()

    def clear_log(self) -> None:
        """Takes what is in the write-ahead log into the file, and empties it."""
        self._run("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


_SIZES: Final = ("page_count", "freelist_count", "page_size")
