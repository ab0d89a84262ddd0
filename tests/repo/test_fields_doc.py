"""docs/fields.md says what the code does."""

from __future__ import annotations

from tools import fields_doc


def test_the_page_of_fields_is_as_the_code_has_it() -> None:
    assert fields_doc.PAGE.read_text("utf-8") == fields_doc.page(), "run `python -m tools.fields_doc`"
