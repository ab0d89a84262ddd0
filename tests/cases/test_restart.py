"""The program itself over a stop, a start that fails, and a kill: what is kept, under which numbers."""

from __future__ import annotations

import re
import signal
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ..support.processes import ServerProcess, run, server


async def sent(running: ServerProcess, folder: Path, key: str, message: str) -> dict[str, Any]:
    """The stats of the only service after one more entry."""
    link = run("url", "--port", str(running.port), cwd=folder).stdout
    found = re.search(r"#token=(\S+)", link)
    assert found is not None, link
    jar = aiohttp.CookieJar(unsafe=True)  # of an address
    async with aiohttp.ClientSession(f"{running.base_url}/api/v1/", cookie_jar=jar) as client:
        entry = {"message": message}
        async with client.post("ingest/logs", json=[entry], headers={"Authorization": f"Bearer {key}"}) as answer:
            assert answer.status == 200, await answer.text()
        async with client.post("auth/token", json={"token": found[1]}) as answer:
            assert answer.status == 204, await answer.text()
        async with client.get("services") as answer:
            stats: dict[str, Any] = (await answer.json())["services"][0]["stats"]
            return stats


@pytest.mark.case(97, 98, 99)
async def test_what_a_stop_and_a_kill_leave_of_a_log(tmp_path: Path) -> None:
    assert run("services", "add", "Shop", cwd=tmp_path).returncode == 0
    key = run("keys", "create", "Shop", cwd=tmp_path).stdout.strip()
    snapshot = tmp_path / "spectrix.db.snapshot"
    with server(cwd=tmp_path) as running:
        first = await sent(running, tmp_path, key, "before the stop")
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    assert snapshot.exists()

    with closing(socket.create_server(("127.0.0.1", 0))) as busy:
        assert run("serve", "--port", str(busy.getsockname()[1]), cwd=tmp_path).returncode == 2
    assert snapshot.exists()

    with server(cwd=tmp_path) as running:
        assert not snapshot.exists()
        second = await sent(running, tmp_path, key, "before the kill")
        assert (second["epoch"], second["head"]) == (first["epoch"], 2)
        running.send(signal.SIGKILL)
        running.wait()
    assert not snapshot.exists()

    with server(cwd=tmp_path) as running:
        third = await sent(running, tmp_path, key, "after the kill")
        assert third["epoch"] != first["epoch"]
        assert third["head"] == 1
