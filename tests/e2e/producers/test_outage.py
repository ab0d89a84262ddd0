"""The server goes away under traffic and comes back on its port: what the middleware still holds arrives."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass

import pytest

from .conftest import Follow, OpenSite, StartApp
from .follower import Follower
from .middlewares import EXPRESSES
from .node import NodeProcess
from .site import Site

RATE = 200
"""Requests a second to each application."""


@dataclass
class Witness:
    """An application under load, and whoever watches its service. `path` has a `#` for each request's number."""

    app: NodeProcess
    load: NodeProcess
    follower: Follower
    path: str
    sending: asyncio.Task[dict[str, int]]

    async def further(self, seconds: float) -> None:
        """Returns when that many seconds' requests more have been made."""
        sent = await self.load.call("sent")
        await self.load.call("reached", count=sent + seconds * RATE, seconds=60)

    async def delivered(self) -> list[str]:
        """Ends the load; what has been logged, once the application has delivered it."""
        await self.load.call("stop")
        answers = await self.sending
        assert answers.keys() == {"200"}
        await self.app.call("delivered")
        return [f"GET {self.path}".replace("#", str(number)) for number in range(answers["200"])]


@pytest.fixture
async def loads(load: NodeProcess, another_load: NodeProcess) -> list[NodeProcess]:
    """One for each version of Express."""
    return [load, another_load]


async def start(site: Site, follow: Follow, start_app: StartApp, loads: list[NodeProcess]) -> list[Witness]:
    """An application of each version of Express, each with a service of its own, under load for a second at least."""
    witnesses = []
    for express, load in zip(EXPRESSES, loads, strict=True):
        service = site.service(express)
        follower = await follow(site, service)
        app = await start_app(site, express, apiKey=service.key, interval=500)
        path = f"/items/{express}-#"
        sending = load.call("send", port=app.ready["everywhere"], path=path, rate=RATE, seconds=100)
        witnesses.append(Witness(app, load, follower, path, asyncio.create_task(sending)))
    for witness in witnesses:
        await witness.follower.until_count(RATE)
    return witnesses


async def come_back(site: Site, witnesses: list[Witness], *, resumed: bool) -> None:
    """The server, and after it everybody who watches; then another second passes."""
    await site.start()
    for witness in witnesses:
        await witness.follower.connect()
        assert witness.follower.watching["resumed"] is resumed
    await asyncio.gather(*(witness.further(1) for witness in witnesses))


@pytest.mark.timeout(120)
async def test_ten_seconds_without_the_server(
    open_site: OpenSite, follow: Follow, start_app: StartApp, loads: list[NodeProcess]
) -> None:
    """Stopped as it should be: every request is on the stream exactly once."""
    site = open_site()
    witnesses = await start(site, follow, start_app, loads)
    assert await site.stop() == 0
    for witness in witnesses:
        assert await witness.follower.closed() == 1012
    await asyncio.gather(*(witness.further(10) for witness in witnesses))
    await come_back(site, witnesses, resumed=True)
    for witness in witnesses:
        follower, expected = witness.follower, await witness.delivered()
        await follower.until_count(len(expected))
        assert follower.messages == Counter(expected)
        assert follower.gaps == []
        assert len(follower.streams) == 1  # the numbering goes on
        counts = await witness.app.call("counts")
        assert counts["statuses"]["failed"] > 100  # it tried again with nearly each request


@pytest.mark.timeout(120)
async def test_killed_under_load(
    open_site: OpenSite, follow: Follow, start_app: StartApp, loads: list[NodeProcess]
) -> None:
    """What the killed process had not answered arrives; it takes along at most what it had answered."""
    site = open_site()
    witnesses = await start(site, follow, start_app, loads)
    assert await site.stop(signal.SIGKILL) == -signal.SIGKILL
    for witness in witnesses:
        assert await witness.follower.closed() == 1006  # no close frame
    await asyncio.gather(*(witness.further(1) for witness in witnesses))
    answered = [set(await witness.app.call("acknowledged")) for witness in witnesses]
    await come_back(site, witnesses, resumed=False)
    for witness, taken_along in zip(witnesses, answered, strict=True):
        follower, expected = witness.follower, await witness.delivered()
        held = Counter(set(expected) - taken_along)
        await follower.until_epochs(2)
        before, after = follower.streams.values()
        await follower.until_count(len(before) + held.total())
        assert Counter(entry["message"] for entry in after) == held
        assert follower.messages.keys() <= set(expected)
        assert [gap["reason"] for gap in follower.gaps] == ["restart"]
