"""docs/protocols.md says what the table does."""

from __future__ import annotations

from tools import protocols_doc


def test_the_page_of_protocols_is_as_the_table_has_it() -> None:
    assert protocols_doc.PAGE.read_text("utf-8") == protocols_doc.page(), "run `python -m tools.protocols_doc`"
