"""The connection to the engine: refused where it cannot be right, and made again for ever where it can."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from spectrix_lite.cluster.connection import Engine
from spectrix_lite.core.addresses import ClusterAddress, parse_cluster
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError

from ..support.engine import engine_server, urls
from ..support.fault_proxy import FaultProxy
from ..support.processes import environment
from ..support.watching import until


async def test_is_up_when_it_is_there(clustered: Config) -> None:
    engine = await Engine.connect(clustered)
    try:
        assert engine.is_up
        assert engine.replicas == 1
        assert clustered.cluster is not None
        assert engine.name == clustered.cluster.name
        assert (await engine.jetstream.account_info()).streams >= 0
    finally:
        await engine.close()
    assert not engine.is_up


async def test_waits_comes_back_and_says_so(config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Through the server's death and, for good measure, its refusal: nats-py gives up there, a node does not."""
    with engine_server(tmp_path / "engine") as server:
        engine = await Engine.connect(replace(config, cluster=parse_cluster(urls([server]))))
        again = asyncio.Event()

        async def came_back() -> None:
            again.set()

        try:
            engine.on_reconnect(came_back)
            for way in ("death", "refusal"):
                again.clear()
                if way == "death":
                    await asyncio.to_thread(server.kill)
                    await engine.until_down()
                    assert not engine.is_up
                    await asyncio.to_thread(server.start)
                else:
                    await engine.client._process_err("'Some Refusal'")
                await again.wait()
                assert engine.is_up
                await engine.jetstream.account_info()
        finally:
            await engine.close()
    assert caplog.text.count("the engine is lost") == 2


async def test_a_closed_connection_is_not_made_again(config: Config, tmp_path: Path) -> None:
    """Also where the cancellation of what makes it again is lost, as it may be before Python 3.12."""
    with engine_server(tmp_path / "engine") as server:
        engine = await Engine.connect(replace(config, cluster=parse_cluster(urls([server]))))
    await until(lambda: engine.client._reconnection_task_future is not None)  # it tries
    making_again = engine.client._reconnection_task
    assert making_again is not None
    engine.client._reconnection_task = None  # nobody cancels it
    await engine.close()
    ended, _ = await asyncio.wait((making_again,), timeout=60)
    assert ended


async def test_a_start_waits_for_the_engine_and_says_so(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = asyncio.Event()
    monkeypatch.setattr("spectrix_lite.cluster.connection.SAY_SECONDS", 0.05)
    monkeypatch.setattr("spectrix_lite.cluster.connection._log.warning", lambda *words: said.set())
    with engine_server(tmp_path / "engine") as server:
        await asyncio.to_thread(server.kill)
        connecting = asyncio.create_task(Engine.connect(replace(config, cluster=parse_cluster(urls([server])))))
        await said.wait()
        await asyncio.to_thread(server.start)
        engine = await connecting
        assert engine.is_up
        await engine.close()


async def test_wrong_credentials_end_the_start(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spectrix_lite.cluster.connection.SAY_SECONDS", 0.05)
    secret = tmp_path / "credentials"
    with engine_server(tmp_path / "engine", 'authorization { user: node, password: "right" }') as server:
        clustered = replace(config, cluster=parse_cluster(urls([server])), cluster_credentials=str(secret))
        secret.write_text("node:wrong\n")
        with pytest.raises(StartupError, match="refuses this node"):
            await Engine.connect(clustered)
        secret.write_text("node:right\n")
        await (await Engine.connect(clustered)).close()


@pytest.mark.parametrize("is_told", [True, False], ids=["error", "silence"])
async def test_a_connection_that_comes_to_nothing_is_made_anew(
    is_told: bool, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nats-py gives one up where the server says an error, and may lose where answers go to."""
    monkeypatch.setattr("spectrix_lite.cluster.connection._MOST_SILENT", 1)
    error = b"-ERR 'maximum connections exceeded'\r\n"
    accepted = list[asyncio.StreamWriter]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.append(writer)
        if len(accepted) != 2:
            await proxy.relay(reader, writer)
            return
        writer.write(b'INFO {"server_id": "n", "version": "2.14.0", "max_payload": 1048576, "proto": 1}\r\n')
        while line := await reader.readline():
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n" + (error if is_told else b""))
        writer.close()

    with engine_server(tmp_path / "engine") as server:
        proxy = FaultProxy(server.port)
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as between:
            address = f"nats://127.0.0.1:{between.sockets[0].getsockname()[1]}"
            engine = await Engine.connect(replace(config, cluster=parse_cluster(address)))
            accepted[0].write(error)
            await asyncio.wait_for(engine.until_down(), 10)
            await asyncio.wait_for(engine.until_up(), 10)
            assert len(accepted) == 3
            await engine.close()
            await proxy.close()


async def test_a_refusal_is_not_forgotten_where_later_tries_break_off(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spectrix_lite.cluster.connection.SAY_SECONDS", 0.6)
    said = False

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal said
        if not said:
            writer.write(b'INFO {"server_id": "n", "version": "2.14.0", "max_payload": 1048576, "proto": 1}\r\n')
            await reader.readline()
            writer.write(b"-ERR 'Authorization Violation'\r\n")
            said = True
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(StartupError, match="refuses this node"):
            await asyncio.wait_for(
                Engine.connect(replace(config, cluster=parse_cluster(f"nats://127.0.0.1:{port}"))), 10
            )


@pytest.mark.parametrize(
    ("cluster", "text", "says"),
    [
        ("nats://10.0.0.1:4222", "a:b", "beyond this machine"),
        ("tls://nats.example.org", None, "beyond this machine"),
        ("nats://127.0.0.1:4222,nats://10.0.0.1", "a:b", "beyond this machine"),
        ("nats://127.0.0.1:4222", "nothing", "no line USER:PASSWORD"),
    ],
)
async def test_what_cannot_be_right_is_refused(
    config: Config, tmp_path: Path, cluster: str, text: str | None, says: str
) -> None:
    secret = tmp_path / "credentials"
    if text is not None:
        secret.write_text(text)
    asked = replace(config, cluster=parse_cluster(cluster), cluster_credentials=None if text is None else str(secret))
    with pytest.raises(StartupError, match=says):
        await Engine.connect(asked)


def test_addresses() -> None:
    assert parse_cluster("nats://localhost") == ClusterAddress(("nats://localhost:4222",), "spx")
    two = parse_cluster("tls://a.example:1/staging, tls://[::1]:2/staging")
    assert two == ClusterAddress(("tls://a.example:1", "tls://[::1]:2"), "staging")
    assert str(two) == "tls://a.example:1/staging,tls://[::1]:2/staging"
    assert (two.has_tls, two.is_local) == (True, False)
    for wrong in ("", "http://a", "nats://u:p@a", "nats://a/B", "nats://a,tls://a", "nats://a/x,nats://a/y"):
        with pytest.raises(ValueError, match=r"is not|holds|names|differ"):
            parse_cluster(wrong)


def test_without_the_library_it_is_said_what_brings_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['nats'] = None; from spectrix_lite.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--cluster", "nats://127.0.0.1:1"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "pip install 'spectrix-lite[cluster]'" in ended.stderr
    assert "Traceback" not in ended.stderr
