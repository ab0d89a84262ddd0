"""Where lines go: the server at the port, or one that is started; a service, and the key that is named `run`."""

from __future__ import annotations

import asyncio
import fcntl
import http.client
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import click

from ...core.config import Config
from ...core.errors import NameTaken, StartupError
from .. import serving_file
from ..serving_file import Serving
from .in_use import InUse
from .own_server import start

if TYPE_CHECKING:
    from ...access.authority import Authority, Service

KEY_NAME: Final = "run"
API: Final = "/api/v1"
PORTS_TRIED: Final = 20
_ANSWER_SECONDS: Final = 2.0

Say = Callable[[str], None]


class Target(NamedTuple):
    """`base` is scheme, host and port; `link` a one-time way in, None on another machine; `again` whether the service
    was run before; `use` says that the server is needed, until it is released.
    """

    base: str
    key: str
    service: str
    service_id: str | None
    link: str | None
    again: bool
    use: InUse | None


class Wanted(NamedTuple):
    """What the command line says. `db` is None where neither flag nor variable names a database."""

    service: str | None
    db: str | None
    keep: bool


def prepare(config: Config, wanted: Wanted, say: Say) -> Target:
    """Finds the server or starts one, and makes sure of service and key.

    Raises ClickException, StartupError or SpectrixError where that cannot be done.
    """
    if url := os.environ.get("SPECTRIX_URL"):
        return _elsewhere(url, wanted.service)
    if config.cluster is not None:
        raise StartupError(
            "SPECTRIX_CLUSTER is set, and a node of a cluster is not found by its database: "
            "say where lines go by SPECTRIX_URL and SPECTRIX_API_KEY, or unset it."
        )
    try:
        with _one_at_a_time():
            serving, use = _server(config, wanted, say)
            name = wanted.service or Path.cwd().name or "app"
            return asyncio.run(_way_in(replace(config, db=serving.db), name, serving, use))
    except OSError as problem:
        raise click.ClickException(f"The folder of run's own files cannot be used: {problem}") from None


def _elsewhere(url: str, service: str | None) -> Target:
    key = os.environ.get("SPECTRIX_API_KEY")
    if not key:
        raise click.UsageError("SPECTRIX_URL names a server, and SPECTRIX_API_KEY, which it needs, is missing.")
    base = url.rstrip("/").removesuffix(API)
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError("SPECTRIX_URL is not an address such as https://logs.example.org.")
    return Target(base, key, service or Path.cwd().name or "app", None, None, again=False, use=None)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two runs at once must not both start a server, or both make a key."""
    lock = os.open(serving_file.state_folder() / "prepare.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _server(config: Config, wanted: Wanted, say: Say) -> tuple[Serving, InUse]:
    folder = serving_file.runtime_folder()
    first = config.port or _free_port()
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        use = InUse(folder, port)
        use.hold()  # before looking: what is there now stays
        found = serving_file.find(port)
        if found is not None and not _answers(found.url):
            found = None
        if found is None and _is_taken(port):
            use.release()
            continue
        if port != first:
            say(f"another program listens on port {first}: the server is on port {port}")
        if found is None:
            found, use = _other_or_new(port, _database(wanted), use, say)
        if wanted.keep:
            use.keep()
        return found, use
    raise click.ClickException(
        f"Other programs listen on port {first} and those after it: give a free one with --port."
    )


def _other_or_new(port: int, database: Path, use: InUse, say: Say) -> tuple[Serving, InUse]:
    """A database has one server: where it has one already, at whatever port, that is the one."""
    for other in serving_file.all_serving():
        if other.db == str(database) and (at := urlsplit(other.url).port) is not None and at != port:
            use.release()
            use = InUse(serving_file.runtime_folder(), at)
            use.hold()
            if serving_file.find(at) is not None:
                say(f"the server of {database} is on port {at}")
                return other, use
            use.release()
            use = InUse(serving_file.runtime_folder(), port)
            use.hold()
    return start(port, database), use


def _database(wanted: Wanted) -> Path:
    if wanted.db is not None:
        return Path(wanted.db).resolve()
    here = Path("spectrix.db")
    return here.resolve() if here.is_file() else (serving_file.state_folder() / "spectrix.db").resolve()


def _is_taken(port: int) -> bool:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as problem:
            if problem.errno in (98, 48, 13):  # in use (Linux, macOS), not permitted
                return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    """Whether what left this address still serves there; one that is only busy, or held, does."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except TimeoutError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def _way_in(config: Config, name: str, serving: Serving, use: InUse) -> Target:
    from ..access import opened
    from ..address import sign_in_url

    async with opened(config) as authority:
        service = await _service(authority, name)
        key, again = await _key(authority, service)
        link = f"{sign_in_url(serving.url, await authority.operator.new_link())}&service={service.id}"
        return Target(serving.url, key, service.name, service.id, link, again, use)


async def _service(authority: Authority, name: str) -> Service:
    from ...core.names import name_key

    def known() -> Service | None:
        return next((each for each in authority.services() if name_key(each.name) == name_key(name.strip())), None)

    found = known()
    if found is not None:
        return found
    try:
        return await authority.create_service(name)
    except NameTaken:  # somebody was quicker
        found = known()
        if found is None:
            raise
        return found


async def _key(authority: Authority, service: Service) -> tuple[str, bool]:
    """The service's key named `run`, and whether there was one. One whose secret is gone is of no use to anybody."""
    from ...access.keys import parse

    folder = serving_file.state_folder() / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / service.id
    kept = path.read_text("ascii").strip() if serving_file.is_private(path) else ""
    named = [key for key in await authority.stream_keys(service.id) if key.name == KEY_NAME and key.revoked_at is None]
    if kept and any(key.id == parse(kept) for key in named):
        return kept, True
    for key in named:
        await authority.revoke_stream_key(service.id, key.id)
    _, secret = await authority.create_stream_key(service.id, KEY_NAME)
    serving_file.write_private(path, secret.encode() + b"\n")
    return secret, False
