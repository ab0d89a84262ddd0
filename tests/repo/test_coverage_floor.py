"""Coverage is held to a floor that only rises."""

from __future__ import annotations

import pytest

from tools.coverage_floor import verdict


@pytest.mark.parametrize(
    ("measured", "wrong"), [(89.9, "below"), (90.0, None), (90.9, None), (91.0, "raise the floor")]
)
def test_below_the_floor_fails_and_well_above_it_asks_to_raise_it(measured: float, wrong: str | None) -> None:
    said = verdict(measured, 90.0)
    assert said is None if wrong is None else said is not None and wrong in said
