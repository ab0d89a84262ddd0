from __future__ import annotations

import click
import pytest

from spectrix_lite.cli.reading.fence import fenced, inline
from spectrix_lite.cli.reading.options import Chosen, ChosenView, check_query
from spectrix_lite.query.filter import parse_filter


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        (Chosen(), {}),
        (Chosen(query="a OR b"), {"q": "(a OR b)"}),
        (Chosen(since="15m"), {"from": "-15m"}),
        (Chosen(since="-2h", until="1w", query="x"), {"from": "-2h", "to": "-1w", "q": "(x)"}),
        (
            Chosen(since="2026-11-28T14:05:00Z", until="14:05"),
            {"from": "2026-11-28T14:05:00Z", "q": 'time<"14:05"'},
        ),
        (Chosen(since="2026-11-28", levels=("error",)), {"q": 'time>="2026-11-28"', "level": ["error"]}),
    ],
)
def test_what_is_asked_for(chosen: Chosen, wanted: dict[str, object]) -> None:
    assert chosen.parameters() == wanted
    parse_filter({"q": chosen.parameters().get("q")})


def test_a_view_and_a_query_hold_together() -> None:
    assert Chosen(query="a").parameters(ChosenView("level:error OR b"))["q"] == "(level:error OR b) (a)"


def test_a_views_time_holds_unless_another_is_chosen() -> None:
    view = ChosenView("", (), "-15m")
    assert Chosen().parameters(view) == {"from": "-15m"}
    assert Chosen(since="1h").parameters(view) == {"from": "-1h"}
    assert Chosen(after="e.7").parameters(view) == {"after": "e.7"}
    both = "2026-05-14T10:00:00Z/2026-05-14T11:00:00Z"
    assert Chosen().parameters(ChosenView("", (), both)) == {"from": both[:20], "to": both[21:]}


@pytest.mark.parametrize("chosen", [Chosen(since="yesterday"), Chosen(until="noon"), Chosen(since='1" x')])
def test_times_that_are_refused(chosen: Chosen) -> None:
    with pytest.raises(click.UsageError):
        chosen.parameters()


def test_a_query_that_cannot_be_read_is_pointed_at() -> None:
    with pytest.raises(click.UsageError, match=r"\^"):
        check_query("level:")


@pytest.mark.parametrize("text", ["plain", "```", "a ```` b\n`````", "`x`", ""])
def test_no_text_ends_its_fence(text: str) -> None:
    first, *within, last = fenced(text).split("\n")
    fence = first.removesuffix("text")
    assert set(fence) == {"`"}
    assert last == fence
    assert "\n".join(within) == text
    assert fence not in text
    span = inline(text)
    mark = span[: len(span) - len(span.lstrip("`"))]
    assert span.endswith(mark)
    assert mark not in " ".join(text.split()) or not text


def test_a_span_is_one_line() -> None:
    assert inline("a\n# b") == "`a # b`"
