from __future__ import annotations

import pytest

from spectrix_lite.access.catalogue import Catalogue
from spectrix_lite.core.errors import ServiceNotFound, StreamKeyNotFound
from spectrix_lite.core.records import Service, StoredKey, StreamKey

A, B = Service("a", "A", 1), Service("b", "B", 2)


def key(key_id: str, service_id: str = "a", last_used_at: int | None = None) -> StreamKey:
    return StreamKey(key_id, service_id, "k", "p", 1, last_used_at)


def filled() -> Catalogue:
    catalogue = Catalogue()
    catalogue.put_service(A)
    catalogue.put_service(B)
    catalogue.put_key(key("k1"))
    catalogue.put_key(key("k2"))
    catalogue.put_key(key("k3", "b"))
    return catalogue


def test_lists_in_order_of_creation() -> None:
    catalogue = filled()
    assert catalogue.services() == [A, B]
    assert [k.id for k in catalogue.keys("a")] == ["k1", "k2"]
    assert catalogue.service("b") is B


def test_what_is_not_there() -> None:
    catalogue = filled()
    with pytest.raises(ServiceNotFound):
        catalogue.keys("c")
    with pytest.raises(ServiceNotFound):
        catalogue.key("c", "k1")
    with pytest.raises(StreamKeyNotFound):
        catalogue.key("a", "k3")
    with pytest.raises(StreamKeyNotFound):
        catalogue.key("a", "k9")


def test_a_removed_service_takes_its_keys_along() -> None:
    catalogue = filled()
    assert catalogue.remove_service("a") == ["k1", "k2"]
    assert catalogue.services() == [B]
    assert catalogue.remove_service("a") == []


def test_a_use_shows_at_once_and_is_written_later() -> None:
    catalogue = filled()
    catalogue.note_use("k1", 50)
    catalogue.note_use("k1", 60)
    assert catalogue.key("a", "k1").last_used_at == 60
    assert catalogue.take_uses() == {"k1": 60}
    assert catalogue.take_uses() == {}
    assert catalogue.key("a", "k1").last_used_at == 60


def test_uses_that_could_not_be_written_wait_and_newer_ones_win() -> None:
    catalogue = filled()
    catalogue.note_use("k1", 50)
    catalogue.note_use("k2", 50)
    taken = catalogue.take_uses()
    catalogue.note_use("k1", 70)
    catalogue.give_back_uses(taken)
    assert catalogue.take_uses() == {"k1": 70, "k2": 50}


def test_a_reload_tells_what_became_of_the_services() -> None:
    catalogue = filled()
    changes = catalogue.reload([Service("b", "Bee", 2), Service("c", "C", 3)], [StoredKey(key("k3", "b"), b"")])
    assert [s.name for s in changes.opened] == ["C"]
    assert [s.name for s in changes.renamed] == ["Bee"]
    assert [s.name for s in changes.closed] == ["A"]
    assert catalogue.has_key("k3")
    assert not catalogue.has_key("k1")
    assert [k.id for k in catalogue.keys("b")] == ["k3"]


def test_a_use_noted_before_a_reload_is_not_lost() -> None:
    catalogue = filled()
    catalogue.note_use("k1", 90)
    catalogue.reload([A], [StoredKey(key("k1", last_used_at=10), b"")])
    assert catalogue.key("a", "k1").last_used_at == 90
