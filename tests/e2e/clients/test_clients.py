"""Real clients, unchanged but for address and key: what each logs is there, with the level, the time and the fields
that it meant, and none of them complains.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spectrix_lite.core.addresses import parse_addresses
from spectrix_lite.core.config import Config

from ...conftest import Serve
from ...support.processes import SECONDS
from ...support.serving import Server

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
NODE = (
    *("otel-json", "otel-protobuf", "pino-loki", "winston-loki", "winston-http", "logtail", "bunyan-seq"),
    *("splunk-logging", "axiom"),
)
PYTHON = (
    *("otel-python", "otel-spans", "otel-flask", "python-logging-loki", "seqlog", "seqlog-clef", "elasticsearch-py"),
    *("axiom-py", "logtail-python", "splunk-handler"),
)
OF_SHOP = {
    *("pino-loki", "winston-loki", "winston-http", "splunk-logging", "otel-python", "otel-spans", "otel-flask"),
    *("splunk-handler", "datadog"),
}
"""Those that say which service they are."""

NO_FIELDS = {"otel-flask", "python-logging-loki", "seqlog", "seqlog-clef", "splunk-handler", "winston-loki"}
"""Those that send no fields of their own in this configuration, or within the text."""


async def run(server: Server, key: str, *command: str, **more: str) -> str:
    """What the clients complain of."""
    said = {"SPECTRIX_URL": server.base_url, "SPECTRIX_API_KEY": key, "NODE_NO_WARNINGS": "1", **more}
    environment = {**os.environ, **said}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(SECONDS):
        _, errors = await process.communicate()
    return errors.decode()


def check(server: Server, service_id: str, names: tuple[str, ...]) -> None:
    entries = [json.loads(entry) for entry in server.held(service_id)]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        if match := re.search(r"([a-z-]+) (info|error)", entry["message"]):
            found[match[1], match[2]] = entry
    assert set(found) == {(name, level) for name in names for level in ("info", "error")}
    now = datetime.now(UTC)
    for (name, level), entry in found.items():
        if name != "splunk-handler":  # which says no level, as Splunk knows none
            assert entry["level"] == level, entry
        assert abs(datetime.fromisoformat(entry["timestamp"]) - now) < timedelta(minutes=1), entry
        assert (entry.get("source") == "shop") == (name in OF_SHOP), entry
        if level == "info" and name not in NO_FIELDS:
            assert '"userId":7' in json.dumps(entry["metadata"], separators=(",", ":")), entry
    assert len(entries) == len(found)


@pytest.mark.long
async def test_clients_from_npm(server: Server) -> None:
    key = await server.create_key(service_id := await server.create_service())
    complaints = await run(server, key, "node", str(HERE / "clients.mjs"))
    assert complaints == ""
    check(server, service_id, NODE)


@pytest.mark.case(140)
async def test_clients_from_pypi(server: Server) -> None:
    """Among them an app that OpenTelemetry alone tells of: its requests have route, status and duration."""
    key = await server.create_key(service_id := await server.create_service())
    complaints = await run(server, key, sys.executable, "-W", "ignore", "-m", "tests.e2e.clients.clients")
    assert complaints == ""
    check(server, service_id, PYTHON)
    traced = [json.loads(entry) for entry in server.held(service_id) if b"GET /otel-flask " in entry]
    assert [entry["statusCode"] for entry in traced] == [200, 500]
    assert all(entry["metadata"]["http.route"] == "/<which>" for entry in traced)
    assert all(0 < entry["metadata"]["duration"] < 60_000 for entry in traced)
    assert traced[1]["metadata"]["error"]["name"] == "ValueError"


@pytest.mark.long
@pytest.mark.case(140)
async def test_clients_from_pypi_that_have_no_place_for_a_key(config: Config, serve: Serve) -> None:
    """A hook key stands in Sentry's DSN and GELF's address; Fluent's protocol comes by a port of its own."""
    server = await serve(replace(config, fluent=parse_addresses("127.0.0.1:0=shop")))
    (service,) = server.context.authority.services()
    _, key = await server.context.authority.create_stream_key(service.id, "hook", "hook")
    assert server.listener.keyless is not None
    ((_, _, port),) = server.listener.keyless.ports
    command = (sys.executable, "-W", "ignore", "-m", "tests.e2e.clients.clients")
    complaints = await run(server, key, *command, FLUENT_PORT=str(port))
    assert complaints == ""
    check(server, service.id, ("sentry-sdk", "graypy", "fluent-logger"))
    assert not any(key.encode() in entry for entry in server.held(service.id))
