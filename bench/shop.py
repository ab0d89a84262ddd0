"""What a busy shop logs: entries of many shapes, each with its own time, ids, path and duration, at a steady rate."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from .load import Source
from .traffic import Batch

IN_A_BATCH: Final = 50
_BATCHES: Final = 200  # different ones; after them they come again, with new times and ids
_TIME: Final = "@time@"
_ID: Final = "@id@"
_HOLE: Final = re.compile(b"(@time@|@id@)")
_SIZES: Final = {b"@time@": 24, b"@id@": 16}
_SPREAD: Final = 0x9E3779B97F4A7C15  # odd, so that no two of 2**64 ids are equal; they look like chance
_REQUESTS: Final = (
    # weight, method, path ({} is an id), source, usual milliseconds
    (30, "GET", "/api/products/{}", "catalogue", 12),
    (18, "GET", "/api/products?page={}&limit=25", "catalogue", 45),
    (10, "GET", "/api/users/{}", "accounts", 9),
    (8, "POST", "/api/cart/{}/items", "checkout", 22),
    (6, "POST", "/api/orders", "checkout", 140),
    (6, "GET", "/api/orders/{}", "checkout", 30),
    (4, "POST", "/api/payments/{}/capture", "payments", 380),
    (4, "PATCH", "/api/users/{}/preferences", "accounts", 25),
    (3, "DELETE", "/api/cart/{}/items/{}", "checkout", 18),
    (8, "GET", "/healthz", "gateway", 1),
    (3, "GET", "/api/search?q=term-{}", "search", 210),
)
_RARE: Final = 0.15  # of requests: to one of hundreds of routes, as of what operators and other programs call
_AREAS: Final = ("admin", "billing", "content", "inventory", "partners", "reports", "returns", "shipping")
_THINGS: Final = ("accounts", "batches", "exports", "invoices", "labels", "prices", "rules", "suppliers")
_DEEDS: Final = ("", "/approve", "/history", "/items/{}", "/notes", "/sync")
_FAULTS: Final = (
    ("QueryError", "deadlock while {} {} of {} was written"),
    ("TimeoutError", "no answer from {} about {} after {} ms"),
    ("TypeError", "cannot read properties of undefined (reading '{}') in {}, line {}"),
)
_STATUSES: Final = ((200, 80), (201, 6), (204, 3), (304, 3), (400, 2), (401, 1), (404, 3), (409, 1), (500, 1), (503, 1))
_LINES: Final = (
    ("info", "worker", "job {} finished: 3 mails sent"),
    ("debug", "worker", "cache miss for key product:{}, loading it from the replica"),
    ("warn", "payments", "the gateway took long to answer for payment {}; trying the second one"),
    ("error", "payments", "card was declined: insufficient funds (payment {})"),
    ("debug", "catalogue", "SELECT id, name, price FROM products WHERE category = $1 ORDER BY name LIMIT 25 -- {}"),
)
_AGENTS: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4",
    "Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0",
    "okhttp/4.12.0",
)


def entry(chance: random.Random) -> dict[str, Any]:
    """One that is as no other; its time and its request's id are still to be filled in."""
    if chance.random() < 0.15:
        level, source, text = chance.choice(_LINES)
        message = text.format(chance.randrange(100_000))
        return {"timestamp": _TIME, "level": level, "source": source, "message": message, "metadata": {"traceId": _ID}}
    (status,) = chance.choices([code for code, _ in _STATUSES], [weight for _, weight in _STATUSES])
    fault: dict[str, Any] = {}
    if chance.random() < _RARE:
        area, thing = chance.choice(_AREAS), chance.choice(_THINGS)
        method, path = chance.choice(("GET", "POST")), f"/api/{area}/{thing}/{{}}{chance.choice(_DEEDS)}"
        source, usual = area, 60
        if chance.random() < 0.2:
            status, (name, text) = 500, chance.choice(_FAULTS)
            message = text.format(area, thing, chance.randrange(100_000))
            stack = f"{name}: {message}\n    at handle (/app/{area}/{thing}.js:{chance.randrange(300)}:12)"
            fault = {"error": {"name": name, "message": message, "stack": stack}}
    else:
        _, method, path, source, usual = chance.choices(_REQUESTS, [weight for weight, *_ in _REQUESTS])[0]
    endpoint = path.replace("{}", str(chance.randrange(100_000)))
    return {
        "timestamp": _TIME,
        "level": "error" if status >= 500 else "warn" if status >= 400 else "info",
        "source": source,
        "message": f"{method} {endpoint} {status}",
        "method": method,
        "endpoint": endpoint,
        "statusCode": status,
        "metadata": {
            "duration": round(chance.lognormvariate(0, 0.6) * usual, 2),
            "requestId": _ID,
            "ip": f"10.0.{chance.randrange(256)}.{chance.randrange(256)}",
            "userAgent": chance.choice(_AGENTS),
            "userId": chance.randrange(5000),
            **fault,
        },
    }


@cache
def _prepared(seed: int) -> tuple[list[dict[str, Any]], list[tuple[int, list[bytes]]]]:
    """The first batch, and of each its size and its body cut at every place that is still to be filled in."""
    chance = random.Random(seed)
    batches = [[entry(chance) for _ in range(IN_A_BATCH)] for _ in range(_BATCHES)]
    bodies = [_HOLE.split(json.dumps({"logs": batch}, separators=(",", ":")).encode()) for batch in batches]
    return batches[0], [(sum(_SIZES.get(part, len(part)) for part in parts), parts) for parts in bodies]


class Shop(Source):
    """Producers whose every request has entries of its own."""

    def __init__(self, port: int, key: str, seed: int = 1) -> None:
        first, prepared = _prepared(seed)
        super().__init__(port, key, Batch(first, b"", b""))
        self._heads_and_parts = [(self.head(size), parts) for size, parts in prepared]
        self._ids = 0

    def request(self, number: int) -> bytes:
        head, parts = self._heads_and_parts[number % _BATCHES]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")[:23].encode() + b"Z"
        filled = [head, *parts]
        for index, part in enumerate(filled):
            if part == b"@time@":
                filled[index] = now
            elif part == b"@id@":
                self._ids += 1
                filled[index] = b"%016x" % (self._ids * _SPREAD % 2**64)
        return b"".join(filled)


@asynccontextmanager
async def shop(port: int, key: str) -> AsyncIterator[Shop]:
    """Connected; nothing is sent yet."""
    found = Shop(port, key)
    try:
        await found.connect()
        yield found
    finally:
        found.close()
