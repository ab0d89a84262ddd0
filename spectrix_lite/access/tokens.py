"""Tokens, random, for cookies, links and sessions: 256 bits as 43 URL-safe characters, stored only as their hash."""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from typing import Final

_SHAPE: Final = re.compile(r"[0-9A-Za-z_-]{43}")


def new_token() -> str:
    """A new token: 43 characters."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes | None:
    """32 bytes to look a token up by, or None where the text cannot be one (then nobody needs to be asked).

    A plain hash does: there is nothing to guess among 256 random bits.
    """
    if _SHAPE.fullmatch(token) is None:
        return None
    return sha256(token.encode()).digest()


def hashed_token(token: str) -> bytes:
    """The same for a token that `new_token` has made."""
    hashed = token_hash(token)
    assert hashed is not None, "new_token makes what token_hash reads"
    return hashed
