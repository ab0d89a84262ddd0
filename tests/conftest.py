"""What tests of the running server share. Who wants time in hand starts one: `serve(clock=FakeClock())`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from hypothesis import settings

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.clock import Clock, SystemClock
from spectrix_lite.core.config import Config

from .support.engine import EngineServer, engine_server, urls
from .support.serving import Server, serving

# No deadlines: how long an example takes says something of the machine.
settings.register_profile("usual", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=25)
settings.load_profile("usual")
"""What `make check` runs with: `--hypothesis-profile fast`."""

Serve = Callable[..., Awaitable[Server]]
"""`await serve(config=..., clock=..., **parts of make_app)`: all optional."""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The defaults, on a free port of the loopback, with a new database."""
    return Config(host="127.0.0.1", port=0, db=str(tmp_path / "spectrix.db"))


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=("local", "nats"),
        default="local",
        help="What `serve` starts: a server by itself, or a node of a cluster of its own.",
    )


@pytest.fixture
async def serve(request: pytest.FixtureRequest, config: Config, clock: Clock) -> AsyncIterator[Serve]:
    """Starts as many servers as a test asks for; all stop in the end, the last one first. Where `--engine nats` is
    given they are nodes, those with one database of one cluster.
    """
    clusters: dict[str, Config] = {}

    def chosen(config: Config) -> Config:
        if request.config.getoption("--engine") == "local" or config.cluster is not None:
            return config
        if config.db not in clusters:
            clusters[config.db] = in_a_cluster(config, request.getfixturevalue("engine"))
        return replace(config, cluster=clusters[config.db].cluster)

    async with AsyncExitStack() as stack:

        async def start(config: Config = config, clock: Clock = clock, **parts: Any) -> Server:
            return await stack.enter_async_context(serving(chosen(config), clock, **parts))

        yield start


@pytest.fixture
async def server(serve: Serve) -> Server:
    """One running server."""
    return await serve()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of `server` that is not signed in."""
    async with server.anyone() as client:
        yield client


@pytest.fixture
async def operator(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of `server` that is signed in."""
    async with server.operator() as client:
        yield client


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    """The engine of clusters, one for each worker. Who kills it, or needs three, starts another."""
    with engine_server(tmp_path_factory.mktemp("engine")) as server:
        yield server


def in_a_cluster(config: Config, engine: EngineServer) -> Config:
    """The settings of a node in a cluster that nobody else has."""
    return replace(config, cluster=parse_cluster(urls([engine], f"t{uuid4().hex[:12]}")))


@pytest.fixture
def clustered(config: Config, engine: EngineServer) -> Config:
    """The settings of a node in a cluster that no other test has."""
    return in_a_cluster(config, engine)


@pytest.fixture(params=["sqlite", "cluster"])
def either(request: pytest.FixtureRequest, config: Config) -> Config:
    """The settings of a server by itself, and of a node in a cluster: what is asked of both."""
    if request.param == "sqlite":
        return config
    clustered: Config = request.getfixturevalue("clustered")
    return clustered
