"""The middlewares as files: the ones in the table, as text, to anybody at our own address, and nothing else."""

from __future__ import annotations

import asyncio
import gzip
import logging
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.api.sdk import Sdk, sdk_files

from ..conftest import Serve
from ..support.serving import Server, check_problem

ROOT = Path(__file__).parent.parent.parent
KINDS = {
    "spectrix.js": "text/javascript; charset=utf-8",
    "spectrix.mjs": "text/javascript; charset=utf-8",
    "spectrix.cjs": "text/javascript; charset=utf-8",
    "spectrix.ts": "text/plain; charset=utf-8",
    "spectrix.py": "text/plain; charset=utf-8",
}


def test_a_checkout_has_them_all() -> None:
    files = sdk_files()
    assert set(files) == set(KINDS)
    for name, file in files.items():
        assert file == ROOT / "middleware" / ("python" if name.endswith(".py") else "node") / name
        assert file.is_file()


@pytest.mark.parametrize("name", KINDS)
async def test_each_is_given_to_anybody_as_it_is(name: str, client: aiohttp.ClientSession) -> None:
    written = sdk_files()[name].read_bytes()
    async with client.get(f"/sdk/{name}") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == KINDS[name]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "Content-Disposition" not in answer.headers  # a browser shows it
        assert await answer.read() == written
        tag = answer.headers["ETag"]
    async with client.get(f"/sdk/{name}", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    async with client.head(f"/sdk/{name}", headers={"Accept-Encoding": "identity"}) as answer:
        assert (answer.status, int(answer.headers["Content-Length"])) == (200, len(written))
    async with client.post(f"/sdk/{name}") as answer:
        await check_problem(answer, 405, "method_not_allowed")


async def test_packed_for_who_takes_it(server: Server) -> None:
    """And plain for curl, which does not ask for anything else."""
    written = sdk_files()["spectrix.js"].read_bytes()
    async with aiohttp.ClientSession(server.base_url, auto_decompress=False) as client:
        async with client.get("/sdk/spectrix.js", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(await answer.read()) == written
        async with client.get("/sdk/spectrix.js", headers={"Accept-Encoding": ""}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert await answer.read() == written


async def test_not_to_the_page_of_another_host(client: aiohttp.ClientSession) -> None:
    async with client.get("/sdk/spectrix.js", headers={"Host": "rebound.example"}) as answer:
        await check_problem(answer, 421, "misdirected")


@pytest.mark.parametrize(
    "path",
    [
        "/sdk",
        "/sdk/",
        "/sdk/package.json",
        "/sdk/spectrix.d.ts",
        "/sdk/src/spectrix.ts",
        "/sdk/SPECTRIX.JS",
        "/sdk/spectrix.js/",
        "/sdk//spectrix.js",
        "/sdk/spectrix.js%00",
        "/sdk/../pyproject.toml",
        "/sdk/..%2f..%2fpyproject.toml",
        "/sdk/%2e%2e/%2e%2e/pyproject.toml",
        "/sdk/..\\..\\pyproject.toml",
        "/sdk/%2fetc%2fpasswd",
        "/sdk//etc/passwd",
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
    assert b"build-system" not in answer
    assert b"root:" not in answer


async def test_what_changes_is_read_again(tmp_path: Path, serve: Serve) -> None:
    file = tmp_path / "spectrix.py"
    file.write_text("one = 1\n")
    server = await serve(middlewares={"spectrix.py": file})
    async with server.anyone() as client:
        async with client.get("/sdk/spectrix.py") as answer:
            assert await answer.text() == "one = 1\n"
            tag = answer.headers["ETag"]
        file.write_text("twelve = 12\n")
        async with client.get("/sdk/spectrix.py", headers={"If-None-Match": tag}) as answer:
            assert (answer.status, await answer.text()) == (200, "twelve = 12\n")
        file.unlink()
        async with client.get("/sdk/spectrix.py") as answer:
            await check_problem(answer, 404, "not_found")


async def test_without_them_all_else_goes_on(tmp_path: Path, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    missing = {name: tmp_path / "nowhere" / name for name in KINDS}
    missing["spectrix.py"] = tmp_path  # a folder cannot be read either
    with caplog.at_level(logging.ERROR, "spectrix_lite"):
        server = await serve(middlewares=missing)
        async with server.anyone() as client:
            for name in KINDS:
                async with client.get(f"/sdk/{name}") as answer:
                    problem = await check_problem(answer, 404, "not_found")
                    assert "spectrix.js" in problem["detail"]
            async with client.get("/") as answer:
                assert answer.status == 200
    (record,) = caplog.records
    assert all(str(file) in record.getMessage() for file in missing.values())


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "spectrix.ts"
    file.write_text("export {};\n")
    table = Sdk({"spectrix.ts": file})
    assert table.find("spectrix.ts") is table.find("spectrix.ts")
    assert table.find("spectrix.js") is None
