"""The dashboard's snippets for clients that are too large for every setup, installed by their own first line."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from spectrix_lite.core.config import Config

from ..conftest import Serve
from ..e2e.clients.snippets import Shop, run
from ..e2e.producers.pasting import Block
from ..e2e.producers.site import free_port
from ..support.processes import ROOT, SECONDS, environment

SENDERS = ROOT / ".venv" / "senders"
"""Where tools/setup-senders.sh unpacks Debian's packages."""

NODE = (
    *("otel-js", "pino-loki", "winston-loki", "sentry-js", "elastic-js", "winston-elasticsearch", "splunk-logging"),
    *("pino-seq", "bunyan-seq", "datadog-winston", "axiom-js", "logtail-js"),
)
LOOPBACK = "127.0.0.1"


@pytest.fixture
async def shop(config: Config, serve: Serve) -> Shop:
    return await Shop.open(config, serve)


def _write(folder: Path, pieces: list[Block]) -> None:
    folder.mkdir()
    for block in pieces:
        (folder / block.title).write_text(block.code + "\n")


async def _start(shop: Shop, folder: Path, name: str) -> None:
    """Puts each piece where it says, and starts it as its note says."""
    pieces = [block for block in shop.snippets[name] if block.title != "Install"]
    await asyncio.to_thread(_write, folder, pieces)
    start = pieces[-1].note.removeprefix("start it with: ").partition(". ")[0]
    await run("bash", "-c", start, folder=folder)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_clients_of_node(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    wanted = {word for name in NODE for word in shlex.split(shop.code(name, "Install"))[2:]}
    install = ("npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", *sorted(wanted))
    process = await asyncio.create_subprocess_exec(*install, cwd=tmp_path)
    assert await process.wait() == 0
    for name in NODE:
        await _start(shop, tmp_path / name, name)
    boom = "Error: Hello from Sentry's exceptions"
    entries = await shop.until(*(shop.hello(name) for name in NODE), boom)
    assert entries[boom]["level"] == "error"
    assert {entry["level"] for entry in entries.values()} == {"info", "error"}


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_clients_of_python(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentry's, by its DSN and with Spotlight, and Datadog's, which is installed for this test alone."""
    _, _, package = shlex.split(shop.code("datadog-python", "Install"))
    install = (sys.executable, "-m", "pip", "install", "-q", f"--target={tmp_path / 'packages'}", package)
    process = await asyncio.create_subprocess_exec(*install, stderr=asyncio.subprocess.DEVNULL)
    assert await process.wait() == 0
    (tmp_path / "datadog.py").write_text(shop.code("datadog-python"))
    told = {"PYTHONPATH": str(tmp_path / "packages")}
    await run("python3", "-W", "ignore", "datadog.py", folder=tmp_path, told=told)
    await _start(shop, tmp_path / "sentry", "sentry-python")
    own = (
        'import sentry_sdk\nsentry_sdk.init()\nsentry_sdk.capture_message("Hello from Spotlight")\nsentry_sdk.flush()\n'
    )
    (tmp_path / "app.py").write_text(own)
    await run("bash", "-c", shop.code("spotlight"), folder=tmp_path)
    await shop.until(shop.hello("datadog-python"), shop.hello("sentry-python"), "Hello from Spotlight")
    assert not any(shop.hook_key in json.dumps(entry) for entry in shop.entries())


@asynccontextmanager
async def _running(name: str, *options: str, folder: Path) -> AsyncIterator[None]:
    """One of the programs that were unpacked or installed, while it runs."""
    found = [*SENDERS.glob(f"usr/sbin/{name}"), shutil.which(name)]
    assert found[0], f"{name} is missing: run `make setup`"
    libraries = {str(path.parent) for path in SENDERS.rglob("*.so*")}
    with (folder / "errors.log").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            found[0], *options, cwd=folder, env=environment({"LD_LIBRARY_PATH": ":".join(sorted(libraries))}),
            stdin=asyncio.subprocess.DEVNULL, stdout=errors, stderr=errors,
        )  # fmt: skip
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _log(shop: Shop, port: int, hello: str, folder: Path) -> None:
    """Says it to the program at this port until its entry is there: a datagram before it listens is lost."""
    waiting = asyncio.create_task(shop.until(hello))
    while not waiting.done():
        words = ("--udp", "--rfc3164", "--priority=user.err", "--tag=shop", f"--server={LOOPBACK}", f"--port={port}")
        await run("logger", *words, hello, folder=folder)
        await asyncio.wait({waiting}, timeout=0.2)
    entry = (await waiting)[hello]
    assert (entry["level"], entry["source"]) == ("error", "shop")


@pytest.mark.long
async def test_rsyslog(shop: Shop, tmp_path: Path) -> None:
    """Its own configuration takes a datagram and includes the piece that is pasted."""
    port = free_port()
    (tmp_path / "spectrix.conf").write_text(shop.code("rsyslog"))
    (tmp_path / "rsyslog.conf").write_text(
        f'module(load="imudp")\ninput(type="imudp" address="{LOOPBACK}" port="{port}")\n'
        f'include(file="{tmp_path}/spectrix.conf")\n'
    )
    modules = next(SENDERS.rglob("imudp.so")).parent
    options = ("-n", "-f", f"{tmp_path}/rsyslog.conf", "-i", f"{tmp_path}/pid", "-M", str(modules))
    async with _running("rsyslogd", *options, folder=tmp_path):
        await _log(shop, port, "Hello from rsyslog", tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", ["syslog-ng", "syslog-ng-http"])
async def test_syslog_ng(shop: Shop, tmp_path: Path, name: str) -> None:
    port = free_port()
    version = next(SENDERS.glob("usr/lib/syslog-ng/[0-9]*")).name
    source = f'source s_src {{ network(ip("{LOOPBACK}") port({port}) transport("udp")); }};'
    (tmp_path / "syslog-ng.conf").write_text(f"@version: {version}\n{source}\n{shop.code(name)}\n")
    modules = next(SENDERS.rglob("libhttp.so")).parent
    options = [f"--module-path={modules}", "--foreground", "--no-caps", f"--cfgfile={tmp_path}/syslog-ng.conf"]
    options += [f"--{kind}={tmp_path}/{kind}" for kind in ("persist-file", "pidfile", "control")]
    async with _running("syslog-ng", *options, folder=tmp_path):
        await _log(shop, port, f"Hello from {name}", tmp_path)


@pytest.mark.long
async def test_alertmanager(shop: Shop, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "alertmanager.yml").write_text(shop.code("alertmanager"))
    options = (f"--config.file={tmp_path}/alertmanager.yml", f"--storage.path={tmp_path}", "--cluster.listen-address=")
    labels = {"alertname": "Down", "severity": "critical"}
    alerts = [{"labels": labels, "annotations": {"summary": "Hello from Alertmanager"}}]
    listening = f"--web.listen-address={LOOPBACK}:{port}"
    async with (
        _running("prometheus-alertmanager", *options, listening, folder=tmp_path),
        aiohttp.ClientSession(f"http://{LOOPBACK}:{port}") as client,
        asyncio.timeout(SECONDS),
    ):
        while True:
            with suppress(aiohttp.ClientConnectionError):
                async with client.post("/api/v2/alerts", json=alerts) as answer:
                    if answer.status == 200:
                        break
            await asyncio.sleep(0.05)
        entries = await shop.until("Hello from Alertmanager")
    assert entries["Hello from Alertmanager"]["level"] == "error"
