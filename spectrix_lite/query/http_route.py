"""HTTP routes: paths with what tells one resource from another left out, as in the page's `entry/http-route.js`."""

from __future__ import annotations

import re
from typing import Final

# Numbers, UUIDs, long hexadecimal or mixed ids.
_ID: Final = re.compile(
    r"\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|(?=[^/]*\d)[A-Za-z0-9_-]{20,}", re.IGNORECASE | re.ASCII
)


def route(endpoint: str) -> str:
    """The route of a path, perhaps with a query: `/users/42?x=1` is `/users/:id`."""
    path = endpoint.partition("?")[0].partition("#")[0]
    return "/".join([":id" if _may_be_id(part) and _ID.fullmatch(part) else part for part in path.split("/")])


def _may_be_id(part: str) -> bool:
    """A look that costs less than the expression: most parts are short words."""
    return len(part) >= 16 or not part.isalpha()
