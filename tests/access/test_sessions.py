from __future__ import annotations

from dataclasses import replace

import pytest

from spectrix_lite.access.sessions import REMEMBERED, Session, Sessions, checked_kind, checked_ttl
from spectrix_lite.core.errors import BadRequest
from spectrix_lite.core.records import StoredSession
from spectrix_lite.core.session_errors import SessionEnded, SessionExpired, SessionUnknown

WALL = 1_778_754_600_000


def row(name: str, ttl: int = 900, service: str = "s") -> StoredSession:
    return StoredSession(name, name.encode().ljust(32), "operator", service, None, None, WALL, WALL + ttl * 1000)


def token(name: str) -> bytes:
    return name.encode().ljust(32)


def added(sessions: Sessions, stored: StoredSession, now: float = 0.0, wall: int = WALL) -> Session:
    session = sessions.add(stored, now, wall)
    assert session is not None
    return session


@pytest.mark.parametrize("ttl", [1, 900, 7200])
def test_ttl_within_bounds(ttl: int) -> None:
    assert checked_ttl(ttl) == ttl


@pytest.mark.parametrize("ttl", [0, -1, 7201, 10**30, True])
def test_ttl_out_of_bounds(ttl: int) -> None:
    with pytest.raises(BadRequest, match="1 to 7200"):
        checked_ttl(ttl)


def test_kind_is_one_of_two() -> None:
    assert [checked_kind("operator"), checked_kind("share")] == ["operator", "share"]
    with pytest.raises(BadRequest, match="operator or share"):
        checked_kind("admin")


def test_each_end_is_told_apart() -> None:
    """case 50"""
    sessions = Sessions()
    live = added(sessions, row("live"))
    added(sessions, row("short", ttl=10))
    added(sessions, row("over"))
    assert sessions.end(lambda s: s.id == "over", 5.0) == ["over"]
    assert sessions.find(token("live"), 10.0) == live
    with pytest.raises(SessionExpired) as expired:
        sessions.find(token("short"), 10.0)
    with pytest.raises(SessionEnded) as ended:
        sessions.find(token("over"), 10.0)
    with pytest.raises(SessionUnknown) as unknown:
        sessions.find(token("never"), 10.0)
    assert [e.value.close_code for e in (expired, ended, unknown)] == [4001, 4003, 4401]


def test_the_end_is_the_deadline_and_not_a_moment_later() -> None:
    sessions = Sessions()
    added(sessions, row("a", ttl=10), now=100.0)
    assert sessions.find(token("a"), 109.999).id == "a"
    with pytest.raises(SessionExpired):
        sessions.find(token("a"), 110.0)


def test_read_back_after_a_restart() -> None:
    sessions = Sessions()
    assert added(sessions, row("a"), now=7.0, wall=WALL + 600_000).deadline == 7.0 + 300
    assert sessions.add(row("late", ttl=10), 7.0, WALL + 600_000) is None
    assert sessions.add(replace(row("stopped"), ended_at=WALL + 1), 7.0, WALL + 600_000) is None
    assert sessions.add(replace(row("both", ttl=10), ended_at=WALL + 20_000, service_id=None), 7.0, WALL) is None
    for name in ("late", "both"):
        with pytest.raises(SessionExpired):
            sessions.find(token(name), 7.0)
    with pytest.raises(SessionEnded):
        sessions.find(token("stopped"), 7.0)


def test_a_list_shows_one_services_live_sessions_in_order() -> None:
    sessions = Sessions()
    added(sessions, replace(row("b"), created_at=WALL + 1))
    added(sessions, row("a"))
    added(sessions, row("other", service="t"))
    added(sessions, row("short", ttl=1))
    assert [s.id for s in sessions.of_service("s", 2.0)] == ["a", "b"]
    assert sessions.by_id("a", 2.0) is not None
    assert sessions.by_id("short", 2.0) is None
    assert sessions.by_id("never", 2.0) is None


def test_only_live_ones_can_be_ended() -> None:
    sessions = Sessions()
    added(sessions, row("a", ttl=10))
    assert sessions.end(lambda s: True, 10.0) == []
    with pytest.raises(SessionExpired):
        sessions.find(token("a"), 10.0)


def test_other_processes_changes_are_taken_in_and_deadlines_stay() -> None:
    """case 48: the wall clock has jumped by a day meanwhile."""
    sessions = Sessions()
    known = added(sessions, row("known"))
    added(sessions, row("ended"))
    added(sessions, row("tidied"))
    day = 24 * 3600 * 1000
    rows = [row("known"), replace(row("ended"), ended_at=WALL), replace(row("new"), expires_at=WALL + day + 60_000)]
    assert sessions.reload(rows, 1.0, WALL + day) == ["ended"]
    assert sessions.find(token("known"), 1.0) is known
    assert sessions.find(token("new"), 1.0).deadline == 61.0
    assert sessions.find(token("tidied"), 1.0).id == "tidied"
    assert sessions.reload(rows, 1.0, WALL + day) == []


def test_an_end_is_remembered_for_a_day() -> None:
    sessions = Sessions()
    added(sessions, row("expired", ttl=10))
    added(sessions, row("ended", ttl=1000))
    sessions.end(lambda s: s.id == "ended", 100.0)
    assert sessions.take_forgettable(100.0) == []
    assert sessions.take_forgettable(REMEMBERED + 10.0) == ["expired"]
    with pytest.raises(SessionUnknown):
        sessions.find(token("expired"), REMEMBERED + 10.0)
    with pytest.raises(SessionEnded):
        sessions.find(token("ended"), REMEMBERED + 10.0)
    assert sessions.take_forgettable(REMEMBERED + 100.0) == ["ended"]
