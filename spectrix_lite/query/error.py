"""Error of a query that cannot be read."""

from __future__ import annotations

from ..core.errors import InvalidFilter


class InvalidQuery(InvalidFilter):
    """`about` is a stable word for what is wrong; `start` and `end` are offsets of it in the query, in characters."""

    code = "invalid_query"
    title = "Invalid query"
    default_detail = "The query cannot be read. docs/query.md tells the language."

    def __init__(self, about: str = "", detail: str | None = None, start: int = 0, end: int = 0) -> None:
        super().__init__(detail)
        self.about = about
        self.start = start
        self.end = end
