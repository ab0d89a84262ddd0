"""History on the command line: what `doctor` says of it, and its backup."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from pathlib import Path

import pytest

from spectrix_lite.cli import main
from spectrix_lite.cli.doctor.history import history
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import StartupError
from spectrix_lite.core.history_bounds import HistoryBounds, read_bounds
from spectrix_lite.history.backup import copy_history
from spectrix_lite.history.blocks.block_store import BlockStore
from spectrix_lite.history.removal import remove_service
from spectrix_lite.storage.store import Store

from ..conftest import Serve
from ..history.test_history import holding
from ..history.test_restart import kept, send
from ..history.test_searcher import BEGAN, Shelf, simple
from ..support.watching import until


def test_doctor_says_how_much_since_when_and_for_how_long(tmp_path: Path) -> None:
    config = Config(
        db=str(tmp_path / "x.db"), history=HistoryBounds(None, 10**9), history_path=str(tmp_path / "x.history")
    )
    nothing = history(config, BEGAN)
    assert nothing is not None
    assert nothing.found == "nothing is kept yet"
    assert history(dataclasses.replace(config, history=None), BEGAN) is None
    shelf = Shelf(tmp_path)
    shelf.put(simple(5), "sealed")
    shelf.put(simple(2))
    found = history(config, BEGAN)
    assert found is not None
    assert found.outcome == "ok"
    assert re.match(
        r"0\.\d MiB, the oldest entry of 2026-05-14T10:30:01\.000Z; at today's rate its size is", found.found
    )
    late = history(config, BEGAN + 10 * 86_400_000)
    assert late is not None
    assert "rate" not in late.found
    shelf.store.close()
    (tmp_path / "x.history").write_bytes(b"no database" * 100)
    damaged = history(config, BEGAN)
    assert damaged is not None
    assert damaged.outcome == "fail"


async def test_a_backup_beside_a_running_server_is_a_history_of_its_own(
    serve: Serve, config: Config, tmp_path: Path
) -> None:
    kept_config = dataclasses.replace(config, history=HistoryBounds(None, None))
    server = await serve(kept_config)
    service = await server.create_service()
    await send(server, await server.create_key(service), "one", "two")
    target = tmp_path / "backup" / "copy.db"
    target.parent.mkdir()
    store = await Store.open(config.db)
    await store.backup(target)
    await store.close()
    copied = copy_history(Path(config.db + ".history"), target)
    with pytest.raises(StartupError, match="exists"):
        copy_history(Path(config.db + ".history"), target)
    assert copied.stat().st_mode & 0o777 == 0o600
    second = await serve(dataclasses.replace(kept_config, db=str(target)))
    assert await kept(second, service) == [(1, "one"), (2, "two")]
    # The one it was copied from goes on in its epoch: no number may be given twice in that.
    assert second.context.hub.channel(service).ancestors == {server.context.hub.channel(service).epoch: 2}


def test_a_history_that_cannot_be_read_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "x.history").write_bytes(b"no database" * 100)
    with pytest.raises(StartupError, match="cannot be copied"):
        copy_history(tmp_path / "x.history", tmp_path / "copy.db")


def test_an_older_connection_reads_while_another_writes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    reader = BlockStore.open(tmp_path / "x.history", read_only=True)
    shelf.put(simple(5), "sealed")
    assert reader.oldest("a") is not None
    reader.close()
    shelf.store.close()
    alone = BlockStore.open(tmp_path / "x.history", read_only=True)
    assert alone.oldest("a") is not None
    alone.close()


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("7d", HistoryBounds(604_800, None)),
        ("90m", HistoryBounds(5_400, None)),
        ("5GB", HistoryBounds(None, 5 << 30)),
        ("7d, 64MiB", HistoryBounds(604_800, 64 << 20)),
        ("1TB,4w", HistoryBounds(2_419_200, 1 << 40)),
    ],
)
def test_bounds_are_an_age_a_size_or_both(text: str, bounds: HistoryBounds) -> None:
    assert read_bounds(text) == bounds


@pytest.mark.parametrize("text", ["", "7", "7d,1d", "1GB,2GB", "1MB", "-1d", "0d", "7y", "7d;5GB"])
def test_other_bounds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|says) "):
        read_bounds(text)


async def test_a_service_removed_while_the_server_is_down_is_in_no_file(
    serve: Serve, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept_config = dataclasses.replace(config, history=HistoryBounds(None, None))
    first = await serve(kept_config)
    assert first.context.history is not None
    sealing = first.context.history.sealing
    services = [await first.create_service(name) for name in ("Gone", "Kept")]
    for service in services:
        await send(first, await first.create_key(service), f"nothing like {service}")
        first.context.history.journal(service).roll()
    await until(lambda: len(sealing.holdings.oldest) == 2)
    for service in services:
        await send(first, await first.create_key(service, "again"), f"in the journal, {service}")
    await first.listener.close()
    status = await asyncio.to_thread(main, ["services", "remove", "Gone", "--yes", "--db", config.db])
    assert (status, capsys.readouterr().out) == (0, "Gone is removed.\n")
    assert holding(services[0].encode(), tmp_path) == []
    second = await serve(kept_config)
    assert [seq for seq, _ in await kept(second, services[1])] == [1, 2]
    await second.listener.close()
    with pytest.raises(OSError, match="another database's"):
        remove_service(Path(config.db + ".history"), "another", services[1])
    remove_service(tmp_path / "nowhere.history", "another", services[1])
