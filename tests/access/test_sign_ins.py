from __future__ import annotations

from spectrix_lite.access.sign_ins import LIFETIME, SignIns
from spectrix_lite.core.records import StoredSignIn

DAY = 24 * 3600
WALL = 1_778_754_600_000


def row(name: str, wall: int = WALL) -> StoredSignIn:
    return StoredSignIn(name, name.encode().ljust(32), wall, wall + LIFETIME * 1000)


def test_a_sign_in_lives_thirty_days() -> None:
    sign_ins = SignIns()
    made = sign_ins.add(row("a"), 1000.0, WALL)
    assert made.deadline == 1000.0 + 30 * DAY
    assert sign_ins.find(row("a").token_hash, 1000.0 + 30 * DAY - 1) == made
    assert sign_ins.find(row("a").token_hash, 1000.0 + 30 * DAY) is None


def test_read_back_it_lives_what_the_wall_clock_leaves_it() -> None:
    sign_ins = SignIns()
    assert sign_ins.add(row("a"), 5.0, WALL + 29 * DAY * 1000).deadline == 5.0 + DAY


def test_what_the_database_lost_is_over_and_the_rest_keeps_its_end() -> None:
    """case 48"""
    sign_ins = SignIns()
    kept = sign_ins.add(row("a"), 1000.0, WALL)
    sign_ins.add(row("b"), 1000.0, WALL)
    sign_ins.reload([row("a"), row("c")], 1001.0, WALL + DAY * 1000)
    assert sign_ins.find(kept.token_hash, 1001.0) is kept
    assert sign_ins.find(row("b").token_hash, 1001.0) is None
    new = sign_ins.find(row("c").token_hash, 1001.0)
    assert new is not None
    assert new.deadline == 1001.0 + 29 * DAY


def test_ending_one_or_all_others() -> None:
    sign_ins = SignIns()
    for name in "abc":
        sign_ins.add(row(name), 0.0, WALL)
    sign_ins.remove("a")
    assert len(sign_ins) == 2
    sign_ins.keep_only("b")
    assert sign_ins.find(row("b").token_hash, 0.0) is not None
    sign_ins.keep_only(None)
    assert len(sign_ins) == 0


def test_expired_ones_are_handed_over_once() -> None:
    sign_ins = SignIns()
    sign_ins.add(row("a"), 0.0, WALL)
    assert sign_ins.take_expired(30 * DAY - 1) == []
    assert sign_ins.take_expired(30 * DAY) == ["a"]
    assert sign_ins.take_expired(30 * DAY) == []
