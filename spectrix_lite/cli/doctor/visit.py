"""Visit of `doctor`: signed in at a server by a link of its own, and out again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from ...core.config import Config
from ..access import opened
from .finding import Finding, warn

_MOST: Final = 256 * 1024


@asynccontextmanager
async def visiting(client: aiohttp.ClientSession, config: Config, url: str) -> AsyncIterator[Mapping[str, str] | None]:
    """The headers that say who asks, at the server at `url`; None where it has another database than `config` names.

    Raises SpectrixError or StartupError where that cannot be used.
    """
    async with opened(config, create=False) as authority:
        token = await authority.operator.new_link()
    async with client.post(f"{url}/api/v1/auth/token", json={"token": token}) as answer:
        cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
    if not cookies:
        yield None
        return
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    try:
        yield headers
    finally:
        async with client.post(f"{url}/api/v1/auth/logout", headers=headers):
            pass


def stranger(config: Config, url: str) -> Finding:
    """That the server at `url` does not know what `config` names."""
    if config.cluster is not None:
        return warn(
            "intake", f"the server at {url} is no node of {config.cluster}", "Give the --cluster of that server."
        )
    return warn(
        "intake", f"the database {config.db} is not that of the server at {url}", "Give the --db of that server."
    )


async def read_json(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The JSON object that is the body; empty for anything else. 256 KiB at most are read."""
    text = b""
    while len(text) < _MOST and (piece := await answer.content.read(_MOST)):
        text += piece
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
