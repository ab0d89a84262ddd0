"""The protocols over real sockets: what real clients sent is kept, and answered as they wait for it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import aiohttp
import msgspec
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError
from spectrix_lite.protocols import wire
from spectrix_lite.protocols.protocol import BINARY_BYTES
from spectrix_lite.protocols.table import ALL_HELLOS, PROTOCOLS
from spectrix_lite.server.admission import HOOK_ENTRIES

from ..conftest import Serve
from ..protocols.golden import cases
from ..support.serving import Server, check_problem

LOKI = "/loki/api/v1/push"
PUSH = b'{"streams":[{"stream":{"level":"warn","password":"hunter2"},"values":[["1795971076232000000","boom"]]}]}'


class Sender:
    """A service with a live key, and a client that shows none by itself."""

    def __init__(self, server: Server, client: aiohttp.ClientSession, service_id: str, key: str) -> None:
        self.client = client
        self.key = key
        self.server = server
        self.service_id = service_id

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def kept(self) -> list[dict[str, Any]]:
        given = ("seq", "receivedAt")
        entries = map(json.loads, self.server.held(self.service_id))
        return [{name: entry[name] for name in entry if name not in given} for entry in entries]


@pytest.fixture
async def sender(server: Server, client: aiohttp.ClientSession) -> Sender:
    service_id = await server.create_service()
    return Sender(server, client, service_id, await server.create_key(service_id))


async def test_what_real_clients_sent_is_kept_and_answered_as_they_wait_for_it(sender: Sender) -> None:
    for case in cases():
        protocol, sent = case.protocol()
        before = len(sender.kept())
        headers = case.headers | sender.headers
        async with sender.client.request(case.method, case.address, data=case.body, headers=headers) as answer:
            if protocol.calls and case.path != "/api/v1/ingest/logs":
                assert answer.status == protocol.status, (case, await answer.text())
                assert protocol.is_binary(sent) or (await answer.read() == b"") == (protocol.answer is None), case
            assert answer.headers["Server"] == "spectrix-lite"
        assert _untimed(sender.kept()[before:]) == _untimed(case.entries), case


def _untimed(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: entry[name] for name in entry if name != "timestamp"} for entry in entries]


@pytest.mark.parametrize("call", [call for each in PROTOCOLS for call in each.calls], ids=lambda call: call.name)
async def test_nothing_is_taken_without_a_key(call: Any, client: aiohttp.ClientSession) -> None:
    path = call.path.replace("{", "").replace("}", "")
    async with client.request(call.method, path, data=b"{}", headers={"Host": "any.example"}) as answer:
        await check_problem(answer, 401, "invalid_key" if "{hookKey}" in call.path else "missing_key")
    wrong = {"Authorization": "Bearer spx_v1_live_" + "0" * 48}
    async with client.request(call.method, path, data=b"{}", headers=wrong) as answer:
        await check_problem(answer, 401, "invalid_key")


async def test_bodies_may_be_compressed_and_are_redacted(sender: Sender) -> None:
    headers = sender.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with sender.client.post(LOKI, data=gzip.compress(PUSH), headers=headers) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    (entry,) = sender.kept()
    assert (entry["level"], entry["metadata"]) == ("warn", {"password": "[redacted]"})


@pytest.mark.parametrize("kind", ["application/msgpack", "application/x-protobuf"])
async def test_what_is_no_text_is_redacted_too(kind: str, sender: Sender) -> None:
    pair = wire.encoded(1, b"password") + wire.encoded(2, wire.encoded(1, b"hunter2"))
    record = wire.encoded(5, wire.encoded(1, b"boom")) + wire.encoded(6, pair)
    body = {
        "application/msgpack": msgspec.msgpack.encode([{"message": "boom", "level": "info", "password": "hunter2"}]),
        "application/x-protobuf": wire.encoded(1, wire.encoded(2, wire.encoded(2, record))),
    }[kind]
    headers = sender.headers | {"Content-Type": kind}
    async with sender.client.post("/api/v1/ingest/logs", data=body, headers=headers) as answer:
        assert (answer.status, answer.content_type) in {(202, "application/json"), (200, "application/x-protobuf")}
    (entry,) = sender.kept()
    assert (entry["message"], entry["metadata"]) == ("boom", {"password": "[redacted]"})


@pytest.mark.parametrize(
    ("path", "kind"),
    [(LOKI, "application/x-protobuf"), ("/v1/logs", "application/x-protobuf"), ("/", "application/msgpack")],
)
@pytest.mark.case(142)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
async def test_a_form_that_cannot_be_sliced_has_a_smaller_limit(
    path: str, kind: str, packed: bool, sender: Sender
) -> None:
    body = bytes(BINARY_BYTES + 1)
    headers = sender.headers | {"Content-Type": kind}
    if packed:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    async with sender.client.post(path, data=BytesIO(body), headers=headers) as answer:
        assert str(BINARY_BYTES) in (await check_problem(answer, 413, "too_large"))["detail"]


@pytest.mark.case(141)
async def test_a_record_that_is_none_costs_only_itself_and_is_counted(sender: Sender) -> None:
    good = wire.encoded(2, wire.encoded(5, wire.encoded(1, b"boom")))
    logs = wire.encoded(1, wire.encoded(2, good + wire.encoded(2, b"\x2a\x7f") + good))
    headers = sender.headers | {"Content-Type": "application/x-protobuf"}
    async with sender.client.post("/v1/logs", data=logs, headers=headers) as answer:
        partial = ExportLogsServiceResponse.FromString(await answer.read()).partial_success
        assert partial.rejected_log_records == 1
    spans = {"resourceSpans": [{"scopeSpans": [{"spans": [7, {"name": "GET /", "kind": 2}]}]}]}
    async with sender.client.post("/v1/traces", json=spans, headers=sender.headers) as answer:
        assert (await answer.json())["partialSuccess"]["rejectedSpans"] == 1
    documents = b'{"create":{}}\n{"message":"one"}\n{"create":{}}\n[]\n'
    async with sender.client.post("/_bulk", data=documents, headers=sender.headers) as answer:
        assert [item["create"]["status"] for item in (await answer.json())["items"]] == [201, 400]
    async with sender.client.post("/v1/datasets/shop/ingest", data=b'{"msg":"a"}\n7', headers=sender.headers) as answer:
        assert (await answer.json())["failed"] == 1
    assert [entry["message"] for entry in sender.kept()] == ["boom", "boom", "GET /", "one", "a"]


async def test_a_hook_key_in_the_address_opens_a_protocol_within_its_own_bounds(sender: Sender) -> None:
    _, hook = await sender.server.context.authority.create_stream_key(sender.service_id, "hook", "hook")
    address = f"/services/collector/event?token={hook}"
    async with sender.client.post(address, data=b'{"event":"hello"}') as answer:
        assert await answer.json() == {"text": "Success", "code": 0}
    async with sender.client.post(address, data=b'{"event":"hello"}' * (HOOK_ENTRIES + 1)) as answer:
        await check_problem(answer, 413, "too_large")
    alerts = {"receiver": "spx", "alerts": [{"annotations": {"summary": "disk is full"}}]}
    async with sender.client.post(f"/in/{hook}", json=alerts) as answer:
        assert (await answer.json())["accepted"] == 1
    assert [entry["message"] for entry in sender.kept()] == ["hello", "disk is full"]


async def test_a_batch_that_comes_again_is_not_taken_twice(sender: Sender) -> None:
    headers = sender.headers | {"Idempotency-Key": "once"}
    for _ in range(2):
        async with sender.client.post(LOKI, data=PUSH, headers=headers) as answer:
            assert answer.status == 204
    assert len(sender.kept()) == 1
    async with sender.client.post(LOKI, data=PUSH.replace(b"boom", b"bang"), headers=headers) as answer:
        await check_problem(answer, 409, "idempotency_mismatch")


async def test_a_form_told_by_its_first_member_is_read_on_the_ordinary_path(sender: Sender) -> None:
    async with sender.client.post("/api/v1/ingest/logs", data=b" " + PUSH, headers=sender.headers) as answer:
        assert await answer.json() == {"accepted": 1, "rejected": 0, "errors": []}
    assert sender.kept()[0]["message"] == "boom"


async def test_what_cannot_be_read_is_told_to_the_operator(sender: Sender) -> None:
    async with sender.client.post(LOKI, data=b'{"lines": [], "secret": "x"}', headers=sender.headers) as answer:
        await check_problem(answer, 400, "invalid_body")
    key_id = sender.key.removeprefix("spx_v1_live_")[:10]
    streak = sender.server.context.refused.of(key_id)
    assert streak is not None
    assert (streak.code, streak.sample) == ("invalid_body", '{"lines": [], "secret": "[redacted]"}')


async def test_exporters_have_a_port_of_their_own(config: Config, serve: Serve) -> None:
    server = await serve(replace(config, otlp_port=0))
    key = await server.create_key(service_id := await server.create_service())
    (_, port), (_, otlp_port) = server.listener.addresses
    assert port != otlp_port
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "hello"}}]}]}]}
    async with server.anyone() as client:
        address = f"http://127.0.0.1:{otlp_port}/v1/logs"
        async with client.post(address, json=body, headers={"Authorization": f"Bearer {key}"}) as answer:
            assert await answer.json() == {"partialSuccess": {}}
        async with client.post(address, json=body) as answer:
            await check_problem(answer, 401, "missing_key")
    assert len(server.held(service_id)) == 1


async def test_a_port_that_is_taken_for_exporters_is_named_by_its_flag(config: Config, serve: Serve) -> None:
    server = await serve()
    with pytest.raises(StartupError, match=r"in use.* --otlp-port\."):
        await serve(replace(config, otlp_port=server.port))
    await serve(replace(config, db=f"{config.db}.other", otlp_port=0))  # nothing is left of what was bound


async def test_spans_that_are_no_requests_are_counted_and_dropped(
    sender: Sender, operator: aiohttp.ClientSession
) -> None:
    body = {
        "resourceSpans": [{"scopeSpans": [{"spans": [{"name": "GET /a", "kind": 2}, {"name": "SELECT", "kind": 3}]}]}]
    }
    for _ in range(2):
        async with sender.client.post("/v1/traces", json=body, headers=sender.headers) as answer:
            assert await answer.json() == {"partialSuccess": {}}
    assert [entry["message"] for entry in sender.kept()] == ["GET /a", "GET /a"]
    async with operator.get(f"/api/v1/services/{sender.service_id}/stream-keys") as answer:
        (key,) = (await answer.json())["streamKeys"]
    assert (key["dropped"], key["refused"]) == (2, None)


@pytest.mark.parametrize("hello", ALL_HELLOS, ids=lambda hello: hello.call.name)
async def test_hellos_are_answered_to_who_shows_a_key(hello: Any, sender: Sender) -> None:
    path = hello.call.path.replace("{", "").replace("}", "")
    async with sender.client.get(path) as answer:
        await check_problem(answer, 401, "missing_key")
    for method in ("GET", "HEAD"):
        async with sender.client.request(method, path, headers=sender.headers | {"Host": "any.example"}) as answer:
            assert answer.status == 200
            assert answer.headers.get("X-Elastic-Product") == hello.reply.headers.get("X-Elastic-Product")
            assert (await answer.read() == b"") == (method == "HEAD")


@pytest.mark.case(143)
async def test_the_root_is_the_page_but_for_who_shows_a_key(sender: Sender) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic eDp5"},
        {"X-API-Key": sender.key},
    ):
        async with sender.client.get("/", headers=headers) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "Authorization" in answer.headers["Vary"]
            assert answer.headers["Cache-Control"] == "no-store"
    async with sender.client.get("/", headers=sender.headers | {"Host": "any.example"}) as answer:
        assert (await answer.json())["tagline"] == "You Know, for Search"
        assert answer.headers["X-Elastic-Product"] == "Elasticsearch"
        assert (answer.headers["Vary"], answer.headers["Cache-Control"]) == ("Authorization", "no-store")
    async with sender.client.get("/", headers={"Host": "any.example"}) as answer:
        await check_problem(answer, 421, "misdirected")
