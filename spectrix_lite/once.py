"""Work done once under a name, however often it is asked for: what stands behind `Idempotency-Key`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Remembers the results of the last `size` names. Work that fails is not remembered."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: OrderedDict[str, asyncio.Future[T]] = OrderedDict()

    async def do(self, name: str, work: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """(result, whether it is an earlier one). While the first is under way, a second waits for it.

        If the first fails, it raises what the work raised, and one of those who wait does the work instead.
        """
        while (earlier := self._results.get(name)) is not None:
            await asyncio.wait((earlier,))
            if not earlier.cancelled():
                return earlier.result(), True
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._results[name] = future
        while len(self._results) > self._size:
            self._results.popitem(last=False)
        try:
            result = await work()
        except BaseException:
            if self._results.get(name) is future:  # it may have been forgotten, and asked for again, meanwhile
                del self._results[name]
            future.cancel()
            raise
        future.set_result(result)
        return result, False
