"""From what arrives to what is told: a whole server with a sink of our own, and time in hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Batch, Entry

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem
from ..support.sink import Sink
from ..support.watching import until

ALERTS = "/api/v1/alerts"
TEN = {"count": 10, "within": 60}


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink().serving() as sink:
        yield sink


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(host="127.0.0.1", port=0, db=str(tmp_path / "spectrix.db"), webhook_private=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def serve(serve: Serve) -> Serve:
    """Processor time is in hand as well: rules never use up their budgets, however slow the machine is."""

    async def start(*args: Any, **parts: Any) -> Server:
        server = await serve(*args, **parts)
        server.context.hub.filtering.scheduler.cpu = lambda: 0.0
        return server

    return start


async def save(client: aiohttp.ClientSession, sink: Sink, **body: Any) -> dict[str, Any]:
    whole = {"name": "Errors", "query": "level:error", "when": TEN, "destinations": [{"kind": "json", "url": sink.url}]}
    async with client.post(ALERTS, json=whole | body) as answer:
        assert answer.status == 201, await answer.text()
        saved: dict[str, Any] = await answer.json()
    return saved


async def listed(client: aiohttp.ClientSession) -> list[dict[str, Any]]:
    async with client.get(ALERTS) as answer:
        alerts: list[dict[str, Any]] = (await answer.json())["alerts"]
    return alerts


async def append(server: Server, service: str, count: int, message: str = "no disk", level: Any = "error") -> None:
    entries = [Entry(timestamp="2026-05-14T10:30:00.000Z", level=level, message=message) for _ in range(count)]
    await server.context.hub.ingest(service, Batch(entries, [], []), "key")


async def ticks(server: Server, clock: FakeClock, seconds: float = 1.0) -> None:
    """Time passes in steps of half a second, and what has arrived is judged."""
    for _ in range(max(2, round(2 * seconds))):
        clock.advance(0.5)
        await server.context.alerting.tick()
        await judged(server)


async def judged(server: Server) -> None:
    """All that has arrived is judged, however many turns that takes."""
    await until(lambda: not server.context.alerting.has_work)


async def noted(server: Server) -> None:
    """What became of each delivery is kept."""
    await until(lambda: not server.context.alerting.deliveries.waiting)
    async with asyncio.timeout(60):
        while await server.context.store.notices.pending():
            pass


async def told(server: Server, sink: Sink) -> dict[str, Any]:
    """The next message; its delivery is over.

    Only then may time pass: the second between two messages begins when the answer is there. It is spent by the clock
    in hand, so that a message which is due after the last step of time never goes out.
    """
    message = await sink.next()
    await noted(server)
    return message


@pytest.mark.case(144)
async def test_a_burst_is_one_message_and_a_new_kind_is_a_second(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        await save(client, sink, query="", when={"firstSeen": True}, service=service)
        await append(server, service, 1000, "order 17 failed")
        await ticks(server, clock)
        first = await told(server, sink)
        await append(server, service, 5, "order 18 failed")
        await ticks(server, clock)
        assert sink.requests == 1, "numbers make no new kind"
        await append(server, service, 3, "no disk")
        await ticks(server, clock)
        second = await told(server, sink)
        assert sink.requests == 2
    for received, message in ((first, "order 17 failed"), (second, "no disk")):
        (notice,) = received["notices"]
        assert notice["service"] == {"id": service, "name": "Shop"}
        assert notice["count"] == 1
        assert [entry["message"] for entry in notice["entries"]] == [message]
        assert "an error of a new kind in Shop" in received["text"]


async def test_ten_in_a_minute_with_a_cooldown_and_the_end_of_it(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        alert = await save(client, sink, cooldown=120, resolved=True)
        await append(server, service, 9)
        await ticks(server, clock)
        assert (await listed(client))[0]["state"] == "ok"
        await append(server, service, 3)
        await ticks(server, clock)
        (first,) = (await told(server, sink))["notices"]
        assert (first["kind"], first["count"]) == ("firing", 12)
        assert [entry["message"] for entry in first["entries"]] == ["no disk"] * 3
        epoch = server.context.hub.channel(service).epoch
        assert first["link"] == f"http://localhost:{server.port}/#/services/{service}/watch?entry={epoch}.1"
        assert (await listed(client))[0]["state"] == "firing"
        await append(server, service, 20)
        await ticks(server, clock, 30)
        assert sink.requests == 1, "the cooldown"
        await ticks(server, clock, 95)
        over = (await told(server, sink))["notices"]
        assert [(each["kind"], each["count"]) for each in over] == [("resolved", 20)]
        await noted(server)
        async with client.get(f"{ALERTS}/{alert['id']}/notices") as answer:
            notices = (await answer.json())["notices"]
        assert [(each["kind"], each["deliveries"][0]["state"]) for each in notices] == [
            ("resolved", "delivered"),
            ("firing", "delivered"),
        ]
        shown = (await listed(client))[0]
        assert (shown["state"], shown["failures"], shown["trouble"]) == ("ok", 0, {})
        assert shown["lastNotice"]["kind"] == "resolved"


async def test_silence_is_told_and_a_silenced_alert_is_silent(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        alert = await save(client, sink, query="", when={"none": 60}, cooldown=0, resolved=True)
        await append(server, service, 1, level="info")
        async with client.patch(f"{ALERTS}/{alert['id']}", json={"silencedUntil": "2026-05-14T11:30:00Z"}) as answer:
            assert (await answer.json())["silencedUntil"] == "2026-05-14T11:30:00.000Z"
        await ticks(server, clock, 70)
        assert sink.requests == 0
        async with client.patch(f"{ALERTS}/{alert['id']}", json={"silencedUntil": None}) as answer:
            assert answer.status == 200
        await ticks(server, clock)
        assert (await told(server, sink))["text"] == "Errors: nothing from Shop for 60 s"
        await append(server, service, 1, level="info")
        await ticks(server, clock)
        assert (await told(server, sink))["text"] == "Errors: it is over in Shop"


async def test_what_is_still_to_be_tried_is_held_while_its_alert_is_silenced(
    serve: Serve, clock: FakeClock, sink: Sink
) -> None:
    sink.answers = [lambda: web.Response(status=500)]
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        alert = await save(client, sink, when={"count": 1, "within": 10}, cooldown=3600)
        other = await save(client, sink, name="Others", when={"count": 1, "within": 10}, cooldown=3600)
        await append(server, service, 1)
        await ticks(server, clock)
        await until(lambda: bool(server.context.alerting.deliveries.said))
        for each in (alert, other):
            body = {"silencedUntil": "2026-05-14T11:30:00Z"}
            async with client.patch(f"{ALERTS}/{each['id']}", json=body) as answer:
                assert answer.status == 200
        assert server.context.alerting.deliveries.waiting == 0
    await server.listener.close()
    server = await serve()
    async with server.operator() as client:
        await ticks(server, clock, 40)
        alerting = server.context.alerting
        assert (alerting.waiting, alerting.deliveries.waiting, sink.requests) == (2, 0, 1)
        async with client.get(f"{ALERTS}/{alert['id']}/notices") as answer:
            ((delivery,),) = [each["deliveries"] for each in (await answer.json())["notices"]]
        assert (delivery["state"], delivery["tries"], delivery["said"]) == ("pending", 1, "it answered 500")
        async with client.delete(f"{ALERTS}/{other['id']}") as answer:
            assert answer.status == 204
        clock.advance(3600)
        await ticks(server, clock)
        (notice,) = (await told(server, sink))["notices"]
        assert (notice["alert"]["name"], notice["count"], sink.requests) == ("Errors", 1, 2)
        async with client.get(f"{ALERTS}/{alert['id']}/notices") as answer:
            ((delivery,),) = [each["deliveries"] for each in (await answer.json())["notices"]]
        assert (delivery["state"], delivery["tries"]) == ("delivered", 2), "it goes on where it was"


async def test_what_is_under_way_when_its_alert_is_silenced_is_told_once(
    serve: Serve, clock: FakeClock, sink: Sink
) -> None:
    sink.answers = [None]
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        alert = await save(client, sink, when={"count": 1, "within": 10})
        await append(server, service, 1)
        await ticks(server, clock)
        await until(lambda: sink.requests == 1)
        async with client.patch(f"{ALERTS}/{alert['id']}", json={"silencedUntil": "2026-05-14T11:30:00Z"}) as answer:
            assert answer.status == 200
        sink.go_on()
        await noted(server)
        clock.advance(7200)
        await ticks(server, clock)
        assert (sink.requests, server.context.alerting.deliveries.waiting) == (1, 0)


async def test_a_rule_that_failed_goes_on_and_says_what_it_missed(
    serve: Serve, clock: FakeClock, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        await save(client, sink)
        await save(client, sink, query="", name="All", destinations=[])
        listener = server.context.hub.channel(service).listener
        assert listener is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listener, "_guard", None)
            await append(server, service, 3)
        await append(server, service, 2)
        assert "what listens to a service failed" in caplog.text
        await ticks(server, clock)
        assert [each["behind"] for each in await listed(client)] == [5, 5]
        await append(server, service, 10)
        await ticks(server, clock)
        (notice,) = (await told(server, sink))["notices"]
        assert (notice["count"], notice["missed"]) == (10, 5)
        last = (await listed(client))[1]["lastNotice"]
        assert (last["count"], last["missed"]) == (10, 5)


@pytest.mark.case(145)
async def test_a_restart_in_the_middle_tells_each_once_and_forgets_no_kind(
    serve: Serve, config: Config, clock: FakeClock, sink: Sink
) -> None:
    sink.answers = [lambda: web.Response(status=500)]
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        await save(client, sink, query="", when={"firstSeen": True})
        await save(client, sink, cooldown=3600)
        await append(server, service, 12)
        await ticks(server, clock)
        await until(lambda: bool(server.context.alerting.deliveries.said))
        await append(server, service, 5)
    await server.listener.close()
    clock.advance(600)
    server = await serve()
    received = await told(server, sink)
    assert sorted(notice["count"] for notice in received["notices"]) == [1, 12]
    assert [entry["message"] for notice in received["notices"] for entry in notice["entries"]] == ["no disk"] * 4
    async with server.operator() as client:
        await append(server, service, 20)
        await ticks(server, clock, 70)
        assert sink.requests == 2, "the kind is known, and the cooldown goes on"
        await ticks(server, clock, 0)
        clock.advance(3600)
        await append(server, service, 30)
        await ticks(server, clock)
        (notice,) = (await told(server, sink))["notices"]
        assert notice["count"] == 55, "what came meanwhile: 5 before the restart, 20 and 30 after it"


async def test_what_the_ring_held_before_is_no_new_kind(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    await append(server, service, 5, "old trouble")
    async with server.operator() as client:
        await save(client, sink, query="", when={"firstSeen": True})
        await judged(server)
        await append(server, service, 5, "old trouble")
        await append(server, service, 5, "new trouble")
        await ticks(server, clock)
        assert [each["message"] for each in (await told(server, sink))["notices"][0]["entries"]] == ["new trouble"]


async def test_what_came_between_two_alerts_is_no_new_kind(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        first = await save(client, sink, query="", when={"firstSeen": True})
        await append(server, service, 1, "first trouble")
        await ticks(server, clock)
        await told(server, sink)
        async with client.delete(f"{ALERTS}/{first['id']}") as answer:
            assert answer.status == 204
        await append(server, service, 1, "trouble between")
        await ticks(server, clock)
        await save(client, sink, query="", when={"firstSeen": True})
        await judged(server)
        await append(server, service, 1, "trouble between")
        await ticks(server, clock, 3)
        await noted(server)
        assert sink.requests == 1


async def test_a_service_that_is_deleted_takes_its_notices_along_and_a_new_one_is_judged(
    serve: Serve, clock: FakeClock, sink: Sink
) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        await save(client, sink, service=service)
        everywhere = await save(client, sink, name="Everywhere", cooldown=0)
        await server.context.authority.delete_service(service)
        assert [each["id"] for each in await listed(client)] == [everywhere["id"]]
        other = await server.create_service("Other")
        await append(server, other, 10)
        await ticks(server, clock)
        assert (await told(server, sink))["notices"][0]["service"]["name"] == "Other"


async def test_a_clock_that_is_set_neither_tells_nor_keeps_from_telling(
    serve: Serve, clock: FakeClock, sink: Sink
) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        await save(client, sink, when={"count": 1, "within": 10})
        await save(client, sink, name="Quiet", when={"none": 3600}, cooldown=0)
        await append(server, service, 1)
        await ticks(server, clock)
        await told(server, sink)
        for hours in (5, -7):
            clock.set_wall(clock.wall() + hours * 3_600_000)
            await append(server, service, 1)
            await ticks(server, clock, 20)
            assert sink.requests == 1, "within the cooldown, and nothing is quiet"
        await ticks(server, clock, 270)
        assert (await told(server, sink))["notices"][0]["count"] == 2


async def test_changes_at_the_same_time_are_both_kept_and_what_was_told_stays_told(
    serve: Serve, clock: FakeClock, sink: Sink
) -> None:
    """A change that takes long, as a name is looked up, knows of what came meanwhile."""
    server = await serve()
    service = await server.create_service("Shop")
    looks, go_on = asyncio.Event(), asyncio.Event()

    async def look_up(host: str, port: int) -> list[str]:
        looks.set()
        await go_on.wait()
        return ["127.0.0.1"]

    server.context.alerting.webhooks._lookup = look_up
    async with server.operator() as client:
        alert = await save(client, sink, when={"count": 1, "within": 10})
        path = f"{ALERTS}/{alert['id']}"
        where = [*alert["destinations"], {"kind": "json", "url": f"http://sink.example:{sink.port}/"}]
        slow = asyncio.create_task(client.patch(path, json={"destinations": where}))
        await looks.wait()
        renamed = asyncio.create_task(client.patch(path, json={"name": "Renamed"}))
        await append(server, service, 1)
        await ticks(server, clock)
        await told(server, sink)
        go_on.set()
        for each in await asyncio.gather(slow, renamed):
            assert each.status == 200
        (shown,) = await listed(client)
        assert (shown["name"], len(shown["destinations"])) == ("Renamed", 2)
        await append(server, service, 1)
        await ticks(server, clock, 20)
        assert sink.requests == 1, "the cooldown goes on"


async def test_an_alert_is_silenced_where_its_destinations_are_refused_by_now(serve: Serve, sink: Sink) -> None:
    server = await serve()
    async with server.operator() as client:
        alert = await save(client, sink)
        server.context.alerting.own_ports.add(sink.port)
        async with client.patch(f"{ALERTS}/{alert['id']}", json={"silencedUntil": "2026-05-14T11:30:00Z"}) as answer:
            assert answer.status == 200
        async with client.patch(
            f"{ALERTS}/{alert['id']}", json={"destinations": [{"kind": "slack", "url": sink.url}]}
        ) as answer:
            await check_problem(answer, 400, "address_forbidden")


async def test_what_waits_goes_where_the_alert_tells_by_now(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    sink.answers = [lambda: web.Response(status=500)] * 2
    where = [{"kind": "json", "url": f"{sink.url}/{name}", "headers": {"X-Of": name}} for name in ("a", "b")]
    async with server.operator() as client:
        alert = await save(client, sink, when={"count": 1, "within": 10}, destinations=where)
        one, two = (each["id"] for each in alert["destinations"])
        await append(server, service, 1)
        await ticks(server, clock)
        await until(lambda: len(server.context.alerting.deliveries.said) == 2)
        changed = [{"id": two, "kind": "json", "url": f"{sink.url}/c", "headers": {"X-Of": "c"}}]
        async with client.patch(f"{ALERTS}/{alert['id']}", json={"destinations": changed}) as answer:
            assert answer.status == 200
        message = await told(server, sink)
        assert (message["headers"]["X-Of"], sink.requests) == ("c", 3)
        async with client.get(f"{ALERTS}/{alert['id']}/notices") as answer:
            (notice,) = (await answer.json())["notices"]
        assert {each["destination"]: each["state"] for each in notice["deliveries"]} == {
            one: "failed",
            two: "delivered",
        }


async def test_an_alert_follows_its_view(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        async with client.post("/api/v1/views", json={"name": "Bad", "query": "level:error"}) as answer:
            view = (await answer.json())["id"]
        saved = await save(client, sink, view=view)
        assert (saved["query"], saved["view"]) == ("level:error", view)
        async with client.patch(f"/api/v1/views/{view}", json={"query": "level:warn"}) as answer:
            assert answer.status == 200
        await append(server, service, 10)
        await ticks(server, clock)
        assert sink.requests == 0
        await append(server, service, 10, level="warn")
        await ticks(server, clock)
        assert (await told(server, sink))["notices"][0]["alert"]["query"] == "level:warn"
        async with client.delete(f"/api/v1/views/{view}") as answer:
            assert answer.status == 204
        (alert,) = await listed(client)
        assert (alert["query"], alert["view"]) == ("level:warn", None), "as it was last"


async def test_a_dry_run_says_what_would_have_been_told(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    for count in (12, 3, 0, 15):
        await append(server, service, count)
        clock.advance(300)
    async with server.operator() as client:
        alert = await save(client, sink)
        async with client.get(f"{ALERTS}/{alert['id']}/dry-run") as answer:
            firings = (await answer.json())["firings"]
        assert firings == [
            {"at": "2026-05-14T10:30:00.000Z", "count": 12},
            {"at": "2026-05-14T10:45:00.000Z", "count": 15},
        ]
        for body, expected in (
            ({"query": "", "when": {"firstSeen": True}}, [1]),
            ({"query": "", "when": {"none": 300}, "service": service}, [0, 0, 0]),
            ({"query": "level:error", "when": TEN, "cooldown": 600}, [12, 15]),
            ({"query": "level:error", "when": TEN, "cooldown": 3600}, [12]),
            ({"query": "nothing", "when": TEN}, []),
        ):
            async with client.post(f"{ALERTS}/dry-run", json=body) as answer:
                assert [each["count"] for each in (await answer.json())["firings"]] == expected, body
    assert sink.requests == 0


@pytest.mark.parametrize("cooldown", [0, 60, 300])
async def test_a_dry_run_tells_as_often_as_it_is_told_live(
    serve: Serve, clock: FakeClock, sink: Sink, cooldown: int
) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        alert = await save(client, sink, cooldown=cooldown)
        path = f"{ALERTS}/{alert['id']}"
        for _ in range(12):  # goes on for two minutes, then once more
            await append(server, service, 5)
            await ticks(server, clock, 10)
        await ticks(server, clock, 100)
        await append(server, service, 20)
        await ticks(server, clock, 100)
        async with client.get(f"{path}/notices") as answer:
            live = [each["count"] for each in reversed((await answer.json())["notices"])]
        async with client.get(f"{path}/dry-run") as answer:
            dry = [each["count"] for each in (await answer.json())["firings"]]
    assert dry == live
    assert len(live) == {0: 2, 60: 4, 300: 2}[cooldown]


async def test_a_test_is_marked_and_says_what_came_of_it(serve: Serve, sink: Sink) -> None:
    server = await serve()
    await server.create_service("Shop")
    sink.answers = [lambda: web.Response(), lambda: web.Response(status=404)]
    async with server.operator() as client:
        twice = [{"kind": "json", "url": sink.url}, {"kind": "slack", "url": sink.url}]
        alert = await save(client, sink, destinations=twice)
        async with client.post(f"{ALERTS}/{alert['id']}/test") as answer:
            results = (await answer.json())["results"]
        assert sorted((each["delivered"], each["status"], each["said"]) for each in results) == [
            (False, 404, "it answered 404"),
            (True, 200, ""),
        ]
        assert "[test] Errors" in (await sink.next())["text"]
        assert (await listed(client))[0]["lastNotice"] is None


async def test_secrets_are_masked_and_stay_where_a_change_leaves_them_out(serve: Serve, sink: Sink) -> None:
    server = await serve()
    async with server.operator() as client:
        where = [{"kind": "json", "url": sink.url, "headers": {"X-Key": "s3cret"}}, {"kind": "slack", "url": sink.url}]
        saved = await save(client, sink, destinations=where)
        assert "s3cret" not in str(saved)
        kept = [{"id": each["id"], "kind": each["kind"]} for each in saved["destinations"]]
        async with client.patch(f"{ALERTS}/{saved['id']}", json={"destinations": kept[:1], "name": "New"}) as answer:
            changed = await answer.json()
        assert (changed["name"], changed["destinations"]) == ("New", saved["destinations"][:1])
        (alert,) = server.context.alerting.alerts()
        assert alert.destinations[0].options == {"url": sink.url, "headers": {"X-Key": "s3cret"}}


IMPOSSIBLE: list[tuple[dict[str, Any], int, str]] = [
    ({"name": ""}, 400, "invalid_name"),
    ({"query": "level:loud"}, 400, "invalid_query"),
    ({"when": {"none": 60, "count": 0}}, 400, "invalid_body"),
    ({"view": "none"}, 404, "view_not_found"),
    ({"service": "none"}, 404, "service_not_found"),
    ({"when": {}}, 400, "invalid_body"),
    ({"when": {"count": 1, "within": 9}}, 400, "invalid_body"),
    ({"when": {"count": 0, "within": 10}}, 400, "invalid_body"),
    ({"when": {"count": True, "within": 10}}, 400, "invalid_body"),
    ({"when": {"none": 59}}, 400, "invalid_body"),
    ({"when": {"firstSeen": False}}, 400, "invalid_body"),
    ({"when": {"firstSeen": True, "none": 60}}, 400, "invalid_body"),
    ({"when": {"count": 1, "within": 10, "none": 60}}, 400, "invalid_body"),
    ({"when": {"none": 60, "windows": 3}}, 400, "invalid_body"),
    ({"cooldown": 86_401}, 400, "invalid_body"),
    ({"destinations": [{"kind": "mail"}]}, 400, "invalid_body"),
    ({"destinations": [{"kind": "slack", "url": "https://a.example/"}] * 11}, 400, "invalid_body"),
    ({"destinations": [{"kind": "json", "url": "http://169.254.169.254/"}]}, 400, "address_forbidden"),
    ({"destinations": [{"kind": "json", "url": "http://2130706433/"}]}, 400, "address_forbidden"),
]


async def test_what_an_alert_cannot_be(serve: Serve) -> None:
    server = await serve()
    whole = {"name": "a", "query": "", "when": TEN, "destinations": []}
    async with server.operator() as client:
        for body, status, code in IMPOSSIBLE:
            async with client.post(ALERTS, json=whole | body) as answer:
                await check_problem(answer, status, code)
        assert await listed(client) == []


async def test_this_server_and_what_lies_inside_are_refused(serve: Serve, config: Config, sink: Sink) -> None:
    server = await serve()
    async with server.operator() as client:
        own = {"kind": "json", "url": f"{server.base_url}/api/v1/ingest/logs"}
        async with client.post(ALERTS, json={"name": "a", "query": "", "when": TEN, "destinations": [own]}) as answer:
            await check_problem(answer, 400, "address_forbidden")
    other = await serve(replace(config, webhook_private=False, db=f"{config.db}2"))
    async with other.operator() as client:
        inside = {"kind": "json", "url": sink.url}
        async with client.post(
            ALERTS, json={"name": "a", "query": "", "when": TEN, "destinations": [inside]}
        ) as answer:
            problem = await check_problem(answer, 400, "address_forbidden")
        assert "--webhook-private yes" in problem["detail"]


async def test_an_alert_is_changed_and_deleted(serve: Serve, clock: FakeClock, sink: Sink) -> None:
    server = await serve()
    service = await server.create_service("Shop")
    async with server.operator() as client:
        saved = await save(client, sink)
        change = {
            "when": {"count": 1, "within": 10},
            "query": "level:warn",
            "service": service,
            "cooldown": 0,
            "resolved": True,
        }
        async with client.patch(f"{ALERTS}/{saved['id']}", json=change) as answer:
            changed = await answer.json()
        assert {name: changed[name] for name in change} == change
        wrongs: list[dict[str, Any]] = [{"silencedUntil": "soon"}, {"service": "none"}, {"when": {}}]
        for wrong in wrongs:
            async with client.patch(f"{ALERTS}/{saved['id']}", json=wrong) as answer:
                assert answer.status in (400, 404)
        assert await listed(client) == [changed]
        async with client.delete(f"{ALERTS}/{saved['id']}") as answer:
            assert answer.status == 204
        await append(server, service, 1, level="warn")
        await ticks(server, clock)
        assert await listed(client) == []
    assert sink.requests == 0
