"""A server behind a proxy it trusts, over real sockets: whose tries are counted, which scheme and host count."""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import replace

import aiohttp
import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError

from ..conftest import Serve
from ..support.serving import Server, check_problem

LOGIN = "/api/v1/auth/login"
PASSWORD = "correct horse battery"
WRONG = "wrong password"
HERE = (ipaddress.ip_network("127.0.0.0/8"),)


async def _login(client: aiohttp.ClientSession, client_address: str, password: str = WRONG) -> int:
    headers = {"X-Forwarded-For": client_address}
    async with client.post(LOGIN, json={"password": password}, headers=headers) as answer:
        return answer.status


@pytest.fixture
async def behind(config: Config, serve: Serve) -> Server:
    """A server with a password, whose only peers are trusted proxies."""
    server = await serve(replace(config, trusted_proxy=HERE, public_url="https://logs.example.org"))
    await server.context.authority.operator.set_initial_password(PASSWORD)
    return server


@pytest.mark.case(40)
async def test_tries_are_counted_by_the_clients_address(behind: Server, caplog: pytest.LogCaptureFixture) -> None:
    """And a client cannot get a new bucket by writing into the header, left of what the proxy adds"""
    async with behind.anyone() as client:
        with caplog.at_level(logging.WARNING, "spectrix_lite.sign_in"):
            assert [await _login(client, f"10.9.9.{n}, 203.0.113.5") for n in range(11)] == [401] * 10 + [429]
        assert await _login(client, "203.0.113.6", PASSWORD) == 204
    assert caplog.messages[0] == "sign-in refused for 203.0.113.5: wrong_password"
    assert caplog.messages[-1] == "sign-in refused for 203.0.113.5: too_many_attempts"


@pytest.mark.case(46)
async def test_the_header_of_a_stranger_gives_no_new_bucket(server: Server) -> None:
    await server.context.authority.operator.set_initial_password(PASSWORD)
    async with server.anyone() as client:
        assert [await _login(client, f"203.0.113.{n}") for n in range(11)] == [401] * 10 + [429]


@pytest.mark.parametrize(
    ("headers", "cookie"),
    [
        ({"Host": "logs.example.org"}, "__Host-spectrix_443"),
        ({"Host": "127.0.0.1:4000", "X-Forwarded-Host": "logs.example.org"}, "__Host-spectrix_443"),
        ({"Host": "logs.example.org:8443"}, "__Host-spectrix_8443"),
        ({"Host": "192.0.2.1", "X-Forwarded-Proto": "https"}, "__Host-spectrix_443"),
        ({"Host": "192.0.2.1", "Forwarded": "for=203.0.113.5;proto=https"}, "__Host-spectrix_443"),
        ({"Host": "192.0.2.1", "X-Forwarded-Proto": "http"}, "spectrix_80"),
        # What was said with --public-url stands, also where TLS ended one proxy earlier and nobody passed that on.
        ({"Host": "logs.example.org", "X-Forwarded-Proto": "http"}, "__Host-spectrix_443"),
    ],
)
async def test_scheme_and_host_make_the_cookie_and_the_origin(
    behind: Server, headers: dict[str, str], cookie: str
) -> None:
    secure = cookie.startswith("__Host-")
    called = headers.get("X-Forwarded-Host", headers["Host"])
    async with behind.anyone({**headers, "Origin": f"{'https' if secure else 'http'}://{called}"}) as client:
        async with client.post(LOGIN, json={"password": PASSWORD}) as answer:
            assert answer.status == 204, await answer.text()
            (said,) = answer.headers.getall("Set-Cookie")
        assert said.startswith(f"{cookie}=")
        assert ("Secure" in said.split("; ")) is secure
        other = f"{'http' if secure else 'https'}://{called}"
        async with client.post(LOGIN, json={"password": PASSWORD}, headers={"Origin": other}) as answer:
            await check_problem(answer, 403, "bad_origin")


@pytest.mark.case(43)
async def test_a_trusted_proxy_cannot_make_a_foreign_host_ours(behind: Server) -> None:
    """Who rebinds a name to the proxy is turned away as well."""
    async with behind.anyone() as client:
        for headers in ({"X-Forwarded-Host": "evil.com"}, {"Host": "evil.com", "X-Forwarded-Proto": "https"}):
            async with client.get("/api/v1/auth/me", headers=headers) as answer:
                await check_problem(answer, 421, "misdirected")


def test_the_setting_is_a_list() -> None:
    loaded = Config.load({"trusted_proxy": ("127.0.0.1", "10.0.0.0/8")}, {"SPECTRIX_TRUSTED_PROXY": "::1"})
    assert [str(network) for network in loaded.trusted_proxy] == ["127.0.0.1/32", "10.0.0.0/8"]
    by_variable = Config.load({"trusted_proxy": ()}, {"SPECTRIX_TRUSTED_PROXY": "::1, 10.0.0.0/8"})
    assert [str(network) for network in by_variable.trusted_proxy] == ["::1/128", "10.0.0.0/8"]
    assert by_variable.is_public, "a proxy is there to let others in"
    assert Config.load({}, {}).trusted_proxy == ()
    with pytest.raises(StartupError, match="--trusted-proxy is not a list"):
        Config.load({"trusted_proxy": ("proxy.example.org",)}, {})
