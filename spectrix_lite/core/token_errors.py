"""Errors of read tokens: leaves of the tree in `errors`."""

from __future__ import annotations

from .errors import NotFound, Unauthorized


class InvalidToken(Unauthorized):
    code = "invalid_token"
    title = "Invalid read token"
    default_detail = (
        "This read token is wrong, unknown, revoked or past its end; `spectrix-lite tokens create` makes one."
    )


class ReadTokenNotFound(NotFound):
    code = "read_token_not_found"
    title = "No such read token"
    default_detail = "There is no read token with this id."
