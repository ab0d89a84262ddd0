"""What real clients sent, read by the protocols' pure functions: each entry is what its client meant."""

from __future__ import annotations

import pytest

from spectrix_lite.protocols.table import PROTOCOLS

from .golden import FOLDER, Case, cases, decode, decoded


@pytest.mark.parametrize("case", cases(), ids=repr)
def test_a_real_request_becomes_its_entries(case: Case) -> None:
    assert decode(case) == case.entries
    assert len(decoded(case).batch.rejected) == case.rejected


def test_there_is_one_of_each_protocol_that_keeps_anything() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == {each.name for each in PROTOCOLS} - {"otlp-metrics"}
