"""Sender of `demo`: a service, a key for as long as it runs, and batches as a middleware would send them."""

from __future__ import annotations

import asyncio
import math
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from random import Random
from typing import Final

import aiohttp
import click
import msgspec

from ...access.authority import Service
from ...core.config import Config
from ...core.errors import Unavailable
from ...core.names import clean_name, name_key
from ..access import opened, other_database
from ..address import INGEST, local_url, public_url
from ..terminal import Style, visible
from .traffic import Entry, Traffic

BATCH_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 1.0
MOST_WAITING: Final = 5_000
"""Entries kept while the server is away; older ones are dropped, and counted."""
_REPORT_SECONDS: Final = 1.0


async def send(config: Config, service: str, *, rate: float, seconds: float | None) -> None:
    """Sends until `seconds` have gone or it is cancelled. Raises ClickException where the server refuses."""
    async with _stream_key(config, service) as (found, key):
        click.echo(f"Sending to {visible(found.name)}. Watch it: {public_url(config)}/#/services/{found.id}/watch")
        sender = _Sender(config, key)
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as client:
                await sender.run(client, Traffic(Random(), rate), math.inf if seconds is None else seconds)  # noqa: S311
        finally:
            sender.report(last=True)


@asynccontextmanager
async def _stream_key(config: Config, name: str) -> AsyncIterator[tuple[Service, str]]:
    async with opened(config) as authority:
        wanted = clean_name(name)
        known = [each for each in authority.services() if name_key(each.name) == name_key(wanted)]
        service = known[0] if known else await authority.create_service(wanted)
        shown, key = await authority.create_stream_key(service.id, "demo")
        try:
            yield service, key
        finally:
            try:
                await authority.revoke_stream_key(service.id, shown.id)
            except Unavailable as problem:
                click.echo(f"The stream key {shown.preview} is not revoked: {problem.detail}", err=True)


class _Sender:
    def __init__(self, config: Config, key: str) -> None:
        self._config = config
        self._url = local_url(config) + INGEST
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._style = Style(sys.stdout)
        self._waiting: list[Entry] = []
        # On its way, or failed: sent again as it is, under the same name, lest a lost answer stores it twice.
        self._batch: list[Entry] = []
        self._batch_id = ""
        self._sent = 0
        self._dropped = 0
        self._reported = -math.inf
        self._is_away = False

    async def run(self, client: aiohttp.ClientSession, traffic: Traffic, seconds: float) -> None:
        started, wall = time.monotonic(), time.time_ns() // 1_000_000
        while (elapsed := time.monotonic() - started) < seconds:
            self._keep(traffic.until(elapsed, wall))
            pause = BATCH_SECONDS if await self._flush(client) else RETRY_SECONDS
            self.report()
            await asyncio.sleep(min(pause, max(0.0, started + seconds - time.monotonic())))

    def report(self, *, last: bool = False) -> None:
        """Tells how far it is: on a terminal on one line that is written over, elsewhere only in the end."""
        now = time.monotonic()
        if not last and (not self._style.colours or now - self._reported < _REPORT_SECONDS):
            return
        self._reported = now
        text = f"{self._sent:,} entries sent" + (f", {self._dropped:,} dropped" if self._dropped else "")
        click.echo(f"\r{self._style.dim(text)}" if self._style.colours else text, nl=last)

    def _keep(self, entries: Iterable[Entry]) -> None:
        self._waiting.extend(entries)
        over = max(0, len(self._waiting) - MOST_WAITING)
        self._dropped += over
        del self._waiting[:over]

    async def _flush(self, client: aiohttp.ClientSession) -> bool:
        """Whether the server has taken what there was to send."""
        if not self._batch:
            self._batch, self._waiting = self._waiting, []
            self._batch_id = secrets.token_hex(8)
        if not self._batch:
            return True
        body = msgspec.json.encode({"logs": self._batch})
        headers = {**self._headers, "Idempotency-Key": self._batch_id}
        try:
            async with client.post(self._url, data=body, headers=headers) as answer:
                if answer.status in (429, 503):
                    return self._away(f"the server answers {answer.status}")
                if answer.status == 401:
                    raise other_database(self._config)
                if answer.status != 200:
                    raise click.ClickException(f"{self._url} answers {answer.status}: {await _detail(answer)}")
        except (aiohttp.ClientConnectionError, TimeoutError):
            return self._away("there is no connection to the server")
        self._sent += len(self._batch)
        self._batch = []
        self._is_away = False
        return True

    def _away(self, why: str) -> bool:
        if not self._is_away:
            click.echo(f"{why}; trying again at {self._url}", err=True)
        self._is_away = True
        return False


async def _detail(answer: aiohttp.ClientResponse) -> str:
    try:
        return str((await answer.json(content_type=None))["detail"])
    except (ValueError, KeyError, TypeError):
        return "it may be no Spectrix Lite of this version"
