"""`tail`: no entry lost, none twice, whatever happens to connection, session and server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import click
import msgspec
import pytest
from msgspec import Raw

from spectrix_lite.cli.reading.connection import Backoff, watch
from spectrix_lite.cli.reading.feed import Entries, Feed
from spectrix_lite.cli.reading.lines import JsonLines, PageGap, TextLines
from spectrix_lite.core.config import Config
from spectrix_lite.stream.messages import Cursor, Gap

from ...conftest import Serve
from ...support.serving import Server


def message(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, **fields})


def watching(epoch: str = "e1", oldest: int = 1, head: int = 0, resumed: bool = False) -> str:
    return message(
        "watching", sessionId="s", kind="operator", service={"id": "i", "name": "Shop"}, expiresAt="", time="",
        epoch=epoch, oldest=oldest, head=head, resumed=resumed,
    )  # fmt: skip


def entries(*seqs: int) -> str:
    return message("entries", through=seqs[-1], entries=[{"seq": seq} for seq in seqs])


def read(feed: Feed, text: str) -> list[int]:
    event = feed.read(text)
    assert isinstance(event, Entries)
    return [msgspec.json.decode(entry)["seq"] for entry in event.entries]


def after(feed: Feed) -> object:
    return json.loads(feed.hello("t")).get("after")


class TestFeed:
    def test_says_what_it_wants_once_at_the_start(self) -> None:
        assert json.loads(Feed(50, {"levels": ["error"]}).hello("t")) == {
            "type": "watch", "token": "t", "backlog": 50, "filter": {"levels": ["error"]},
        }  # fmt: skip

    def test_goes_on_behind_what_it_has_read(self) -> None:
        feed = Feed(50)
        feed.read(watching(head=3))
        assert after(feed) is None
        assert read(feed, entries(2, 3)) == [2, 3]
        assert after(feed) == {"epoch": "e1", "seq": 3}
        feed.read(message("heartbeat", through=9, head=9, time=""))  # 4 to 9 were left out by the filter
        assert after(feed) == {"epoch": "e1", "seq": 9}

    def test_never_hands_out_an_entry_twice(self) -> None:
        feed = Feed(50)
        feed.read(watching(head=3))
        read(feed, entries(1, 2, 3))
        feed.read(watching(head=5))
        assert read(feed, entries(2, 3, 4, 5)) == [4, 5]

    def test_an_empty_ring_or_no_backlog_is_a_place_to_go_on_from(self) -> None:
        for backlog, head in ((50, 0), (0, 7)):
            feed = Feed(backlog)
            feed.read(watching(head=head, oldest=1))
            assert after(feed) == {"epoch": "e1", "seq": head}

    def test_gaps_move_it_on(self) -> None:
        feed = Feed(50)
        feed.read(watching(head=3))
        read(feed, entries(1, 2, 3))
        feed.read(message("gap", **{"from": 4, "to": 9, "count": 6, "reason": "overrun"}))
        assert feed.cursor == Cursor("e1", 9)

    def test_a_restart_starts_over_in_the_new_epoch(self) -> None:
        feed = Feed(50)
        feed.read(watching(head=3))
        read(feed, entries(1, 2, 3))
        feed.read(watching(epoch="e2", head=2))
        assert after(feed) == {"epoch": "e1", "seq": 3}  # lost now, the gap would be told again
        feed.read(message("gap", **{"from": 4, "to": None, "count": None, "reason": "restart"}))
        assert read(feed, entries(1, 2)) == [1, 2]
        assert after(feed) == {"epoch": "e2", "seq": 2}

    def test_a_cursor_that_never_was_is_forgotten(self) -> None:
        feed = Feed(50)
        feed.read(watching(head=3))
        feed.read(message("gap", **{"from": 4, "to": None, "count": None, "reason": "reset"}))
        assert after(feed) is None
        assert read(feed, entries(2, 3)) == [2, 3]

    def test_reads_past_messages_of_later_versions(self) -> None:
        assert Feed(50).read(message("weather", sunny=True)) is None

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"type": 1}', '{"type": "entries"}'])
    def test_what_is_no_message_is_an_error(self, text: str) -> None:
        with pytest.raises(msgspec.MsgspecError):
            Feed(50).read(text)


def raw(**fields: object) -> Raw:
    return Raw(msgspec.json.encode({"seq": 1, "timestamp": "2026-05-14T10:30:00.112Z", "level": "info", **fields}))


NOW = "2026-05-14T12:00:00.000Z"


def text(*found: Raw, metadata: bool = False) -> list[str]:
    return TextLines(utc=True, metadata=metadata, now=NOW).entries(found)


class TestTextLines:
    def test_a_request(self) -> None:
        assert text(
            raw(
                level="warn",
                message="GET /api/users/7",
                method="GET",
                endpoint="/api/users/7",
                statusCode=404,
                source="api",
                metadata={"duration": 7.6},
            )
        ) == ["10:30:00.112  warn   api  GET /api/users/7  404  8 ms"]

    def test_a_message_that_says_more_than_its_request(self) -> None:
        assert text(raw(message="card declined", method="POST", endpoint="/pay", metadata={"duration": 12_340})) == [
            "10:30:00.112  info   POST /pay  card declined  12.3 s"
        ]

    def test_sources_stand_in_a_column(self) -> None:
        lines = text(raw(message="a", source="api"), raw(message="b", source="worker"), raw(message="c"))
        assert [line.split("info ")[1] for line in lines] == ["  api     a", "  worker  b", "          c"]

    def test_metadata_below_keeps_the_lines_of_a_stack(self) -> None:
        assert text(raw(message="m", metadata={"stack": "E: x\n  at y\x1b[2J", "user": {"id": 7}}), metadata=True)[
            1:
        ] == [
            "    stack: E: x",
            r"        at y\e[2J",
            '    user: {"id":7}',
        ]

    def test_a_new_day_is_told(self) -> None:
        lines = text(raw(message="a"), raw(message="b", timestamp="2026-05-15T00:00:00.000Z"))
        assert lines[1] == "---- 2026-05-15 ----"

    def test_the_first_line_has_its_day_unless_that_is_today(self) -> None:
        """Else an entry of yesterday would look like one of this morning."""
        assert text(raw(message="a", timestamp="2026-05-13T23:59:59.999Z")) == [
            "---- 2026-05-13 ----",
            "23:59:59.999  info   a",
        ]
        assert len(text(raw(message="a"))) == 1

    @pytest.mark.case(94)
    @pytest.mark.parametrize(
        ("zone", "stamp", "shown"),
        [
            ("America/New_York", "0001-01-01T00:00:00.000Z", "00:00:00.000"),
            ("America/New_York", "0001-01-02T00:00:00.000Z", "19:03:58.000"),
            ("America/New_York", "9999-12-31T23:59:59.999Z", "18:59:59.999"),
            ("Asia/Tokyo", "0001-01-01T00:00:00.000Z", "09:18:59.000"),
            ("Asia/Tokyo", "9999-12-31T23:59:59.999Z", "23:59:59.999"),
            ("Asia/Tokyo", "9999-12-31T00:00:00.123Z", "09:00:00.123"),
        ],
    )
    def test_the_first_and_last_hours_of_time(
        self, zone: str, stamp: str, shown: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In the machine's zone where they are there, else in UTC; and what comes after is shown."""
        lines = TextLines(utc=False, metadata=False, now=NOW)
        with monkeypatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            found = lines.entries([raw(message="never finished", timestamp=stamp), raw(message="after")])
        time.tzset()
        assert len(found) == 4
        assert found[0].startswith(("---- 0001-", "---- 9999-"))
        assert found[1] == f"{shown}  info   never finished"
        assert found[2] == "---- 2026-05-14 ----"
        assert found[3].endswith("after")

    @pytest.mark.case(94)
    def test_numbers_beyond_every_type_are_shown_as_they_came(self) -> None:
        metadata = Raw(b'{"duration":1e999,"id":%b,"list":[1e999, 2]}' % (b"9" * 5000))
        first, duration, number, listed = text(raw(message="m", metadata=metadata), metadata=True)
        assert (first, duration) == ("10:30:00.112  info   m", "    duration: 1e999")
        assert number == f"    id: {'9' * 5000}"
        assert listed == "    list: [1e999,2]"

    def test_an_entry_is_one_line_whatever_it_holds(self) -> None:
        """promise 5"""
        nasty = "a\x1b[2J\r\nb\u202ec\x9b31m\u2028d"
        (line,) = text(raw(message=nasty, source=nasty, endpoint=nasty, method=nasty, truncated=["message"]))
        assert all(ord(character) >= 0x20 and not 0x7F <= ord(character) < 0xA0 for character in line)
        assert "\u202e" not in line

    @pytest.mark.parametrize(
        "metadata",
        [
            *({"responseTime": 12.4}, {"response-time": "12.4"}, {"request_time": "0.0124"}, {"duration": "12.4ms"}),
            *({"event": {"duration": 12.4e6}}, {"duration": 0.0124, "request": {}, "bytes_read": 0}),
        ],
        ids=str,
    )
    def test_a_duration_is_read_by_any_of_its_names(self, metadata: dict[str, object]) -> None:
        assert text(raw(message="m", metadata=metadata)) == ["10:30:00.112  info   m  12 ms"]

    @pytest.mark.parametrize("duration", [True, -1, "12", None, [1], 1e300])
    def test_what_is_no_duration_is_not_shown_as_one(self, duration: object) -> None:
        assert text(raw(message="m", metadata={"duration": duration})) == ["10:30:00.112  info   m"]

    def test_gaps_say_how_many_and_why(self) -> None:
        lines = TextLines(utc=True, metadata=False, now=NOW)
        assert lines.gap(Gap(4, 1321, 1318, "overrun")) == [
            "---- 1,318 entries missed (too slow, or away too long) ----"
        ]
        assert "1 entry missed" in lines.gap(Gap(4, 4, 1, "overrun"))[0]
        assert "restarted" in lines.gap(Gap(4, None, None, "restart"))[0]
        assert "unknown" in lines.gap(Gap(4, None, None, "reset"))[0]


def test_json_lines_are_what_the_server_sent() -> None:
    sent = Raw(b'{"seq":1,"metadata":{"n":\n 12345678901234567890.10,"t":"\xc2\x9b\\u001b"}}')
    assert JsonLines().entries([sent]) == ['{"seq":1,"metadata":{"n":12345678901234567890.10,"t":"\\u009b\\u001b"}}']
    assert json.loads(JsonLines().gap(Gap(4, 9, 6, "overrun"))[0]) == {
        "type": "gap", "from": 4, "to": 9, "count": 6, "reason": "overrun",
    }  # fmt: skip


def test_backs_off_and_starts_over() -> None:
    backoff = Backoff(first=1.0, most=8.0)
    waits = [backoff.next() for _ in range(6)]
    for wait, bound in zip(waits, (1, 2, 4, 8, 8, 8), strict=True):
        assert bound / 2 <= wait <= bound
    backoff.reset()
    assert backoff.next() <= 1


class Printed:
    """Lines that remember, and tell when there are enough."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.gaps: list[str] = []
        self._more = asyncio.Event()

    def entries(self, found: Sequence[Raw]) -> list[str]:
        self.messages += [msgspec.json.decode(entry)["message"] for entry in found]
        self._more.set()
        return []

    def gap(self, gap: Gap | PageGap) -> list[str]:
        self.gaps.append(gap.reason)
        return []

    async def until(self, count: int) -> None:
        while len(self.messages) < count:
            self._more.clear()
            await self._more.wait()


@asynccontextmanager
async def tailing(
    config: Config, service: str, printed: Printed, *, ttl: int = 900
) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(watch(config, service, Feed(100), printed, ttl=ttl))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Shop:
    """A service of a running server, and somebody who logs to it."""

    def __init__(self, server: Server, service_id: str, key: str) -> None:
        self.server = server
        self.service_id = service_id
        self.key = key

    async def log(self, *messages: str) -> None:
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                f"{self.server.api}/ingest/logs",
                json=[{"message": message} for message in messages],
                headers={"Authorization": f"Bearer {self.key}"},
            ) as answer,
        ):
            assert answer.status == 200


@pytest.fixture
async def shop(server: Server) -> Shop:
    service_id = await server.create_service("Shop")
    return Shop(server, service_id, await server.create_key(service_id))


def at(server: Server) -> Config:
    """The settings with which a command finds `server`."""
    return replace(server.context.config, port=server.port)


async def test_shows_the_backlog_and_then_what_comes(shop: Shop) -> None:
    printed = Printed()
    await shop.log("before")
    async with tailing(at(shop.server), "shop", printed):
        await printed.until(1)
        await shop.log("after")
        await printed.until(2)
        assert len(shop.server.context.authority.sessions(shop.service_id)) == 1
    assert printed.messages == ["before", "after"]
    await shop.server.context.authority.refresh()
    assert shop.server.context.authority.sessions(shop.service_id) == []  # nothing is left behind


async def test_a_session_that_runs_out_is_renewed_without_loss(shop: Shop) -> None:
    printed = Printed()
    async with tailing(at(shop.server), "Shop", printed, ttl=1):
        sessions: set[str] = set()
        sent = 0
        while len(sessions) < 3:  # a second each, in which entries keep coming
            sent += 1
            await shop.log(f"{sent}")
            await printed.until(sent)
            sessions |= {session.id for session in shop.server.context.authority.sessions(shop.service_id)}
    assert printed.messages == [f"{number}" for number in range(1, sent + 1)]
    assert printed.gaps == []


async def test_comes_back_after_a_restart_and_tells_the_gap(serve: Serve, config: Config, shop: Shop) -> None:
    printed = Printed()
    async with tailing(at(shop.server), "Shop", printed):
        await shop.log("before")
        await printed.until(1)
        port = shop.server.port
        await shop.server.listener.close()
        again = Shop(await serve(replace(config, port=port, snapshot=False)), shop.service_id, shop.key)
        await again.log("after")
        await printed.until(2)
    assert printed.messages == ["before", "after"]
    assert printed.gaps == ["restart"]


async def test_ends_when_its_service_is_removed(shop: Shop) -> None:
    printed = Printed()
    await shop.log("one")
    async with tailing(at(shop.server), "Shop", printed) as task:
        await printed.until(1)
        await shop.server.context.authority.delete_service(shop.service_id)
        with pytest.raises(click.ClickException, match="removed"):
            await task


async def test_says_when_server_and_database_do_not_belong_together(serve: Serve, config: Config, shop: Shop) -> None:
    other = await serve(replace(config, db=config.db + ".other"))
    wrong = replace(at(shop.server), port=other.port)
    async with tailing(wrong, "Shop", Printed()) as task:
        with pytest.raises(click.ClickException, match="another database"):
            await task


async def test_a_session_ended_elsewhere_ends_it(shop: Shop) -> None:
    printed = Printed()
    await shop.log("one")
    async with tailing(at(shop.server), "Shop", printed) as task:
        await printed.until(1)
        (session,) = shop.server.context.authority.sessions(shop.service_id)
        await shop.server.context.authority.end_session(session.id)
        with pytest.raises(click.ClickException, match="ended"):
            await task
