"""Greeting: what a server of the engine says before anybody has asked it anything: that it is there, and its name."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Greeting:
    """`told` says what came of it, in words."""

    answers: bool
    told: str


async def greet(server: str) -> Greeting:
    """Connects to a server, such as `nats://127.0.0.1:4222`, and listens."""
    parts = urlsplit(server)
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                verb, _, about = (await reader.readline()).partition(b" ")
            finally:
                writer.close()
    except TimeoutError:
        return Greeting(False, f"{parts.netloc} says nothing")
    except OSError as problem:
        why = os.strerror(problem.errno) if problem.errno and problem.errno > 0 else problem  # below 0: of a name
        return Greeting(False, f"{parts.netloc} cannot be reached ({why})")
    try:
        name = str(json.loads(about)["server_name"]) if verb == b"INFO" else None
    except (ValueError, KeyError, TypeError):
        name = None
    if name is None:
        return Greeting(False, f"{parts.netloc} is another program")
    return Greeting(True, f"{name} answers at {parts.netloc}")
