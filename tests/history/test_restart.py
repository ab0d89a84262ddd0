"""A stop and the next start on one database, over real sockets: nothing is lost, given twice or left behind."""

from __future__ import annotations

import dataclasses
import json
import logging
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spectrix_lite.core.config import Config
from spectrix_lite.history.snapshot import ServiceState, SnapshotHeader
from spectrix_lite.history.snapshot_file import SnapshotFile
from spectrix_lite.storage.store import Store
from spectrix_lite.stream.ring import Run

from ..conftest import Serve
from ..support.serving import Server
from ..support.watching import watching

INGEST = "/api/v1/ingest/logs"


async def send(server: Server, key: str, *messages: str, **headers: str) -> dict[str, Any]:
    body = [{"message": message} for message in messages]
    async with (
        server.anyone({"Authorization": f"Bearer {key}", **headers}) as client,
        client.post(INGEST, json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
        counts: dict[str, Any] = await answer.json()
        return counts


async def kept(server: Server, service: str) -> list[tuple[int, str]]:
    _, found = await server.context.hub.entries(service, limit=10_000)
    return [(entry["seq"], entry["message"]) for entry in map(json.loads, found)]


def holding(words: bytes, folder: Path) -> list[str]:
    """The files that hold `words`."""
    return [path.name for path in folder.iterdir() if words in path.read_bytes()]


def snapshot(config: Config) -> SnapshotFile:
    return SnapshotFile(Path(config.db))


async def stopped(serve: Serve, config: Config, *messages: str) -> tuple[str, str]:
    """(service, epoch) of a server that has taken `messages` and stopped."""
    server = await serve(config)
    service = await server.create_service()
    await send(server, await server.create_key(service), *messages)
    await server.listener.close()
    return service, server.context.hub.channel(service).epoch


@pytest.mark.case(97)
async def test_a_stop_and_a_start_keep_entries_numbers_totals_and_samples(serve: Serve, config: Config) -> None:
    first = await serve()
    service, quiet = await first.create_service(), await first.create_service("Quiet")
    key = await first.create_key(service)
    await send(first, key, "one", "two")
    async with (
        first.anyone({"Authorization": f"Bearer {key}"}) as client,
        client.post(INGEST, json=[{"message": "three", "level": "error"}, 7]) as answer,
    ):
        assert (await answer.json())["rejected"] == 1
    before = first.context.hub.stats(service)
    await first.listener.close()
    assert stat.S_IMODE(snapshot(config).path.stat().st_mode) == 0o600

    second = await serve()
    assert not snapshot(config).path.exists()
    after = second.context.hub.stats(service)
    for name in ("epoch", "oldest", "head", "buffered", "bytes", "accepted", "rejected", "levels", "last_received_at"):
        assert getattr(after, name) == getattr(before, name), name
    channel = second.context.hub.channel(service)
    assert [rejected.reason for rejected in channel.rejected] == ["not_an_object"]
    assert second.context.hub.channel(quiet).epoch == first.context.hub.channel(quiet).epoch
    await send(second, key, "four")
    assert await kept(second, service) == [(1, "one"), (2, "two"), (3, "three"), (4, "four")]


@pytest.mark.case(97)
async def test_a_watcher_resumes_over_a_stop_without_loss_or_repeat(serve: Serve) -> None:
    first = await serve()
    service = await first.create_service()
    key = await first.create_key(service)
    _, token = await first.create_session(service)
    async with watching(first, token) as (watcher, _):
        await send(first, key, "one", "two")
        await watcher.entries(2)
        await first.listener.close()
    second = await serve()
    await send(second, key, "three")
    cursor = {"epoch": first.context.hub.channel(service).epoch, "seq": 2}
    async with watching(second, token, after=cursor) as (watcher, watched):
        assert watched["resumed"] is True
        assert [entry["seq"] for entry in await watcher.entries(1)] == [3]


@pytest.mark.case(97)
async def test_an_idempotency_key_is_remembered_over_a_stop(serve: Serve) -> None:
    first = await serve()
    service = await first.create_service()
    key = await first.create_key(service)
    once = {"Idempotency-Key": "batch 1"}
    assert (await send(first, key, "one", **once))["accepted"] == 1
    await first.listener.close()
    second = await serve()
    assert await send(second, key, "one", **once) == {"accepted": 1, "rejected": 0, "errors": [], "duplicate": True}
    assert await kept(second, service) == [(1, "one")]


async def test_rings_that_were_emptied_keep_their_numbers(serve: Serve, config: Config) -> None:
    first = await serve()
    service = await first.create_service()
    key = await first.create_key(service)
    await send(first, key, "one", "two")
    ring = first.context.hub.channel(service).ring
    ring.shrink(ring.bytes)
    await first.listener.close()
    second = await serve()
    await send(second, key, "three")
    assert await kept(second, service) == [(3, "three")]


async def test_smaller_rings_lose_their_oldest(serve: Serve, config: Config) -> None:
    service, epoch = await stopped(serve, config, "one", "two", "three")
    second = await serve(dataclasses.replace(config, ring_entries=2))
    assert await kept(second, service) == [(2, "two"), (3, "three")]
    assert second.context.hub.channel(service).epoch == epoch


async def test_without_the_setting_nothing_of_a_log_is_on_disk(serve: Serve, config: Config, tmp_path: Path) -> None:
    off = dataclasses.replace(config, snapshot=False)
    service, epoch = await stopped(serve, off, "nothing of this")
    assert holding(b"nothing of this", tmp_path) == []
    assert not snapshot(config).path.exists()
    second = await serve(off)
    assert second.context.hub.channel(service).epoch != epoch


async def test_switched_off_it_removes_what_is_there(serve: Serve, config: Config) -> None:
    service, _ = await stopped(serve, config, "one")
    second = await serve(dataclasses.replace(config, snapshot=False))
    assert await kept(second, service) == []
    assert not snapshot(config).path.exists()


@pytest.mark.case(98)
async def test_an_old_snapshot_is_never_taken_for_the_last_stop(serve: Serve, config: Config) -> None:
    """What a kill leaves no time for: the snapshot of the stop before is put back, and the server started."""
    service, epoch = await stopped(serve, config, "one")
    old = snapshot(config).path.read_bytes()
    second = await serve()
    await send(second, await second.create_key(service), "two")
    await second.listener.close()
    snapshot(config).path.write_bytes(old)
    third = await serve()
    assert third.context.hub.channel(service).epoch != epoch
    assert await kept(third, service) == []
    assert not snapshot(config).path.exists()


def cut(content: bytes) -> bytes:
    return content[:-5]


def garbled(content: bytes) -> bytes:
    return content[:-5] + bytes(byte ^ 255 for byte in content[-5:])


def of_another_version(content: bytes) -> bytes:
    return content.replace(b"snapshot 1", b"snapshot 9", 1)


def emptied(content: bytes) -> bytes:
    return b""


@pytest.mark.case(100)
@pytest.mark.parametrize("damage", [cut, garbled, of_another_version, emptied], ids=lambda damage: damage.__name__)
async def test_what_is_damaged_begins_a_new_epoch_and_says_so(
    damage: Callable[[bytes], bytes], serve: Serve, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    service, epoch = await stopped(serve, config, "one")
    path = snapshot(config).path
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING, "spectrix_lite.snapshot"):
        second = await serve()
    assert len(caplog.records) == 1
    assert second.context.hub.channel(service).epoch != epoch
    assert await kept(second, service) == []
    assert not path.exists()
    await send(second, await second.create_key(service), "two")
    assert await kept(second, service) == [(1, "two")]


@pytest.mark.case(100)
async def test_a_service_that_is_gone_is_left_out(serve: Serve, config: Config) -> None:
    service, _ = await stopped(serve, config, "one")
    store = await Store.open(config.db)
    await store.delete_service(service, 0)
    await store.close()
    second = await serve()
    assert [channel.service_id for channel in second.context.hub.channels()] == []


async def test_a_snapshot_that_cannot_be_written_is_told_and_nothing_else(
    serve: Serve, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    first = await serve()
    service = await first.create_service()
    blocked = snapshot(config).path.with_name(snapshot(config).path.name + ".partial")
    blocked.mkdir()
    with caplog.at_level(logging.WARNING, "spectrix_lite.snapshot"):
        await first.listener.close()
    assert "cannot be written" in caplog.text
    blocked.rmdir()
    second = await serve()
    assert second.context.hub.channel(service).epoch != first.context.hub.channel(service).epoch


@pytest.mark.case(101)
async def test_what_there_is_no_time_to_write_is_told(
    serve: Serve, config: Config, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spectrix_lite.server.listener.SAVED_SECONDS", 0.0)
    with caplog.at_level(logging.WARNING, "spectrix_lite.snapshot"):
        service, epoch = await stopped(serve, config, "one")
    assert "1 service is left out of the snapshot" in caplog.text
    second = await serve()
    assert await kept(second, service) == []
    assert second.context.hub.channel(service).epoch != epoch


@pytest.mark.case(101)
async def test_a_stop_that_was_cut_off_is_told_by_the_next_start(
    serve: Serve, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    _, epoch = await stopped(serve, config, "one")
    path = snapshot(config).path
    path.rename(path.with_name(path.name + ".partial"))
    with caplog.at_level(logging.WARNING, "spectrix_lite.snapshot"):
        second = await serve()
    assert "new epochs begin: the stop that wrote it was cut off" in caplog.text
    assert [channel.epoch != epoch for channel in second.context.hub.channels()] == [True]
    await second.listener.close()
    assert sorted(each.name for each in path.parent.glob("*.snapshot*")) == [path.name]


async def test_a_batch_after_the_snapshot_is_not_taken(serve: Serve) -> None:
    """It would be answered, and be lost."""
    server = await serve()
    service = await server.create_service()
    hub = server.context.hub
    (channel,) = await hub.freeze(1.0)
    assert channel.service_id == service
    assert not hub.is_free(service, 1)


@pytest.mark.case(101)
def test_the_largest_is_left_out_where_time_is_short(tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "x.db")
    header = SnapshotHeader("database", 1)
    services = [
        (ServiceState(name, "epoch", 1, count, count, 0, (count, 0, 0, 0), None, [], []), [Run(1, count, b"1" * size)])
        for name, count, size in (("large", 1, 1000), ("small", 1, 1))
    ]
    times = iter([0.0, 1.0])  # when it begins, and at the small one's run; the large one's comes too late
    left_out = file.write(header, services, 4.0, lambda: next(times, 5.0))
    assert [state.service for state in left_out] == ["large"]
    assert file.read(header) == services[1:]


def test_a_service_is_taken_out_of_the_file(tmp_path: Path) -> None:
    file = SnapshotFile(tmp_path / "x.db")
    header = SnapshotHeader("database", 1)
    states = [
        ServiceState(name, "epoch", 1, 0, 0, 0, (0, 0, 0, 0), None, [], []) for name in ("first one", "second one")
    ]
    file.write(header, [(state, []) for state in states])
    file.forget("first one")
    assert file.read(header) == [(states[1], [])]
    assert b"first one" not in file.path.read_bytes()
    assert list(tmp_path.iterdir()) == [file.path]
