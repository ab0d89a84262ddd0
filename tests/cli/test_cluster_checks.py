"""What is said of a cluster's streams, and what to do about it."""

from __future__ import annotations

import pytest

from spectrix_lite.cli.cluster.checks import stream
from spectrix_lite.cluster.standing import StreamStanding


def standing(leader: str, missing: tuple[str, ...], *, has_quorum: bool, replicas: int = 3) -> StreamStanding:
    return StreamStanding("spx-log", "memory", replicas, leader, missing, has_quorum, 7, 7, 70)


@pytest.mark.parametrize(
    ("found", "wanted", "outcome", "said"),
    [
        (standing("n0", (), has_quorum=True), 3, "ok", "led by n0"),
        (standing("", (), has_quorum=True, replicas=1), 1, "ok", "kept once in memory"),
        (standing("n0", (), has_quorum=True, replicas=1), 3, "warn", "nats stream edit spx-log --replicas 3"),
        (standing("n0", ("n1",), has_quorum=True), 3, "warn", "not all of it on n1"),
        (standing("n0", ("n1", "n2"), has_quorum=False), 3, "fail", "no quorum"),
        (standing("", ("n1", "n2"), has_quorum=False), 3, "fail", "no leader"),
        (standing("", (), has_quorum=False), 3, "fail", "no leader"),
    ],
)
def test_a_stream(found: StreamStanding, wanted: int, outcome: str, said: str) -> None:
    finding = stream(found, wanted)
    assert finding.outcome == outcome
    assert said in f"{finding.found}. {finding.remedy}"
