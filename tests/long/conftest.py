"""What the long tests measure: `make test-long MEASURED=1` keeps it for docs/measured.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from bench import measured as kept
from bench.figures import Figure, Reach

from ..support.scale import FACTOR
from ..support.weighing import MIB

Measured = Callable[[str, int, int], None]
"""`measured(what, bytes, most)`: holds a figure to its bound."""


@pytest.fixture(scope="session")
def figures() -> Iterator[list[Figure]]:
    found: list[Figure] = []
    yield found
    if os.environ.get("MEASURED") and FACTOR == 1:
        kept.write("load", "make test-long MEASURED=1", found)


@pytest.fixture
def measured(figures: list[Figure], request: pytest.FixtureRequest) -> Measured:
    def measured(what: str, value: int, most: int) -> None:
        reach = Reach("most", most / MIB)
        figures.append(Figure(request.node.name, what, value / MIB, "MiB", "lower", reach, is_ratio=False))
        assert value <= most, what

    return measured
