"""What docs/self-host tells people to copy works as it stands: nginx and Caddy with TLS, the systemd units."""

from __future__ import annotations

import asyncio
import configparser
import gzip
import io
import ipaddress
import json
import re
import subprocess
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import MIB, SETTINGS, Config

from ..support.serving import Server, check_problem, serving
from .proxies import DOCS, SECONDS, Proxy, caddy, free_port, nginx, program

INGEST = "/api/v1/ingest/logs"
PASSWORD = "correct horse battery"
Start = Callable[[int, Path, int], AbstractAsyncContextManager[Proxy]]


@dataclass(frozen=True)
class Site:
    """A server, and the proxy in front of it."""

    server: Server
    proxy: Proxy


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    start: Start = request.param
    port = free_port()
    config = Config(
        host="127.0.0.1",
        port=0,
        db=str(tmp_path / "spectrix.db"),
        public_url=f"https://logs.example.org:{port}",
        trusted_proxy=(ipaddress.ip_network("127.0.0.1"),),
    )
    async with serving(config, SystemClock()) as server, start(server.port, tmp_path, port) as proxy:
        await server.context.authority.operator.set_initial_password(PASSWORD)
        yield Site(server, proxy)


@pytest.mark.case(41, 42, 43)
async def test_signing_in_and_the_dashboard(site: Site) -> None:
    """The cookie is bound to the host, as TLS has it; foreign pages stay out."""
    async with site.proxy.client() as client:
        async with client.get("/") as answer:
            assert answer.status == 200
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        token = await site.server.context.authority.operator.new_link()
        own = {"Origin": site.proxy.url, "Sec-Fetch-Site": "same-origin"}
        async with client.post("/api/v1/auth/token", json={"token": token}, headers=own) as answer:
            assert answer.status == 204, await answer.text()
            (cookie,) = answer.headers.getall("Set-Cookie")
        assert cookie.startswith(f"__Host-spectrix_{site.proxy.port}=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
        async with client.post("/api/v1/services", json={"name": "Shop"}, headers=own) as answer:
            assert answer.status == 201, await answer.text()
        for foreign in ("https://evil.com", f"http://logs.example.org:{site.proxy.port}", "https://logs.example.org"):
            async with client.post("/api/v1/services", json={"name": "X"}, headers={"Origin": foreign}) as answer:
                await check_problem(answer, 403, "bad_origin")


async def test_entries_go_in_and_come_out(site: Site) -> None:
    """Plain, gzip, chunked and large; a watcher gets each at once, through TLS."""
    service = await site.server.create_service()
    key = await site.server.create_key(service)
    _, token = await site.server.create_session(service)
    many = json.dumps({"logs": [{"message": f"{number} " + "x" * 1000} for number in range(5000)]}).encode()

    async def parts() -> AsyncIterator[bytes]:
        yield b'{"logs": [{"mes'
        yield b'sage": "chunked"}]}'

    async with (
        site.proxy.client(headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"}) as producer,
        site.proxy.client() as browser,
        browser.ws_connect("/api/v1/stream", origin=site.proxy.url, max_msg_size=2**24) as watcher,
    ):
        await watcher.send_json({"type": "watch", "token": token})
        assert (await watcher.receive_json(timeout=SECONDS))["type"] == "watching"
        packed = {"Content-Encoding": "gzip"}
        async with producer.post(INGEST, data=gzip.compress(b'[{"message": "packed"}]'), headers=packed) as answer:
            assert (answer.status, (await answer.json())["accepted"]) == (200, 1)
        assert (await watcher.receive_json(timeout=SECONDS))["entries"][0]["message"] == "packed"
        async with producer.post(INGEST, data=parts()) as answer:
            assert (answer.status, (await answer.json())["accepted"]) == (200, 1)
        assert (await watcher.receive_json(timeout=SECONDS))["entries"][0]["message"] == "chunked"
        async with producer.post(INGEST, data=io.BytesIO(many)) as answer:
            assert (answer.status, (await answer.json())["accepted"]) == (200, 5000)
        received = 0
        while received < 5000:
            message = await watcher.receive_json(timeout=SECONDS)
            received += len(message.get("entries", ())) + message.get("missed", 0)


async def test_a_body_may_be_as_large_as_the_server_takes(site: Site) -> None:
    key = await site.server.create_key(await site.server.create_service())
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = b'[{"message": "large"}]'
    whole = io.BytesIO(body + b" " * (64 * MIB - len(body)))
    async with site.proxy.client(headers=headers) as client, client.post(INGEST, data=whole) as answer:
        assert (answer.status, (await answer.json())["accepted"]) == (200, 1)


async def test_who_has_no_key_is_told_so(site: Site) -> None:
    """Also where the body is larger than what fits on the way: the refusal must not be lost as a broken connection."""
    async with site.proxy.client(headers={"Authorization": "Bearer wrong"}) as client:
        for size in (10, 3 * MIB):
            async with client.post(INGEST, data=io.BytesIO(b"[" + b" " * size)) as answer:
                await check_problem(answer, 401, "invalid_key")


@pytest.mark.case(40, 46)
async def test_tries_are_counted_by_the_real_clients_address(site: Site) -> None:
    """What a client itself writes into the headers gives it no new bucket"""

    async def tries(address: str, password: str, count: int = 1) -> list[int]:
        found = []
        for number in range(count):
            lies = {"X-Forwarded-For": f"10.9.9.{number}", "Forwarded": f"for=10.9.9.{number}"}
            async with (
                site.proxy.client(address, headers=lies) as client,
                client.post("/api/v1/auth/login", json={"password": password}) as answer,
            ):
                found.append(answer.status)
        return found

    assert await tries("127.0.0.2", "wrong password", 11) == [401] * 10 + [429]
    assert await tries("127.0.0.3", PASSWORD) == [204]


@pytest.mark.case(107)
async def test_no_proxy_writes_down_a_hook_key(site: Site, tmp_path: Path) -> None:
    """Neither what was taken nor what failed, as while the server is away."""
    service = await site.server.create_service()
    _, key = await site.server.context.authority.create_stream_key(service, "alerts", "hook")
    paths = (f"/in/{key}", f"{INGEST}?token={key}")
    async with site.proxy.client() as client:
        for path in paths:
            async with client.post(path, data=b'{"message": "hello"}') as answer:
                assert (answer.status, (await answer.json())["accepted"]) == (200, 1)
        await site.server.listener.close()
        for path in paths:
            async with client.post(path, data=b'{"message": "hello"}') as answer:
                assert answer.status == 502
    logs = await asyncio.to_thread(_logs, tmp_path)
    assert logs
    assert [name for name, text in logs.items() if key[22:54] in text] == []


def _logs(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8", "replace") for file in folder.glob("*.log")}


@pytest.mark.case(43)
async def test_a_foreign_host_is_turned_away(site: Site) -> None:
    """Through a proxy that answers to any name, or refuses by itself"""
    async with site.proxy.client() as client:
        try:
            async with client.get("/api/v1/auth/me", headers={"Host": "evil.com"}) as answer:
                assert answer.status in (400, 404, 421) or not await answer.read()
        except aiohttp.ServerDisconnectedError:
            return


# What is not run here


def test_the_traefik_file_is_one_and_leads_to_the_server() -> None:
    """Traefik is not in Debian: its file is read, not run."""
    http = tomllib.loads((DOCS / "traefik.toml").read_text("utf-8"))["http"]
    router = http["routers"]["spectrix-lite"]
    service = http["services"][router["service"]]["loadBalancer"]
    assert service["servers"] == [{"url": "http://127.0.0.1:4000"}]
    assert service["serversTransport"] in http["serversTransports"]


def _unit(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["spectrix-lite.service", "spectrix-lite-backup.service"])
def test_the_units_are_hardened(name: str) -> None:
    """By systemd's own measure: 2.0 at most, of 10."""
    ended = subprocess.run(
        [program("systemd-analyze"), "security", "--offline=true", "--no-pager", str(DOCS / name)],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", ended.stdout)
    assert found is not None, ended.stdout + ended.stderr
    assert float(found[1]) <= 2.0, ended.stdout


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    units = []
    for name in ("spectrix-lite.service", "spectrix-lite-backup.service", "spectrix-lite-backup.timer"):
        units.append(tmp_path / name)
        units[-1].write_text(_unit(name).replace("/opt/spectrix-lite/venv/bin/spectrix-lite serve", "/bin/true"))
    ended = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *map(str, units)],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    ours = [line for line in ended.stderr.splitlines() if "spectrix-lite" in line]
    assert (ended.returncode, ours) == (0, []), ended.stderr


def test_the_unit_sets_settings_that_exist() -> None:
    known = {setting.variable for setting in SETTINGS} | {"SPECTRIX_ADMIN_PASSWORD"}
    told = "".join(path.read_text("utf-8") for path in DOCS.iterdir() if path.is_file())
    assert set(re.findall(r"\bSPECTRIX_[A-Z_]+", told)) <= known
    environ = dict(re.findall(r"^Environment=(\w+)=(.*)$", _unit("spectrix-lite.service"), re.MULTILINE))
    config = Config.load({}, environ)
    assert (config.host, config.port, len(config.trusted_proxy)) == ("127.0.0.1", 4000, 2)


def test_the_journal_file_has_sizes() -> None:
    parsed = configparser.ConfigParser()
    parsed.read_string(_unit("journald.conf"))
    assert set(parsed["Journal"]) == {"systemmaxuse", "systemmaxfilesize", "maxretentionsec"}


def test_what_the_page_and_the_threat_model_name_is_there() -> None:
    root = DOCS.parent.parent
    for target in re.findall(r"\]\(([^)#:]+)\)", _unit("README.md")):
        assert (DOCS / target).exists(), target
    told = (root / "SECURITY.md").read_text("utf-8")
    for name in re.findall(r"\btest_\w+\.py", told):
        assert list((root / "tests").rglob(name)), name
