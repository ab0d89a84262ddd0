"""What the tests with real producers share: sites, applications and load, each a process of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from .follower import Follower
from .middlewares import MIDDLEWARES, Middleware
from .node import NodeProcess, running
from .site import Site, Watched, opened

OpenSite = Callable[..., Site]
"""`open_site(*flags of serve)`"""

Follow = Callable[[Site, Watched], Awaitable[Follower]]
"""`await follow(site, service)`: a watcher from the first entry on, connected; it leaves when the test ends."""

StartApp = Callable[..., Awaitable[NodeProcess]]
"""`await start_app(site, express, **options of the middleware)`: see app.mjs"""


@pytest.fixture(params=MIDDLEWARES, ids=lambda each: each.name)
def middleware(request: pytest.FixtureRequest) -> Middleware:
    """Each one there is."""
    chosen: Middleware = request.param
    return chosen


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """What is entered here is left when the test ends, the last one first."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all tests of a module: each makes services of its own, and none stops it."""
    with opened(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def open_site(stack: AsyncExitStack, tmp_path: Path) -> OpenSite:
    """For a test that wants one to itself."""
    return lambda *flags: stack.enter_context(opened(tmp_path, *flags))


@pytest.fixture
def follow(stack: AsyncExitStack) -> Follow:
    async def follow(site: Site, service: Watched) -> Follower:
        follower = await stack.enter_async_context(Follower(f"{site.api}/stream", service.token))
        await follower.connect()
        return follower

    return follow


@pytest.fixture
def start_app(stack: AsyncExitStack, tmp_path: Path, middleware: Middleware) -> StartApp:
    started = 0

    async def start_app(site: Site, express: str, **options: Any) -> NodeProcess:
        nonlocal started
        started += 1
        built = middleware.build(tmp_path / f"{express}-{started}.mjs", site.api)
        chosen = json.dumps({"express": express, "middleware": str(built), "options": options})
        app = running("app.mjs", chosen, errors=built.with_suffix(".log"))
        return await stack.enter_async_context(app)

    return start_app


@pytest.fixture
async def load(stack: AsyncExitStack, tmp_path: Path) -> NodeProcess:
    """See load.mjs."""
    return await stack.enter_async_context(running("load.mjs", errors=tmp_path / "load.log"))


@pytest.fixture
async def another_load(stack: AsyncExitStack, tmp_path: Path) -> NodeProcess:
    """Where one should not have to wait for the other."""
    return await stack.enter_async_context(running("load.mjs", errors=tmp_path / "another-load.log"))
