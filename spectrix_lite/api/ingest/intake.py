"""Intake: by which ways entries may come, and what was refused lately, for who wonders where they are."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from aiohttp import web

from ...core.addresses import Listening
from ...core.timestamps import rfc3339
from ...server.context import CONTEXT, Context
from ...server.ingest.refusals import Refusal
from ...server.json_body import json_response
from ..document.schemas import FirstEntryView, IntakeView, ListenerView, RefusalView
from ..route import API, route

_ENCODINGS: Final = {"br": ("brotli",), "zstd": ("compression.zstd", "backports.zstd")}
"""By content encoding, the modules of which one opens it."""


@route("GET", f"{API}/intake", access="operator", answers={200: IntakeView})
async def show_intake(request: web.Request) -> web.StreamResponse:
    """By which ways entries may come, and what was refused lately.

    `refusals` are requests of whoever wants to send, the newest first, also those without a right key; `turnedAway`
    counts connections to listeners without keys that were closed at once, by what spoke there; `missing` names the
    content encodings that would need the extra `compression`.
    """
    context = request.app[CONTEXT]
    return json_response(
        IntakeView(
            listeners=[_listener(context, each) for each in context.listening],
            refusals=[_refusal(each) for each in context.refusals.newest()],
            turned_away=dict(context.turned_away),
            missing=[name for name, modules in _ENCODINGS.items() if not any(map(_is_there, modules))],
        )
    )


def _listener(context: Context, listening: Listening) -> ListenerView:
    return ListenerView(
        setting=listening.setting,
        host=listening.host,
        port=listening.port,
        service_id=listening.service_id,
        first=FirstEntryView.of(context.first_entries.of(listening.sender)),
    )


def _refusal(refusal: Refusal) -> RefusalView:
    return RefusalView(
        method=refusal.method,
        path=refusal.path,
        status=refusal.status,
        code=refusal.code,
        detail=refusal.detail,
        kind=refusal.kind,
        peer=refusal.peer,
        requests=refusal.requests,
        at=rfc3339(refusal.at),
    )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package around it is not there
        return False
