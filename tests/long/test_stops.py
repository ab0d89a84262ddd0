"""A server that is stopped again and again under load, with its watchers: nobody notices but by the clock."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import time
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from ..support.followers import Crowd
from ..support.processes import SECONDS, run, server
from ..support.scale import scaled

STOPS: Final = scaled(20, 3)
WATCHERS: Final = 10


async def sessions(port: int, folder: Path, count: int) -> list[str]:
    """Tokens to watch the one service by."""
    found = re.search(r"#token=(\S+)", run("url", "--port", str(port), cwd=folder).stdout)
    assert found is not None
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}/api/v1/", cookie_jar=jar) as client:
        async with client.post("auth/token", json={"token": found[1]}) as answer:
            assert answer.status == 204
        async with client.get("services") as answer:
            (service,) = [each["id"] for each in (await answer.json())["services"]]
        tokens = []
        for _ in range(count):
            async with client.post(f"services/{service}/sessions", json={"ttl": 7200}) as answer:
                tokens.append((await answer.json())["token"])
        return tokens


@pytest.mark.long
@pytest.mark.timeout(120 + 15 * STOPS)
@pytest.mark.parametrize("arguments", [("--history", "7d"), ()], ids=["history", "snapshot"])
def test_stops_under_load_lose_and_repeat_nothing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run("services", "add", "Shop", cwd=tmp_path).returncode == 0
    key = run("keys", "create", "Shop", cwd=tmp_path).stdout.strip()
    chance = random.Random(5)
    with server(*arguments, cwd=tmp_path) as running:
        crowd = Crowd(asyncio.run(sessions(running.port, tmp_path, WATCHERS)), key)
        running.send(signal.SIGTERM)
        assert running.wait() == 0
    with crowd.at_work():
        for _ in range(STOPS):
            with server(*arguments, cwd=tmp_path) as running:
                crowd.base = running.base_url
                time.sleep(chance.uniform(0.3, 1.5))
                crowd.base = None
                running.send(signal.SIGTERM)
                assert running.wait() == 0
                assert running.complaints() == ""
        crowd.is_sending = False
        with server(*arguments, cwd=tmp_path) as running:
            crowd.base = running.base_url
            until = time.monotonic() + SECONDS
            while not crowd.has_all and time.monotonic() < until:
                time.sleep(0.01)
            crowd.is_over = True
    for follower in crowd.followers:
        assert follower.problem is None
        assert follower.gaps == []
        assert follower.messages == crowd.answered
        assert len(follower.resumed) >= STOPS // 2
        assert all(follower.resumed)
        assert len(follower.epochs) == 1
    assert len(crowd.answered) >= 10 * STOPS
