"""Idempotency cache: work done once under a name, however often it is asked for, as by `Idempotency-Key`."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar

from ..core.errors import IdempotencyMismatch

T = TypeVar("T")
_DIGEST: Final = 16


def digest(content: bytes) -> bytes:
    """What stands for a name or a body here: 16 bytes, however long that is. About a millisecond a mebibyte."""
    return blake2b(content, digest_size=_DIGEST).digest()


class _Done(Generic[T]):
    """What is known of one name: for which body, and the result, or the task that makes it."""

    __slots__ = ("body", "result", "task")

    def __init__(self, body: bytes, task: asyncio.Task[T] | None, result: T | None = None) -> None:
        self.body = body
        self.task = task
        self.result = result


class IdempotencyCache(Generic[T]):
    """Remembers the results of the last `size` names, each with the digest of the body that it was asked for with.

    Work that fails is not remembered; work that has begun goes on when its caller is cancelled.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._done: OrderedDict[bytes, _Done[T]] = OrderedDict()

    def results(self) -> list[tuple[bytes, bytes, T]]:
        """(digest of the name, digest of the body, result) of all that has succeeded, the oldest first."""
        return [(name, done.body, done.result) for name, done in self._done.items() if done.result is not None]

    def restore(self, name: bytes, body: bytes, result: T) -> None:
        """Remembers what another cache has remembered, the oldest first."""
        self._done.pop(name, None)
        self._remember(name, _Done(body, None, result))

    def known(self, name: bytes, body: bytes) -> T | None:
        """The result that is remembered for the digests `name` and `body`, of work that is over; or None.

        Raises IdempotencyMismatch.
        """
        done = self._done.get(name)
        if done is not None and done.body != body:
            raise IdempotencyMismatch
        return None if done is None else done.result

    async def earlier(self, name: bytes, body: bytes) -> T | None:
        """The result that is remembered for the digests `name` and `body`, or None. Waits for one that is under way.

        Raises IdempotencyMismatch at once where the name stands for another body.
        """
        while (done := self._done.get(name)) is not None:
            if done.body != body:
                raise IdempotencyMismatch
            if done.task is not None:
                await asyncio.wait((done.task,))
            if done.result is not None:  # also where it has been forgotten meanwhile
                return done.result
        return None

    async def do(self, name: bytes, body: bytes, work: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
        """(result, whether it is an earlier one). While the first is under way, a second waits for it (single flight).

        If the first fails, it raises what the work raised, and one of those who wait does the work instead.
        Raises IdempotencyMismatch as `earlier`.
        """
        if (result := await self.earlier(name, body)) is not None:
            return result, True
        task = asyncio.create_task(work())
        done: _Done[T] = _Done(body, task)
        self._remember(name, done)

        def settle(task: asyncio.Task[T]) -> None:
            done.task = None
            if not task.cancelled() and task.exception() is None:
                done.result = task.result()
            elif self._done.get(name) is done:  # it may have been forgotten, and asked for again, meanwhile
                del self._done[name]

        task.add_done_callback(settle)
        return await asyncio.shield(task), False

    def _remember(self, name: bytes, done: _Done[T]) -> None:
        self._done[name] = done
        while len(self._done) > self._size:
            self._done.popitem(last=False)
