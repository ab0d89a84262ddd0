"""The dashboard's files: found in a table, revalidated, packed, and nothing else is ever given out."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.api.dashboard import Dashboard

from ..conftest import Serve
from ..support.fakes import FakeClock
from ..support.serving import Server, check_problem

PAGE = "<!doctype html><title>Spectrix</title>" + "<p>text</p>" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dashboard, with what must not be served beside and inside it."""
    root = tmp_path / "web"
    (root / "js").mkdir(parents=True)
    (root / "index.html").write_text(PAGE)
    (root / "js" / "main.js").write_text("export const x = 1;\n")
    (root / "font.woff2").write_bytes(b"wOF2" * 1000)
    (root / ".env").write_text("secret")
    (root / ".hidden").mkdir()
    (root / ".hidden" / "a.js").write_text("secret")
    (root / "notes.bak").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "outside.txt")
    return root


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server(folder: Path, clock: FakeClock, serve: Serve) -> Server:
    return await serve(clock=clock, pages=folder)


@pytest.fixture
async def client(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """Unpacks nothing."""
    async with aiohttp.ClientSession(server.base_url, auto_decompress=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/js/main.js", "text/javascript; charset=utf-8"),
        ("/font.woff2", "font/woff2"),
    ],
)
async def test_files_are_served_as_what_they_are(path: str, kind: str, client: aiohttp.ClientSession) -> None:
    async with client.get(path, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Cache-Control"] == ("no-store" if path == "/" else "no-cache")
        body = await answer.read()
    async with client.head(path, headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.status == 200
        assert int(answer.headers["Content-Length"]) == len(body)
        assert await answer.read() == b""


@pytest.mark.case(47)
@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fetc/passwd",
        "/..%2foutside.txt",
        "/../outside.txt",
        "/js/../index.html",
        "/%2e%2e/outside.txt",
        "/js/..\\..\\outside.txt",
        "//outside.txt",
        "/index.html%00",
        "/.env",
        "/.hidden/a.js",
        "/notes.bak",
        "/link.txt",
        "/js",
        "/js/",
        "/JS/main.js",
    ],
)
async def test_nothing_else_exists(path: str, server: Server) -> None:
    """Over a raw socket, for clients tidy such paths up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 "))
    assert b"application/problem+json" in answer
    assert b"secret" not in answer


async def test_only_reading(client: aiohttp.ClientSession) -> None:
    for path in ("/index.html", "/js/main.js"):
        async with client.post(path) as answer:
            await check_problem(answer, 405, "method_not_allowed")
            assert set(answer.headers["Allow"].split(",")) == {"GET", "HEAD"}
    async with client.post("/nowhere.js") as answer:
        await check_problem(answer, 404, "not_found")


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("deflate, gzip;q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br", False),
        ("", False),
        ("xgzip", False),
    ],
)
async def test_packed_for_who_takes_it(accepted: str, packed: bool, client: aiohttp.ClientSession) -> None:
    async with client.get("/index.html", headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert (answer.headers.get("Content-Encoding") == "gzip") == packed
        body = await answer.read()
    assert (gzip.decompress(body) if packed else body).decode() == PAGE


async def test_what_packing_does_not_help_goes_out_as_it_is(client: aiohttp.ClientSession) -> None:
    for path in ("/font.woff2", "/js/main.js"):
        async with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert "Vary" not in answer.headers


async def test_revalidation(client: aiohttp.ClientSession) -> None:
    async with client.get("/index.html", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = answer.headers["ETag"]
    async with client.get("/index.html", headers={"Accept-Encoding": "identity"}) as answer:
        plain = answer.headers["ETag"]
    assert packed != plain
    for known in (packed, plain, f"W/{plain}", f'"other", {plain}', "*"):
        async with client.get("/index.html", headers={"If-None-Match": known}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "ETag" in answer.headers
            assert "Content-Security-Policy" in answer.headers
    for known in ('"other"', "", plain.strip('"')[:5]):
        async with client.get("/index.html", headers={"If-None-Match": known}) as answer:
            assert answer.status == 200


async def test_a_checkout_is_looked_at_again_and_an_installation_is_not(
    folder: Path, clock: FakeClock, client: aiohttp.ClientSession
) -> None:
    installed = Dashboard(folder, clock, live=False)
    (folder / "new.css").write_text(":root {}")
    (folder / "js" / "main.js").unlink()
    async with client.get("/new.css") as answer:
        assert answer.status == 404
    clock.advance(1.0)
    async with client.get("/new.css") as answer:
        assert answer.status == 200
    async with client.get("/js/main.js") as answer:
        assert answer.status == 404
    assert installed.find("/new.css") is None
    assert installed.find("/js/main.js") is not None


async def test_without_its_files_the_api_goes_on(
    tmp_path: Path, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "spectrix_lite"):
        server = await serve(pages=tmp_path / "nowhere")
    (record,) = caplog.records
    assert "dashboard's files are missing" in record.getMessage()
    async with server.anyone() as client:
        async with client.get("/") as answer:
            assert (answer.status, answer.content_type) == (404, "text/plain")
        async with client.get("/api/v1/auth/me") as answer:
            assert answer.status == 200
