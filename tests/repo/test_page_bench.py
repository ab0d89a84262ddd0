"""What the bench of the page makes of what it saw."""

from __future__ import annotations

from typing import Any

import pytest

from bench.page import PANELS, figures

ANSWER = {"query": "checkout", "rows": 20.0, "all": 80.0, "longest": 22.0, "kept": 199_000, "found": 5}


def stages(**frames: Any) -> dict[str, Any]:
    """A run in which all was as it should be, but for what is said of its frames."""
    busy = dict.fromkeys(("all", "script", "style", "layout"), 0.2)
    well = {
        "fps": 59.9,
        "p50": 16.7,
        "p95": 17.0,
        "p99": 21.0,
        "max": 40.0,
        "long": 0,
        "longest": 0.0,
        "nodes": 1100,
        "missed": 0,
    }
    return {
        "floor": {"fps": 60.0, "p99": 17.0, "max": 18.0},
        "frames": {**well, "heap": [1e7, 9e7], "busy": busy, **frames},
        "opened": {"fetched": 99_000, "ms": 1200.0, "p50": 16.7, "p95": 20.0, "p99": 24.0, "max": 40.0},
        **{panel: {**well, "busy": busy, "lines": 100} for panel in PANELS},
        "heap": {"live": [70e6, 70e6, 71e6]},
        "asked": {"answers": [ANSWER, {**ANSWER, "query": "status>=500", "all": 30.0}]},
        "still": {"answers": [ANSWER]},
        "server": {"cpu": 0.1, "rate": 20_000.0},
    }  # fmt: skip


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {figure.name: figure.verdict for figure in figures(found, 20_000.0) if figure.reach}


def test_a_run_that_was_as_it_should_be() -> None:
    assert set(verdicts(stages()).values()) == {"reached"}
    assert {figure.name: figure.value for figure in figures(stages(), 20_000.0)}["page_asked"] == 80.0


@pytest.mark.parametrize(
    ("frames", "name"), [({"fps": 57.0}, "page_fps"), ({"p99": 26.0}, "page_p99"), ({"longest": 101.0}, "page_long")]
)
def test_what_is_too_slow_is_missed(frames: dict[str, float], name: str) -> None:
    assert [each for each, verdict in verdicts(stages(**frames)).items() if verdict == "missed"] == [name]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_held_to_the_same(panel: str) -> None:
    found = stages()
    found[panel] |= {"p99": 26.0, "longest": 101.0}
    missed = [each for each, verdict in verdicts(found).items() if verdict == "missed"]
    assert missed == [f"page_{panel}_p99", f"page_{panel}_long"]


def test_frames_do_not_count_where_entries_were_lost_or_never_sent() -> None:
    assert verdicts(stages(missed=1200))["page_fps"] == "missed: 1,200 entries were not received"
    slow = stages()
    slow["server"]["rate"] = 15_000.0
    assert verdicts(slow)["page_fps"] == "missed: only 15,000 entries/s were sent"


def test_a_heap_that_grows_and_an_answer_that_is_late_are_missed() -> None:
    found = stages()
    found["heap"]["live"][-1] = 90e6
    found["still"]["answers"] = [{**ANSWER, "all": 180.0}]
    assert [name for name, verdict in verdicts(found).items() if verdict == "missed"] == ["page_heap", "page_still"]


def test_a_page_that_fetched_nothing_shows_nothing() -> None:
    found = stages()
    assert verdicts(found)["page_opened"] == "reached"
    found["opened"] = {**found["opened"], "p99": 25.1}
    assert verdicts(found)["page_opened"] == "missed"
    found["opened"] = {**found["opened"], "p99": 17.0, "fetched": 0}
    assert verdicts(found)["page_opened"] == "missed: nothing was fetched"
