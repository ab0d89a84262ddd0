"""Who sends no more after a request may still read: the answer comes, in every form, and then the connection ends."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Final, cast

import pytest

from spectrix_lite.access import keys
from spectrix_lite.core.config import Config

from ..support.raw_ingest import FORMS, LINE, Loop, Raw, Target, batch, loops, on, request, target
from ..support.watching import until

KIB: Final = 1024
SIZES: Final = (1 * KIB, 16 * KIB, 300 * KIB, 1024 * KIB)
KEYS: Final = pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
LOOPS: Final = pytest.mark.parametrize("loop", loops().values(), ids=loops())


@pytest.fixture
def roomy(config: Config) -> Config:
    return dataclasses.replace(config, max_keys=10_000)


def get(it: Target, path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {it.server.host}\r\n{headers}\r\n".encode()


async def all_gone(it: Target) -> None:
    """That no connection is left open, nor anything held for one."""
    manager = it.server.listener._runner.server
    assert manager is not None
    await until(lambda: not manager.connections)
    assert it.server.context.admission.bodies.used == 0
    assert await it.server.context.in_flight.wait_idle(1)


async def exchange(it: Target, *parts: bytes) -> list[int]:
    """The status of every answer to what is sent before the half-close, until the server ends the connection."""
    async with it.connected() as raw:
        await raw.send(*parts)
        raw.half_close()
        return await statuses(raw)


async def statuses(raw: Raw) -> list[int]:
    found = []
    while (answer := await raw.answer()).status:
        found.append(answer.status)
    return found


@pytest.mark.case(92)
@LOOPS
@KEYS
def test_every_batch_is_answered(loop: Loop, warm: bool, roomy: Config) -> None:
    async def test() -> None:
        wrong = {}
        async with target(roomy, warm=warm) as it:
            for size in SIZES:
                for kind in ("usual", "lenient", "many") if size > 8 * KIB else ("usual", "lenient"):
                    body, count = batch(kind, size)
                    for form in FORMS:
                        for times in (1, 2, 3):
                            before = it.taken()
                            sent = [b"".join(request(form, await it.key(), body)) for _ in range(times)]
                            answered = await exchange(it, *sent)
                            if answered != [200] * times or it.taken() - before != times * count:
                                wrong[size, kind, form, times] = (answered, it.taken() - before)
            await all_gone(it)
        assert wrong == {}

    on(loop, test())


@pytest.mark.case(92)
@LOOPS
@KEYS
def test_refusals_are_answered(loop: Loop, warm: bool, roomy: Config) -> None:
    config = dataclasses.replace(roomy, max_body=100_000)
    wrong_key = keys.mint().key

    async def test() -> None:
        wrong = {}
        async with target(config, warm=warm, penalty=0.05) as it:
            for size, key, status in ((300 * KIB, "", 413), (16 * KIB, wrong_key, 401), (16 * KIB, "undefined", 401)):
                for form in FORMS:
                    sent = b"".join(request(form, key or await it.key(), batch("usual", size)[0]))
                    if (answered := await exchange(it, sent)) != [status]:
                        wrong[size, key, form] = answered
            assert it.taken() == 0
            await all_gone(it)
        assert wrong == {}

    on(loop, test())


@pytest.mark.case(92)
@LOOPS
def test_what_else_is_asked_is_answered(loop: Loop, config: Config) -> None:
    """Also an upgrade that is refused; one that is granted ends at once."""

    async def test() -> None:
        async with target(config, warm=True) as it:
            async with it.server.operator() as client:
                (cookie,) = client.cookie_jar
            path = f"/api/v1/services/{it.service_id}/entries?limit=5"
            entries = get(it, path, f"Cookie: {cookie.key}={cookie.value}\r\n")
            assert await exchange(it, entries, entries) == [200, 200]
            assert await exchange(it, get(it, "/healthz") * 50) == [200] * 50
            assert await exchange(it, get(it, "/")) == [200]
            upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            upgrade += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            foreign = get(it, "/api/v1/stream", f"Origin: http://a.b\r\n{upgrade}")
            assert await exchange(it, foreign) == [403]
            async with it.connected() as raw:
                await raw.send(get(it, "/api/v1/stream", upgrade))
                raw.half_close()
                assert (await raw.rest()).startswith(b"HTTP/1.1 101 ")
            await all_gone(it)

    on(loop, test())


@pytest.mark.case(27)
@LOOPS
@KEYS
def test_what_is_not_whole_ends_at_once(
    loop: Loop, warm: bool, roomy: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it breaks off, and without an answer: a client that was cut off on the way has to send it again.

    What came whole before it is answered.
    """
    body = batch("usual", 300 * KIB)[0]

    async def test() -> None:
        wrong: dict[tuple[str, int], object] = {}
        async with target(roomy, warm=warm) as it:
            for form in FORMS:
                head, sent = request(form, await it.key(), body)
                for cut in (1, len(LINE), len(head) - 1, len(head), len(head) + 1, len(head) + len(sent) - 1):
                    broken = (head + sent)[:cut]
                    if answered := await exchange(it, broken):
                        wrong[form, cut] = answered
                    if it.taken():
                        wrong[form, cut] = it.taken()
            whole = b"".join(request("plain", await it.key(), batch("usual", KIB)[0]))
            for form in FORMS:
                broken = b"".join(request(form, await it.key(), body))[:-1]
                before = it.taken()
                for parts in ((whole, broken), (whole + broken,)):
                    if (answered := await exchange(it, *parts)) != [200]:
                        wrong[form, len(parts)] = answered
                assert it.taken() == before + 2
            await all_gone(it)
        assert wrong == {}

    on(loop, test())
    assert [record for record in caplog.records if record.levelname != "INFO"] == []


@LOOPS
def test_who_waits_and_sends_no_more_is_let_go(loop: Loop, config: Config) -> None:
    """A connection that was just opened, an idle one, and a watcher's."""

    async def test() -> None:
        async with target(config, warm=True) as it:
            async with it.connected() as raw:
                raw.half_close()
                assert await raw.rest() == b""
            async with it.connected() as raw:
                await raw.send(get(it, "/healthz"))
                assert (await raw.answer()).status == 200
                raw.half_close()
                assert await raw.rest() == b""
            async with it.connected() as raw:
                await raw.post("plain", await it.key(), batch("usual", KIB)[0])
                assert (await raw.answer()).status == 200
                raw.half_close()
                assert await raw.rest() == b""
            await all_gone(it)

    on(loop, test())


@LOOPS
def test_a_watcher_that_sends_no_more_is_let_go(loop: Loop, config: Config) -> None:
    async def test() -> None:
        async with target(config, warm=True) as it:
            _, token = await it.server.create_session(it.service_id)
            async with it.server.anyone() as client, client.ws_connect("/api/v1/stream") as socket:
                await socket.send_json({"type": "watch", "token": token})
                assert (await socket.receive_json())["type"] == "watching"
                connection = socket._conn
                assert connection is not None
                cast(asyncio.Transport, connection.transport).write_eof()
                await all_gone(it)

    on(loop, test())
