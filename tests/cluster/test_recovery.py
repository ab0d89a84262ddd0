"""A log that the engine leaves without a leader is removed by one node, and only where waiting cannot help."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from spectrix_lite.cluster.connection import Engine
from spectrix_lite.cluster.log.log_stream import NOT_FOUND, EngineRefusal, LogStream
from spectrix_lite.cluster.recovery import LEADERLESS_SECONDS, Recovery
from spectrix_lite.core.addresses import parse_cluster
from spectrix_lite.core.config import Config

from ..support.fakes import FakeClock

BEAT = 5.0


def info(leader: str, *replicas: dict[str, Any], times: int = 3, storage: str = "memory") -> dict[str, Any]:
    state = {"last_seq": 7, "messages": 7, "bytes": 70}
    cluster = {"leader": leader, "replicas": list(replicas)}
    return {
        "config": {"num_replicas": times, "storage": storage},
        "state": state,
        "cluster": cluster if times > 1 else None,
    }


HERE = {"current": True, "active": 1}
LED = info("n0", HERE | {"name": "n1"}, HERE | {"name": "n2"})
LEADERLESS = info("", *({"name": name, "current": name == "n1", "active": 0} for name in ("n0", "n1", "n2")))
"""As nats-server 2.15 tells it of a log whose copies died before the third had them."""


class FakeStream(LogStream):
    """Answers what it is told to, and counts removals."""

    def __init__(self) -> None:
        address = parse_cluster("nats://127.0.0.1:4222")
        super().__init__(Engine(address, {}), Config(cluster=address))
        self.answers: dict[str, dict[str, Any] | Exception] = {"spx-log": LEADERLESS, "KV_spx": LED}
        self.removed = 0
        self.refusal: Exception | None = None

    async def ask(self, verb: str, about: Any = None, seconds: float = 2.0) -> Any:
        call, _, name = verb.removeprefix("STREAM.").partition(".")
        if call == "DELETE":
            self.removed += 1
            if self.refusal is not None:
                raise self.refusal
            return {}
        assert call == "INFO"
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def stream() -> FakeStream:
    return FakeStream()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def beats(recovery: Recovery, clock: FakeClock, seconds: float) -> None:
    for _ in range(round(seconds / BEAT)):
        await recovery.check()
        clock.advance(BEAT)


class FakeRebuild:
    """Notes what it is told."""

    def __init__(self, is_ready: bool = True, is_wanted: bool = False, is_claimed: bool = True) -> None:
        self.is_ready = is_ready
        self.is_wanted = is_wanted
        self.is_claimed = is_claimed
        self.told: list[str] = []

    async def prepare(self) -> bool:
        self.told.append("prepare")
        return self.is_ready

    async def claim(self) -> bool:
        self.told.append("claim")
        return self.is_claimed

    async def finish(self) -> None:
        self.told.append("finish")

    async def drop(self) -> None:
        self.told.append("drop")


def of_one(
    stream: FakeStream,
    clock: FakeClock,
    may_act: Callable[[], bool] = lambda: True,
    rebuild: FakeRebuild | None = None,
) -> Recovery:
    return Recovery(stream, "KV_spx", may_act, clock, rebuild or FakeRebuild())


async def test_it_is_removed_once_when_all_servers_have_been_there_for_long(
    stream: FakeStream, clock: FakeClock
) -> None:
    recovery = of_one(stream, clock)
    await beats(recovery, clock, LEADERLESS_SECONDS)
    assert stream.removed == 0
    await beats(recovery, clock, BEAT)
    assert stream.removed == 1
    stream.answers["spx-log"] = EngineRefusal(NOT_FOUND, "stream not found")
    await beats(recovery, clock, 2 * LEADERLESS_SECONDS)
    stream.answers["spx-log"] = LED
    await beats(recovery, clock, 2 * LEADERLESS_SECONDS)
    assert stream.removed == 1


AWAY = info("n0", HERE | {"name": "n1"}, {"name": "n2", "current": False, "active": 9 * 10**9})
OFFLINE = info("n0", HERE | {"name": "n1"}, HERE | {"name": "n2", "offline": True})


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        pytest.param("spx-log", LED, id="led"),
        pytest.param("spx-log", info("", times=1), id="kept once"),
        pytest.param("spx-log", info("", HERE, HERE, HERE, storage="file"), id="on disk, where it is still"),
        pytest.param("spx-log", TimeoutError(), id="no answer"),
        pytest.param("spx-log", EngineRefusal(10008, "temporarily unavailable"), id="election"),
        pytest.param("KV_spx", AWAY, id="a server away, which may have it all"),
        pytest.param("KV_spx", OFFLINE, id="a server offline"),
        pytest.param("KV_spx", LEADERLESS, id="the store without a leader, too"),
        pytest.param("KV_spx", TimeoutError(), id="no answer of the store"),
    ],
)
async def test_where_it_may_come_back_nothing_is_removed(
    stream: FakeStream, clock: FakeClock, name: str, answer: dict[str, Any] | Exception
) -> None:
    recovery = of_one(stream, clock)
    was = stream.answers[name]
    stream.answers[name] = answer
    await beats(recovery, clock, 3 * LEADERLESS_SECONDS)
    assert stream.removed == 0
    for _ in range(3):  # one such answer, and the time counts anew
        stream.answers[name] = was
        await beats(recovery, clock, LEADERLESS_SECONDS)
        stream.answers[name] = answer
        await beats(recovery, clock, BEAT)
    assert stream.removed == 0


async def test_what_it_had_is_saved_before_it_is_removed(stream: FakeStream, clock: FakeClock) -> None:
    rebuild = FakeRebuild()
    recovery = of_one(stream, clock, rebuild=rebuild)
    await beats(recovery, clock, LEADERLESS_SECONDS)
    assert rebuild.told == []
    await beats(recovery, clock, BEAT)
    assert (rebuild.told, stream.removed) == (["prepare", "finish"], 1)


async def test_where_that_cannot_be_it_is_removed_all_the_same(stream: FakeStream, clock: FakeClock) -> None:
    rebuild = FakeRebuild(is_ready=False)
    recovery = of_one(stream, clock, rebuild=rebuild)
    await beats(recovery, clock, LEADERLESS_SECONDS + BEAT)
    assert (rebuild.told, stream.removed) == (["prepare"], 1)


async def test_what_is_not_removed_is_not_rebuilt(stream: FakeStream, clock: FakeClock) -> None:
    stream.refusal = TimeoutError()
    rebuild = FakeRebuild()
    recovery = of_one(stream, clock, rebuild=rebuild)
    await beats(recovery, clock, LEADERLESS_SECONDS + BEAT)
    assert (rebuild.told, stream.removed) == (["prepare", "drop"], 1)


async def test_a_leader_that_is_elected_meanwhile_keeps_it(
    stream: FakeStream, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild = FakeRebuild()

    async def prepare() -> bool:
        stream.answers["spx-log"] = LED
        return True

    monkeypatch.setattr(rebuild, "prepare", prepare)
    recovery = of_one(stream, clock, rebuild=rebuild)
    await beats(recovery, clock, LEADERLESS_SECONDS + BEAT)
    assert (rebuild.told, stream.removed) == (["drop"], 0)


async def test_one_that_is_empty_is_filled_at_once(stream: FakeStream, clock: FakeClock) -> None:
    on_duty = False
    stream.answers["spx-log"] = LED
    rebuild = FakeRebuild(is_wanted=True)
    recovery = of_one(stream, clock, lambda: on_duty, rebuild)
    await recovery.check()
    assert rebuild.told == []
    on_duty = True
    await recovery.check()
    assert (rebuild.told, stream.removed) == (["prepare", "claim", "finish"], 1)


@pytest.mark.parametrize(
    ("rebuild", "told"),
    [
        (FakeRebuild(is_wanted=True, is_ready=False), ["prepare"]),
        (FakeRebuild(is_wanted=True, is_claimed=False), ["prepare", "claim"]),
    ],
)
async def test_one_that_is_empty_is_not_removed_where_it_cannot_be_filled(
    stream: FakeStream, clock: FakeClock, rebuild: FakeRebuild, told: list[str]
) -> None:
    stream.answers["spx-log"] = LED
    await of_one(stream, clock, rebuild=rebuild).check()
    assert (rebuild.told, stream.removed) == (told, 0)


async def test_only_the_node_that_is_on_duty_acts(stream: FakeStream, clock: FakeClock) -> None:
    on_duty = False
    recovery = of_one(stream, clock, lambda: on_duty)
    await beats(recovery, clock, 3 * LEADERLESS_SECONDS)
    assert stream.removed == 0
    on_duty = True
    await beats(recovery, clock, BEAT)
    assert stream.removed == 1


async def test_where_it_may_not_it_says_which_right_is_missing_and_tries_again(
    stream: FakeStream, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    stream.refusal = TimeoutError()
    recovery = of_one(stream, clock)
    with caplog.at_level(logging.ERROR, "spectrix_lite.cluster"):
        await beats(recovery, clock, 2 * LEADERLESS_SECONDS + 3 * BEAT)
    assert stream.removed == 2
    assert "$JS.API.STREAM.DELETE.spx-log" in caplog.text
