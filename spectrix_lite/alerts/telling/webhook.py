"""Webhook: one request to an address outside, which is resolved, checked, and connected to as it was checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

import aiohttp
from aiohttp import abc, hdrs

from ... import __version__
from ...core.alert_errors import AddressForbidden
from . import addresses
from .addresses import Address, PostTarget
from .webhook_request import WebhookRequest

SECONDS: Final = 5.0
"""For all of one request."""

RESOLVE_SECONDS: Final = 2.0
LONGEST_WAIT: Final = 3600.0
"""Of what a Retry-After may ask for, in seconds."""

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""The IP addresses of a name, as text. Raises OSError where it has none."""


class PostOutcome(NamedTuple):
    """What came of a request: the answer's status, or a few words where there was none. `wait` is its Retry-After."""

    status: int | None
    said: str = ""
    wait: float = 0.0

    @property
    def is_delivered(self) -> bool:
        """Whether the other side has taken it."""
        return self.status is not None and 200 <= self.status < 300


class Webhooks:
    """Posts requests. `private` is `--webhook-private`; `own_ports` are this server's, never posted to."""

    def __init__(self, *, private: bool, own_ports: set[int], lookup: Lookup | None = None) -> None:
        self._private = private
        self._own_ports = own_ports
        self._lookup = lookup or look_up
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Idempotent."""
        if self._session is not None:
            await self._session.close()

    async def check(self, url: str) -> None:
        """Raises AddressForbidden for an address that nothing is posted to, as its name resolves now.

        A name that does not resolve is taken: it is asked for again whenever something is sent.
        """
        target = self._target(url)
        if target.address is None:
            try:
                async with asyncio.timeout(RESOLVE_SECONDS):
                    await self.resolve(target.host, target.port)
            except (OSError, TimeoutError):
                return

    async def post(self, request: WebhookRequest) -> PostOutcome:
        """Sends it once, and waits `SECONDS` at most; redirects are not followed. Raises AddressForbidden."""
        target = self._target(request.url)
        if self._session is None:
            self._session = self._open()
        headers = {hdrs.CONTENT_TYPE: "application/json", hdrs.USER_AGENT: f"spectrix-lite/{__version__}"}
        try:
            async with self._session.post(
                target.url, data=request.body, headers=headers | dict(request.headers), allow_redirects=False
            ) as answer:
                # Whatever else it says, or never gets to say, is not waited for.
                if 300 <= answer.status < 400:
                    return PostOutcome(answer.status, "it redirects, which is not followed")
                asked = "" if answer.ok else answer.headers.get(hdrs.RETRY_AFTER, "")
                return PostOutcome(answer.status, "", _retry_after(asked))
        except TimeoutError:
            return PostOutcome(None, f"no answer within {SECONDS:.0f} s")
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            return PostOutcome(None, _SAID.get(type(problem), "it could not be reached"))

    async def resolve(self, host: str, port: int) -> list[str]:
        """A name's addresses, each of which may be posted to. Raises AddressForbidden where one may not, or OSError."""
        found = await self._lookup(host, port)
        for text in found:
            self._check_address(ipaddress.ip_address(text), port)
        return found

    def _target(self, url: str) -> PostTarget:
        target = addresses.target(url, private=self._private)
        if target.address is not None:
            self._check_address(target.address, target.port)
        return target

    def _check_address(self, address: Address, port: int) -> None:
        addresses.check_address(address, private=self._private)
        if port in self._own_ports and is_of_this_machine(address):
            raise AddressForbidden("This is an address of this server itself.")

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=_CheckedResolver(self), use_dns_cache=False, force_close=True, limit=20, limit_per_host=4
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )


class _CheckedResolver(abc.AbstractResolver):
    """Gives aiohttp those addresses that were checked, and it connects to no others."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        found = await self._webhooks.resolve(host, port)
        return [
            abc.ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def look_up(host: str, port: int) -> list[str]:
    """What the system's resolver says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def is_of_this_machine(address: Address) -> bool:
    """Whether an address is one of this machine's own: it can be bound to."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _retry_after(value: str) -> float:
    """Seconds from now, of a number or a date; 0.0 for none."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return min(LONGEST_WAIT, float(value))
    try:
        wait = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, min(LONGEST_WAIT, wait))


_SAID: Final[Mapping[type[BaseException], str]] = {
    aiohttp.ClientConnectorDNSError: "its name does not resolve",
    aiohttp.ClientConnectorCertificateError: "its certificate is not valid",
    aiohttp.ServerDisconnectedError: "it hung up",
}
