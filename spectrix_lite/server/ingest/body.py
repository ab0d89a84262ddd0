"""Ingest bodies: read within their budget, opened in slices, or thrown away where the request is refused."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from io import BytesIO
from typing import Final

from aiohttp import hdrs, web

from ...core.errors import BodyStalled, TooLarge, Unavailable
from ...core.rate_limit import ByteBudget
from ...entries import decompress

STALL_SECONDS: Final = 30.0
DISCARD_SECONDS: Final = 5.0
_UNMEASURED: Final = 8 * 1024 * 1024
"""What a compressed body may open to before it is asked how large it will be in all: a bomb costs no more memory."""

_SLICES_A_TURN: Final = 8  # of a body that is opened: some milliseconds


class HeldBytes:
    """What one request holds of the budget for bodies."""

    __slots__ = ("_amount", "_budget")

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._amount = 0

    def take(self, amount: int) -> None:
        """Holds so many bytes more. Raises Unavailable where the budget has no room for them."""
        if not self._budget.take(amount):
            raise Unavailable("Too many large bodies are in flight; try again.", retry_after=1.0)
        self._amount += amount

    def give(self, amount: int) -> None:
        """Gives back so many bytes of those held."""
        self._budget.give(amount)
        self._amount -= amount

    def give_back(self) -> None:
        """Gives back all that is held."""
        self.give(self._amount)


async def read_body(request: web.Request, limit: int, held: HeldBytes) -> bytes:
    """All of a request's body, as it came; `held` counts it. Raises TooLarge beyond `limit` bytes, BodyStalled after
    30 s without any, or Unavailable where the budget is used up.
    """
    content = request.content
    if content.is_eof():  # as a rule all of it came with the headers
        body = content.read_nowait(-1)
        if len(body) > limit:
            raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
        held.take(len(body))
        return body
    sink = BytesIO()
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(STALL_SECONDS) as stall:
            while part := await content.readany():
                if sink.tell() + len(part) > limit:
                    raise TooLarge(f"A body has at most {limit} bytes; send smaller batches.")
                held.take(len(part))
                sink.write(part)
                stall.reschedule(loop.time() + STALL_SECONDS)
    except TimeoutError:
        raise BodyStalled from None
    return sink.getvalue()  # its own bytes: to join a large body would hold up the loop


async def discard(request: web.Request, patience: int = 0) -> None:
    """Reads what is left of a body that is refused: on data that nobody has read, a connection is reset, and the client
    never sees why. Only for who has a key, or comes by a trusted proxy; who waits for `100 Continue` has sent nothing.

    Takes `DISCARD_SECONDS`, and longer while more keeps coming of the first `patience` bytes.
    """
    if hdrs.EXPECT in request.headers:
        return
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS) as stall:
            while part := await request.content.readany():
                patience -= len(part)
                if patience > 0:
                    stall.reschedule(loop.time() + DISCARD_SECONDS)


async def open_body(body: bytes, encoding: str, limit: int, held: HeldBytes) -> bytes:
    """The body decompressed. A large one is opened a first time to see that it has an end, and none of it kept.

    Raises BadEncoding, or as `read_body`.
    """
    try:
        return await _kept(body, encoding, min(_UNMEASURED, limit), held)
    except TooLarge:
        if limit <= _UNMEASURED:
            raise
    for number, _ in enumerate(decompress.opened(body, encoding, limit)):
        if number % _SLICES_A_TURN == 0:
            await asyncio.sleep(0)
    return await _kept(body, encoding, limit, held)


async def _kept(body: bytes, encoding: str, limit: int, held: HeldBytes) -> bytes:
    sink = BytesIO()
    try:
        for number, part in enumerate(decompress.opened(body, encoding, limit)):
            held.take(len(part))
            sink.write(part)
            if number % _SLICES_A_TURN == 0:
                await asyncio.sleep(0)
    except TooLarge:
        held.give(sink.tell())
        raise
    return sink.getvalue()
