"""Whatever stands in the query line: a tree that can be written down again, or an error with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from spectrix_lite.query.error import InvalidQuery
from spectrix_lite.query.filter import candidates, parse_filter
from spectrix_lite.query.moments import resolved
from spectrix_lite.query.nodes import Node, Not
from spectrix_lite.query.parser import MAX_LENGTH, parse_query

from .query_text import text_of

GOLDEN: Final = Path(__file__).parent.parent / "golden" / "queries.json"


class _Golden(msgspec.Struct):
    """The entries as they stand: to open them would cost long numbers their last digits."""

    entries: list[msgspec.Raw]


ENTRIES: Final = [
    candidates(bytes(entry))[0] for entry in msgspec.json.decode(GOLDEN.read_bytes(), type=_Golden).entries
]

NOW: Final = 1_795_430_100_000
"""2026-11-23T10:35:00Z, from which the times of the golden queries count."""

ABOUT: Final = {
    *("bad_level", "bad_number", "bad_operator", "bad_regex", "bad_status", "bad_time", "group_close", "group_open"),
    *("missing_operand", "missing_value", "quote_open", "too_deep", "too_long", "too_many_terms", "unknown_field"),
}


def check(data: bytes) -> None:
    """Raises AssertionError where a promise is broken."""
    query = data.decode("utf-8", "replace")
    try:
        tree = parse_query(query)
    except InvalidQuery as error:
        _check_error(error, query)
        return
    parse_filter({"q": query})
    meant = resolved(tree, NOW)
    for entry in ENTRIES:
        assert Not(meant).matches(entry) is not meant.matches(entry)
    written = text_of(tree)
    if len(written) <= MAX_LENGTH:
        assert _parsed(written) == tree
        assert hash(parse_query(written)) == hash(tree)
    # What stands around it changes nothing.
    if len(query) + 4 <= MAX_LENGTH:
        assert _parsed(f"  {query}  ") == tree


def outcome(data: bytes) -> dict[str, Any]:
    """What came of it: which entries match, or the error's word and place. The page must come to the same."""
    query = data.decode("utf-8", "replace")
    try:
        tree = resolved(parse_query(query), NOW)
    except InvalidQuery as error:
        return {"q": query, "about": error.about, "from": error.start, "to": error.end}
    return {"q": query, "matches": [index for index, entry in enumerate(ENTRIES) if tree.matches(entry)]}


def _check_error(error: InvalidQuery, query: str) -> None:
    assert error.about in ABOUT
    assert 0 <= error.start <= error.end <= len(query)
    assert error.detail.endswith(".")
    try:
        parse_filter({"q": query})
    except InvalidQuery as again:
        assert (again.about, again.start, again.end) == (error.about, error.start, error.end)  # noqa: PT017
    else:
        raise AssertionError("the filter takes what the grammar refuses")


def _parsed(written: str) -> Node:
    try:
        return parse_query(written)
    except InvalidQuery as error:
        raise AssertionError(f"{written!r} cannot be read again: {error.about}") from error
