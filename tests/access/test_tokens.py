from __future__ import annotations

from hashlib import sha256

import pytest

from spectrix_lite.access.tokens import new_token, token_hash


def test_a_token_has_256_bits_and_fits_a_url() -> None:
    token = new_token()
    assert len(token) == 43
    assert token != new_token()
    assert token_hash(token) == sha256(token.encode()).digest()


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 42, "a" * 44, "a" * 42 + "\n", "ä" * 43, "\ud83d" * 43, "a" * 42 + "="]
)
def test_what_cannot_be_a_token_has_no_hash(text: str) -> None:
    assert token_hash(text) is None
