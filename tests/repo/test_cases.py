"""No case of docs/cases.md is without a test, and no test carries the number of none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent.parent
ROWS = re.compile(r"^\| (\d+)(?: (⏱))? \|", re.MULTILINE)
MARKS = re.compile(r"\bmark\.case\(([\d, ]+)\)")
TITLES = re.compile(r"""\btest\(\s*["'`]cases? (\d+(?:, \d+)*):""")
DOCSTRINGS = re.compile(r'"""cases? (\d+)', re.IGNORECASE)


def rows() -> list[tuple[int, bool]]:
    """The number of each case, and whether it takes long."""
    text = (TESTS.parent / "docs" / "cases.md").read_text("utf-8")
    return [(int(number), bool(long)) for number, long in ROWS.findall(text)]


def carried(pattern: re.Pattern[str], suffix: str, where: Path = TESTS) -> Iterator[int]:
    """The numbers that `pattern` finds in the tests of one language."""
    for path in where.rglob(f"*{suffix}"):
        for numbers in pattern.findall(path.read_text("utf-8")):
            yield from map(int, numbers.split(","))


def test_each_case_has_its_number_once_and_in_order() -> None:
    numbers = [number for number, _ in rows()]
    assert numbers == sorted(set(numbers))


def test_no_case_is_without_a_test() -> None:
    carries = {*carried(MARKS, ".py"), *carried(TITLES, ".mjs")}
    assert sorted({number for number, _ in rows()} - carries) == [], "these cases have no test"
    assert sorted(carries - {number for number, _ in rows()}) == [], "these are no cases"


def test_a_docstring_names_cases_that_exist() -> None:
    assert set(carried(DOCSTRINGS, ".py")) <= {number for number, _ in rows()}


def test_the_long_cases_are_the_ones_that_are_said_to_be() -> None:
    assert set(carried(MARKS, ".py", TESTS / "long")) == {number for number, long in rows() if long}
