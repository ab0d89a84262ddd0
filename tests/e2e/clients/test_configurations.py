"""Snippets for programs that cannot run here: their configuration parses, and what they make of it is taken.

The requests are those that the programs make by their own documentation and sources, with the address and the key that
are read out of the configuration.
"""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest
import yaml

from spectrix_lite.core.config import Config

from ...conftest import Serve
from . import test_snippets
from .snippets import Shop

NOW = time.time()
NANOSECONDS = str(int(NOW * 1e9))


class Request(NamedTuple):
    """What a program sends: to where, as whom, what."""

    url: str
    body: Any
    headers: dict[str, str] = {}  # noqa: RUF012  never changed


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(user, password)}


def _loki(url: str, hello: str) -> tuple[str, Any]:
    return url, {"streams": [{"stream": {"app": "my-app"}, "values": [[NANOSECONDS, hello]]}]}


def _collector(shop: Shop) -> Request:
    read = yaml.safe_load(shop.code("otel-collector"))
    exporter = read["exporters"]["otlphttp/spectrix"]
    for pipeline in read["service"]["pipelines"].values():
        assert pipeline == {"receivers": ["otlp"], "exporters": ["otlphttp/spectrix"]}
    record = {"timeUnixNano": NANOSECONDS, "body": {"stringValue": "Hello from otel-collector"}}
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    return Request(f"{exporter['endpoint']}/v1/logs", body, exporter["headers"])


def _promtail(shop: Shop) -> Request:
    (client,) = yaml.safe_load(shop.code("promtail"))["clients"]
    auth = client["basic_auth"]
    return Request(*_loki(client["url"], "Hello from promtail"), _basic(auth["username"], auth["password"]))


def _alloy(shop: Shop) -> Request:
    code = shop.code("alloy")
    assert code.count("{") == code.count("}")
    said = dict(re.findall(r'^ +(url|username|password) += "(.*)"$', code, re.MULTILINE))
    return Request(*_loki(said["url"], "Hello from alloy"), _basic(said["username"], said["password"]))


def _fluent_bit(shop: Shop) -> Request:
    (output,) = yaml.safe_load(shop.code("fluent-bit"))["pipeline"]["outputs"]
    assert (output["name"], output["tls"]) == ("http", False)
    name, _, value = output["header"].partition(" ")
    url = f"http://{output['host']}:{output['port']}{output['uri']}"
    return Request(url, [{"date": NOW, "log": "Hello from fluent-bit"}], {name: value})


def _vector(shop: Shop) -> Request:
    sink = yaml.safe_load(shop.code("vector"))["sinks"]["spectrix"]
    assert (sink["type"], sink["auth"]["strategy"]) == ("http", "bearer")
    body = [{"file": "/var/log/x.log", "message": "Hello from vector", "source_type": "file"}]
    return Request(sink["uri"], body, {"Authorization": f"Bearer {sink['auth']['token']}"})


def _filebeat(shop: Shop) -> Request:
    output = yaml.safe_load(shop.code("filebeat"))["output.elasticsearch"]
    (host,) = output["hosts"]
    document = {
        "@timestamp": "2026-11-30T00:00:00.000Z",
        "message": "Hello from filebeat",
        "agent": {"type": "filebeat"},
    }
    body = f'{{"create":{{"_index":"filebeat"}}}}\n{json.dumps(document)}\n'
    return Request(f"{host}/_bulk", body, _basic(output["username"], output["password"]))


def _datadog_agent(shop: Shop) -> Request:
    read = yaml.safe_load(shop.code("datadog-agent"))
    assert read["logs_config"]["logs_no_ssl"] is True
    body = [{"message": "Hello from datadog-agent", "status": "info", "service": "my-app", "ddsource": "x"}]
    url = f"http://{read['logs_config']['logs_dd_url']}/api/v2/logs"
    return Request(url, body, {"DD-API-KEY": read["api_key"]})


def _serilog(shop: Shop) -> Request:
    said = re.search(r'Seq\("(.*)", apiKey: "(.*)"\)', shop.code("serilog"))
    assert said
    body = '{"@t":"2026-11-30T00:00:00.0000000Z","@mt":"Hello from {Name}","Name":"serilog"}\n'
    kind = "application/vnd.serilog.clef"
    return Request(f"{said[1]}/ingest/clef", body, {"X-Seq-ApiKey": said[2], "Content-Type": kind})


def _heroku(shop: Shop) -> Request:
    url = shlex.split(shop.code("heroku"))[-1]
    line = "<190>1 2026-11-30T00:00:00+00:00 host app web.1 - Hello from heroku"
    return Request(url, f"{len(line)} {line}", {"Content-Type": "application/logplex-1"})


def _options(shop: Shop, name: str) -> dict[str, str]:
    """Those of a driver, which the command and compose.yaml say alike."""
    words = shlex.split(shop.code(name, "One container"))
    by_command = dict(after.split("=", 1) for word, after in pairwise(words) if word == "--log-opt")
    logging = yaml.safe_load(shop.code(name, "compose.yaml"))["services"]["web"]["logging"]
    assert f"--log-driver={logging['driver']}" in words
    assert logging["options"] == by_command
    return by_command


def _docker_splunk(shop: Shop) -> Request:
    options = _options(shop, "docker-splunk")
    assert options["splunk-verify-connection"] == "false"
    event = {"line": "Hello from docker-splunk", "source": "stdout", "tag": "web-1"}
    body = json.dumps({"event": event, "time": f"{NOW:f}", "host": "vm"})
    url = f"{options['splunk-url']}/services/collector/event/1.0"
    return Request(url, body, {"Authorization": f"Splunk {options['splunk-token']}"})


def _docker_loki(shop: Shop) -> Request:
    return Request(*_loki(_options(shop, "docker-loki")["loki-url"], "Hello from docker-loki"))


REQUESTS: dict[str, Callable[[Shop], Request]] = {
    "otel-collector": _collector,
    "promtail": _promtail,
    "alloy": _alloy,
    "fluent-bit": _fluent_bit,
    "vector": _vector,
    "filebeat": _filebeat,
    "datadog-agent": _datadog_agent,
    "serilog": _serilog,
    "heroku": _heroku,
    "docker-splunk": _docker_splunk,
    "docker-loki": _docker_loki,
}


TO_LISTENERS = {"docker-fluentd", "docker-syslog", "fluentd"}
AMONG_THE_LONG = {
    *("sentry-js", "sentry-python", "spotlight", "elastic-js", "winston-elasticsearch", "pino-seq", "datadog-python"),
    *("rsyslog", "syslog-ng", "syslog-ng-http", "alertmanager"),
}
OF_MIDDLEWARES = {
    *("express", "fastify", "koa", "hono", "http", "pino", "winston"),
    *("python", "fastapi", "flask", "django", "aiohttp", "logging", "structlog", "loguru"),
}


@pytest.fixture
async def shop(config: Config, serve: Serve) -> Shop:
    return await Shop.open(config, serve)


async def test_what_they_send_by_the_key_is_taken(shop: Shop) -> None:
    async with aiohttp.ClientSession() as client:
        for name, made in REQUESTS.items():
            url, body, headers = made(shop)
            sent = {"data": body} if isinstance(body, str) else {"json": body}
            async with client.post(url, headers=headers, **sent) as answer:
                assert answer.status < 300, (name, await answer.text())
    entries = await shop.until(*(f"Hello from {name}" for name in REQUESTS))
    assert {entry["level"] for entry in entries.values()} == {"info"}
    assert entries["Hello from docker-splunk"]["source"] == "web-1"


def test_every_snippet_is_tried_somewhere(shop: Shop) -> None:
    """Here, beside here, with the producers, or among the long tests."""
    tried = {*REQUESTS, *TO_LISTENERS, *test_snippets.NODE, *test_snippets.PYTHON, *test_snippets.SHELL}
    tried |= {*test_snippets.PRINTED, "otel", *AMONG_THE_LONG}
    assert set(shop.snippets) - tried == OF_MIDDLEWARES
    assert {*AMONG_THE_LONG} & set(shop.snippets) == AMONG_THE_LONG


async def test_what_they_send_to_a_listener_is_taken(shop: Shop) -> None:
    fluent = _options(shop, "docker-fluentd")["fluentd-address"]
    forward = re.search(r"host (\S+)\n +port (\d+)", shop.code("fluentd"))
    assert forward
    record = {"log": "Hello from docker-fluentd", "container_name": "/web", "source": "stdout"}
    line = b"<30>1 2026-11-30T00:00:00.000000Z vm web-1 42 web-1 - Hello from docker-syslog\n"
    for address, data in (
        (fluent, msgspec.msgpack.encode(["web", int(NOW), record])),
        (
            f"{forward[1]}:{forward[2]}",
            msgspec.msgpack.encode(["app", [[int(NOW), {"message": "Hello from fluentd"}]]]),
        ),
        (_options(shop, "docker-syslog")["syslog-address"].removeprefix("tcp://"), line),
    ):
        host, _, port = address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(data)
        await writer.drain()
        writer.close()
    found = await shop.until("Hello from fluentd", "Hello from docker-fluentd", "Hello from docker-syslog")
    assert found["Hello from docker-fluentd"]["source"] == "/web"
    assert found["Hello from docker-syslog"]["source"] == "web-1"
