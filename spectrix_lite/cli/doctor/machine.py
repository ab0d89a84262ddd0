"""Machine checks of `doctor`: settings, the database and its folder, disk, descriptors, clock."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from ...core.config import MIB, Config
from ...core.errors import StartupError
from ...storage.database import BUSY_SECONDS
from ...storage.opening import inspect
from ...storage.schema import MIGRATIONS
from .finding import Finding, fail, ok, warn

FEW_DESCRIPTORS: Final = 1024
LITTLE_ROOM: Final = 100 * MIB
NO_ROOM: Final = 10 * MIB
AHEAD_SECONDS: Final = 60
_TIMES: Final = ("services", "stream_keys", "sessions", "sign_ins")


def examine(config: Config) -> list[Finding]:
    """All checks that need no server. Reads only."""
    path = Path(config.db).resolve()
    findings = [exposure(config), *rights(path), disk(path.parent)]
    known = database(path)
    findings.append(known)
    if known.outcome == "ok":
        findings.append(clock(path, time.time()))
    pid = server_pid(path)
    if pid is not None:
        findings.append(descriptors(pid))
    return findings


def exposure(config: Config) -> Finding:
    """Whether what is said to the server can be read on its way."""
    if config.public_url is not None:
        if config.public_url.startswith("https://"):
            return ok("exposure", f"others reach it by {config.public_url}")
        return warn(
            "exposure",
            "--public-url is http: passwords, stream keys and logs cross the network as anybody can read them",
            "Put a proxy with TLS in front and give an https address; docs/self-host has one to copy.",
        )
    if config.is_public:
        return warn(
            "exposure",
            f"it listens on {config.host} without TLS: passwords, stream keys and logs can be read on their way",
            "Listen on 127.0.0.1 behind a proxy with TLS, and give --public-url; docs/self-host has one to copy.",
        )
    return ok("exposure", "only this machine reaches it")


def rights(path: Path) -> list[Finding]:
    """The database, what SQLite keeps beside it, and the folder."""
    folder = path.parent
    if not folder.is_dir():
        return [fail("rights", f"the folder {folder} does not exist", "Make it, or choose another with --db.")]
    findings = []
    for needed in (folder, path):
        if needed.exists() and not os.access(needed, os.W_OK):
            remedy = f"Give it to the server's user: chown USER {needed}; or ask as that user."
            findings.append(fail("rights", f"{needed} cannot be written by this user", remedy))
    open_to = [
        each
        for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))
        if each.exists() and each.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_to:
        others = "everybody" if any(each.stat().st_mode & stat.S_IRWXO for each in open_to) else "its group"
        names = " ".join(map(str, open_to))
        told = f"{path.name} is open to {others}; it holds the hashes of keys and sign-ins"
        findings.append(warn("rights", told, f"Close it: chmod 600 {names}"))
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        findings.append(
            fail("rights", f"everybody may exchange files in {folder}", f"Close it: chmod o-w {folder}"),
        )
    return findings or [ok("rights", f"only its owner writes {path.name} and its folder")]


def disk(folder: Path) -> Finding:
    """The room beside the database."""
    if not folder.is_dir():
        return fail("disk", f"the folder {folder} does not exist", "Make it, or choose another with --db.")
    usage = shutil.disk_usage(folder)
    return room(usage.free, usage.total)


def room(free: int, total: int) -> Finding:
    """`free` and `total` in bytes."""
    told = f"{free // MIB} MiB of {total // MIB} MiB are free beside the database"
    if free < NO_ROOM:
        return fail("disk", told, "Free some space: soon nothing can be written.")
    if free < LITTLE_ROOM:
        return warn("disk", told, "Free some space before it is full.")
    return ok("disk", told)


def database(path: Path) -> Finding:
    """Whether it is one, ours, whole, and of a version this program reads."""
    if not path.exists():
        return warn("database", f"there is none at {path}", "Start the server, which makes it, or give its --db.")
    try:
        version = inspect(path, len(MIGRATIONS))
    except StartupError as problem:
        found, _, remedy = str(problem).partition(": ")
        return fail("database", found, f"{remedy[:1].upper()}{remedy[1:]}" or "Choose another with --db.")
    if 0 < version < len(MIGRATIONS):
        return ok("database", f"of an older version ({version}); the next start makes a copy of it and updates it")
    return ok("database", "whole, and of this version")


def clock(path: Path, now: float) -> Finding:
    """Whether anything was made in the future; `now` is seconds since 1970. The database is a whole one."""
    newest = " UNION ALL ".join(f"SELECT max(created_at) FROM {table}" for table in _TIMES)  # noqa: S608  our own names
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
            latest = max((row[0] or 0 for row in connection.execute(newest)), default=0) / 1000
    except sqlite3.Error:
        return warn("clock", "the database's times cannot be read", "Ask again, as the server's user.")
    if latest > now + AHEAD_SECONDS:
        return fail(
            "clock",
            f"the database has something made {latest - now:.0f} s in the future: the clock is wrong, or was",
            "Set it by NTP: timedatectl set-ntp true. Sign-ins and sessions last longer or shorter meanwhile.",
        )
    return ok("clock", "nothing in the database is from the future")


def server_pid(path: Path) -> int | None:
    """The process that serves the database, by the lock beside it; None where none runs."""
    try:
        text = path.with_name(path.name + ".lock").read_text("ascii").strip()
        os.kill(int(text), 0)
    except PermissionError:
        return int(text)  # it runs, as another user
    except (OSError, ValueError):
        return None
    return int(text)


def descriptors(pid: int) -> Finding:
    """How many connections the server's limit allows."""
    try:
        limits = Path(f"/proc/{pid}/limits").read_text("ascii")
    except OSError:
        return warn("descriptors", f"the limits of process {pid} cannot be read", "Ask as root, or as its user.")
    found = re.search(r"^Max open files +(\w+)", limits, re.MULTILINE)
    limit = int(found[1]) if found and found[1].isdigit() else None
    if limit is not None and limit < FEW_DESCRIPTORS:
        return warn(
            "descriptors",
            f"the server may have {limit} files open, and refuses connections beyond",
            "Raise it: LimitNOFILE=65536 in its systemd unit, or ulimit -n 65536 before its start.",
        )
    return ok("descriptors", f"the server may have {'any number of' if limit is None else limit} files open")
