"""Real clients that are too large for every setup, installed for the test alone."""

from __future__ import annotations

import asyncio
import sys
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


DATADOG = """
import os
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.logs_api import LogsApi
from datadog_api_client.v2.model.content_encoding import ContentEncoding
from datadog_api_client.v2.model.http_log import HTTPLog
from datadog_api_client.v2.model.http_log_item import HTTPLogItem

configuration = Configuration(server_index=1)
configuration.server_variables.update(name=os.environ["SPECTRIX_URL"].removeprefix("http://"), protocol="http")
configuration.api_key["apiKeyAuth"] = os.environ["SPECTRIX_API_KEY"]
for level, encoding in (("info", ContentEncoding.GZIP), ("error", ContentEncoding.DEFLATE)):
    message = '{"level": "%s", "msg": "datadog %s", "userId": 7}' % (level, level)
    item = HTTPLogItem(message=message, ddsource="python", ddtags="env:test", hostname="web-1", service="shop")
    with ApiClient(configuration) as client:
        LogsApi(client).submit_log(content_encoding=encoding, body=HTTPLog([item]))
"""


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_datadog_from_pypi(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install = (sys.executable, "-m", "pip", "install", "-q", f"--target={tmp_path}", "datadog-api-client>=2.62,<3")
    process = await asyncio.create_subprocess_exec(*install, stderr=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    key = await server.create_key(service_id := await server.create_service())
    complaints = await test_clients.run(server, key, sys.executable, "-W", "ignore", "-c", DATADOG)
    assert complaints == ""
    test_clients.check(server, service_id, ("datadog",))
