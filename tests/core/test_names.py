from __future__ import annotations

import pytest

from spectrix_lite.core.errors import InvalidName
from spectrix_lite.core.names import clean_name, name_key


def test_blanks_around_a_name_are_dropped() -> None:
    assert clean_name("  Production API \n") == "Production API"


@pytest.mark.parametrize("name", ["a", "a" * 100, "Größe", "支付服务", "👩‍🚀 rocket", "x" + " " * 50 + "y"])
def test_names_people_give(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "   ", "a" * 101, "a\nb", "a\tb", "a\x00", "a\x1b[31m", "a\x7fb", "a\x85b", "a\u2028b", "\ud83d"]
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        clean_name(name)


def test_a_name_may_not_turn_round_what_follows_it() -> None:
    with pytest.raises(InvalidName):
        clean_name("Pay\u202ement")


def test_names_are_the_same_whatever_their_case_and_composition() -> None:
    assert name_key("STRASSE") == name_key("straße")
    assert clean_name("Cafe\u0301") == "Caf\u00e9"
    assert name_key("Ärger") == name_key("äRGER")
    assert name_key("a") != name_key("b")
