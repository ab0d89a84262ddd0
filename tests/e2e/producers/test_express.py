"""Express applications with the middleware that users have: what they log is on the stream, whatever it is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import Follow, StartApp
from .follower import Entry
from .middlewares import EXPRESSES
from .node import NodeProcess
from .site import Site

QUICK, NEVER = 50, 60_000
"""Milliseconds between the middleware's flushes: soon, and not while a test lasts."""


def shown(entry: Entry) -> tuple[str, str, int, str, str]:
    return entry["method"], entry["endpoint"], entry["statusCode"], entry["level"], entry["source"]


@pytest.mark.parametrize("express", EXPRESSES)
async def test_each_request_is_an_entry_for_each_time_the_middleware_is_used(
    site: Site, follow: Follow, start_app: StartApp, load: NodeProcess, express: str
) -> None:
    shop = site.service("Shop")
    follower = await follow(site, shop)
    app = await start_app(site, express, apiKey=shop.key, interval=QUICK)
    began = datetime.now(UTC)

    async def ask(name: str, method: str, path: str) -> Any:
        headers = {"User-Agent": "load/1.0"}
        return await load.call("request", port=app.ready[name], method=method, path=path, headers=headers)

    asked = [
        ("everywhere", "GET", "/items/1?color=red&q=%F0%9F%98%80", 200, "info", "node-app"),
        ("everywhere", "POST", "/orders", 201, "info", "node-app"),
        ("everywhere", "GET", "/nowhere", 404, "warn", "node-app"),
        ("everywhere", "GET", "/forbidden", 403, "warn", "node-app"),
        ("everywhere", "GET", "/broken", 500, "error", "node-app"),
        ("everywhere", "GET", "/slow", 200, "info", "node-app"),
        ("everywhere", "GET", "/api/users", 200, "info", "node-app"),
        ("byRoute", "GET", "/api/users", 200, "info", "by-route"),
    ]
    for name, method, path, status, _, _ in asked:
        assert await ask(name, method, path) == status
    assert await ask("byRoute", "GET", "/items/2") == 200  # a route without the middleware

    expected = Counter((method, path, status, level, source) for _, method, path, status, level, source in asked)
    expected["GET", "/api/users", 200, "info", "node-app"] += 1  # for all routes and once more for this one
    await app.call("delivered")
    await follower.until_count(expected.total())
    assert Counter(map(shown, follower.entries)) == expected
    for entry in follower.entries:
        assert entry["message"] == f"{entry['method']} {entry['endpoint']}"
        assert set(entry["metadata"]) == {"duration", "ip", "userAgent"}
        assert entry["metadata"]["userAgent"] == "load/1.0"
        assert "127.0.0.1" in entry["metadata"]["ip"]
        assert began.isoformat()[:19] <= entry["timestamp"] <= entry["receivedAt"]
    (slow,) = (entry for entry in follower.entries if entry["endpoint"] == "/slow")
    assert 45 <= slow["metadata"]["duration"] < 5000  # timers are a little early now and then
    assert (await app.call("counts"))["statuses"].keys() == {"200"}


async def test_many_requests_at_once_are_all_there_once(
    site: Site, follow: Follow, start_app: StartApp, load: NodeProcess
) -> None:
    """Batches of the usual size, several on their way at a time."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    app = await start_app(site, "express5", apiKey=shop.key, interval=NEVER)
    sent = await load.call("send", port=app.ready["everywhere"], path="/items/#", count=1000, rate=2000)
    assert sent == {"200": 1000}
    await app.call("delivered")
    await follower.until_count(1000)
    assert follower.messages == Counter(f"GET /items/{number}" for number in range(1000))
    assert (await app.call("counts"))["requests"] == 20


def check_sliced_emoji(entry: Entry) -> None:
    assert entry["message"] == "Thank you \ufffd"
    assert entry["metadata"] == {"name": "\ufffd"}


def check_deep_metadata(entry: Entry) -> None:
    assert entry["message"] == "deep"
    assert entry["truncated"] == ["metadata"]
    assert entry["metadata"]["id"] == "deep"
    depth, at = 0, entry["metadata"]
    while isinstance(at, dict):
        depth, at = depth + 1, at.get("next")
    assert depth == 32


def check_fatal(entry: Entry) -> None:
    assert (entry["level"], entry["message"]) == ("error", "out of memory")
    assert entry["metadata"]["originalLevel"] == "fatal"


def check_huge_message(entry: Entry) -> None:
    assert (entry["level"], entry["message"]) == ("error", "x" * 16384)
    assert entry["truncated"] == ["message"]


ODDITIES = {
    "slicedEmoji": check_sliced_emoji,
    "deepMetadata": check_deep_metadata,
    "fatal": check_fatal,
    "hugeMessage": check_huge_message,
}


@pytest.mark.case(8, 9, 11, 14)
async def test_odd_entries_cost_their_neighbours_nothing(
    site: Site, follow: Follow, start_app: StartApp, load: NodeProcess
) -> None:
    """Each in the middle of a batch of its own; the stream goes on after it."""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    app = await start_app(site, "express5", apiKey=shop.key, interval=NEVER, maxBufferSize=21)

    async def traffic(path: str) -> list[str]:
        sent = await load.call("send", port=app.ready["everywhere"], path=path, count=10, rate=2000)
        assert sent == {"200": 10}
        return sorted(f"GET {path}".replace("#", str(number)) for number in range(10))

    for turn, (name, check) in enumerate(ODDITIES.items()):
        before = await traffic(f"/items/before-{name}-#")
        await app.call("odd", name=name)
        after = await traffic(f"/items/after-{name}-#")  # and the batch is full
        await follower.until_count(21 * (turn + 1))
        batch = follower.entries[-21:]
        assert sorted(entry["message"] for entry in batch[:10]) == before
        check(batch[10])
        assert sorted(entry["message"] for entry in batch[11:]) == after
        assert [number for number, entry in enumerate(batch) if "truncated" in entry] in ([], [10])
    assert (await app.call("counts"))["statuses"] == {"200": len(ODDITIES)}


@pytest.mark.case(2)
async def test_an_application_without_its_key_disturbs_nobody(
    site: Site, follow: Follow, start_app: StartApp, load: NodeProcess
) -> None:
    """It sends `Bearer undefined`, gets 401 and tries again for ever"""
    shop = site.service("Shop")
    follower = await follow(site, shop)
    keyed = await start_app(site, "express4", apiKey=shop.key, interval=QUICK)
    keyless = await start_app(site, "express4", interval=QUICK, maxBufferSize=5)
    for turn in range(2):  # the second while it floods
        path = f"/items/{turn}-#"
        assert await load.call("send", port=keyless.ready["everywhere"], path=path, count=300, rate=300) == {"200": 300}
        assert await load.call("send", port=keyed.ready["everywhere"], path=path, count=100, rate=500) == {"200": 100}
        await keyed.call("delivered")
        await follower.until_count(100 * (turn + 1))
    counts = await keyless.call("counts")
    assert counts["statuses"].keys() == {"401"}
    assert counts["delivered"] == 0
    assert counts["bytes"] < 3_000_000  # some 230,000; were it answered at once, 15,000,000 and more
    assert "HTTP 401" in keyless.errors()
    assert follower.messages == Counter(f"GET /items/{turn}-{number}" for turn in range(2) for number in range(100))
