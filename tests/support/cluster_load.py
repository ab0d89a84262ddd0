"""A cluster under load for tests: node processes on a real engine, a producer that asks all of them in turn, a watcher
on each, and the account that has to come out even however many of them die.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp
import msgspec

from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config

from .engine import EngineServer, free_ports, urls
from .processes import ROOT, SECONDS, environment
from .serving import serving
from .watching import until

BATCH: Final = 50
BATCHES_A_SECOND: Final = 40
"""2,000 entries a second."""

MOST_UNANSWERED: Final = 700
"""A stream key's last 1,024 names are remembered. Of a batch that was taken and not answered the name has to be among
them when it is sent again, behind all that wait, and what is sent until then.
"""

NOTABLE_SECONDS: Final = 1.0
"""A shorter time without an answer of the log's leader is none: who asks is slow at times."""

NOTICED_SECONDS: Final = 1.5
"""After so long a node knows that there is a leader again: it asks every 0.4 s, for a second each time."""

RING_ENTRIES: Final = 100_000
"""What waits for an election comes in one burst: 26,000 entries after 13 s, in which the 10,000 of a ring as it is by
default go by faster than a watcher reads, who is told of a gap. A ring that holds the burst leaves no gap excused."""


class NodeProcess:
    """One node, which can be killed, stopped, frozen, and started again at its port."""

    def __init__(self, cluster: str, folder: Path, port: int, storage: str = "memory") -> None:
        self.port = port
        self.api = f"http://127.0.0.1:{port}/api/v1"
        self._cluster = cluster
        self._storage = storage
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """It listens when this returns: it has all that the log has."""
        errors = (self._folder / "errors").open("ab")
        try:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "spectrix_lite", "serve", "--port", str(self.port), "--host", "127.0.0.1"),
                *("--cluster", self._cluster, "--ring-entries", str(RING_ENTRIES)),
                *("--cluster-storage", self._storage),
                cwd=self._folder, env=environment({"PYTHONPATH": str(ROOT)}),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        finally:
            errors.close()
        assert self.process.stdout is not None
        async with asyncio.timeout(3 * SECONDS):
            while b"Listening on" not in (line := await self.process.stdout.readline()):
                assert line, self.errors()

    def send(self, number: signal.Signals) -> None:
        """Sends it one."""
        assert self.process is not None
        self.process.send_signal(number)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends it, and waits for that. Harmless where it has ended."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            if number == signal.SIGKILL:
                self.process.send_signal(signal.SIGCONT)
            async with asyncio.timeout(SECONDS):
                await self.process.wait()

    def errors(self) -> str:
        """What it has said on standard error, in all its lives."""
        return (self._folder / "errors").read_text()


@dataclass
class Account:
    """What one watcher was told in the newest epoch: each seq with its message, and what was missing."""

    epochs: list[str] = field(default_factory=list)
    through: int = 0
    messages: dict[int, str] = field(default_factory=dict)
    missing: int = 0
    gaps: list[dict[str, Any]] = field(default_factory=list)
    resumed: Counter[bool] = field(default_factory=Counter)

    def begin(self, epoch: str) -> None:
        """The numbers begin anew; what was told under the former ones is over."""
        self.epochs.append(epoch)
        self.through, self.missing, self.messages = 0, 0, {}

    def take(self, message: dict[str, Any]) -> None:
        """A message of the stream, in its order."""
        if message["type"] == "entries":
            for entry in message["entries"]:
                assert entry["seq"] == self.through + 1, f"{entry['seq']} behind {self.through}"
                self.through = entry["seq"]
                self.messages[entry["seq"]] = entry["message"]
        elif message["type"] == "gap":
            self.gaps.append(message)
            assert message["from"] == self.through + 1
            if message["to"] is not None:
                self.through = message["to"]
                self.missing += message["count"]


class Refusal(NamedTuple):
    """An answer other than 200: of which node, with which problem's code, from when to when it was waited for."""

    node: int
    code: str
    began: float
    ended: float


@dataclass
class Load:
    """A running cluster with one service. What has happened to its producer is in `acked` and the counters."""

    engines: list[EngineServer]
    nodes: list[NodeProcess]
    service_id: str
    key: str
    token: str
    acked: list[str] = field(default_factory=list)
    """The names of the batches that were answered 200, in that order."""
    statuses: Counter[int] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    sent: int = 0
    outages: list[tuple[float, float]] = field(default_factory=list)
    """From when to when nobody led the log, as one who asks all the time sees it."""
    left_out: set[int] = field(default_factory=set)
    """Nodes that are asked nothing now."""

    async def send(self, client: aiohttp.ClientSession, name: str, turn: int) -> None:
        """One batch under its name, to one node after the other, until it is taken: as a middleware does."""
        body = msgspec.json.encode([{"level": "info", "message": f"{name}.{place}"} for place in range(BATCH)])
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": name,
            "Content-Type": "application/json",
        }
        first = time.monotonic()
        while True:
            began = time.monotonic()
            turn += 1
            if (place := turn % len(self.nodes)) in self.left_out:
                continue
            node = self.nodes[place]
            try:
                async with client.post(f"{node.api}/ingest/logs", data=body, headers=headers) as answer:
                    said = await answer.read()
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                self.statuses[0] += 1
                await asyncio.sleep(0.05)
                continue
            self.statuses[answer.status] += 1
            if answer.status == 200:
                self.acked.append(name)
                self.waits.append(time.monotonic() - first)
                return
            self.refusals.append(Refusal(place, msgspec.json.decode(said)["code"], began, time.monotonic()))
            await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))

    async def produce(self, stop: asyncio.Event) -> None:
        """2,000 entries a second, and all of them answered in the end; fewer while too many are not answered yet."""
        connector = aiohttp.TCPConnector(limit=200)
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client, asyncio.TaskGroup() as group:
            due = time.monotonic()
            while not stop.is_set():
                group.create_task(self.send(client, f"b{self.sent}", self.sent))
                self.sent += 1
                due += 1 / BATCHES_A_SECOND
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                while self.sent - len(self.acked) >= MOST_UNANSWERED:
                    await asyncio.sleep(1 / BATCHES_A_SECOND)
                    due = time.monotonic()

    async def watch(self, node: NodeProcess, account: Account) -> None:
        """A watcher of one node, which comes back with its cursor as often as it must."""
        async with aiohttp.ClientSession() as client:
            while True:
                with suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                    await self._watch_once(client, node, account)
                await asyncio.sleep(0.05)

    async def _watch_once(self, client: aiohttp.ClientSession, node: NodeProcess, account: Account) -> None:
        async with client.ws_connect(f"{node.api}/stream", max_msg_size=2**21, timeout=aiohttp.ClientWSTimeout()) as ws:
            watch: dict[str, Any] = {"type": "watch", "token": self.token, "backlog": 0}
            if account.epochs:
                watch["after"] = {"epoch": account.epochs[-1], "seq": account.through}
            await ws.send_json(watch)
            async for received in ws:
                if received.type is not aiohttp.WSMsgType.TEXT:
                    return
                message = received.json()
                if message["type"] == "watching":
                    if account.epochs:
                        account.resumed[message["resumed"]] += 1
                    if account.epochs[-1:] != [message["epoch"]]:
                        account.begin(message["epoch"])
                else:
                    account.take(message)

    async def ask_for_the_leader(self, stop: asyncio.Event) -> None:
        """Keeps `outages`."""
        import nats

        urls = [server.url for server in self.engines]
        troubles: list[Exception] = []  # its server dies too, which is what the time tells

        async def note(trouble: Exception) -> None:
            troubles.append(trouble)

        client = await nats.connect(urls, error_cb=note, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
        try:
            led = time.monotonic()
            while not stop.is_set():
                with suppress(nats.errors.Error):
                    info = await client.jetstream(timeout=1).stream_info("spx-log")
                    if info.cluster is not None and info.cluster.leader:
                        now = time.monotonic()
                        if now - led > NOTABLE_SECONDS:
                            self.outages.append((led, now))
                        led = now
                await asyncio.sleep(0.1)
        finally:
            await client.close()

    async def leader(self) -> EngineServer:
        """The engine's server that leads the log."""
        import nats

        alive = [server for server in self.engines if server.process is not None]
        client = await nats.connect([server.url for server in alive])
        try:
            info = await client.jetstream().stream_info("spx-log")
        finally:
            await client.close()
        assert info.cluster is not None
        assert info.cluster.leader is not None
        return self.engines[int(info.cluster.leader[1:])]

    async def settled(self, seconds: float = 3 * SECONDS) -> None:
        """Waits until what has been sent by now is answered, so long at most, and each of the engine's servers has the
        whole log again.

        A server that comes back has an empty memory. Whoever kills those that have the log before it has caught up
        kills the log, which no number of copies outlives.
        """
        import nats

        sent = self.sent
        await until(lambda: len(self.acked) >= sent, seconds)
        client = await nats.connect([server.url for server in self.engines])
        try:
            async with asyncio.timeout(3 * SECONDS):
                while True:
                    with suppress(nats.errors.Error):
                        info = await client.jetstream(timeout=1).stream_info("spx-log")
                        others = (info.cluster and info.cluster.replicas) or []
                        if len(others) == len(self.engines) - 1 and all(each.current for each in others):
                            return
                    await asyncio.sleep(0.1)
        finally:
            await client.close()

    def unfounded(self, seconds: float) -> list[Refusal]:
        """Refusals for want of a quorum while none was away for longer than `seconds`: on a busy machine an election
        takes longer than a cluster should, and only that excuses one.
        """
        away = [(began, ended + NOTICED_SECONDS) for began, ended in self.outages if ended - began > seconds]
        return [
            refusal
            for refusal in self.refusals
            if refusal.code == "no_quorum"
            and not any(began < refusal.ended and refusal.began < ended for began, ended in away)
        ]

    def figures(self) -> str:
        """What happened, in one line: what a run that fails, or one that is measured, is asked first."""
        waits = sorted(self.waits) or [0.0]
        away = [ended - began for began, ended in self.outages]
        refused = Counter((refusal.node, refusal.code) for refusal in self.refusals)
        return (
            f"{len(self.acked)} of {self.sent} batches taken; waits p50 {waits[len(waits) // 2] * 1000:.1f} ms, "
            f"max {waits[-1]:.1f} s; {len(away)} times without a leader, {max(away, default=0.0):.1f} s at most; "
            f"statuses {dict(self.statuses)}, refusals {dict(refused)}; "
            f"gaps {[account.gaps for account in self.accounts]}"
        )

    def check(self, *, gaps: bool = False, epochs: int = 1) -> None:
        """That the account comes out even."""
        assert len(self.acked) == self.sent
        stored: list[list[str]] = [list(account.messages.values()) for account in self.accounts]
        for account, messages in zip(self.accounts, stored, strict=True):
            assert len(set(messages)) == len(messages), f"nothing comes twice: {twice(account.messages)}"
            assert len(account.epochs) == epochs
            if epochs == 1:
                assert len(messages) + account.missing == account.through
                assert gaps or not account.gaps, account.gaps
        assert stored[0] == stored[1] == stored[-1] or gaps
        if not gaps:
            wanted = {f"{name}.{place}" for name in self.acked for place in range(BATCH)}
            assert set(stored[0]) == wanted
            names = [message.partition(".")[0] for message in stored[0]]
            assert all(len(set(names[at : at + BATCH])) == 1 for at in range(0, len(names), BATCH)), "batches whole"


def twice(messages: dict[int, str]) -> list[tuple[str, int, int]]:
    """(message, seq, how many later it came again) of those that did."""
    first: dict[str, int] = {}
    return [
        (message, first[message], seq - first[message])
        for seq, message in messages.items()
        if first.setdefault(message, seq) != seq
    ]


@asynccontextmanager
async def cluster_load(
    engines: list[EngineServer], folder: Path, nodes: int = 3, storage: str = "memory"
) -> AsyncIterator[Load]:
    """Starts the nodes, and a watcher on each. All ends with it."""
    cluster = urls(engines)
    config = Config(host="127.0.0.1", port=0, cluster=parse_cluster(cluster), cluster_storage=storage)
    async with serving(replace(config, db=str(folder / "unused.db")), SystemClock()) as server:
        service_id = await server.create_service("Shop")
        key = await server.create_key(service_id)
        _, token = await server.create_session(service_id, ttl=3600)
    async with AsyncExitStack() as stack:
        processes = []
        for number, port in enumerate(free_ports(nodes)):
            processes.append(NodeProcess(cluster, folder / f"node{number}", port, storage))
            stack.push_async_callback(processes[-1].end)
        await asyncio.gather(*(node.start() for node in processes))
        load = Load(engines, processes, service_id, key, token)
        load.accounts = [Account() for _ in processes]
        watchers = [
            asyncio.create_task(load.watch(node, account))
            for node, account in zip(processes, load.accounts, strict=True)
        ]
        try:
            await until(lambda: all(account.epochs for account in load.accounts), SECONDS)
            yield load
            await until_told(load, watchers)
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)


async def until_told(load: Load, watchers: Sequence[asyncio.Task[None]]) -> None:
    """Waits until each watcher has come through all that was answered, or if some of it went with a former epoch,
    through what was answered last. Raises what one of them did.
    """

    def are_through() -> bool:
        for watcher in watchers:
            if watcher.done():
                watcher.result()
        return all(
            account.through >= BATCH * len(load.acked)
            or (len(account.epochs) > 1 and f"{load.acked[-1]}.{BATCH - 1}" in account.messages.values())
            for account in load.accounts
        )

    await until(are_through, 3 * SECONDS)
