"""`/metrics`: who may read it, and that each figure follows what happens."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from spectrix_lite.app import make_app
from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError
from spectrix_lite.server.loop_lag import BOUNDS, SLOW_SECONDS, LoopLag

from ..conftest import Serve
from ..support.serving import Server, check_problem
from ..support.watching import until, watching

TOKEN = "a-token-for-metrics"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
INGEST = "/api/v1/ingest/logs"


@pytest.fixture
async def measured(config: Config, serve: Serve) -> Server:
    return await serve(replace(config, metrics_token=TOKEN, ring_entries=3))


class Figures:
    """One reading; a sample is found by its name and labels."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, /, **labels: str) -> float:
        return self._samples[name, frozenset(labels.items())]


async def _read(server: Server, headers: Mapping[str, str] = BEARER) -> Figures:
    async with server.anyone() as client, client.get("/metrics", headers=dict(headers)) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        return Figures(await answer.text())


async def test_without_a_token_there_is_nothing(server: Server) -> None:
    async with server.operator() as client:
        for headers in ({}, BEARER, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}):
            async with client.get("/metrics", headers=headers) as answer:
                await check_problem(answer, 404, "not_found")


@pytest.mark.parametrize(
    "sent",
    ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \u00fc"],
)
async def test_neither_loopback_nor_a_sign_in_nor_another_token_opens_it(sent: str, measured: Server) -> None:
    async with measured.operator() as client:
        headers = {"Authorization": sent} if sent else {}
        async with client.get("/metrics", headers=headers) as answer:
            await check_problem(answer, 401, "invalid_metrics_token")
        async with client.get(f"/metrics?token={TOKEN}&access_token={TOKEN}", headers=headers) as answer:
            await check_problem(answer, 401, "invalid_metrics_token")


async def test_a_trusted_proxy_is_let_in_no_further(config: Config, serve: Serve) -> None:
    trusted = (ipaddress.ip_network("127.0.0.1"),)
    server = await serve(replace(config, metrics_token=TOKEN, trusted_proxy=trusted))
    async with server.anyone({"X-Forwarded-For": "127.0.0.1"}) as client, client.get("/metrics") as answer:
        await check_problem(answer, 401, "invalid_metrics_token")


async def test_entries_rings_watchers_sessions_and_gaps(measured: Server) -> None:
    service = await measured.create_service('The "quoted" API')
    key = await measured.create_key(service)
    other = await measured.create_service("Quiet")
    _, token = await measured.create_session(service)
    async with measured.anyone({"Authorization": f"Bearer {key}"}) as producer:
        for number in range(5):
            async with producer.post(INGEST, json=[{"message": f"number {number}"}]) as answer:
                assert answer.status == 200
        async with producer.post(INGEST, json={"logs": [{"message": "good"}, 7]}) as answer:
            assert (await answer.json())["rejected"] == 1
    epoch = measured.context.hub.channel(service).epoch
    async with watching(measured, token, after={"epoch": epoch, "seq": 1}) as (watcher, _):
        assert (await watcher.next())["type"] == "gap"
        figures = await _read(measured)
        assert figures("spectrix_watchers", service=service) == 1
    assert figures("spectrix_service_info", service=service, name='The "quoted" API') == 1
    assert figures("spectrix_entries_total", service=service) == 6
    assert figures("spectrix_entries_rejected_total", service=service) == 1
    assert figures("spectrix_ring_entries", service=service) == 3
    channel = measured.context.hub.channel(service)
    assert figures("spectrix_ring_bytes", service=service) == channel.ring.bytes > 0
    assert figures("spectrix_entry_bytes_total", service=service) > channel.ring.bytes
    assert figures("spectrix_sessions", service=service) == 1
    assert figures("spectrix_gaps_total", service=service, reason="overrun") == 1
    assert figures("spectrix_gaps_total", service=service, reason="restart") == 0
    assert figures("spectrix_entries_total", service=other) == figures("spectrix_sessions", service=other) == 0
    await until(lambda: not measured.context.hub.all_watchers())
    assert (await _read(measured))("spectrix_watchers", service=service) == 0


async def test_a_service_that_is_gone_has_no_figures(measured: Server) -> None:
    service = await measured.create_service()
    await measured.context.authority.delete_service(service)
    assert (await _read(measured)).families["spectrix_entries"].samples == []


async def test_requests_by_status_whichever_way_they_went(measured: Server) -> None:
    key = await measured.create_key(await measured.create_service())
    await _read(measured)
    async with measured.anyone({"Authorization": f"Bearer {key}"}) as client:
        for headers in ({}, {"Idempotency-Key": "once"}):  # by the fast path, and not
            async with client.post(INGEST, json=[{"message": "x"}], headers=headers) as answer:
                assert answer.status == 200
        async with client.post(INGEST, json=[{"message": "x"}], headers={"Authorization": "Bearer wrong"}) as answer:
            assert answer.status == 401
        async with client.get("/nowhere") as answer:
            assert answer.status == 404
    for broken in (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", b"nonsense\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", measured.port)
        writer.write(broken)
        await reader.read()
        writer.close()
    figures = await _read(measured)
    counted = {s.labels["status"]: s.value for s in figures.families["spectrix_requests"].samples}
    assert counted == {"200": 3, "400": 1, "401": 1, "404": 2}


@pytest.mark.case(32)
async def test_argon2_is_counted_and_only_where_it_was_asked(measured: Server) -> None:
    """Wrong keys cost none"""
    key = await measured.create_key(await measured.create_service())
    await measured.context.authority.operator.set_initial_password("correct horse battery")
    async with measured.anyone() as client:
        for sent in (key, key, "spx_v1_live_nonsense"):
            async with client.post(INGEST, json=[], headers={"Authorization": f"Bearer {sent}"}) as answer:
                assert answer.status in (200, 401)
        async with client.post("/api/v1/auth/login", json={"password": "another horse"}) as answer:
            assert answer.status == 401
    figures = await _read(measured)
    assert figures("spectrix_argon2_verifications_total", of="key") == 1
    assert figures("spectrix_argon2_verifications_total", of="password") == 1


async def test_the_server_and_its_process(measured: Server) -> None:
    measured.context.admission.bodies.take(1234)
    figures = await _read(measured)
    assert figures("spectrix_ingest_inflight_bytes") == 1234
    assert figures("spectrix_ingest_inflight_bytes_limit") == measured.context.config.max_bodies
    measured.context.admission.bodies.give(1234)
    assert figures("spectrix_draining") == 0
    assert figures("spectrix_notices_total", state="failed") == 0
    assert figures("spectrix_notices_waiting") == 0
    assert figures("spectrix_alert_entries_missed") == 0
    assert 10e6 < figures("process_resident_memory_bytes") < 10e9
    assert 5 < figures("process_open_fds") < figures("process_max_fds")
    assert figures("process_cpu_seconds_total") > 0
    assert figures.families["spectrix_build_info"].samples[0].value == 1


def test_lag_falls_into_its_bucket(caplog: pytest.LogCaptureFixture) -> None:
    lag = LoopLag()
    for late in (-0.001, 0.0005, 0.001, 0.3, 5.0):
        lag.observe(late, 0.0)
    assert lag.counts == [3, *[0] * (BOUNDS.index(0.5) - 1), 1, 0, 1]
    assert lag.total == pytest.approx(5.3015)
    assert [record.levelname for record in caplog.records] == ["WARNING"], f"only what is later than {SLOW_SECONDS} s"


def test_the_latest_of_the_last_minute() -> None:
    """However often it is asked for: two may read it."""
    lag = LoopLag()
    assert lag.longest(0.0) == 0.0
    for now, late in ((0.0, 0.1), (10.0, 0.4), (20.0, 0.2), (30.0, 0.3), (30.1, 0.0)):
        lag.observe(late, now)
    asked = (30.1, 30.1, 70.0, 70.1, 90.0, 90.05, 91.0)
    assert [lag.longest(now) for now in asked] == [0.4, 0.4, 0.4, 0.3, 0.3, 0.0, 0.0]
    for number in range(100_000):
        lag.observe(1 / (number + 1), 100 + number * 0.05)
    assert lag.longest(5100.0) == pytest.approx(1 / 98_800, rel=0.01)


async def test_a_held_loop_shows(measured: Server) -> None:
    await until(lambda: sum(measured.context.lag.counts) > 0)
    time.sleep(0.3)  # noqa: ASYNC251  # what must not happen
    await asyncio.sleep(0)
    assert 0.2 < (await _read(measured))("spectrix_loop_late_seconds_max") < 10


async def test_the_loop_is_watched_while_the_server_runs(measured: Server) -> None:
    await until(lambda: sum(measured.context.lag.counts) > 0)
    assert (await _read(measured))("spectrix_loop_lag_seconds_count") >= 1


# The token


async def test_the_token_may_come_from_a_file(config: Config, serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert await _read(await serve(replace(config, metrics_token_file=str(file))))


@pytest.mark.case(82)
@pytest.mark.parametrize("text", ["", "short", "t\u00fcr" * 10, "with blank in the middle"])
def test_a_bad_token_file_stops_the_start(text: str, config: Config, tmp_path: Path) -> None:
    """What it holds is not repeated"""
    file = tmp_path / "token"
    file.write_text(text, "utf-8")
    with pytest.raises(StartupError, match="--metrics-token-file") as refusal:
        make_app(replace(config, metrics_token_file=str(file)), SystemClock())
    assert not text or text not in str(refusal.value)


def test_a_missing_token_file_and_two_tokens_stop_the_start(config: Config, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be read: No such file"):
        make_app(replace(config, metrics_token_file=str(tmp_path / "none")), SystemClock())
    with pytest.raises(StartupError, match="not both"):
        make_app(replace(config, metrics_token=TOKEN, metrics_token_file="x"), SystemClock())


def test_the_token_is_not_shown(config: Config) -> None:
    loaded = Config.load({}, {"SPECTRIX_METRICS_TOKEN": TOKEN})
    assert loaded.metrics_token == TOKEN
    assert TOKEN not in repr(loaded)
    with pytest.raises(StartupError, match="SPECTRIX_METRICS_TOKEN is not a token") as refusal:
        Config.load({}, {"SPECTRIX_METRICS_TOKEN": "geheim"})
    assert "geheim" not in str(refusal.value)
