"""History of a running server over a stop, a kill and a power loss: which numbers, which epoch, which files."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.history.history import History
from spectrix_lite.history.journal import journal as journal_module
from spectrix_lite.storage.store import Store
from spectrix_lite.stream.stats import Stats

from ..conftest import Serve
from ..support.serving import Server
from ..support.watching import until, watching
from .test_restart import kept, send

WORDS = b"nothing like it anywhere"
Killed = Callable[[Server], Config]


@pytest.fixture
def config(config: Config) -> Config:
    return dataclasses.replace(config, history=HistoryBounds(7 * 86_400, None))


@pytest.fixture
def killed(config: Config, tmp_path: Path) -> Killed:
    """What a kill of the server in this moment leaves behind, elsewhere."""
    count = 0

    def copy(server: Server) -> Config:
        nonlocal count
        count += 1
        folder = tmp_path / f"killed {count}"
        shutil.copytree(Path(server.context.config.db).parent, folder, ignore=shutil.ignore_patterns("killed*"))
        return dataclasses.replace(config, db=str(folder / "spectrix.db"))

    return copy


@pytest.fixture
def power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The kernel begins another life."""
    boot = tmp_path / "boot_id"
    boot.write_text("one life")
    monkeypatch.setattr("spectrix_lite.history.history._BOOT", boot)
    return lambda: monkeypatch.setattr("spectrix_lite.history.history._BOOT", _another(tmp_path))


def _another(folder: Path) -> Path:
    path = folder / "next_boot_id"
    path.write_text("another life")
    return path


def history(server: Server) -> History:
    found = server.context.history
    assert found is not None
    return found


def encoded(stats: Stats) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(stats))  # type: ignore[no-any-return]


def segments(config: Config) -> list[Path]:
    return sorted(Path(config.db + ".history.journal").glob("*/*.segment"))


def without_snapshot(config: Config) -> None:
    Path(config.db + ".snapshot").unlink()


def without_history(config: Config) -> None:
    Path(config.db + ".history").unlink()
    shutil.rmtree(config.db + ".history.journal")


def damage(config: Config) -> None:
    Path(config.db + ".history").write_bytes(b"no database at all, and long enough for one" * 30)


def holding(words: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and words in path.read_bytes()]


async def begun(serve: Serve, *messages: str) -> tuple[Server, str, str]:
    """(server, service, key) after these messages."""
    server = await serve()
    service = await server.create_service()
    key = await server.create_key(service)
    await send(server, key, *messages)
    return server, service, key


@pytest.mark.case(102)
async def test_a_kill_costs_nothing_that_was_answered(serve: Serve, killed: Killed) -> None:
    first, service, key = await begun(serve, "one", "two")
    quiet = await first.create_service("Quiet")
    await send(first, key, "three")
    epoch = first.context.hub.channel(service).epoch
    second = await serve(killed(first))
    assert await kept(second, service) == [(1, "one"), (2, "two"), (3, "three")]
    assert second.context.hub.channel(service).epoch == epoch
    assert second.context.hub.stats(quiet).head == 0
    await send(second, await second.create_key(service, "again"), "four")
    third = await serve(killed(second))
    assert [seq for seq, _ in await kept(third, service)] == [1, 2, 3, 4]
    assert third.context.hub.channel(service).epoch == epoch


@pytest.mark.case(102)
async def test_a_kill_costs_no_totals(serve: Serve, killed: Killed, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was noted last, and what was recorded since, in blocks and in the journal."""
    monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 3)
    first, service, key = await begun(serve, "one", "two")
    await noted(first)
    await send(first, key, "three", "four")
    await until(lambda: len(segments(first.context.config)) == 0)
    await send(first, key, "five")
    second = await serve(killed(first))
    totals, before = second.context.hub.stats(service), first.context.hub.stats(service)
    assert (totals.accepted, totals.levels.info) == (before.accepted, before.levels.info) == (5, 5)
    assert totals.last_received_at == before.last_received_at


async def noted(server: Server) -> None:
    """How far services are numbered is in the database."""
    noting = history(server).noting
    assert noting is not None
    await noting.write(noting.due(everything=True))


async def test_no_number_goes_back_where_the_history_is_lost(serve: Serve, config: Config) -> None:
    first, service, _ = await begun(serve, "one", "two", "three")
    epoch = first.context.hub.channel(service).epoch
    await first.listener.close()
    without_snapshot(config)
    without_history(config)
    second = await serve()
    await send(second, await second.create_key(service, "again"), "four")
    assert second.context.hub.channel(service).epoch != epoch
    assert await kept(second, service) == [(4, "four")]
    assert second.context.hub.stats(service).accepted == 4
    _, token = await second.create_session(service)
    async with watching(second, token, after={"epoch": epoch, "seq": 1}) as (watcher, _):
        assert await watcher.next() == {"type": "gap", "from": 2, "to": 3, "count": 2, "reason": "overrun"}
        assert await watcher.next() == {"type": "gap", "from": 4, "to": None, "count": None, "reason": "restart"}
        assert [each["seq"] for each in (await watcher.next())["entries"]] == [4]


@pytest.mark.parametrize("has_snapshot", [True, False])
async def test_no_number_goes_back_where_the_history_cannot_be_read(
    serve: Serve, config: Config, has_snapshot: bool
) -> None:
    first, service, _ = await begun(serve, "one", "two")
    epoch = first.context.hub.channel(service).epoch
    await first.listener.close()
    if not has_snapshot:
        without_snapshot(config)
    damage(config)
    second = await serve()
    await send(second, await second.create_key(service, "again"), "three")
    assert await kept(second, service) == [*([(1, "one"), (2, "two")] if has_snapshot else []), (3, "three")]
    assert (second.context.hub.channel(service).epoch == epoch) is has_snapshot


async def test_what_a_process_without_history_has_numbered_is_not_numbered_again(
    serve: Serve, config: Config, killed: Killed
) -> None:
    first, service, _ = await begun(serve, "one")
    epoch = first.context.hub.channel(service).epoch
    await first.listener.close()
    second = await serve(dataclasses.replace(config, history=None))
    await send(second, await second.create_key(service, "again"), "two")
    assert second.context.hub.channel(service).epoch == epoch
    third = await serve(dataclasses.replace(killed(second), history=config.history))
    await send(third, await third.create_key(service, "a third"), "another two")
    assert third.context.hub.channel(service).epoch != epoch
    assert third.context.hub.channel(service).ancestors == {epoch: 1}
    fourth = await serve(killed(third))
    assert fourth.context.hub.channel(service).epoch == third.context.hub.channel(service).epoch


@pytest.mark.case(102)
@pytest.mark.parametrize("sealed", [False, True], ids=["in the journal", "in blocks"])
async def test_a_batch_sent_again_after_a_kill_is_known(
    serve: Serve, killed: Killed, monkeypatch: pytest.MonkeyPatch, sealed: bool
) -> None:
    if sealed:
        monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 2)
    first, service, key = await begun(serve, "one")
    once = {"Idempotency-Key": "batch 1"}
    assert "duplicate" not in await send(first, key, "two", "three", **once)
    large = ["large"] * 1_200  # appended in slices
    await send(first, key, *large, **{"Idempotency-Key": "batch 2"})
    await send(first, key, "last")
    if sealed:
        await until(lambda: len(segments(first.context.config)) <= 1)
    second = await serve(killed(first))
    again = {"accepted": 2, "rejected": 0, "errors": [], "duplicate": True}
    assert await send(second, key, "two", "three", **once) == again
    assert (await send(second, key, *large, **{"Idempotency-Key": "batch 2"}))["duplicate"] is True
    assert second.context.hub.stats(service).head == 1_204
    assert second.context.hub.stats(service).epoch == first.context.hub.stats(service).epoch
    third = await serve(killed(second))  # once more, with nothing new
    assert await send(third, key, "two", "three", **once) == again


@pytest.mark.case(97)
async def test_a_stop_without_a_snapshot_costs_nothing_either(serve: Serve, config: Config) -> None:
    off = dataclasses.replace(config, snapshot=False)
    first = await serve(off)
    service = await first.create_service()
    await send(first, await first.create_key(service), "one")
    epoch = first.context.hub.channel(service).epoch
    await first.listener.close()
    second = await serve(off)
    assert await kept(second, service) == [(1, "one")]
    assert second.context.hub.channel(service).epoch == epoch


@pytest.mark.case(102)
async def test_what_is_sealed_comes_back_into_the_ring(
    serve: Serve, killed: Killed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 3)
    first, service, key = await begun(serve, "one", "two", "three")
    await send(first, key, "four", "five", "six")
    await send(first, key, "seven")
    await until(lambda: history(first).sealing.holdings.oldest.get(service) is not None)
    await until(lambda: history(first).sealing.waiting == 0)
    assert history(first).sealing.holdings.oldest[service][0] == 1  # type: ignore[index]  # it is there
    where = killed(first)
    assert len(segments(where)) == 1
    second = await serve(where)
    assert [seq for seq, _ in await kept(second, service)] == list(range(1, 8))


@pytest.mark.case(102)
async def test_a_power_loss_begins_an_epoch_that_goes_on_numbering(
    serve: Serve, killed: Killed, power_loss: Callable[[], None]
) -> None:
    first, service, key = await begun(serve, "one", "two")
    await send(first, key, "three")
    epoch = first.context.hub.channel(service).epoch
    where = killed(first)
    (segment,) = segments(where)
    segment.write_bytes(segment.read_bytes()[:-5])
    power_loss()
    second = await serve(where)
    channel = second.context.hub.channel(service)
    assert await kept(second, service) == [(1, "one"), (2, "two")]
    assert channel.epoch != epoch
    assert channel.ancestors == {epoch: 2}
    between = await serve(killed(second))  # before anything came in the new epoch
    assert await kept(between, service) == [(1, "one"), (2, "two")]
    assert between.context.hub.channel(service).epoch == channel.epoch
    await send(second, await second.create_key(service, "again"), "another three")
    assert await kept(second, service) == [(1, "one"), (2, "two"), (3, "another three")]
    async with second.operator() as client, client.get(f"/api/v1/services/{service}/entries") as answer:
        shown = [(entry["seq"], entry.get("epoch")) for entry in (await answer.json())["entries"]]
    assert shown == [(1, epoch), (2, epoch), (3, None)]
    third = await serve(killed(second))  # a kill this time: the same epoch
    assert third.context.hub.channel(service).epoch == channel.epoch
    assert third.context.hub.channel(service).ancestors == {epoch: 2}


@pytest.mark.case(102)
async def test_a_start_that_is_killed_after_a_power_loss_hides_nothing(
    serve: Serve, killed: Killed, power_loss: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, service, _ = await begun(serve, "one")
    epoch = first.context.hub.channel(service).epoch
    where = killed(first)
    power_loss()

    def killed_in_the_middle(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("spectrix_lite.history.blocks.block_store.BlockStore.begin", killed_in_the_middle)
        await (await serve(where)).listener.close()
    without_snapshot(where)
    second = await serve(where)
    assert second.context.hub.channel(service).epoch != epoch


@pytest.mark.case(102)
async def test_after_a_stop_the_machine_may_be_switched_off(
    serve: Serve, config: Config, power_loss: Callable[[], None]
) -> None:
    first, service, _ = await begun(serve, "one")
    epoch = first.context.hub.channel(service).epoch
    await first.listener.close()
    without_snapshot(config)
    power_loss()
    second = await serve()
    assert second.context.hub.channel(service).epoch == epoch


async def test_what_the_ring_holds_is_taken_over_where_history_is_new(serve: Serve, config: Config) -> None:
    without = dataclasses.replace(config, history=None)
    first = await serve(without)
    service = await first.create_service()
    key = await first.create_key(service)
    await send(first, key, "one", "two")
    await first.listener.close()
    second = await serve()
    await send(second, key, "three")
    await second.listener.close()
    without_snapshot(config)
    third = await serve()
    assert [seq for seq, _ in await kept(third, service)] == [1, 2, 3]

    await third.listener.close()
    fourth = await serve(without)  # for a while
    await send(fourth, key, "four")
    epoch = fourth.context.hub.channel(service).epoch
    await fourth.listener.close()
    fifth = await serve()
    assert [seq for seq, _ in await kept(fifth, service)] == [1, 2, 3, 4]
    assert history(fifth).journal(service).recorded == 4
    assert fifth.context.hub.channel(service).epoch == epoch


@pytest.mark.case(105)
async def test_a_deleted_service_is_in_no_file(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SEALED_ENTRIES", 2)
    monkeypatch.setattr("spectrix_lite.history.blocks.codec._zstd", lambda: None)
    server, service, key = await begun(serve, WORDS.decode())
    await send(server, key, WORDS.decode())
    await send(server, key, WORDS.decode())
    await until(lambda: history(server).sealing.holdings.oldest.get(service) is not None)
    assert holding(service.encode(), tmp_path) != []
    await server.context.authority.delete_service(service)
    await until(lambda: service not in history(server).sealing.holdings.oldest)
    assert [name for name in holding(service.encode(), tmp_path) if "history" in name] == []
    assert holding(WORDS, tmp_path) == []


@pytest.mark.case(105)
async def test_a_service_that_was_deleted_meanwhile_goes_at_the_start(
    serve: Serve, config: Config, tmp_path: Path
) -> None:
    first, service, _ = await begun(serve, WORDS.decode())
    await first.listener.close()
    store = await Store.open(config.db)
    await store.delete_service(service, 0)
    await store.close()
    second = await serve()
    assert holding(WORDS, tmp_path) == []
    await until(lambda: history(second).sealing.holdings.oldest == {})


@pytest.mark.parametrize("content", [b"no database at all, and long enough for one" * 30, b""], ids=["other", "empty"])
async def test_a_damaged_file_leaves_a_server_that_says_so(
    content: bytes, serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "spectrix.db.history"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING, "spectrix_lite.history"):
        server, service, _ = await begun(serve, "one")
    assert await kept(server, service) == [(1, "one")]
    if content:
        assert "there is no history, the server goes on without it" in caplog.text
        assert history(server).trouble is not None
        assert path.read_bytes() == content
    else:
        assert history(server).trouble is None


@pytest.mark.case(103)
async def test_a_disk_that_has_too_little_room_is_told_by_the_stats(serve: Serve) -> None:
    server, service, key = await begun(serve, "one")
    stats = server.context.hub.stats
    assert "paused" not in encoded(stats(service))
    journal = history(server).journal(service)
    journal._disk.has_room = False
    await send(server, key, "two")
    await send(server, key, "three")
    assert encoded(stats(service))["paused"] == 2
    journal._disk.has_room, journal._again = True, 0.0
    await send(server, key, "four")
    assert "paused" not in encoded(stats(service))


async def test_another_databases_history_is_left_alone(
    serve: Serve, config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, _, _ = await begun(serve, "one")
    await first.listener.close()
    other = dataclasses.replace(config, db=str(tmp_path / "other.db"), history_path=config.db + ".history")
    with caplog.at_level(logging.WARNING, "spectrix_lite.history"):
        second = await serve(other)
    assert "it is another database's" in caplog.text
    assert history(second).trouble is not None
    assert len(segments(config)) == 1


@pytest.mark.case(102)
async def test_a_cursor_of_before_a_power_loss_resumes(
    serve: Serve, killed: Killed, power_loss: Callable[[], None]
) -> None:
    first, service, _ = await begun(serve, "one", "two")
    epoch = first.context.hub.channel(service).epoch
    where = killed(first)
    power_loss()
    second = await serve(where)
    await send(second, await second.create_key(service, "again"), "three")
    _, token = await second.create_session(service)
    for seq, entries in ((1, [2, 3]), (2, [3]), (7, [3])):
        async with watching(second, token, after={"epoch": epoch, "seq": seq}) as (watcher, watched):
            assert watched["resumed"] is False
            told = [await watcher.next() for _ in range(1 + (seq < 2) + 1)]
            gaps = [each for each in told if each["type"] == "gap"]
            assert gaps == [{"type": "gap", "from": 3, "to": None, "count": None, "reason": "restart"}]
            assert [entry["seq"] for each in told for entry in each.get("entries", ())] == entries
            assert told.index(gaps[0]) == (1 if seq < 2 else 0)
