"""Each snippet of the dashboard for another product's client runs as it stands, and its entry arrives.

Those of the middlewares are tried in tests/e2e/producers; those whose clients are too large for every setup in
tests/long.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from spectrix_lite.core.config import Config

from ...conftest import Serve
from ...support.processes import ROOT
from .snippets import Shop, run

NODE = (
    *("otel-js", "pino-loki", "winston-loki", "splunk-logging", "bunyan-seq", "datadog-winston", "axiom-js"),
    "logtail-js",
)
PYTHON = (
    *("otel-python", "python-logging-loki", "elastic-python", "splunk-handler", "seqlog", "axiom-python"),
    *("logtail-python", "graypy", "fluent-logger", "python-syslog"),
)
SHELL = ("curl", "splunk-curl", "webhook", "logger", "pipe")
PRINTED = ("run", "compose", "kubectl", "journal")
IMPORTED = "await Promise.all(process.argv.slice(2).map((file) => import(file)));"
FORKED = """
import os, runpy, sys
for file in sys.argv[1:]:
    if os.fork() == 0:
        runpy.run_path(file, run_name="__main__")
        sys.exit()
failed = [status for _, status in [os.wait() for _ in sys.argv[1:]] if status]
sys.exit(len(failed))
"""


@pytest.fixture
async def shop(config: Config, serve: Serve) -> Shop:
    return await Shop.open(config, serve)


def written(shop: Shop, folder: Path, names: tuple[str, ...], file: str) -> list[str]:
    """The files of these snippets, each in a folder of its own."""
    paths = []
    for name in names:
        path = folder / name / file
        path.parent.mkdir(parents=True)
        path.write_text(shop.code(name, file))
        paths.append(str(path))
    return paths


def read_env(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


async def check(shop: Shop, names: tuple[str, ...]) -> None:
    entries = await shop.until(*(shop.hello(name) for name in names))
    assert {entry["level"] for entry in entries.values()} == {"info"}
    assert not any(shop.key in json.dumps(entry) or shop.hook_key in json.dumps(entry) for entry in entries.values())


@pytest.mark.case(140)
async def test_clients_of_node(shop: Shop, tmp_path: Path) -> None:
    """In one process: what each needs to start is the same. pino's transport is a thread that ends with its process."""
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    files = written(shop, tmp_path, NODE, "app.mjs")
    told = read_env(shop.code("otel", ".env"))
    (tmp_path / "all.mjs").write_text(IMPORTED)
    alone = files.pop(NODE.index("pino-loki"))
    said = await asyncio.gather(
        run("node", "all.mjs", *files, folder=tmp_path, told=told), run("node", alone, folder=tmp_path)
    )
    assert "".join(said) == ""
    await check(shop, NODE)
    assert {entry.get("source") for entry in shop.entries()} == {"my-app", None}
    assert shop.code("otel-js", ".env") == shop.code("otel")


@pytest.mark.case(140)
async def test_clients_of_python(shop: Shop, tmp_path: Path) -> None:
    """Each in a process of its own, as each of them sets up what it logs by."""
    files = written(shop, tmp_path, PYTHON, "app.py")
    told = read_env(shop.code("otel-python", ".env"))
    assert await run(sys.executable, "-W", "ignore", "-c", FORKED, *files, folder=tmp_path, told=told) == ""
    await check(shop, PYTHON)
    entries = {entry["message"]: entry for entry in shop.entries()}
    assert entries[shop.hello("otel-python")]["source"] == "my-app"


@pytest.mark.case(140)
async def test_commands(shop: Shop, tmp_path: Path) -> None:
    await asyncio.gather(*(run("bash", "-c", shop.code(name), folder=tmp_path) for name in SHELL))
    await check(shop, SHELL)


@pytest.mark.case(140)
async def test_what_programs_print(shop: Shop, tmp_path: Path) -> None:
    """`run` in front of npm, and `pipe` behind stand-ins for docker, kubectl and journalctl that print as those do."""
    stand_ins = {
        "docker": 'echo "web-1  | Hello from docker $2"',
        "kubectl": "echo Hello from kubectl",
        "journalctl": 'echo \'{"MESSAGE": "Hello from journald", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "cron"}\'',
    }
    for name, line in stand_ins.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "package.json").write_text('{"scripts": {"dev": "echo Hello from npm"}}')
    titles = ("Start and follow", "Follow what runs")
    lines = [shop.code(name) for name in ("kubectl", "journal")]
    lines += [shop.code("run"), *(shop.code("compose", title) for title in titles)]
    await asyncio.gather(*(run("bash", "-c", f"PATH=$PWD:$PATH; {line}", folder=tmp_path) for line in lines))
    entries = await shop.until(
        *(f"Hello from {name}" for name in ("kubectl", "journald", "npm", "docker up", "docker logs"))
    )
    assert (entries["Hello from docker up"]["source"], entries["Hello from journald"]["source"]) == ("web-1", "cron")
