"""`/llms.txt`: the guide for agents."""

from __future__ import annotations

from aiohttp import web

from ..core.guide import GUIDE
from .route import route


@route("GET", "/llms.txt", access="open", answers={200: str})
async def guide_agents(request: web.Request) -> web.StreamResponse:
    """How an agent reads logs with the command line."""
    return web.Response(text=GUIDE, content_type="text/plain")
