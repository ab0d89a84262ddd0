"""The stream over real sockets: backlog, resume, gaps, filters, ends; time moves only when a test says so."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import aiohttp
import pytest
from msgspec import Raw

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Batch, Entry, Level
from spectrix_lite.server.watching.timers import tick

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem
from ..support.watching import connected, until, watching


@dataclasses.dataclass
class Service:
    """One service of a server whose clock stands still."""

    server: Server
    clock: FakeClock
    id: str

    async def log(self, count: int = 1, level: Level = "info", **fields: Any) -> None:
        entries = [Entry(timestamp="2026-05-14T10:30:00.000Z", level=level, message=f"m{i}") for i in range(count)]
        for entry in entries:
            for name, value in fields.items():
                setattr(entry, name, value)
        await self.server.context.hub.ingest(self.id, Batch(entries, [], []), "test")

    async def token(self, **options: Any) -> str:
        _, token = await self.server.create_session(self.id, **options)
        return token

    def advance(self, seconds: float) -> None:
        """Time passes, and what is due by then happens."""
        self.clock.advance(seconds)
        tick(self.server.context)

    @property
    def epoch(self) -> str:
        return self.server.context.hub.channel(self.id).epoch


@pytest.fixture
async def service(serve: Serve) -> Service:
    clock = FakeClock()
    server = await serve(clock=clock)
    return Service(server, clock, await server.create_service("Payment Service"))


def seqs(entries: list[dict[str, Any]]) -> list[int]:
    return [entry["seq"] for entry in entries]


async def test_watching_says_where_the_stream_stands(service: Service) -> None:
    await service.log(3)
    session, token = await service.server.create_session(service.id)
    async with watching(service.server, token) as (_, first):
        assert first == {
            "type": "watching",
            "sessionId": session.id,
            "kind": "operator",
            "service": {"id": service.id, "name": "Payment Service"},
            "expiresAt": "2026-05-14T10:45:00.000Z",
            "time": "2026-05-14T10:30:00.000Z",
            "epoch": service.epoch,
            "oldest": 1,
            "head": 3,
            "resumed": False,
        }


async def test_an_empty_ring_has_oldest_behind_head(service: Service) -> None:
    async with watching(service.server, await service.token()) as (_, first):
        assert (first["oldest"], first["head"]) == (1, 0)


async def test_entries_arrive_as_they_come(service: Service) -> None:
    async with watching(service.server, await service.token()) as (watcher, _):
        await service.log(source="api", endpoint="/a", method="GET", status_code=200, metadata=Raw(b'{"n":1.50}'))
        message = await watcher.socket.receive_str(timeout=60)
        assert '"metadata":{"n":1.50}' in message
        assert json.loads(message) == {
            "type": "entries",
            "through": 1,
            "entries": [
                {
                    "seq": 1,
                    "receivedAt": "2026-05-14T10:30:00.000Z",
                    "timestamp": "2026-05-14T10:30:00.000Z",
                    "level": "info",
                    "message": "m0",
                    "source": "api",
                    "endpoint": "/a",
                    "method": "GET",
                    "statusCode": 200,
                    "metadata": {"n": 1.5},
                }
            ],
        }


@pytest.mark.parametrize(("backlog", "first"), [(None, 501), (10, 1491), (0, 1501), (-5, 1501), (5000, 1)])
async def test_the_backlog_comes_first(service: Service, backlog: int | None, first: int) -> None:
    await service.log(700)
    await service.log(800)
    wanted = {} if backlog is None else {"backlog": backlog}
    async with watching(service.server, await service.token(), **wanted) as (watcher, _):
        await service.log()
        assert seqs(await watcher.entries(1501 - first + 1)) == list(range(first, 1502))


async def test_the_backlog_counts_what_matches(service: Service) -> None:
    for level in ("error", "info", "error", "info", "error", "info"):
        await service.log(1, level)
    token = await service.token()
    async with watching(service.server, token, backlog=2, filter={"levels": ["error"]}) as (watcher, _):
        assert seqs(await watcher.entries(2)) == [3, 5]


@pytest.mark.case(57)
async def test_a_cursor_resumes_without_loss_or_repeat(service: Service) -> None:
    await service.log(10)
    token = await service.token()
    async with watching(service.server, token) as (watcher, _):
        through = (await watcher.next("entries"))["through"]
    await service.log(5)
    after = {"epoch": service.epoch, "seq": through}
    async with watching(service.server, token, after=after) as (watcher, first):
        assert first["resumed"] is True
        assert seqs(await watcher.entries(5)) == [11, 12, 13, 14, 15]


@pytest.fixture
async def small(serve: Serve, config: Config) -> Service:
    """A ring buffer of ten entries."""
    clock = FakeClock()
    server = await serve(config=dataclasses.replace(config, ring_entries=10), clock=clock)
    return Service(server, clock, await server.create_service())


@pytest.mark.case(58)
async def test_a_lapped_cursor_is_told_exactly(small: Service) -> None:
    await small.log(30)
    after = {"epoch": small.epoch, "seq": 5}
    async with watching(small.server, await small.token(), after=after) as (watcher, first):
        assert first["resumed"] is False
        gap = await watcher.next("gap")
        assert gap == {"type": "gap", "from": 6, "to": 20, "count": 15, "reason": "overrun"}
        assert seqs(await watcher.entries(10)) == list(range(21, 31))


@pytest.mark.case(59)
async def test_another_epochs_cursor_is_told_of_the_restart(small: Service) -> None:
    await small.log(30)
    after = {"epoch": "before", "seq": 5}
    async with watching(small.server, await small.token(), after=after) as (watcher, first):
        assert first["resumed"] is False
        assert await watcher.next() == {"type": "gap", "from": 1, "to": None, "count": None, "reason": "restart"}
        assert await watcher.next() == {"type": "gap", "from": 1, "to": 20, "count": 20, "reason": "overrun"}
        assert seqs(await watcher.entries(10)) == list(range(21, 31))


@pytest.mark.case(60)
@pytest.mark.parametrize("after", [{"seq": 31}, {"seq": -1}, {"seq": "x"}, {"seq": 2**70}, {}, 5, [], "e.5"])
async def test_a_cursor_that_never_was_is_reset(small: Service, after: Any) -> None:
    await small.log(30)
    cursor = {"epoch": small.epoch} | after if isinstance(after, dict) else after
    async with watching(small.server, await small.token(), after=cursor, backlog=2) as (watcher, first):
        assert first["resumed"] is False
        gap = await watcher.next("gap")
        assert (gap["reason"], gap["to"], gap["count"]) == ("reset", None, None)
        assert seqs(await watcher.entries(2)) == [29, 30]


@pytest.mark.case(59)
async def test_a_token_and_a_cursor_live_through_a_restart_that_keeps_nothing(serve: Serve, config: Config) -> None:
    forgetful = dataclasses.replace(config, snapshot=False)
    first = await serve(forgetful)
    service_id = await first.create_service()
    _, token = await first.create_session(service_id)
    epoch = first.context.hub.channel(service_id).epoch
    await first.listener.close()
    second = await serve(forgetful)
    async with watching(second, token, after={"epoch": epoch, "seq": 7}) as (watcher, watched):
        assert watched["epoch"] != epoch
        assert (await watcher.next("gap"))["reason"] == "restart"


async def test_filters_leave_out_and_say_so_by_through(service: Service) -> None:
    wanted = {"levels": ["error", "warn"], "sources": ["api"], "q": "CHARGE"}
    async with watching(service.server, await service.token(), filter=wanted) as (watcher, _):
        await service.log(1, "error", source="api", endpoint="/pay/charge")
        await service.log(1, "info", source="api", endpoint="/pay/charge")
        await service.log(1, "error", source="worker", endpoint="/pay/charge")
        await service.log(1, "warn", source="api", metadata=Raw(b'{"what":"re\\u0063harge"}'))
        await service.log(1, "warn", source="api")
        assert seqs(await watcher.entries(2)) == [1, 4]
        service.advance(15)
        beat = await watcher.next("heartbeat")
        assert (beat["through"], beat["head"]) == (5, 5)


async def test_a_filter_is_changed_behind_through(service: Service) -> None:
    async with watching(service.server, await service.token()) as (watcher, _):
        await service.log(2)
        assert seqs(await watcher.entries(2)) == [1, 2]
        await watcher.send(type="filter", filter={"levels": ["error"]})
        await watcher.send(type="filter", filter={"levels": "nonsense"})
        assert await watcher.next() == {"type": "filtered", "through": 2}
        problem = await watcher.next("error")
        assert problem["code"] == "invalid_filter"
        await service.log(1)
        await service.log(1, "error")
        assert seqs(await watcher.entries(1)) == [4]
        await watcher.send(type="filter")
        await watcher.send(type="filter", filter=5)
        assert await watcher.next() == {"type": "filtered", "through": 4}
        await watcher.next("error")
        await service.log(1)
        assert seqs(await watcher.entries(1)) == [5]


@pytest.mark.case(93)
async def test_each_filter_that_is_taken_says_from_where_on_it_holds(service: Service) -> None:
    """In order with the entries, so that each seq is accounted for by a known filter; a refused one changes none."""
    async with watching(service.server, await service.token()) as (watcher, _):
        await service.log(1)
        assert seqs(await watcher.entries(1)) == [1]
        await watcher.send(type="filter", filter={"levels": ["error"]})
        assert await watcher.next() == {"type": "filtered", "through": 1}
        await service.log(2)
        await service.log(1, "error")
        assert seqs(await watcher.entries(1)) == [4]
        await service.log(3)
        await until(lambda: service.server.context.hub.channel(service.id).flush is None)
        await watcher.send(type="filter", filter={"q": "level:info"})
        await watcher.send(type="filter", filter={"q": "("})
        await watcher.send(type="filter", filter={})
        first, refused, second = [await watcher.next() for _ in range(3)]
        assert 4 <= first["through"] <= second["through"] <= 7
        assert [message["type"] for message in (first, refused, second)] == ["filtered", "error", "filtered"]
        assert refused["code"] == "invalid_query"


@pytest.mark.case(93)
async def test_a_filter_that_comes_while_the_backlog_is_sought(service: Service) -> None:
    """The backlog is the new one's, and the answers come before it, in order."""
    for _ in range(20):
        await service.log(50, "info")
        await service.log(50, "error")
    async with connected(service.server) as watcher:
        await watcher.send(type="watch", token=await service.token(), backlog=3, filter={"levels": ["warn"]})
        await watcher.send(type="filter", filter={"levels": ["error"]})
        assert (await watcher.next("watching"))["head"] == 2000
        assert (await watcher.next("filtered"))["through"] in (1997, 2000), "sought, or found that there is none"
        await service.log(1, "error")
        while (found := seqs((await watcher.next("entries"))["entries"]))[-1] < 2001:
            assert set(found) <= {1998, 1999, 2000}


@pytest.mark.case(87)
async def test_a_filter_that_its_session_cannot_pay_is_too_dear(service: Service) -> None:
    """The former one stays; in `watch` there is none, and the connection ends. What costs nothing is taken as ever."""
    await service.log(5)
    session, token = await service.server.create_session(service.id, kind="share")
    budget = service.server.context.hub.filtering.budget(session.id)
    async with watching(service.server, token, backlog=0) as (watcher, _):
        await watcher.send(type="filter", filter={"levels": ["error"]})
        await watcher.next("filtered")
        budget.spend(10.0, service.clock.monotonic())
        await watcher.send(type="filter", filter={"q": "m"})
        assert (await watcher.next("error"))["code"] == "filter_too_dear"
        await service.log(1)
        await service.log(1, "error")
        async with connected(service.server) as other:
            await other.send(type="watch", token=token, filter={"q": "m"})
            closed = await other.socket.receive(timeout=60)
            assert (closed.data, closed.extra) == (4400, "filter_too_dear")
        assert seqs(await watcher.entries(1)) == [7]
        service.clock.advance(60)
        await watcher.send(type="filter", filter={"q": "m"})
        await watcher.next("filtered")


async def test_a_sessions_own_filter_holds_whatever_is_asked(service: Service) -> None:
    token = await service.token(kind="share", filter='{"levels":["error"]}')
    async with watching(service.server, token, filter={"levels": ["info", "error"]}) as (watcher, first):
        assert first["kind"] == "share"
        await service.log(1)
        await service.log(1, "error")
        assert seqs(await watcher.entries(1)) == [2]
        await watcher.send(type="filter", filter={})
        await watcher.send(type="filter", filter=5)
        assert await watcher.next() == {"type": "filtered", "through": 2}
        await watcher.next("error")
        await service.log(1)
        await service.log(1, "error")
        assert seqs(await watcher.entries(1)) == [4]


async def test_two_services_never_meet(service: Service) -> None:
    other = Service(service.server, service.clock, await service.server.create_service("Auth Backend"))
    async with (
        watching(service.server, await service.token()) as (one, _),
        watching(service.server, await other.token(), filter={"sources": [service.id]}) as (two, watched),
    ):
        assert watched["service"]["id"] == other.id
        await two.send(type="filter", filter={}, serviceId=service.id)
        await two.send(type="filter", filter=5)
        await two.next("filtered")
        await two.next("error")
        await service.log(3)
        await other.log(2)
        assert seqs(await one.entries(3)) == [1, 2, 3]
        assert seqs(await two.entries(2)) == [1, 2]


async def test_an_idle_stream_has_a_heartbeat(service: Service) -> None:
    async with watching(service.server, await service.token()) as (watcher, _):
        service.advance(14)
        await service.log()
        await watcher.entries(1)
        service.advance(14)
        service.advance(1)
        beat = await watcher.next("heartbeat")
        assert beat == {"type": "heartbeat", "through": 1, "head": 1, "time": "2026-05-14T10:30:29.000Z"}


@pytest.mark.case(50, 55)
async def test_the_end_of_a_session_is_announced(service: Service) -> None:
    async with watching(service.server, await service.token(ttl=65)) as (watcher, _):
        service.advance(5)
        assert await watcher.next("expiring") == {
            "type": "expiring",
            "expiresAt": "2026-05-14T10:31:05.000Z",
            "seconds": 60,
        }
        service.advance(50)
        assert (await watcher.next("expiring"))["seconds"] == 10
        service.advance(10)
        assert await watcher.closed() == 4001


async def test_a_short_session_is_not_warned_of_what_is_longer(service: Service) -> None:
    async with watching(service.server, await service.token(ttl=10)) as (watcher, _):
        service.advance(9)
        service.advance(1)
        assert await watcher.closed() == 4001


@pytest.mark.case(50, 61)
@pytest.mark.parametrize(("how", "code"), [("expired", 4001), ("ended", 4003), ("deleted", 4003), ("unknown", 4401)])
async def test_a_token_that_opens_nothing_gets_no_data(service: Service, how: str, code: int) -> None:
    await service.log(5)
    session, token = await service.server.create_session(service.id, ttl=60)
    authority = service.server.context.authority
    match how:
        case "expired":
            service.clock.advance(61)
        case "ended":
            await authority.end_session(session.id)
        case "deleted":
            await authority.delete_service(service.id)
        case "unknown":
            token = token[:-1] + ("A" if token[-1] != "A" else "B")
    async with connected(service.server) as watcher:
        await watcher.send(type="watch", token=token)
        message = await watcher.socket.receive(timeout=60)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert watcher.socket.close_code == code


@pytest.mark.case(44, 50, 61)
@pytest.mark.parametrize("how", ["ended", "deleted", "signed-out"])
async def test_watchers_are_closed_when_their_session_ends(service: Service, how: str) -> None:
    authority = service.server.context.authority
    sign_in = authority.operator.signed_in(await authority.operator.claim_link(await authority.operator.new_link()))
    assert sign_in is not None
    session, token = await service.server.create_session(service.id, sign_in=sign_in)
    share = await service.token(kind="share")
    async with (
        watching(service.server, token) as (watcher, _),
        watching(service.server, share) as (other, _),
    ):
        assert service.server.context.hub.watchers(session.id) == 1
        match how:
            case "ended":
                await authority.end_session(session.id)
            case "deleted":
                await authority.delete_service(service.id)
            case "signed-out":
                await authority.operator.logout(sign_in)
        assert await watcher.closed() == 4003
        if how == "deleted":
            assert await other.closed() == 4003
        else:
            await service.log()
            assert seqs(await other.entries(1)) == [1]


@pytest.mark.case(51)
async def test_no_watch_in_time(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectrix_lite.api.stream.WATCH_SECONDS", 0.01)
    async with connected(service.server) as watcher:
        assert await watcher.closed() == 4408


@pytest.mark.case(52)
@pytest.mark.parametrize(
    "first",
    [
        "no json",
        "{}",
        '{"type":"other"}',
        '{"type":"watch"}',
        '{"type":"watch","token":5}',
        '{"type":"filter","filter":{}}',
        '{"type":"watch","token":"TOKEN","filter":{"levels":["loud"]}}',
        b"{}",
    ],
)
async def test_a_bad_first_message(service: Service, first: str | bytes) -> None:
    async with connected(service.server) as watcher:
        if isinstance(first, bytes):
            await watcher.socket.send_bytes(first)
        else:
            await watcher.socket.send_str(first.replace("TOKEN", await service.token()))
        assert await watcher.closed() == 4400


async def test_a_second_watch(service: Service) -> None:
    token = await service.token()
    async with watching(service.server, token) as (watcher, _):
        await watcher.send(type="watch", token=token)
        assert await watcher.closed() == 4400


@pytest.mark.case(52)
@pytest.mark.parametrize(("size", "code"), [(4096, 4400), (4097, 1009)])
async def test_a_message_has_at_most_4_kib(service: Service, size: int, code: int) -> None:
    async with connected(service.server) as watcher:
        await watcher.socket.send_str("x" * size)
        assert await watcher.closed() == code


@pytest.mark.case(54)
async def test_too_many_messages(service: Service) -> None:
    async with watching(service.server, await service.token()) as (watcher, _):
        for _ in range(21):
            await watcher.send(type="filter", filter={})
        assert await watcher.closed() == 4400


@pytest.mark.case(62)
async def test_too_many_watchers_are_told_after_the_upgrade(serve: Serve, config: Config) -> None:
    server = await serve(config=dataclasses.replace(config, max_watchers=1))
    service_id = await server.create_service()
    _, token = await server.create_session(service_id)
    async with watching(server, token), connected(server) as second:
        await second.send(type="watch", token=token)
        assert await second.closed() == 1013


@pytest.mark.case(49)
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        pytest.param("http://evil.example", 403, id="foreign"),
        pytest.param("null", 403, id="null"),
        pytest.param("http://127.0.0.1:1", 403, id="other-port"),
        pytest.param(None, 101, id="none, as programs send"),
    ],
)
async def test_a_foreign_origin_gets_no_upgrade(service: Service, origin: str | None, status: int) -> None:
    """With a cookie and without one: the session's token is what opens the stream, and no cookie counts."""
    headers = {} if origin is None else {"Origin": origin}
    async with service.server.operator() as browser, service.server.anyone() as program:
        for client in (browser, program):
            if status == 101:
                async with client.ws_connect("/api/v1/stream") as socket:
                    await socket.send_json({"type": "watch", "token": "of nobody"})
                    assert (await socket.receive(timeout=60)).data == 4401
            else:
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await client.ws_connect("/api/v1/stream", headers=headers)
                assert refused.value.status == status


async def test_only_websockets(service: Service) -> None:
    headers = {
        "Authorization": "Bearer spx_v1_read_" + "0" * 48
    }  # as a script shows one; it is the watch message's to check
    for shown in ({}, headers):
        async with service.server.anyone() as client, client.get("/api/v1/stream", headers=shown) as answer:
            await check_problem(answer, 426, "upgrade_required")


@pytest.mark.case(37)
async def test_a_stream_key_opens_no_stream(service: Service) -> None:
    key = await service.server.create_key(service.id)
    async with connected(service.server) as watcher:
        await watcher.send(type="watch", token=key)
        assert await watcher.closed() == 4401


@pytest.mark.case(56)
async def test_who_does_not_read_is_cut_off(service: Service) -> None:
    """Nobody else notices, and ingest goes on."""
    token = await service.token()
    reader, writer = await asyncio.open_connection("127.0.0.1", service.server.port, limit=1024)
    writer.write(
        b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    hello = json.dumps({"type": "watch", "token": token}).encode()
    writer.write(b"\x81" + bytes([0xFE]) + len(hello).to_bytes(2, "big") + bytes(4) + hello)
    async with watching(service.server, token) as (watcher, _):
        await until(lambda: service.server.context.hub.stats(service.id).watchers == 2)
        # More than the kernel keeps for a socket: megabytes that nobody reads.
        for _ in range(60):
            await service.log(500, metadata=Raw(b'{"x":"' + b"x" * 300 + b'"}'))
            await watcher.entries(500)
        for _ in range(30):
            service.advance(1)
            await watcher.send(type="filter", filter={})
            await asyncio.sleep(0)
        await until(lambda: service.server.context.hub.stats(service.id).watchers == 1)
        await service.log()
        while (message := await watcher.next())["type"] != "entries":
            pass
        assert seqs(message["entries"]) == [30_001]
    writer.close()


@pytest.mark.case(56)
async def test_a_silent_peer_is_cut_off(service: Service) -> None:
    """One that neither reads nor answers a ping, on a stream without traffic."""
    async with watching(service.server, await service.token(), backlog=0):
        # This client answers pings only while it reads, and it does not read.
        for _ in range(30):
            service.advance(1)
        await until(lambda: service.server.context.hub.stats(service.id).watchers == 0)


@pytest.mark.case(64)
async def test_a_slow_watcher_gets_everything_or_a_gap(small: Service) -> None:
    """Delivered and counted come to head."""
    async with watching(small.server, await small.token(), after={"epoch": small.epoch, "seq": 0}) as (watcher, _):
        for _ in range(200):
            await small.log(7, metadata=Raw(b'{"x":"' + b"x" * 30_000 + b'"}'))
        reached = count = 0
        while reached < 1400:
            message = await watcher.next()
            if message["type"] == "gap":
                assert message["from"] == reached + 1
                count += message["count"]
                reached = message["to"]
            else:
                for entry in message["entries"]:
                    reached += 1
                    count += 1
                    assert entry["seq"] == reached
        assert count == 1400


@pytest.mark.case(80)
async def test_a_stop_sends_watchers_home(serve: Serve) -> None:
    server = await serve()
    service_id = await server.create_service()
    _, token = await server.create_session(service_id)

    async with watching(server, token) as (watcher, _):
        closing = asyncio.create_task(watcher.closed())
        await server.listener.close()
        assert await closing == 1012
