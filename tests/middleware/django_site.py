"""A Django project in one module. Django has one configuration a process, so the bench comes later."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from .clients import Bench

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of a test", LOGGING_CONFIG=None, USE_TZ=True,
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    )  # fmt: skip
    django.setup()

_bench: Bench


def wsgi(bench: Bench) -> Any:
    global _bench
    _bench = bench
    return get_wsgi_application()


def asgi(bench: Bench) -> Any:
    global _bench
    _bench = bench
    return get_asgi_application()


def show(_: HttpRequest, item: int) -> HttpResponse:
    _bench.client.info("looked up", item=item)
    return HttpResponse("it")


def fails(_: HttpRequest) -> HttpResponse:
    raise LookupError("boom")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_parts() if hasattr(request, "environ") else _async_parts())


def _parts() -> Iterator[bytes]:
    _bench.client.info("within the stream")
    yield b"first"
    _bench.clock.advance(3)
    yield b"last"


async def _async_parts() -> AsyncIterator[bytes]:
    for part in _parts():
        yield part


urlpatterns = [path("items/<int:item>", show), path("fails", fails), path("stream", stream)]
