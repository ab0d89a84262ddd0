"""A server that `run` started ends when nobody needs it, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from spectrix_lite.cli.run.in_use import InUse


def over(folder: Path, has_watchers: Callable[[], bool] = lambda: False) -> asyncio.Task[None]:
    return asyncio.create_task(InUse(folder, 4000).over(has_watchers, idle=0.0))


async def is_over(task: asyncio.Task[None]) -> bool:
    """Whether it is after two looks at the lock."""
    done, _ = await asyncio.wait([task], timeout=1.2)
    return bool(done)


async def test_it_is_over_when_nobody_needs_the_server(tmp_path: Path) -> None:
    await over(tmp_path)


async def test_a_run_and_a_watcher_each_keep_it(tmp_path: Path) -> None:
    watchers = [object()]
    first, second = InUse(tmp_path, 4000), InUse(tmp_path, 4000)
    first.hold()
    second.hold()
    end = over(tmp_path, lambda: bool(watchers))
    first.release()
    watchers.clear()
    assert not await is_over(end)
    watchers.append(object())
    second.release()
    assert not await is_over(end)
    watchers.clear()
    await end


async def test_keep_keeps_it_until_its_end(tmp_path: Path) -> None:
    use = InUse(tmp_path, 4000)
    use.keep()
    end = over(tmp_path)
    assert not await is_over(end)
    use.forget()
    await end


async def test_a_run_that_comes_while_it_ends_waits_for_the_end(tmp_path: Path) -> None:
    ending = InUse(tmp_path, 4000)
    await ending.over(lambda: False, idle=0.0)
    coming = asyncio.create_task(asyncio.to_thread(InUse(tmp_path, 4000).hold))
    done, _ = await asyncio.wait([coming], timeout=0.2)
    assert not done
    ending.release()
    await asyncio.wait_for(coming, 60)


@pytest.mark.parametrize("port", [4001])
async def test_other_ports_are_others_matter(tmp_path: Path, port: int) -> None:
    InUse(tmp_path, port).hold()
    await over(tmp_path)
