"""Real clients that are too large for every setup, installed for the test alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ..e2e.clients import test_clients
from ..support.serving import Server

PACKAGES = (
    "@elastic/elasticsearch@^9.4",
    "winston@^3.19",
    "winston-elasticsearch@^0.19",
    "pino@^9",
    "pino-http-send@^0.4",
)
NAMES = ("elasticsearch-js", "winston-elasticsearch", "pino-http-send")


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_clients_from_npm(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install = ("npm", "install", "--silent", "--no-save", "--ignore-scripts", f"--prefix={tmp_path}", *PACKAGES)
    process = await asyncio.create_subprocess_exec(*install)
    assert await process.wait() == 0
    monkeypatch.setenv("CLIENTS", str(tmp_path))
    key = await server.create_key(service_id := await server.create_service())
    complaints = await test_clients.run(server, key, "node", str(test_clients.HERE / "more.mjs"))
    assert complaints == ""
    test_clients.check(server, service_id, NAMES)
