"""`doctor` says what is not taken, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spectrix_lite.cli.doctor.finding import Finding
from spectrix_lite.cli.doctor.intake import REFUSALS_SHOWN, extras, intake, listeners, producer_clock, refusals
from spectrix_lite.core.addresses import parse_addresses
from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.serving import Server


def _of(check: str, findings: list[Finding]) -> list[str]:
    assert all(bool(each.remedy) == (each.outcome == "warn") for each in findings)
    return [f"{each.outcome}: {each.found}. {each.remedy}" for each in findings if each.check == check]


async def test_why_clients_are_refused(serve: Serve, either: Config) -> None:
    server = await serve(either)
    config = replace(either, port=server.port)
    service_id = await server.create_service("shop")
    right = {"Authorization": f"Bearer {await server.create_key(service_id)}"}
    assert _of("refused", await intake(config)) == ["ok: no request since the server started. "]
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    sent: list[tuple[str, dict[str, str], str]] = [
        ("/services/collector", {"Authorization": "Splunk wrong"}, "{}"),
        ("/opentelemetry.proto.collector.logs.v1.LogsService/Export", {"Content-Type": "application/grpc"}, ""),
        ("/upload", {}, ""),
        ("/api/v1/ingest/logs", {**right, "Content-Encoding": "snappy"}, "x"),
        ("/api/v1/ingest/logs", right, f'{{"logs": [1, {{}}, {{"message": "x", "timestamp": "{ahead}"}}]}}'),
    ]
    async with server.anyone() as client:
        for path, headers, body in sent:
            async with client.post(path, headers=headers, data=body) as answer:
                await answer.read()
    findings = await intake(config)
    refused = "\n".join(_of("refused", findings))
    for words in (
        "POST /services/collector (text/plain) from 127.0.0.1, once",
        "invalid_key. Its key is mistyped, off or revoked",
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        "journalctl -f -o json | spectrix-lite pipe",
        "unsupported_type. ",
        "Content-Encoding is one of",
    ):
        assert words in refused, refused
    (rejected,) = _of("rejected", findings)
    assert rejected.startswith("warn: 2 of shop's entries were rejected, ")
    assert "not_an_object 1" in rejected
    (clock,) = _of("clock", findings)
    assert "shop's newest entries are from 3,600 s in the future" in clock.replace("3,599", "3,600")
    async with server.anyone() as client:
        for number in range(REFUSALS_SHOWN + 2):
            async with client.post(f"/other-{number}") as answer:
                assert answer.status == 404
    assert len(_of("refused", await intake(config))) == REFUSALS_SHOWN + 1, "what is said stays short"


async def test_listeners_that_are_on_off_and_asked_for(config: Config, serve: Serve) -> None:
    server = await serve(replace(config, syslog=parse_addresses("127.0.0.1:0=shop")))
    config = replace(config, port=server.port)
    (told,) = _of("listeners", await intake(config))
    port = server.listener.bound.syslog[0].port
    assert f"syslog at 127.0.0.1:{port} for shop; off, unless it is started with --otlp-port, --fluent" in told
    asked = replace(config, otlp_port=4318, syslog=parse_addresses(f"{port}=shop,5141=shop"))
    assert _of("listeners", listeners(asked, {"listeners": []}, {})) == [
        f"warn: --{name} is set, and the server does not listen there. Start it again."
        for name in ("otlp-port 4318", f"syslog {port}", "syslog 5141")
    ]
    assert len(_of("listeners", await intake(asked))) == 2


async def test_without_a_server_or_with_anothers_database(server: Server, config: Config, serve: Serve) -> None:
    assert await intake(replace(config, db=f"{config.db}.none")) == []
    await serve(replace(config, db=f"{config.db}.other"))
    (told,) = await intake(replace(config, port=server.port, db=f"{config.db}.other"))
    assert "is not that of the server" in told.found
    assert await intake(replace(config, port=1)) == []


async def test_of_a_server_that_is_no_node(server: Server, clustered: Config) -> None:
    (told,) = await intake(replace(clustered, port=server.port))
    assert "is no node of nats://" in told.found


@pytest.mark.parametrize(("code", "outcome"), [("unsupported_type", "warn"), ("missing_key", "ok")])
def test_a_missing_extra_matters_where_somebody_needs_it(code: str, outcome: str) -> None:
    (told,) = extras({"missing": ["br", "zstd"], "refusals": [{"code": code}]})
    assert (told.outcome, "br and zstd" in told.found) == (outcome, True)
    assert extras({"missing": []}) == []


def test_what_spoke_to_a_listener() -> None:
    (told,) = refusals({"turnedAway": {"tls": 3}})
    assert "3 connections to a listener without keys spoke tls" in told.found


def test_old_entries_say_nothing_of_a_clock() -> None:
    page = [{"timestamp": "2026-11-30T00:00:00.000Z", "receivedAt": "2026-11-30T09:00:00.000Z"}]
    assert producer_clock("shop", page) == producer_clock("shop", []) == []
