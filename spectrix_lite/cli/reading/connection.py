"""Connection of `tail` to the server: a session through the database, a socket for as long as it lasts, and the way
back.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

import aiohttp
import click
import msgspec

from ...access.sessions import DEFAULT_TTL
from ...core.config import Config
from ...core.errors import SpectrixError, Unavailable
from ...stream.messages import Expiring, FilterProblem, Gap, Watching
from ..access import find_service, opened, other_database
from ..address import STREAM, local_url
from ..terminal import Style, visible
from .feed import Entries, Feed
from .lines import Lines
from .reader import TOKEN_VARIABLE, Remote, reading

SILENCE_SECONDS: Final = 45.0
"""The server says something every 15 seconds; after three times that, the connection is dead."""
CONNECT_SECONDS: Final = 5.0
_MOST_BYTES: Final = 4 * 1024 * 1024
EXPIRED, ENDED, UNKNOWN, BAD_MESSAGE, TOO_MANY = 4001, 4003, 4401, 4400, 1013


class Backoff:
    """How long to wait before the next try: random, up to a bound that doubles to ten seconds."""

    def __init__(self, first: float = 0.5, most: float = 10.0) -> None:
        self._first = first
        self._most = most
        self._bound = first

    def next(self) -> float:
        bound, self._bound = self._bound, min(self._bound * 2, self._most)
        return random.uniform(bound / 2, bound)  # noqa: S311  spreads load, hides nothing

    def reset(self) -> None:
        self._bound = self._first


class Permission(Protocol):
    """How `tail` is let in. What it does may raise a SpectrixError, or ClickException where it is in vain."""

    base: str
    """Scheme, host and port."""

    is_renewed: bool
    """Whether what has run out is made anew."""

    async def find(self, service: str) -> None:
        """Makes sure of the service."""

    async def token(self) -> tuple[str, str | None]:
        """(a token that opens the stream, the service's id where it has to be named)."""

    async def end(self) -> None:
        """Nothing should be left behind."""

    def unknown(self) -> click.ClickException:
        """The server does not know the token."""


class ByDatabase:
    """A session through the database that this process can read."""

    is_renewed = True

    def __init__(self, config: Config, ttl: int) -> None:
        self.base = local_url(config)
        self._config = config
        self._ttl = ttl
        self._service_id = ""
        self._session_id = ""

    async def find(self, service: str) -> None:
        async with opened(self._config) as authority:
            self._service_id = find_service(authority, service).id

    async def token(self) -> tuple[str, str | None]:
        async with opened(self._config) as authority:
            service = find_service(authority, self._service_id)
            former = self._session_id
            session, token = await authority.create_session(service.id, ttl=self._ttl)
            self._session_id = session.id
            if former:
                with suppress(SpectrixError):  # it may have run out meanwhile
                    await authority.end_session(former)
        return token, None

    async def end(self) -> None:
        """What cannot be ended runs out by itself."""
        if self._session_id:
            with suppress(SpectrixError):
                async with opened(self._config) as authority:
                    await authority.end_session(self._session_id)

    def unknown(self) -> click.ClickException:
        return other_database(self._config)


class ByToken:
    """A read token of another machine's server."""

    is_renewed = False

    def __init__(self, elsewhere: Remote) -> None:
        self.base = elsewhere.base
        self._token = elsewhere.token
        self._service_id = ""

    async def find(self, service: str) -> None:
        async with reading(Config(), self.base) as reader:
            self._service_id = (await reader.find(service)).id

    async def token(self) -> tuple[str, str | None]:
        return self._token, self._service_id

    async def end(self) -> None:
        """The token is whoever's who gave it."""

    def unknown(self) -> click.ClickException:
        return click.ClickException(f"The server at {self.base} does not take the token in {TOKEN_VARIABLE}.")


async def watch(config: Config, service: str, feed: Feed, lines: Lines, *, ttl: int = DEFAULT_TTL) -> None:
    """Prints until it is cancelled. Raises ClickException where coming back would not help."""
    await watch_by(ByDatabase(config, ttl), service, feed, lines)


async def watch_by(permission: Permission, service: str, feed: Feed, lines: Lines) -> None:
    """The same, by whatever lets it in."""
    async with aiohttp.ClientSession() as client:
        await permission.find(service)
        try:
            await _Tail(permission, client, feed, lines).run()
        finally:
            await permission.end()


class _Tail:
    def __init__(self, permission: Permission, client: aiohttp.ClientSession, feed: Feed, lines: Lines) -> None:
        self._permission = permission
        self._client = client
        self._feed = feed
        self._lines = lines
        self._style = Style(sys.stderr)
        self._backoff = Backoff()
        self._token = ""  # empty: a session is needed
        self._service_id: str | None = None
        self._admitted = False  # whether the server has taken the token
        self._is_away = False
        self._is_told = False  # that it watches

    async def run(self) -> None:
        while True:
            try:
                if not self._token:
                    self._token, self._service_id = await self._permission.token()
                    self._admitted = False
                await self._connection()
            except BrokenPipeError:
                raise  # nobody reads what it prints; a socket's end has other names
            except (aiohttp.ClientConnectionError, OSError, TimeoutError, msgspec.MsgspecError):
                self._away("there is no connection to the server")
            except Unavailable as problem:
                self._away(problem.detail)
            except aiohttp.WSServerHandshakeError as problem:
                if problem.status < 500:
                    raise self._refused(problem) from None
                self._away(f"the server answers {problem.status}")
            if self._is_away:
                await asyncio.sleep(self._backoff.next())

    async def _connection(self) -> None:
        """One connection, from its `watch` to its end."""
        timeout = aiohttp.ClientWSTimeout(ws_receive=SILENCE_SECONDS, ws_close=2.0)
        url = self._permission.base + STREAM
        connecting = self._client.ws_connect(url, timeout=timeout, max_msg_size=_MOST_BYTES)
        async with await asyncio.wait_for(connecting, CONNECT_SECONDS) as socket:
            await socket.send_str(self._feed.hello(self._token, self._service_id))
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                if self._take(message.data):
                    self._token = ""
                    return
            self._closed(socket.close_code or 1006)

    def _take(self, text: str) -> bool:
        """Prints what the message says; whether the session should be renewed."""
        event = self._feed.read(text)
        if isinstance(event, Watching):
            self._admitted = True
            self._backoff.reset()
            self._back(event)
        elif isinstance(event, Entries):
            show(self._lines.entries(event.entries))
        elif isinstance(event, Gap):
            show(self._lines.gap(event))
        elif isinstance(event, FilterProblem):
            raise click.ClickException(f"The server cannot use the filter: {event.detail}")
        return isinstance(event, Expiring) and self._permission.is_renewed

    def _closed(self, code: int) -> None:
        if code == EXPIRED and not (self._admitted or self._permission.is_renewed):
            raise click.ClickException(
                f"The read token in {TOKEN_VARIABLE} is past its end: `tokens create` makes one."
            )
        if code == EXPIRED or (code == UNKNOWN and self._admitted):
            self._token = ""
        elif code == ENDED:
            raise click.ClickException("The session was ended elsewhere, or its service was removed.")
        elif code == UNKNOWN:
            raise self._permission.unknown()
        elif code == BAD_MESSAGE:
            raise click.ClickException("The server cannot use the filter.")
        elif code == TOO_MANY:
            self._away("the service has too many watchers")
        else:
            self._away("the connection was lost")

    def _refused(self, problem: aiohttp.WSServerHandshakeError) -> click.ClickException:
        where = self._permission.base
        return click.ClickException(f"What answers at {where} is no Spectrix Lite of this version ({problem.status}).")

    def _away(self, why: str) -> None:
        if not self._is_away:
            self._say(f"{why}; trying again at {self._permission.base}")
        self._is_away = True

    def _back(self, watching: Watching) -> None:
        if self._is_away or not self._is_told:
            self._say(f"watching {watching.service.name}")
        self._is_away, self._is_told = False, True

    def _say(self, text: str) -> None:
        print(self._style.dim(f"---- {visible(text)} ----"), file=sys.stderr, flush=True)


def show(lines: Sequence[str]) -> None:
    """Prints them at once. Raises BrokenPipeError."""
    if lines:
        print("\n".join(lines), flush=True)
