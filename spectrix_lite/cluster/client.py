"""Client of the engine: nats-py's, as far as it is to be mended. For `connection`, which says where it is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg

R = TypeVar("R")


class EngineClient(Client):
    """nats-py's, whose waits can be cancelled: before Python 3.12 `asyncio.wait_for`, in which it waits for answers,
    forgets a cancellation that comes together with one. A task that asks in a loop would go on for ever, as would the
    one in which it connects again.
    """

    has_ended = False

    async def close(self) -> None:
        """See nats-py."""
        self.has_ended = True
        await super().close()

    async def _connect_to_server(self, *args: Any) -> None:
        if self.has_ended:  # where it connects again, it only looks for a cancellation
            raise asyncio.CancelledError
        await super()._connect_to_server(*args)

    async def request(self, *args: Any, **options: Any) -> Msg:
        """See nats-py."""
        return await _cancellable(super().request(*args, **options))

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109  as nats-py has it
        """See nats-py."""
        await _cancellable(super().flush(timeout))


async def _cancellable(work: Coroutine[Any, Any, R]) -> R:
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda task: task.cancelled() or task.exception())  # where nobody waits any more
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        raise
