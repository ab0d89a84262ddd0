"""Work done once under a name, however often it is asked for: what stands behind `Idempotency-Key`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Remembers the results of the last `size` names. Work that fails is not remembered; work that has begun goes on
    when who asked for it goes away."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: OrderedDict[str, asyncio.Task[T]] = OrderedDict()

    async def do(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """(result, whether it is an earlier one). While the first is under way, a second waits for it.

        If the first fails, it raises what the work raised, and one of those who wait does the work instead.
        """
        while (earlier := self._results.get(name)) is not None:
            await asyncio.wait((earlier,))
            if _succeeded(earlier):
                return earlier.result(), True
        task = self._results[name] = asyncio.create_task(work())
        while len(self._results) > self._size:
            self._results.popitem(last=False)

        def forget_failure(task: asyncio.Task[T]) -> None:
            # It may have been forgotten, and asked for again, meanwhile.
            if not _succeeded(task) and self._results.get(name) is task:
                del self._results[name]

        task.add_done_callback(forget_failure)
        return await asyncio.shield(task), False


def _succeeded(task: asyncio.Task[T]) -> bool:
    return not task.cancelled() and task.exception() is None
