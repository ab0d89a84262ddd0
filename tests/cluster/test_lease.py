from __future__ import annotations

from spectrix_lite.cluster.store.documents import Lease
from spectrix_lite.cluster.store.lease import LEASE_SECONDS, RENEW_SECONDS, LeaseState
from spectrix_lite.cluster.store.replica import NOTHING, Held


def held(revision: int, holder: str | None) -> Held:
    return Held(revision, Lease(holder), "")


def test_nobodys_is_taken_at_once_and_renewed_in_time() -> None:
    lease = LeaseState("me")
    assert lease.wants(NOTHING, 0)
    lease.written(7, 0)
    assert lease.fence(1) == 7
    assert not lease.wants(held(7, "me"), 1)
    assert lease.wants(held(7, "me"), RENEW_SECONDS)
    lease.written(9, RENEW_SECONDS)
    assert lease.fence(LEASE_SECONDS) == 7, "the fence is from when it was taken"
    assert lease.wants(held(9, None), 3), "given up, even by itself"


def test_anothers_is_taken_when_it_stood_still_and_by_then_that_one_has_given_it_up() -> None:
    """Seen only as a revision: whatever its clock says. It counts from before it wrote, who waits from after."""
    holder, other = LeaseState("a"), LeaseState("b")
    holder.written(1, 0)
    for now in range(20):
        assert not other.wants(held(1 + now, "a"), now)
    assert not other.wants(held(20, "a"), 19 + LEASE_SECONDS - 0.1)
    assert other.wants(held(20, "a"), 19 + LEASE_SECONDS)
    assert holder.fence(LEASE_SECONDS) is None


def test_who_lost_it_judges_no_more_and_waits_like_any_other() -> None:
    lease = LeaseState("a")
    lease.written(1, 0)
    lease.lost()
    assert lease.fence(0) is None
    assert not lease.wants(held(2, "b"), 1)
    lease.written(3, 1)
    assert lease.fence(1) == 3
    assert not lease.wants(held(4, "b"), 1.5)
    assert lease.fence(2) is None


def test_a_name_that_is_ours_from_a_former_life_is_anothers() -> None:
    """It cannot be told how long that one held it."""
    assert not LeaseState("a").wants(held(5, "a"), 0)
