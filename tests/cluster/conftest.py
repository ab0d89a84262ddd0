"""What tests of a cluster share: one engine for each worker, and on it a name of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config

from ..support.engine import EngineServer, engine_server, urls


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    """A running server. Who kills it, or needs three, starts another."""
    with engine_server(tmp_path_factory.mktemp("engine")) as server:
        yield server


@pytest.fixture
def clustered(config: Config, engine: EngineServer) -> Config:
    """The settings of a node in a cluster that no other test has."""
    return replace(config, cluster=parse_cluster(urls([engine], f"t{uuid4().hex[:12]}")))
