"""Flask and Django make an answer of an error before it comes up to a middleware; but they tell of it by signals."""

from __future__ import annotations

import sys
from typing import Any, MutableMapping, Optional

from .requests import exchanges_of

_heard: set[str] = set()  # the frameworks that are listened to


def listen_to_frameworks() -> None:
    """Listens to those that the app has loaded by now."""
    flask = sys.modules.get("flask")
    if flask is not None and "flask" not in _heard and hasattr(flask, "got_request_exception"):
        _heard.add("flask")
        flask.got_request_exception.connect(_flask_failed)
    django = sys.modules.get("django.core.signals")
    if django is not None and "django" not in _heard and hasattr(django, "got_request_exception"):
        _heard.add("django")
        django.request_started.connect(_django_started)
        django.got_request_exception.connect(_django_failed)


def _flask_failed(_app: Any, exception: BaseException, **_more: Any) -> None:
    _failed(sys.modules["flask"].request.environ, exception)


def _django_started(environ: Any = None, scope: Any = None, **_more: Any) -> None:
    if environ is not None:
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    else:
        scope = scope or {}
        path = scope.get("path", "")[len(scope.get("root_path") or "") :]
    for exchange in exchanges_of(environ if environ is not None else scope):
        exchange.find_route = lambda: _django_route(path)


def _django_failed(request: Any = None, **_more: Any) -> None:
    error = sys.exc_info()[1]
    if error is not None:
        _failed(getattr(request, "environ", None) or getattr(request, "scope", None) or {}, error)


def _failed(environ: MutableMapping[str, Any], error: BaseException) -> None:
    for exchange in exchanges_of(environ):
        exchange.failed(error)


def _django_route(path: str) -> Optional[str]:
    """Django keeps the request to itself, but tells again which route a path has."""
    urls = sys.modules["django.urls"]
    try:
        route: str = urls.resolve(path).route
    except Exception:  # there is no such route, or the app's own are at odds
        return None
    return route if route.startswith("^") else f"/{route}"
