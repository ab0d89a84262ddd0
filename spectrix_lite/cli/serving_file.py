"""Where a serving process leaves its address, for `run` and `pipe`: a file of its owner's only, named by its port."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

_NAME: Final = "spectrix-lite"


class Serving(msgspec.Struct, frozen=True):
    """A server of this user's: its process, where it is reached, and its database."""

    pid: int
    url: str
    db: str


class Left(NamedTuple):
    """A file that was left, and whose."""

    path: Path
    pid: int


def state_folder() -> Path:
    """`$XDG_STATE_HOME/spectrix-lite`, else `~/.local/state/spectrix-lite`; made, its owner's only. Raises OSError."""
    chosen = os.environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(chosen) if chosen.startswith("/") else Path.home() / ".local" / "state"
    except RuntimeError as problem:
        raise OSError(f"there is no home folder ({problem})") from None
    return _made(base / _NAME)


def runtime_folder() -> Path:
    """`$XDG_RUNTIME_DIR/spectrix-lite`, else the state folder. Raises OSError."""
    chosen = os.environ.get("XDG_RUNTIME_DIR", "")
    if chosen.startswith("/"):
        with suppress(OSError):  # set, but another user's, as after `su`
            return _made(Path(chosen) / _NAME)
    return state_folder()


def leave(port: int, url: str, db: str) -> Left:
    """Says where this process serves. Raises OSError."""
    path = runtime_folder() / f"{port}.json"
    serving = Serving(os.getpid(), url, str(Path(db).resolve()))
    write_private(path, msgspec.json.encode(serving))
    return Left(path, serving.pid)


def take_back(left: Left) -> None:
    """Removes the file, unless another process has left its own meanwhile."""
    found = _read(left.path)
    if found is not None and found.pid == left.pid:
        left.path.unlink(missing_ok=True)


def find(port: int) -> Serving | None:
    """The live process that left its address for this port. Raises OSError where there is no folder."""
    return next((found for folder in _folders() if (found := _alive(folder / f"{port}.json")) is not None), None)


def all_serving() -> Iterator[Serving]:
    """Every live one. Raises OSError where there is no folder."""
    for path in (path for folder in _folders() for path in sorted(folder.glob("[0-9]*.json"))):
        found = _alive(path)
        if found is not None:
            yield found


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, whole or not at all. Raises OSError."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def is_private(path: Path) -> bool:
    """Whether it is a file of this user's that nobody else may read."""
    try:
        found = path.lstat()
    except OSError:
        return False
    if not stat.S_ISREG(found.st_mode):
        return False
    return os.name != "posix" or (found.st_uid == os.getuid() and not found.st_mode & 0o077)


def _folders() -> list[Path]:
    """Both that a server may have used: it need not have had the same environment."""
    return list(dict.fromkeys((runtime_folder(), state_folder())))


def _alive(path: Path) -> Serving | None:
    found = _read(path)
    return found if found is not None and _is_running(found.pid) else None


def _read(path: Path) -> Serving | None:
    if not is_private(path):
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Serving)
    except (OSError, msgspec.MsgspecError):
        return None


def _is_running(pid: int) -> bool:
    if pid <= 0:
        return False
    if os.name != "posix":
        return True  # there a signal would end it; a connection will show
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and (found := folder.stat()).st_uid == os.getuid() and found.st_mode & 0o077:
        folder.chmod(0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written")
    return folder
