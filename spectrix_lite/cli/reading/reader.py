"""Reader: the calls that read: of the server at the port, through its database; of another machine's, by a token."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import click
import msgspec
from aiohttp import hdrs

from ...core.config import Config
from ...core.names import name_key
from .. import serving_file
from ..access import opened
from ..address import local_url
from .options import ChosenView

API: Final = "/api/v1"
TOKEN_VARIABLE: Final = "SPECTRIX_TOKEN"  # noqa: S105  a variable's name
CURSOR: Final = "Spectrix-Cursor"
_ANSWER_SECONDS: Final = 20.0
_REWRITE_SECONDS: Final = 600.0  # gigabytes of blocks, one after the other
_CONNECT_SECONDS: Final = 5.0
_TURN_SECONDS: Final = 30.0
_SILENCE_SECONDS: Final = 45.0  # three heartbeats

_LONGEST_LINE: Final = 2**20

Sleep = Callable[[float], Awaitable[object]]

_object: Final = msgspec.json.Decoder(dict[str, Any]).decode


class CannotAsk(click.ClickException):
    """The server could not be asked: status 2, as `wait` promises."""

    exit_code = 2

    def __init__(self, message: str, code: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.code = code
        """The problem's, where the server refused."""
        self.retry_after = retry_after
        """In seconds, as it said."""


class Unreachable(CannotAsk):
    """Nobody answers now; later somebody may."""


class Remote(NamedTuple):
    """Another machine's server, and the read token for it."""

    base: str
    token: str


class FoundService(NamedTuple):
    """A service as it is asked for and shown."""

    id: str
    name: str


def remote(server: str | None) -> Remote | None:
    """The server of `--server`; None where it was not given. Raises UsageError."""
    if server is None:
        return None
    base = server.rstrip("/").removesuffix(API)
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError("--server is an address such as https://logs.example.org.")
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise click.UsageError(f"--server needs a read token in {TOKEN_VARIABLE}: `tokens create` makes one there.")
    return Remote(base, token)


def local(config: Config) -> Config:
    """With the database that the server at the port has said to serve, unless one was named."""
    if config.db != Config.load({}, {}).db:
        return config
    with suppress(OSError):
        found = serving_file.find(config.port)
        if found is not None:
            return replace(config, db=found.db)
    return config


class ServerReader:
    """One server, asked by HTTP. Every call raises CannotAsk, Unreachable where nobody answers."""

    def __init__(self, client: aiohttp.ClientSession, base: str, sleep: Sleep = asyncio.sleep) -> None:
        self._client = client
        self.base = base
        self._sleep = sleep

    async def services(self) -> list[FoundService]:
        """Those that may be read, oldest first."""
        return [FoundService(service["id"], service["name"]) for service in await self._listed("services")]

    async def find(self, wanted: str) -> FoundService:
        """The service of this name, in any case, or of this id."""
        services = await self.services()
        for service in services:
            if wanted == service.id or name_key(wanted.strip()) == name_key(service.name):
                return service
        names = ", ".join(service.name for service in services[:10]) or "none"
        raise CannotAsk(f"There is no service {wanted!r} that may be read. There are: {names}.")

    async def view(self, name: str | None, service: FoundService) -> ChosenView | None:
        """A saved view, of this service first; None without a name."""
        if name is None:
            return None
        views = await self._listed("views")
        fitting = [v for v in views if v["service"] in (service.id, None) and name_key(v["name"]) == name_key(name)]
        if not fitting:
            raise CannotAsk(f"There is no view {name!r} for {service.name}.")
        view = max(fitting, key=lambda view: view["service"] is not None)
        return ChosenView(view["query"], tuple(view["columns"] or ()), view["range"])

    async def _listed(self, name: str) -> list[dict[str, Any]]:
        found = (await self.get(f"/{name}")).get(name)
        if not isinstance(found, list):
            raise _not_ours(self.base)
        return found

    async def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object at a path below the API."""
        async with self._asked(path, parameters, {}, _ANSWER_SECONDS) as answer:
            return _object(await answer.read())

    async def page(self, service: FoundService, parameters: Mapping[str, Any]) -> bytes:
        """One page of entries, as it came. While others search it waits for its turn, half a minute or so."""
        waited = 0.0
        while True:
            try:
                async with self._asked(f"/services/{service.id}/entries", parameters, {}, _ANSWER_SECONDS) as answer:
                    return await answer.read()
            except CannotAsk as problem:
                if problem.code != "search_busy" or waited >= _TURN_SECONDS:
                    raise
                seconds = min(problem.retry_after, _TURN_SECONDS)
            waited += seconds
            await self._sleep(seconds)

    @asynccontextmanager
    async def follow(
        self, service: FoundService, parameters: Mapping[str, Any]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Entries as they come, as NDJSON. Raises Unreachable also when the connection is lost meanwhile."""
        headers = {"Accept": "application/x-ndjson"}
        path = f"/services/{service.id}/entries"
        async with self._asked(path, {**parameters, "follow": "true"}, headers, None) as answer:
            yield answer

    async def forget(self, service: FoundService, before: str | None, query: str | None) -> int:
        """Takes out what was received before a time and matches, for an operator; how many that were."""
        path = f"/services/{service.id}/forget"
        body = {name: value for name, value in (("before", before), ("query", query)) if value is not None}
        async with self._asked(path, None, {}, _REWRITE_SECONDS, body) as answer:
            removed: int = _object(await answer.read())["removed"]
            return removed

    @asynccontextmanager
    async def _asked(
        self,
        path: str,
        parameters: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        seconds: float | None,
        body: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A GET, with a `body` a POST. Without `seconds` the answer may take for ever, as long as something comes."""
        silence = _SILENCE_SECONDS if body is None else seconds
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS, sock_read=silence)
        method = "GET" if body is None else "POST"
        url = f"{self.base}{API}{path}"
        try:
            async with self._client.request(
                method, url, params=parameters, headers=headers, timeout=timeout, json=body
            ) as answer:
                if answer.status != 200:
                    raise await _refusal(answer, self.base)
                yield answer
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
            raise Unreachable(f"There is no connection to the server at {self.base}.") from None
        except (aiohttp.ClientError, ValueError, msgspec.MsgspecError):
            raise _not_ours(self.base) from None


@asynccontextmanager
async def reading(config: Config, server: str | None) -> AsyncIterator[ServerReader]:
    """A reader of `--server`, else of the server at the port, signed in through its database until the end.

    Raises Unreachable where no server is there, and CannotAsk where it serves another database.
    """
    elsewhere = remote(server)
    if elsewhere is not None:
        headers = {"Authorization": f"Bearer {elsewhere.token}"}
        async with aiohttp.ClientSession(headers=headers, read_bufsize=_LONGEST_LINE) as client:
            yield ServerReader(client, elsewhere.base)
        return
    config = local(config)
    base = local_url(config)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), read_bufsize=_LONGEST_LINE) as client:
        async with opened(config) as authority:
            link = await authority.operator.new_link()
        try:
            async with client.post(f"{base}{API}/auth/token", json={"token": link}) as answer:
                if answer.status != 204:
                    raise CannotAsk(
                        f"The server at {base} serves another database than {config.db}: "
                        "give --db, --host and --port as it has them."
                    )
        except aiohttp.ClientError:
            raise Unreachable(f"There is no server at {base}: start it, or name another with --server.") from None
        try:
            yield ServerReader(client, base)
        finally:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with client.post(f"{base}{API}/auth/logout"):
                    pass


def _not_ours(base: str) -> CannotAsk:
    return CannotAsk(f"What answers at {base} is no Spectrix Lite of this version.")


async def _refusal(answer: aiohttp.ClientResponse, base: str) -> CannotAsk:
    try:
        problem = _object(await answer.read())
        detail, code = str(problem["detail"]), str(problem["code"])
    except (msgspec.MsgspecError, KeyError):
        detail, code = f"What answers at {base} is no Spectrix Lite of this version ({answer.status}).", ""
    try:
        retry_after = max(0.1, float(answer.headers.get(hdrs.RETRY_AFTER, "1")))
    except ValueError:
        retry_after = 1.0
    return (Unreachable if answer.status in (502, 503, 504) else CannotAsk)(detail, code, retry_after)
