"""Ingest over real sockets: who may, what is taken, and that a refusal stores nothing."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import StreamReader
from aiohttp.test_utils import make_mocked_request

from spectrix_lite.core.config import Config
from spectrix_lite.server.admission import PENALIZED_AT_ONCE
from spectrix_lite.server.ingest import body as ingest_body

from ..conftest import Serve
from ..support.serving import Server, check_problem

PATH = "/api/v1/ingest/logs"


@dataclasses.dataclass
class Producer:
    """Sends to one service under its key."""

    server: Server
    client: aiohttp.ClientSession
    service_id: str
    key: str

    def post(self, body: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        headers |= options.pop("headers", {})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(PATH, data=data, headers=headers, **options)

    async def send(self, body: Any, **options: Any) -> dict[str, Any]:
        """The answer to a batch that is taken."""
        async with self.post(body, **options) as answer:
            assert answer.status == 200, await answer.text()
            counts: dict[str, Any] = await answer.json()
            return counts

    def kept(self) -> list[dict[str, Any]]:
        """What the ring buffer holds."""
        return [json.loads(entry) for entry in self.server.held(self.service_id)]


@pytest.fixture(params=[False, True], ids=["cold", "warm"])
def warm(request: pytest.FixtureRequest) -> bool:
    """Whether a producer's key was verified before: then its requests may take another way through the server."""
    return bool(request.param)


async def key_of(server: Server, service_id: str, *, warm: bool) -> str:
    key = await server.create_key(service_id)
    if warm:
        await server.context.authority.verify_key(key)
    return key


@pytest.fixture
async def producer(server: Server, warm: bool) -> AsyncIterator[Producer]:
    service_id = await server.create_service()
    async with server.anyone() as client:
        yield Producer(server, client, service_id, await key_of(server, service_id, warm=warm))


def entry(message: str = "GET /api/users", **fields: Any) -> dict[str, Any]:
    return {"level": "info", "message": message, **fields}


async def test_a_batch_is_answered_once_it_is_in_the_ring_buffer(producer: Producer) -> None:
    counts = await producer.send({"logs": [entry("one"), entry("two", statusCode=200)]})
    assert counts == {"accepted": 2, "rejected": 0, "errors": []}
    assert [(e["seq"], e["message"]) for e in producer.kept()] == [(1, "one"), (2, "two")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "bearer {key}"},
        {"X-API-Key": "{key}", "Authorization": ""},
        {"Authorization": "Basic {basic}"},
    ],
    ids=["bearer", "x-api-key", "basic"],
)
async def test_the_key_is_taken_in_three_ways(producer: Producer, headers: dict[str, str]) -> None:
    basic = base64.b64encode(f"any:{producer.key}".encode()).decode()
    filled = {name: value.format(key=producer.key, basic=basic) for name, value in headers.items()}
    assert (await producer.send({"logs": [entry()]}, headers=filled))["accepted"] == 1


@pytest.mark.case(1, 2, 31)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({"Authorization": ""}, "missing_key", id="none"),
        pytest.param({"Authorization": "Bearer "}, "missing_key", id="empty"),
        pytest.param({"Authorization": "Digest abc"}, "missing_key", id="other-scheme"),
        pytest.param({"Authorization": "Bearer undefined"}, "invalid_key", id="undefined"),
        pytest.param({"Authorization": "Bearer spx_v1_live_" + "a" * 48}, "invalid_key", id="checksum"),
        pytest.param({"Authorization": "Basic ###"}, "invalid_key", id="basic-garbage"),
        pytest.param({"Authorization": "Basic \xff\xfe"}, "invalid_key", id="basic-not-ascii"),
        pytest.param({"Authorization": "Bearer \xff\xfe"}, "invalid_key", id="not-ascii"),
    ],
)
async def test_without_a_right_key_nothing_is_taken(producer: Producer, headers: dict[str, str], code: str) -> None:
    """Refused by form alone."""
    async with producer.post({"logs": [entry()]}, headers=headers) as answer:
        await check_problem(answer, 401, code)
    assert producer.kept() == []


async def test_a_known_key_with_a_byte_that_is_no_text(producer: Producer) -> None:
    """Of the right length, under an id that is let in: still no key, and nothing that the server did not foresee."""
    await producer.send({"logs": [entry()]})
    reader, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nAuthorization: Bearer {producer.key[:-1]}"
    writer.write(head.encode() + b"\xff\r\n\r\n{}")
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n"), 10)).startswith(b"HTTP/1.1 401 ")
    writer.close()
    await writer.wait_closed()


@pytest.mark.case(35)
async def test_a_key_in_the_address_is_no_key(producer: Producer, caplog: pytest.LogCaptureFixture) -> None:
    """And is written down nowhere, whatever is wrong with the request."""
    query = f"?key={producer.key}&api_key={producer.key}"
    with caplog.at_level(logging.DEBUG):
        async with producer.client.post(PATH + query, json={"logs": []}) as answer:
            await check_problem(answer, 401, "missing_key")
        for head in (f"BREW {PATH}{query} HTTP/1.1\r\n\r\n", f"GET {PATH}{query} HTTP/9\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
            writer.write(head.encode())
            answered = await asyncio.wait_for(reader.read(), 10)
            assert b" 400 " in answered.split(b"\r\n")[0]
            assert producer.key.encode() not in answered
            writer.close()
            await writer.wait_closed()
    assert producer.key[22:54] not in caplog.text


@pytest.mark.case(1)
async def test_the_body_is_not_waited_for_without_a_key(server: Server) -> None:
    """The refusal comes while the body has not been sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert head.startswith(b"HTTP/1.1 401 ")
    writer.close()
    await writer.wait_closed()


async def test_a_key_writes_to_its_own_service_only(producer: Producer) -> None:
    other = await producer.server.create_service("Auth Backend")
    claims = entry(service=other, serviceId=other, seq=7, receivedAt="2000-01-01T00:00:00.000Z")
    await producer.send({"logs": [claims], "service": other})
    assert producer.server.held(other) == []
    kept = producer.kept()[0]
    assert kept["seq"] == 1
    assert kept["metadata"]["seq"] == 7
    assert kept["receivedAt"] > "2026"


@pytest.mark.case(34)
async def test_a_revoked_key_stops_at_once(producer: Producer) -> None:
    await producer.send({"logs": [entry()]})
    keys = await producer.server.context.authority.stream_keys(producer.service_id)
    await producer.server.context.authority.revoke_stream_key(producer.service_id, keys[0].id)
    async with producer.post({"logs": [entry()]}) as answer:
        await check_problem(answer, 401, "invalid_key")
    assert len(producer.kept()) == 1


@pytest.mark.case(3, 4)
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"{not json", 400, "invalid_json", id="no json"),
        pytest.param(b"", 400, "invalid_json", id="empty"),
        pytest.param(b'{"logs": 5}', 400, "invalid_body", id="no array"),
        pytest.param(b"{}", 400, "invalid_body", id="nothing in it"),
        pytest.param(b'{"logs": [{"message": "a"', 400, "invalid_json", id="cut short"),
        pytest.param(b'{"foo": "a\0b"}', 415, "unsupported_type", id="binary"),
    ],
)
async def test_what_is_no_batch_is_refused_whole(producer: Producer, body: bytes, status: int, code: str) -> None:
    async with producer.post(body) as answer:
        problem = await check_problem(answer, status, code)
    assert "foo" not in problem["detail"]
    assert producer.kept() == []


@pytest.mark.case(5)
async def test_an_empty_batch_is_a_batch(producer: Producer) -> None:
    assert await producer.send({"logs": []}) == {"accepted": 0, "rejected": 0, "errors": []}


@pytest.mark.case(6)
async def test_a_large_batch_stays_in_order(producer: Producer) -> None:
    counts = await producer.send({"logs": [entry(f"m{i}") for i in range(10_000)]})
    assert counts["accepted"] == 10_000
    assert [e["message"] for e in producer.kept()] == [f"m{i}" for i in range(10_000)]


async def test_batches_that_come_at_once_stay_whole(producer: Producer) -> None:
    """Contiguous and in order, the large one and the small ones alike."""
    sizes = [3_000, 5, 1_500, 1, 700]
    await asyncio.gather(
        *(producer.send({"logs": [entry(f"{batch}", n=n) for n in range(size)]}) for batch, size in enumerate(sizes))
    )
    kept = producer.kept()
    assert [e["seq"] for e in kept] == list(range(1, sum(sizes) + 1))
    starts = [e["seq"] for e in kept if e["metadata"]["n"] == 0]
    for start in starts:
        batch = int(kept[start - 1]["message"])
        run = kept[start - 1 : start - 1 + sizes[batch]]
        assert [(e["message"], e["metadata"]["n"]) for e in run] == [(str(batch), n) for n in range(sizes[batch])]


@pytest.mark.case(7)
async def test_one_bad_entry_costs_no_other(producer: Producer) -> None:
    logs: list[Any] = [entry(f"m{i}") for i in range(50)]
    logs[17] = {"level": None}
    counts = await producer.send({"logs": logs})
    assert (counts["accepted"], counts["rejected"]) == (49, 1)
    assert counts["errors"] == [{"index": 17, "field": "message", "reason": "missing_message"}]
    assert len(producer.kept()) == 49


async def test_a_batch_of_nothing_but_bad_entries_is_still_taken(producer: Producer) -> None:
    """Clients in the field re-queue on any other answer, for ever."""
    counts = await producer.send({"logs": [5] * 30})
    assert (counts["accepted"], counts["rejected"], len(counts["errors"])) == (0, 30, 20)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Content-Type": "text/plain"}, b'[{"message": "a"}]', id="bare-array"),
        pytest.param({}, b'{"message": "a"}', id="one-object"),
        pytest.param({"Content-Type": "application/x-ndjson"}, b'{"message": "a"}\n\n', id="ndjson"),
        pytest.param({"Content-Type": ""}, b'\xef\xbb\xbf{"logs": [{"msg": "a"}]}', id="byte-order-mark"),
    ],
)
async def test_every_accepted_form(producer: Producer, headers: dict[str, str], body: bytes) -> None:
    assert (await producer.send(body, headers=headers))["accepted"] == 1
    assert producer.kept()[0]["message"] == "a"


async def test_a_chunked_body(producer: Producer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in (b'{"logs": [{"mess', b'age": "a"}, {"message"', b': "b"}]}'):
            yield part
            await asyncio.sleep(0)

    headers = {"Authorization": f"Bearer {producer.key}"}
    async with producer.client.post(PATH, data=chunks(), headers=headers) as answer:
        assert (await answer.json())["accepted"] == 2


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b'{"message": "a"}'),
        ("application/x-www-form-urlencoded", b"message=a&level=info"),
    ],
)
async def test_forms_are_refused(producer: Producer, kind: str, body: bytes) -> None:
    async with producer.post(body, headers={"Content-Type": kind}) as answer:
        await check_problem(answer, 415, "unsupported_type")


BATCH = json.dumps({"logs": [entry()] * 3}).encode()


@pytest.mark.case(17)
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", gzip.compress(BATCH), id="gzip"),
        pytest.param("GZip", gzip.compress(BATCH[:20]) + gzip.compress(BATCH[20:]), id="members"),
        pytest.param("deflate", zlib.compress(BATCH), id="deflate"),
        pytest.param("identity", BATCH, id="identity"),
    ],
)
async def test_compressed_bodies(producer: Producer, encoding: str, body: bytes) -> None:
    assert (await producer.send(body, headers={"Content-Encoding": encoding}))["accepted"] == 3


@pytest.mark.case(18, 19, 20)
@pytest.mark.parametrize(
    ("encoding", "body", "status", "code"),
    [
        pytest.param("gzip", b"\x1f\x8b corrupt", 400, "bad_encoding", id="corrupt"),
        pytest.param("gzip", gzip.compress(BATCH)[:-9], 400, "bad_encoding", id="cut short"),
        pytest.param("gzip", BATCH, 400, "bad_encoding", id="not-gzip"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(BATCH)), 415, "unsupported_type", id="twice"),
        pytest.param("lzma", BATCH, 415, "unsupported_type", id="unknown"),
    ],
)
async def test_broken_compression(producer: Producer, encoding: str, body: bytes, status: int, code: str) -> None:
    async with producer.post(body, headers={"Content-Encoding": encoding}) as answer:
        await check_problem(answer, status, code)
    assert producer.kept() == []


@pytest.fixture
def small(config: Config) -> Config:
    return dataclasses.replace(config, max_body=10_000, max_entries=100, key_rate=1, key_burst=3)


async def small_producer(serve: Serve, config: Config, *, warm: bool) -> Producer:
    server = await serve(config=config)
    service_id = await server.create_service()
    key = await key_of(server, service_id, warm=warm)
    return Producer(server, aiohttp.ClientSession(server.base_url), service_id, key)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(json.dumps({"logs": [entry("x" * 11_000)]}).encode(), {}, id="plain"),
        pytest.param(gzip.compress(BATCH + b" " * 1_000_000), {"Content-Encoding": "gzip"}, id="decompressed"),
        pytest.param(b'{"logs":[' + b'{"msg":1},' * 100 + b'{"msg":1}]}', {}, id="entries"),
    ],
)
async def test_over_a_limit(serve: Serve, small: Config, warm: bool, body: bytes, headers: dict[str, str]) -> None:
    producer = await small_producer(serve, small, warm=warm)
    async with producer.client, producer.post(body, headers=headers) as answer:
        await check_problem(answer, 413, "too_large")
        assert producer.kept() == []


async def test_who_sends_too_much_still_reads_why(serve: Serve, small: Config, warm: bool) -> None:
    """Closed on unread data, a connection is reset, and the client never sees the 413."""
    producer = await small_producer(serve, small, warm=warm)
    async with producer.client:
        for headers in ({}, {"Content-Encoding": "lzma"}):
            reader, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
            head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {producer.key}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(head.encode() + b"Content-Length: 8000000\r\n\r\n" + bytes(8_000_000))
            await asyncio.wait_for(writer.drain(), 10)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert answer.split(b" ")[1] == (b"415" if headers else b"413")
            writer.close()


async def test_over_the_rate_a_producer_is_told_to_wait(serve: Serve, small: Config, warm: bool) -> None:
    producer = await small_producer(serve, small, warm=warm)
    async with producer.client:
        for _ in range(3):
            await producer.send({"logs": [entry()]})
        async with producer.post({"logs": [entry()]}) as answer:
            await check_problem(answer, 429, "too_many_requests")
            assert int(answer.headers["Retry-After"]) == 1
        assert len(producer.kept()) == 3


async def test_bodies_beyond_the_budget_are_put_off(serve: Serve, config: Config, warm: bool) -> None:
    producer = await small_producer(serve, dataclasses.replace(config, max_bodies=2_000), warm=warm)
    async with producer.client:
        async with producer.post({"logs": [entry("x" * 3_000)]}) as answer:
            await check_problem(answer, 503, "unavailable")
            assert answer.headers["Retry-After"] == "1"
        # What was held is given back.
        assert (await producer.send({"logs": [entry("x" * 1_000)]}))["accepted"] == 1
        assert producer.server.context.admission.bodies.used == 0


@pytest.mark.case(28)
async def test_an_idempotency_key_is_taken_once(producer: Producer) -> None:
    batch = {"logs": [entry(), 5]}
    headers = {"Idempotency-Key": "batch-1"}
    first = await producer.send(batch, headers=headers)
    assert "duplicate" not in first
    assert await producer.send(batch, headers=headers) == first | {"duplicate": True}
    assert len(producer.kept()) == 1
    await producer.send(batch, headers={"Idempotency-Key": "batch-2"})
    assert len(producer.kept()) == 2


@pytest.mark.case(28)
async def test_an_idempotency_key_in_flight_waits_for_the_first(producer: Producer) -> None:
    """The second comes while the first is being appended."""
    batch = {"logs": [entry(f"m{i}") for i in range(5_000)]}
    answers = await asyncio.gather(*(producer.send(batch, headers={"Idempotency-Key": "k"}) for _ in range(3)))
    assert sorted(answer.get("duplicate", False) for answer in answers) == [False, True, True]
    assert {answer["accepted"] for answer in answers} == {5_000}
    assert len(producer.kept()) == 5_000


@pytest.mark.case(88)
@pytest.mark.parametrize("count", [1, 5_000], ids=["small", "large"])
async def test_another_batch_under_one_idempotency_key(producer: Producer, count: int) -> None:
    """Refused, nothing of it taken, also while the first is in flight; the first one's answer stays."""
    one, other = ({"logs": [entry(f"{name} {i}") for i in range(count)]} for name in ("one", "other"))
    headers = {"Idempotency-Key": "k"}

    async def send(batch: Any) -> int:
        async with producer.post(batch, headers=headers) as answer:
            if answer.status != 200:
                await check_problem(answer, 409, "idempotency_mismatch")
            return cast(int, answer.status)

    assert sorted(await asyncio.gather(send(one), send(other))) == [200, 409]
    kept = producer.kept()
    taken, refused = (one, other) if kept[0]["message"].startswith("one") else (other, one)
    assert [each["message"] for each in kept] == [each["message"] for each in taken["logs"]]
    assert await send(refused) == 409
    async with producer.post(b"no batch at all", headers=headers) as answer:
        await check_problem(answer, 409, "idempotency_mismatch")
    assert (await producer.send(taken, headers=headers))["duplicate"]
    assert producer.kept() == kept


@pytest.mark.case(88)
async def test_an_idempotency_key_counts_whole(producer: Producer) -> None:
    """Two long names that begin alike are two; an empty one is none; bytes that are no text are a name as well."""
    for name in ("n" * 4000 + "1", "n" * 4000 + "2", "", "", "\xff", "\xfe"):
        answer = await producer.send({"logs": [entry("m")]}, headers={"Idempotency-Key": name})
        assert "duplicate" not in answer
    assert len(producer.kept()) == 6


@pytest.mark.case(88)
async def test_a_batch_sent_again_in_another_encoding_is_a_duplicate(producer: Producer) -> None:
    """What counts of a body is what it holds decompressed."""
    body, headers = json.dumps({"logs": [entry()]}).encode(), {"Idempotency-Key": "k"}
    first = await producer.send(body, headers=headers)
    again = await producer.send(gzip.compress(body), headers=headers | {"Content-Encoding": "gzip"})
    assert again == first | {"duplicate": True}
    assert len(producer.kept()) == 1


@pytest.mark.case(88)
async def test_a_refused_batch_leaves_its_idempotency_key_free(producer: Producer) -> None:
    headers = {"Idempotency-Key": "k"}
    async with producer.post(b'{"logs": 5}', headers=headers) as answer:
        await check_problem(answer, 400, "invalid_body")
    assert "duplicate" not in await producer.send({"logs": [entry()]}, headers=headers)


@pytest.mark.case(88)
async def test_an_idempotency_key_belongs_to_its_stream_key(producer: Producer) -> None:
    """Two of one service do not meet, nor those of two services."""
    await producer.send({"logs": [entry("first")]}, headers={"Idempotency-Key": "k"})
    second = await producer.server.create_key(producer.service_id, "second")
    headers = {"Idempotency-Key": "k", "Authorization": f"Bearer {second}"}
    assert "duplicate" not in await producer.send({"logs": [entry("other")]}, headers=headers)
    assert len(producer.kept()) == 2


async def test_an_idempotency_key_belongs_to_its_service(producer: Producer) -> None:
    other = await producer.server.create_service("Auth Backend")
    key = await producer.server.create_key(other)
    await producer.send({"logs": [entry()]}, headers={"Idempotency-Key": "k"})
    answer = await producer.send(
        {"logs": [entry()]}, headers={"Idempotency-Key": "k", "Authorization": f"Bearer {key}"}
    )
    assert "duplicate" not in answer


@pytest.mark.case(26)
async def test_a_body_that_stalls(producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of it has come; each part that comes gives it its time again."""
    assert ingest_body.STALL_SECONDS == 30
    monkeypatch.setattr(ingest_body, "STALL_SECONDS", 0.05)
    monkeypatch.setattr(ingest_body, "DISCARD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {producer.key}\r\n"
    writer.write(head.encode() + b'Content-Length: 1000000\r\n\r\n{"logs": [' + b'{"message": "m"},' * 1000)
    answered = await asyncio.wait_for(reader.read(), 10)
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_stalled"' in answered
    writer.close()
    await writer.wait_closed()
    assert producer.server.stalls() == 1
    assert producer.kept() == []
    assert producer.server.context.admission.bodies.used == 0


@pytest.mark.parametrize(("patience", "read"), [(0, 2), (50, 6), (1000, 12)])
async def test_how_long_a_refused_body_is_read(patience: int, read: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For five seconds in all, or for as long as it keeps coming: a large one takes its time where much is going on."""
    now, taken = 0.0, 0

    class Slow:
        async def readany(self) -> bytes:
            nonlocal now, taken
            now += 2.0
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            taken += 1
            return b"x" * 10 if taken < 12 else b""

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    await ingest_body.discard(make_mocked_request("POST", PATH, payload=cast(StreamReader, Slow())), patience)
    assert taken == read


@pytest.mark.case(23)
async def test_a_chunk_that_is_none(producer: Producer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {producer.key}\r\n"
    writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n9\r\n" + b'{"logs": \r\n')
    writer.write(b"zz\r\n[]}\r\n0\r\n\r\n")
    answered = await asyncio.wait_for(reader.read(), 10)
    assert b" 400 " in answered.split(b"\r\n")[0]
    assert b"zz" not in answered.partition(b"\r\n\r\n")[2]
    writer.close()
    await writer.wait_closed()
    assert producer.kept() == []


@pytest.mark.case(27)
async def test_a_disconnect_in_the_body_leaves_no_trace(producer: Producer, caplog: pytest.LogCaptureFixture) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {producer.key}\r\n"
    writer.write(head.encode() + b'Content-Length: 1000\r\n\r\n{"logs": [')
    await writer.drain()
    writer.transport.abort()
    await producer.send({"logs": [entry("after")]})
    assert [e["message"] for e in producer.kept()] == ["after"]
    assert caplog.records == []


@pytest.mark.case(30)
async def test_expect_is_answered_only_with_a_key(producer: Producer) -> None:

    async def first_line(key: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", producer.server.port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        writer.write(head.encode() + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BATCH))
        line = await asyncio.wait_for(reader.readline(), 10)
        if line.startswith(b"HTTP/1.1 100"):
            await reader.readline()
            writer.write(BATCH)
            line = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return line

    assert b" 401 " in await first_line("undefined")
    assert b" 200 " in await first_line(producer.key)
    assert len(producer.kept()) == 3


async def test_a_storm_of_refusals_is_held_up(serve: Serve, tmp_path: Path) -> None:
    """The first refusal comes at once; those that follow from the same address wait, so many at most."""
    server = await serve(penalty=0.05)
    async with server.anyone(headers={"Authorization": "Bearer undefined"}) as client:
        loop = asyncio.get_running_loop()
        held = server.context.admission

        async def refused() -> None:
            async with client.post(PATH, data=b"{}") as answer:
                await check_problem(answer, 401, "invalid_key")

        await refused()
        begun = loop.time()
        await refused()
        assert loop.time() - begun >= 0.05
        await asyncio.gather(*(refused() for _ in range(PENALIZED_AT_ONCE // 8)))
        assert held.penalized == 0


async def test_rejected_entries_are_kept_for_the_operator(producer: Producer) -> None:
    await producer.send({"logs": [{"level": None, "x" * 1000: None}, entry(), 7]})
    async with (
        producer.server.operator() as client,
        client.get(f"/api/v1/services/{producer.service_id}/rejected") as answer,
    ):
        rejected = (await answer.json())["rejected"]
    assert [(r["index"], r["field"], r["reason"]) for r in rejected] == [
        (2, None, "not_an_object"),
        (0, "message", "missing_message"),
    ]
    assert rejected[0]["keyId"] == producer.key[12:22]
    assert len(rejected[1]["sample"]) <= 200


SECRET = "hunter2"


@pytest.mark.parametrize(
    "record",
    [
        {"msg": "sign-in", "password": SECRET, "req": {"Headers": {"Cookie": SECRET, "x": 12345678901234567890}}},
        {"msg": "sign-in", "req": {"url": f"/a?token={SECRET}&x=1"}, "authorization": [SECRET]},
        {"method": "GET", "endpoint": f"/a?api_key={SECRET}"},
    ],
)
async def test_what_is_named_like_a_secret_is_redacted(producer: Producer, record: dict[str, Any]) -> None:
    """Before the entry has its number: nobody ever gets it."""
    for body in (record, [record], {"logs": [entry(), record]}):
        assert (await producer.send(body))["rejected"] == 0
    for kept in producer.kept():
        assert SECRET not in json.dumps(kept)
    (first, *_) = producer.kept()
    assert "[redacted]" in json.dumps(first)


async def test_the_canonical_form_is_not_redacted_unless_that_is_asked_for(
    config: Config, serve: Serve, producer: Producer, warm: bool
) -> None:
    sent = entry(endpoint=f"/a?token={SECRET}", metadata={"password": SECRET})
    for neighbours in ([], [{"msg": "x", "password": SECRET}], [1], [{"message": "x" * 20_000, **entry()}]):
        await producer.send({"logs": [sent, *neighbours]})
    await producer.send([sent | {"message": "x" * 20_000}])
    kept_ones = [kept for kept in producer.kept() if "endpoint" in kept]
    assert len(kept_ones) == 5
    for kept in kept_ones:
        assert (kept["endpoint"], kept["metadata"]) == (sent["endpoint"], sent["metadata"])
    await producer.server.listener.close()
    server = await serve(dataclasses.replace(config, redact_all=True))
    strict = dataclasses.replace(producer, server=server, service_id=await server.create_service("Other"))
    strict.key = await key_of(server, strict.service_id, warm=warm)
    async with server.anyone() as strict.client:
        await strict.send({"logs": [sent]})
    (kept,) = strict.kept()
    assert (kept["endpoint"], kept["metadata"]) == ("/a?token=[redacted]", {"password": "[redacted]"})


async def test_a_key_whose_requests_bring_nothing_says_so(producer: Producer) -> None:
    """In the list of keys: how many in a row, and why the last; until one is taken."""

    async def refused() -> Any:
        async with producer.server.operator() as operator:
            path = f"/api/v1/services/{producer.service_id}/stream-keys"
            async with operator.get(path) as answer:
                (key,) = (await answer.json())["streamKeys"]
                return key["refused"]

    assert await refused() is None
    async with producer.post(b"{}", headers={"Content-Type": "multipart/form-data"}) as answer:
        await check_problem(answer, 415, "unsupported_type")
    async with producer.post(b"{}", headers={"Content-Encoding": "gzip"}) as answer:
        await check_problem(answer, 400, "bad_encoding")
    told = await refused()
    assert (told["requests"], told["code"], told["sample"]) == (2, "bad_encoding", "")
    assert (await producer.send({"logs": [1, 2]}))["accepted"] == 0
    told = await refused()
    assert told["code"] == "not_an_object"
    assert told["sample"] == '{"logs": [1, 2]}'
    assert told["detail"].endswith(".")
    assert told["since"] <= told["at"]
    await producer.send({"logs": [entry()]})
    assert await refused() is None
