"""Who may call, over real sockets: hosts, origins, cookies and keys, and the headers of each kind of answer."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..support.serving import Server, check_problem

NAME = {"name": "Production API"}
SERVICES = "/api/v1/services"
STREAM = "/api/v1/stream"


async def _refused_upgrade(server: Server, headers: dict[str, str]) -> tuple[int, str]:
    """Status and type of what a client gets in place of a WebSocket."""
    async with server.anyone() as client:
        with pytest.raises(WSServerHandshakeError) as refusal:
            await client.ws_connect(STREAM, headers=headers)
    assert refusal.value.headers is not None
    return refusal.value.status, refusal.value.headers["Content-Type"]


# Host


@pytest.mark.parametrize("host", ["evil.com", "evil.com:{port}", "localhost.evil.com", "127.0.0.1.evil.com", "a b", ""])
@pytest.mark.case(43)
@pytest.mark.parametrize("path", ["/", "/api/v1/auth/me", SERVICES, "/api/v1/openapi.json", "/nowhere", STREAM])
async def test_foreign_hosts(host: str, path: str, server: Server) -> None:
    """DNS rebinding brings a page of evil.com here, and it calls us by that name."""
    headers = {"Host": host.format(port=server.port)}
    async with server.operator() as client, client.get(path, headers=headers) as answer:
        await check_problem(answer, 421, "misdirected")


@pytest.mark.case(43)
async def test_a_foreign_host_gets_no_websocket(server: Server) -> None:
    assert await _refused_upgrade(server, {"Host": "evil.com", "Origin": "http://evil.com"}) == (
        421,
        "application/problem+json",
    )


async def test_ingest_and_health_are_called_by_any_name(server: Server) -> None:
    key = await server.create_key(await server.create_service())
    async with server.anyone({"Host": "spectrix.internal"}) as client:
        for path in ("/healthz", "/readyz"):
            async with client.get(path) as answer:
                assert answer.status == 200
        sent = {"logs": [{"level": "info", "message": "GET /api/users"}]}
        async with client.post("/api/v1/ingest/logs", json=sent, headers={"Authorization": f"Bearer {key}"}) as answer:
            assert answer.status == 200
        async with client.get("/api/v1/ingest/logs") as answer:
            await check_problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "[::1]:4000", "10.1.2.3:80"])
async def test_our_own_hosts_at_any_port(host: str, server: Server) -> None:
    async with server.anyone() as client, client.get("/api/v1/auth/me", headers={"Host": host}) as answer:
        assert answer.status == 200


async def test_the_public_host_is_ours_and_its_scheme_counts(config: Config, serve: Serve) -> None:
    server = await serve(replace(config, public_url="https://logs.example.org"))
    async with server.anyone({"Host": "logs.example.org", "Origin": "https://logs.example.org"}) as client:
        token = await server.context.authority.operator.new_link()
        async with client.post("/api/v1/auth/token", json={"token": token}) as answer:
            assert answer.status == 204
            (cookie,) = answer.headers.getall("Set-Cookie")
        assert cookie.startswith("__Host-spectrix_443=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
        async with client.post(
            "/api/v1/auth/token", json={"token": token}, headers={"Origin": "http://logs.example.org"}
        ) as answer:
            await check_problem(answer, 403, "bad_origin")


# Origin


def _foreign(server: Server) -> list[dict[str, str]]:
    return [
        {"Origin": "null"},
        {"Origin": "http://evil.com"},
        {"Origin": f"http://127.0.0.1:{server.port + 1}"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": f"https://127.0.0.1:{server.port}"},
        {"Origin": f"http://localhost:{server.port}"},
        {"Origin": f"http://127.0.0.1.evil.com:{server.port}"},
        {"Origin": server.base_url, "Sec-Fetch-Site": "cross-site"},
        {"Origin": server.base_url, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ]


@pytest.mark.case(41, 42)
async def test_foreign_pages_change_nothing(server: Server) -> None:
    """Every unsafe method, signed in or not."""
    service = await server.create_service("Auth Backend")
    async with server.operator() as client:
        for headers in _foreign(server):
            for method, path in (
                ("POST", SERVICES),
                ("PATCH", f"{SERVICES}/{service}"),
                ("DELETE", f"{SERVICES}/{service}"),
                ("PUT", "/api/v1/auth/password"),
                ("POST", "/api/v1/auth/logout"),
                ("POST", "/api/v1/auth/login"),
                ("POST", "/api/v1/auth/token"),
            ):
                async with client.request(method, path, headers=headers, json=NAME) as answer:
                    await check_problem(answer, 403, "bad_origin")
        async with client.get("/api/v1/auth/me") as answer:
            assert (await answer.json())["signedIn"]
    assert [known.name for known in server.context.authority.services()] == ["Auth Backend"]


@pytest.mark.case(42, 49)
async def test_foreign_pages_get_no_websocket(server: Server) -> None:
    for headers in _foreign(server):
        assert await _refused_upgrade(server, headers) == (403, "application/problem+json")


async def test_a_program_with_a_cookie_and_no_origin_gets_a_websocket(server: Server) -> None:
    """The session's token, sent in the first message, is what opens the stream: a cookie opens nothing."""
    async with server.operator() as client:
        for origin in (None, server.base_url):
            async with client.ws_connect(STREAM, origin=origin) as socket:
                assert not socket.closed


async def test_our_own_pages_and_other_programs_may(server: Server) -> None:
    async with server.operator() as client:
        for number, headers in enumerate(
            (
                {"Origin": server.base_url},
                {"Origin": server.base_url, "Sec-Fetch-Site": "same-origin"},
                {"Origin": f"http://localhost:{server.port}", "Host": f"localhost:{server.port}"},
                {"Sec-Fetch-Site": "none"},
                {},
            )
        ):
            cookie = "; ".join(f"{c.key}={c.value}" for c in client.cookie_jar)
            async with client.post(
                SERVICES, json={"name": f"Service {number}"}, headers={**headers, "Cookie": cookie}
            ) as answer:
                assert answer.status == 201, headers


@pytest.mark.case(46)
async def test_what_a_proxy_claims_is_ignored(server: Server) -> None:
    """Neither host nor origin nor address comes from X-Forwarded-*."""
    claims = {
        "X-Forwarded-Host": "evil.com",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "10.0.0.1",
        "Forwarded": "for=10.0.0.1;host=evil.com;proto=https",
    }
    async with server.operator() as client:
        async with client.post(SERVICES, json=NAME, headers={"Origin": "http://evil.com", **claims}) as answer:
            await check_problem(answer, 403, "bad_origin")
        async with client.post(SERVICES, json=NAME, headers={"Origin": server.base_url, **claims}) as answer:
            assert answer.status == 201


# Sign-in


async def test_who_is_not_signed_in(client: aiohttp.ClientSession) -> None:
    async with client.get(SERVICES) as answer:
        await check_problem(answer, 401, "sign_in_required")
    async with client.get(SERVICES, headers={"Cookie": "spectrix_4000=guess; other=1"}) as answer:
        await check_problem(answer, 401, "sign_in_required")


@pytest.mark.case(37)
async def test_a_stream_key_opens_neither_the_operator_api_nor_the_stream(server: Server) -> None:
    key = await server.create_key(await server.create_service())
    async with server.anyone() as client:
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
            async with client.get(SERVICES, headers=headers) as answer:
                await check_problem(answer, 403, "forbidden")
            assert await _refused_upgrade(server, headers) == (403, "application/problem+json")
        async with client.get(SERVICES, headers={"Cookie": f"spectrix_{server.port}={key}"}) as answer:
            await check_problem(answer, 401, "sign_in_required")
        async with client.ws_connect(STREAM) as socket:
            await socket.send_json({"type": "watch", "token": key})
            assert (await socket.receive()).data == 4401


@pytest.mark.case(45)
async def test_a_planted_cookie_of_the_same_name_does_not_hide_ours(server: Server) -> None:
    """Another server on this host can set one with a longer path, which browsers send first."""
    async with server.operator() as client:
        (mine,) = client.cookie_jar
        both = f'{mine.key}=planted; a="b; c"; {mine.key}={mine.value}'
    async with server.anyone() as client, client.get(SERVICES, headers={"Cookie": both}) as answer:
        assert answer.status == 200


# Headers


async def test_the_headers_of_an_api_answer(server: Server) -> None:
    async with server.operator() as client:
        for path in (SERVICES, "/api/v1/auth/me", "/healthz", f"{SERVICES}/none", STREAM):
            async with client.get(path) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
                assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_headers_of_a_page(client: aiohttp.ClientSession) -> None:
    async with client.get("/") as answer:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert policy["trusted-types"] == "lit-html"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "clipboard" not in answer.headers["Permissions-Policy"]


async def test_nobody_names_the_software_in_front_of_a_websocket_or_a_parser_error(server: Server) -> None:
    async with server.anyone() as client:
        async with client.ws_connect(STREAM) as socket:
            assert socket._response.headers["Server"] == "spectrix-lite"
        async with client.request("BREW", "/") as answer:
            await check_problem(answer, 400, "bad_request")
            assert answer.headers["Server"] == "spectrix-lite"
