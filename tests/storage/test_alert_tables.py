from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from spectrix_lite.cluster.store import alert_edits
from spectrix_lite.core.alert_errors import AlertNotFound
from spectrix_lite.core.alert_records import Alert, Delivery, Destination, Notice, When
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import LimitReached, ServiceNotFound
from spectrix_lite.core.records import Service, View
from spectrix_lite.storage import alert_table, notice_table
from spectrix_lite.storage.interfaces import AnyStore

from ..support.stores import opened_store

SECRET = "https://hooks.example.org/T0/s3cret"
COUNT = When("count", 10, 60)


@pytest.fixture
async def store(either: Config) -> AsyncIterator[AnyStore]:
    async with opened_store(either) as store:
        for name in ("api", "web"):
            await store.add_service(Service(name, name, 1), 10)
        yield store


def limit(monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    for module in (alert_table, notice_table, alert_edits):
        monkeypatch.setattr(module, name, value, raising=False)


def alert(name: str = "a", service_id: str | None = None, view_id: str | None = None) -> Alert:
    where = (Destination("d1", "slack", {"url": SECRET}), Destination("d2", "json", {"url": "http://a", "headers": {}}))
    return Alert(name, service_id, view_id, name, "level:error", COUNT, 300, True, where, None, None, 1)


def notice(service_id: str = "api", at: int = 5) -> Notice:
    return Notice(0, "a", service_id, "firing", at, None, 10, 0, "epoch", (1, 2, 3))


async def test_an_alert_is_kept_as_it_is_and_changed(store: AnyStore) -> None:
    await store.alerts.add(alert())
    assert await store.alerts.all() == [alert()]
    changed = replace(alert(), service_id="web", when=When("firstSeen"), silenced_until=9, told_at=8, destinations=())
    await store.alerts.change(changed)
    assert await store.alerts.all() == [replace(changed, told_at=None)], "it may have been told meanwhile"
    await store.alerts.delete("a")
    assert await store.alerts.all() == []
    with pytest.raises(AlertNotFound):
        await store.alerts.change(changed)
    with pytest.raises(AlertNotFound):
        await store.alerts.delete("a")


async def test_its_secrets_are_in_no_text_of_it() -> None:
    assert SECRET not in repr(alert())


async def test_it_follows_its_view_and_keeps_its_own_query_without_it(store: AnyStore) -> None:
    await store.views.add(View("v", None, "v", "level:warn", None, None, 1))
    await store.alerts.add(alert(view_id="v"))
    assert (await store.alerts.all())[0].query == "level:warn"
    await store.views.delete("v")
    assert (await store.alerts.all())[0] == alert()


async def test_what_cannot_be_kept_is_named(store: AnyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServiceNotFound):
        await store.alerts.add(alert(service_id="nowhere"))
    await store.alerts.add(alert("a", "api"))
    with pytest.raises(ServiceNotFound):
        await store.alerts.change(alert("a", "nowhere"))
    limit(monkeypatch, "MAX_OF_SERVICE", 1)
    with pytest.raises(LimitReached):
        await store.alerts.add(alert("b", "api"))
    await store.alerts.add(alert("b", "web"))
    await store.alerts.add(alert("c"))
    limit(monkeypatch, "MAX_ALERTS", 3)
    with pytest.raises(LimitReached):
        await store.alerts.add(alert("d", "nowhere"))


async def test_states_are_kept_but_of_nothing_that_is_gone(store: AnyStore) -> None:
    await store.alerts.add(alert())
    await store.alerts.keep_states({("a", "api"): {"n": 1}, ("a", "gone"): {}, ("gone", "api"): {}})
    await store.alerts.keep_states({("a", "api"): {"n": 2}, ("a", "web"): {"n": 3}})
    assert await store.alerts.states() == {("a", "api"): {"n": 2}, ("a", "web"): {"n": 3}}


async def test_a_notice_is_delivered_everywhere_and_then_no_longer_pending(store: AnyStore) -> None:
    await store.alerts.add(alert())
    kept = await store.notices.add("a", [notice(), notice("web"), notice("gone")], ["d1", "d2"], 7)
    assert [each.service_id for each in kept] == ["api", "web"]
    assert (await store.alerts.all())[0].told_at == 7
    assert await store.notices.pending() == [
        (each, [Delivery(each.id, where, "pending", 0, 7) for where in ("d1", "d2")]) for each in kept
    ]
    done = Delivery(kept[0].id, "d1", "delivered", 1, 7, 204)
    await store.notices.note_deliveries(
        [
            done,
            Delivery(kept[0].id, "d2", "failed", 5, 7, None, "it hung up"),
            Delivery(kept[1].id, "d1", "delivered", 1, 7, 200),
        ]
    )
    assert [(n.id, [d.destination_id for d in ds]) for n, ds in await store.notices.pending()] == [(kept[1].id, ["d2"])]
    newest, oldest = await store.notices.of_alert("a")
    assert (newest[0], oldest[0]) == (kept[1], kept[0])
    assert (oldest[1][0], oldest[1][1].said) == (done, "it hung up")


async def test_the_oldest_notices_are_forgotten(store: AnyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "KEPT_NOTICES", 2)
    await store.alerts.add(alert())
    for at in range(4):
        await store.notices.add("a", [notice(at=at)], ["d1"], at)
    assert [each.at for each, _ in await store.notices.of_alert("a")] == [3, 2]


async def test_kinds_are_remembered_and_the_first_is_forgotten_first(
    store: AnyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "MAX_KINDS", 3)
    one, two, three, four = (bytes([n]) * 8 for n in range(4))
    await store.notices.add_kinds({"api": [one, two, three], "gone": [one]})
    await store.notices.add_kinds({"api": [two, four], "web": [one]})
    assert await store.notices.kinds() == {"api": [two, three, four], "web": [one]}
    assert len(await store.notices.kind_key()) == 32


async def test_all_of_it_goes_with_the_service(store: AnyStore) -> None:
    await store.alerts.add(alert())
    await store.alerts.add(alert("own", "api"))
    await store.alerts.keep_states({("a", "api"): {}})
    await store.notices.add("a", [notice()], ["d1"], 1)
    await store.notices.add_kinds({"api": [b"12345678"]})
    await store.delete_service("api", 2)
    assert [each.id for each in await store.alerts.all()] == ["a"]
    assert await store.alerts.states() == {}
    assert await store.notices.pending() == [] == await store.notices.of_alert("a")
    assert await store.notices.kinds() == {}
