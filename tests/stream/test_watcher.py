"""A watcher that raises costs no other its turn: it is closed, and one line says so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from spectrix_lite.api.stream import StreamWatcher
from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Batch, Entry
from spectrix_lite.server.watching.timers import tick
from spectrix_lite.server.watching.websocket_peer import HEARTBEAT_SECONDS
from spectrix_lite.stream.hub import SESSION_ENDED, Hub
from spectrix_lite.stream.watcher import FAILED, tell

from ..support.fakes import FakeClock
from ..support.raw_ingest import loops
from ..support.serving import serving
from ..support.watching import watching


class Broken:
    """Raises whatever it is asked for, and remembers that it was asked."""

    def __init__(self, session_id: str, *, closes: bool = False) -> None:
        self.session_id = session_id
        self.pumps = 0
        self.closed: list[int] = []
        self._closes = closes

    def pump(self) -> None:
        self.pumps += 1
        raise RuntimeError("unable to perform operation")

    def close(self, code: int, reason: str) -> None:
        self.closed.append(code)
        if not self._closes:
            raise RuntimeError("unable to perform operation")


def crowd(hub: Hub, *, closes: bool) -> list[Broken]:
    hub.open_service("a", "Auth Backend")
    watchers = [Broken("session", closes=closes) for _ in range(5)]
    assert all(hub.attach("a", watcher) for watcher in watchers)
    return watchers


@pytest.fixture
def hub() -> Hub:
    return Hub(Config(), FakeClock())


def test_who_raises_is_closed_and_it_is_told(caplog: pytest.LogCaptureFixture) -> None:
    watcher = Broken("session", closes=True)
    tell(watcher, watcher.pump)
    assert watcher.closed == [FAILED]
    assert [record.message for record in caplog.records] == ["a watcher failed and is closed"]


async def test_every_watcher_is_woken_whoever_raises(hub: Hub) -> None:
    watchers = crowd(hub, closes=True)
    await hub.ingest("a", Batch([Entry(message="m")], [], []), "key")
    await asyncio.sleep(0)
    assert [(watcher.pumps, watcher.closed) for watcher in watchers] == [(1, [FAILED])] * 5


async def end_session(hub: Hub) -> None:
    hub.end_session("session")


async def close_service(hub: Hub) -> None:
    hub.close_service("a")


async def close_all(hub: Hub) -> None:
    await hub.close_watchers(1012, "server restarting", 0)


ENDS = [(end_session, SESSION_ENDED), (close_service, SESSION_ENDED), (close_all, 1012)]


@pytest.mark.parametrize(("end", "code"), ENDS)
async def test_every_watcher_is_closed_whoever_raises(
    hub: Hub, end: Callable[[Hub], Awaitable[None]], code: int
) -> None:
    watchers = crowd(hub, closes=False)
    await end(hub)
    assert all(code in watcher.closed for watcher in watchers)


async def timers_go_on(config: Config, clock: FakeClock) -> None:
    """Five watchers of one service: the first in the order of the beat is cut off right before it."""
    async with serving(config, clock) as server:
        service_id = await server.create_service()
        tokens = [(await server.create_session(service_id))[1] for _ in range(5)]
        sockets = [watching(server, token, backlog=0) for token in tokens]
        entered = [(socket, *(await socket.__aenter__())) for socket in sockets]
        first, *others = server.context.hub.all_watchers()
        assert isinstance(first, StreamWatcher)
        first._transport.abort()
        await asyncio.sleep(0)  # closed it is after a turn, and its handler does not know yet
        assert first in server.context.hub.all_watchers()
        clock.advance(HEARTBEAT_SECONDS)
        tick(server.context)
        beating = [each for _, each, hello in entered if hello["sessionId"] != first.session_id]
        assert len(beating) == len(others) == 4
        for each in beating:
            await each.next("heartbeat")
        for socket, *_ in entered:
            await socket.__aexit__(None, None, None)


@pytest.mark.case(89)
@pytest.mark.parametrize("loop_factory", loops().values(), ids=loops())
def test_a_closed_watcher_does_not_end_the_timers_of_others(
    loop_factory: Callable[[], asyncio.AbstractEventLoop], config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(timers_go_on(config, FakeClock()))
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
