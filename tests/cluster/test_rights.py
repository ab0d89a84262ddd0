"""The engine's configuration in docs/self-host/cluster: a node's user may do all that a node does, and no more."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from spectrix_lite.cli import main
from spectrix_lite.cli.cluster.checks import findings
from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import SETTINGS, Config

from ..conftest import Serve
from ..support.engine import engine_server, find_nats_server, free_ports
from ..support.processes import ROOT, SECONDS
from ..support.watching import until, watching

DOCS = ROOT / "docs" / "self-host" / "cluster"
USERS = {"node-1": "SPECTRIX_NODE_1", "node-2": "SPECTRIX_NODE_2", "operator": "SPECTRIX_OPERATOR"}
PASSWORDS = {**dict.fromkeys((*USERS.values(), "SPECTRIX_NODE_3"), "s3cret-of-a-test"), "NATS_NAME": "nats-1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as they are, with places exchanged, and a certificate of our own."""
    folder = tmp_path_factory.mktemp("rights")
    cert = folder / "certificates"
    cert.mkdir()
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=nats", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", cert / "server.key",
            "-out", cert / "server.pem",
        ],
        check=True, capture_output=True, timeout=SECONDS,
    )  # fmt: skip
    (cert / "ca.pem").write_bytes((cert / "server.pem").read_bytes())
    (folder / "rights.conf").write_text((DOCS / "rights.conf").read_text())
    for user in USERS:
        (folder / user).write_text(f"{user}:{PASSWORDS[USERS[user]]}\n")
    return folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """Of one of three servers with that configuration."""
    clients, routes, monitors = free_ports(3), free_ports(3), free_ports(3)
    with ExitStack() as stack:
        servers = []
        for number, (client, route, monitor) in enumerate(zip(clients, routes, monitors, strict=True), 1):
            text = (DOCS / "nats.conf").read_text()
            text = text.replace("/etc/nats/certificates", str(folder / "certificates"))
            text = text.replace("/var/lib/nats", str(folder / f"data-{number}"))
            text = text.replace("0.0.0.0:4222", f"127.0.0.1:{client}").replace("0.0.0.0:6222", f"127.0.0.1:{route}")
            text = text.replace("127.0.0.1:8222", f"127.0.0.1:{monitor}")
            for other, its in enumerate(routes, 1):
                text = text.replace(f"nats-{other}:6222", f"127.0.0.1:{its}")
            configuration = folder / f"nats-{number}.conf"
            configuration.write_text(text)
            environment = {**os.environ, **PASSWORDS, "NATS_NAME": f"nats-{number}"}
            command = [find_nats_server(), "-c", str(configuration)]
            checked = subprocess.run(
                [*command, "-t"], env=environment, capture_output=True, timeout=SECONDS, check=False
            )
            assert checked.returncode == 0, checked.stderr.decode()
            log = stack.enter_context((folder / f"nats-{number}.log").open("wb"))
            servers.append(stack.enter_context(subprocess.Popen(command, env=environment, stderr=log)))
        for server in servers:
            stack.callback(server.kill)
        yield clients[0]


def node(config: Config, folder: Path, port: int, user: str) -> Config:
    return replace(
        config,
        cluster=parse_cluster(f"tls://127.0.0.1:{port}"),
        cluster_credentials=str(folder / user),
        cluster_ca=str(folder / "certificates" / "ca.pem"),
    )


async def test_a_nodes_rights_are_enough_for_a_node_and_for_the_command_line(
    serve: Serve, config: Config, folder: Path, port: int
) -> None:
    one = await serve(config=node(config, folder, port, "node-1"))
    two = await serve(config=node(config, folder, port, "node-2"))
    service = await one.create_service("API")
    await two.context.authority.refresh()
    _, token = await two.create_session(service)
    key = await two.create_key(service)
    headers = {"Authorization": f"Bearer {key}"}
    async with watching(two, token) as (watcher, _), one.anyone() as producer:
        async with producer.post("/api/v1/ingest/logs", json={"message": "here"}, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        assert [entry["message"] for entry in await watcher.entries(1)] == ["here"]
        async with producer.get("/readyz") as answer:
            assert answer.status == 200
        await until(lambda: one.context.hub.stats(service).watchers == 1)
    assert one.context.node is not None
    assert await one.context.node.driver.prepare(), "both speak of a rebuild"
    await one.context.node.driver.drop()
    await one.context.authority.delete_service(service)
    found = await findings(node(config, folder, port, "operator"), None)
    assert [each.check for each in found if each.outcome != "ok"] == []
    assert ["kept 3 times" in each.found for each in found if each.check == "quorum"] == [True, True]


def test_a_command_says_nothing_of_how_it_is_connected(
    folder: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    where = ("--cluster", f"tls://127.0.0.1:{port}", "--cluster-credentials", str(folder / "operator"))
    assert main(["services", "list", *where, "--cluster-ca", str(folder / "certificates" / "ca.pem")]) == 0
    assert [each.getMessage() for each in caplog.records] == []


async def test_rights_of_an_earlier_version_are_told(
    serve: Serve, config: Config, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rights = (DOCS / "rights.conf").read_text().replace(', "spx.presence"', "").replace(', "spx.rebuild"', "")
    for name, password in PASSWORDS.items():
        rights = rights.replace(f"${name}", password)
    with engine_server(tmp_path / "engine", rights) as engine:
        old = replace(config, cluster=parse_cluster(engine.url), cluster_credentials=str(folder / "node-1"))
        one = await serve(config=old)
        await until(lambda: any("do not allow a subscription to spx.presence" in each for each in caplog.messages))
        async with one.anyone() as client, client.get("/readyz") as answer:
            assert answer.status == 200
        assert one.context.node is not None
        assert not await one.context.node.driver.prepare()
        found = await findings(replace(old, cluster_credentials=str(folder / "operator")), None)
    (rights_of_it,) = [each for each in found if each.check == "rights"]
    assert rights_of_it.outcome == "warn"
    assert rights_of_it.found == "the engine's rights do not allow spx.presence, spx.rebuild"
    assert "each node counts its own watchers" in rights_of_it.remedy
    assert "a log that the engine loses begins a new epoch" in rights_of_it.remedy


@asynccontextmanager
async def as_user(folder: Path, port: int, user: str, denied: list[str]) -> AsyncIterator[Client]:
    async def note(problem: Exception) -> None:
        denied.append(str(problem))

    context = ssl.create_default_context(cafile=folder / "certificates" / "ca.pem")
    name, _, password = (folder / user).read_text().strip().partition(":")
    client = await nats.connect(
        f"tls://127.0.0.1:{port}", tls=context, user=name, password=password, error_cb=note,
        inbox_prefix=f"_INBOX.{name}",
    )  # fmt: skip
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.case(183)
@pytest.mark.parametrize(
    "subject",
    [
        "orders.new",
        "$JS.API.STREAM.DELETE.KV_spx",
        "$JS.API.STREAM.UPDATE.spx-log",
        "$JS.API.STREAM.PURGE.KV_spx",
        "$JS.API.STREAM.MSG.DELETE.spx-log",
        "$JS.API.STREAM.CREATE.mine",
        "$JS.API.STREAM.INFO.other",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.SNAPSHOT.KV_spx",
        "$JS.API.CONSUMER.CREATE.other.x",
        "$JS.API.CONSUMER.DELETE.spx-log.x",
        "$JS.API.META.LEADER.STEPDOWN",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.VARZ",
        "_INBOX.node-2.x",
        "spx.log.a.b",
        "spx.rebuild.a",
    ],
)
async def test_what_a_node_never_says_is_denied(folder: Path, port: int, subject: str) -> None:
    denied: list[str] = []
    async with as_user(folder, port, "node-1", denied) as client:
        await client.publish(subject, b"{}")
        await client.flush()
        await until(lambda: any(subject.lower() in each.lower() for each in denied))


@pytest.mark.case(183)
@pytest.mark.parametrize("subject", [">", "spx.log.*", "$KV.spx.>", "_INBOX.node-2.>", "_INBOX.>", "$SYS.>"])
async def test_what_is_not_for_a_node_it_does_not_hear(folder: Path, port: int, subject: str) -> None:
    denied: list[str] = []
    async with as_user(folder, port, "node-1", denied) as client:
        await client.subscribe(subject)
        await client.flush()
        await until(lambda: any(subject.lower() in each.lower() for each in denied))


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_nobody_else_is_let_in(folder: Path, port: int, password: str) -> None:
    context = ssl.create_default_context(cafile=folder / "certificates" / "ca.pem")
    with pytest.raises((nats.errors.Error, OSError)):
        await nats.connect(
            f"tls://127.0.0.1:{port}", tls=context, user="node-1", password=password, max_reconnect_attempts=0,
            allow_reconnect=False, connect_timeout=5,
        )  # fmt: skip


def test_nginx_takes_its_file(folder: Path) -> None:
    text = (DOCS / "nginx.conf").read_text()
    live = "/etc/letsencrypt/live/logs.example.org"
    text = text.replace(f"{live}/fullchain.pem", str(folder / "certificates" / "server.pem"))
    text = text.replace(f"{live}/privkey.pem", str(folder / "certificates" / "server.key"))
    text = re.sub(r"node-\d:4000", "127.0.0.1:4000", text).replace("/var/log/nginx", str(folder))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}\nhttp {{\n{text}\n}}\n"
    )
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert nginx is not None, "nginx is missing: run tools/setup-proxies.sh"
    read = subprocess.run(
        [nginx, "-t", "-p", folder, "-c", folder / "nginx.conf"], capture_output=True, timeout=SECONDS, check=False
    )
    assert read.returncode == 0, read.stderr.decode()


def test_the_compose_file_and_the_units_say_what_the_others_do() -> None:
    compose, unit = (DOCS / "compose.yaml").read_text(), (DOCS / "node.conf").read_text()
    servers = "tls://nats-1:4222,tls://nats-2:4222,tls://nats-3:4222"
    assert f"SPECTRIX_CLUSTER: {servers}" in compose
    assert f"SPECTRIX_CLUSTER={servers}" in unit
    known = {setting.variable for setting in SETTINGS} | {"SPECTRIX_ADMIN_PASSWORD", *PASSWORDS}
    assert set(re.findall(r"SPECTRIX_[A-Z_0-9]*[A-Z0-9]", compose + unit + (DOCS / "rights.conf").read_text())) <= known
