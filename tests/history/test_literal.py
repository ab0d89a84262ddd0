from __future__ import annotations

import pytest

from spectrix_lite.history.search.literal import required_words
from spectrix_lite.query.regex import Expression


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("time ?out", [["time", "out"]]),
        ("Timeout: [0-9]+ms", [["timeout", "ms"]]),
        ("colou?r", [["colo", "r"]]),
        ("go+gle", [["go", "gle"]]),
        ("ab*c{2}d{0,3}e{1,}f", [["a", "c", "e", "f"]]),
        (r"\d+ a\.b\/c\bd", [["a", "b", "c", "d"]]),
        ("(one|two) three", [["three"]]),
        ("one|two three|", [["one"], ["two", "three"], []]),
        ("[a\\]b]c", [["c"]]),
        ("^a.b$", [["a", "b"]]),
        ("\u00e9t\u00e9", [["t"]]),
        ("|".join("abcdefghi"), []),
    ],
)
def test_what_must_be_there(pattern: str, words: list[list[str]]) -> None:
    assert required_words(Expression(pattern, ignores_case=False)) == words


def test_letters_with_other_spellings_are_left_out_where_case_is_ignored() -> None:
    assert required_words(Expression("task 5", ignores_case=True)) == [["ta", "5"]]
