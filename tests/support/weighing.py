"""The real program on the scales: a process of its own whose memory is read, and how long its loop was held."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import aiohttp

from .processes import ServerProcess, run, server

MIB: Final = 1024 * 1024
_BUCKET: Final = re.compile(r'^spectrix_loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', re.MULTILINE)


class Watched(NamedTuple):
    """A service, one stream key of it, and the token of one session."""

    id: str
    key: str
    token: str


@dataclass(frozen=True)
class Weighed:
    """A running server and its operator, who asks over `client`."""

    process: ServerProcess
    client: aiohttp.ClientSession
    metrics_token: str

    @property
    def port(self) -> int:
        return self.process.port

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    async def service(self, name: str = "Production API") -> Watched:
        service = (await self._made("services", name=name))["id"]
        key = (await self._made(f"services/{service}/stream-keys", name="backend"))["key"]
        return Watched(service, key, (await self._made(f"services/{service}/sessions"))["token"])

    async def _made(self, path: str, **body: str) -> dict[str, str]:
        async with self.client.post(f"{self.api}/{path}", json=body) as answer:
            assert answer.status == 201, await answer.text()
            made: dict[str, str] = await answer.json()
            return made

    def resident(self) -> int:
        """Bytes of it that are in memory now."""
        return self._status("VmRSS")

    def peak(self) -> int:
        """The most that were since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        self._proc("clear_refs").write_text("5")

    async def metrics(self) -> str:
        async with self.client.get(
            f"http://127.0.0.1:{self.port}/metrics", headers={"Authorization": f"Bearer {self.metrics_token}"}
        ) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def held(self) -> list[tuple[float, int]]:
        """How often its loop was held so long, and no longer than the bound before, since it began: (seconds, times).

        Seconds of processor time of a usual machine; see `tests.support.held`.
        """
        up_to = [(float(bound), int(count)) for bound, count in _BUCKET.findall(await self.metrics())]
        return [(bound, count - before) for (_, before), (bound, count) in pairwise([(0.0, 0), *up_to])]

    async def held_longer(self, seconds: float) -> int:
        """How often longer than that, which is one of the bounds."""
        return sum(count for bound, count in await self.held() if bound > seconds)

    def _status(self, name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB$", self._proc("status").read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1]) * 1024

    def _proc(self, name: str) -> Path:
        return Path(f"/proc/{self.process.process.pid}/{name}")


@asynccontextmanager
async def weighed(folder: Path, *flags: str) -> AsyncIterator[Weighed]:
    """A server with a new database in `folder`, its operator signed in."""
    token = secrets.token_urlsafe()
    command = (sys.executable, "-m", "tests.support.held")
    with server("--host", "127.0.0.1", "--metrics-token", token, *flags, cwd=folder, command=command) as process:
        said = await asyncio.to_thread(run, "url", "--port", str(process.port), cwd=folder)
        link = said.stdout.strip().partition("#token=")[2]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            it = Weighed(process, client, token)
            async with client.post(f"{it.api}/auth/token", json={"token": link}) as answer:
                assert answer.status == 204, await answer.text()
            yield it
            if process.process.poll() is None:
                stalled = 'spectrix_requests_total{status="408"}'
                assert stalled not in await it.metrics(), "a body was not read to its end, and its sender got 408"


def room_for_sockets(count: int) -> None:
    """Lets this process, and what it starts, open `count` sockets more than usual."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 512:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 512), hard))
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= count + 64, os.strerror(24)
