from __future__ import annotations

import pytest

from spectrix_lite.access import keys
from spectrix_lite.access.read_tokens import ReadTokens, checked_days, read_token_hash
from spectrix_lite.core.errors import BadRequest
from spectrix_lite.core.records import ReadToken, StoredReadToken
from spectrix_lite.core.session_errors import SessionEnded, SessionExpired, SessionUnknown

NOW, WALL = 1000.0, 1_778_754_600_000
HASH = b"t" * 32


def row(revoked_at: int | None = None, services: tuple[str, ...] | None = None) -> StoredReadToken:
    shown = ReadToken("t", "CI", "p", services, WALL, WALL + 3 * 3600 * 1000, None, revoked_at)
    return StoredReadToken(shown, HASH)


def filled(stored: StoredReadToken | None = None) -> ReadTokens:
    tokens = ReadTokens()
    tokens.add(stored or row(), NOW, WALL)
    return tokens


def test_only_a_tokens_form_has_a_hash() -> None:
    token = keys.mint_read_token().key
    assert len(read_token_hash(token) or b"") == 32
    assert keys.parse(token) is None
    for other in ("", token[:-1], token[:-1] + "é", keys.mint().key, token.replace("read", "live")):
        assert read_token_hash(other) is None


def test_a_token_ends_by_the_monotonic_clock() -> None:
    tokens = filled()
    tokens.reload([row()], NOW + 1, WALL + 10**12)
    assert tokens.find(HASH, NOW + 3 * 3600 - 1).id == "t"
    with pytest.raises(SessionExpired):
        tokens.find(HASH, NOW + 3 * 3600)


def test_watching_ends_after_two_hours_or_with_the_token() -> None:
    tokens = filled()
    assert tokens.session("t", "a", NOW, WALL).deadline == NOW + 7200
    late = tokens.session("t", "a", NOW + 2 * 3600, WALL + 2 * 3600 * 1000)
    assert (late.deadline, late.expires_at) == (NOW + 3 * 3600, row().shown.expires_at)


def test_what_others_revoked_or_removed_is_told_once() -> None:
    tokens = filled()
    assert tokens.reload([row()], NOW, WALL) == []
    assert tokens.reload([row(revoked_at=WALL)], NOW, WALL) == ["t"]
    assert tokens.reload([row(revoked_at=WALL)], NOW, WALL) == []
    with pytest.raises(SessionEnded):
        tokens.find(HASH, NOW)
    assert filled().reload([], NOW, WALL) == ["t"]


def test_a_removed_service_is_covered_no_longer() -> None:
    tokens = filled(row(services=("a", "b")))
    tokens.remove_service("a")
    assert tokens.all()[0].services == ("b",)
    every = filled()
    every.remove_service("a")
    assert every.all()[0].services is None


def test_uses_reach_the_database_in_batches() -> None:
    tokens = filled()
    tokens.note_use("t", 5)
    assert tokens.get("t").last_used_at == 5
    assert tokens.take_uses() == {"t": 5}
    assert tokens.take_uses() == {}
    assert tokens.all()[0].last_used_at == 5
    tokens.note_use("t", 7)
    tokens.give_back_uses({"t": 5, "u": 1})
    assert tokens.take_uses() == {"t": 7, "u": 1}


def test_an_unknown_token() -> None:
    with pytest.raises(SessionUnknown):
        filled().find(b"u" * 32, NOW)


@pytest.mark.parametrize("days", [0, 366, True, 1.5])
def test_days_that_are_refused(days: int) -> None:
    with pytest.raises(BadRequest):
        checked_days(days)
    assert checked_days(365) == 365
