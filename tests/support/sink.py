"""A destination of our own: takes what is posted to it, and answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[], web.StreamResponse]


class Sink:
    """`answers` are given one after the other, then 204 for ever; None hangs."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answers: list[Answer | None] = []
        self.requests = 0
        self.port = 0
        self._hanging = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook/s3cret"

    async def next(self) -> dict[str, Any]:
        """The next message that was taken, its headers among them."""
        async with asyncio.timeout(10):
            return await self.received.get()

    def go_on(self) -> None:
        """Those that hang are answered."""
        self._hanging.set()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        body: dict[str, Any] = await request.json()
        answer = self.answers.pop(0) if self.answers else web.Response
        if answer is None:
            await self._hanging.wait()
            return web.Response()
        response = answer()
        if answer is web.Response or 200 <= response.status < 300:
            self.received.put_nowait(body | {"headers": dict(request.headers)})
        return response

    @asynccontextmanager
    async def serving(self, secure: ssl.SSLContext | None = None) -> AsyncIterator[Sink]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            self.go_on()
            await runner.cleanup()
