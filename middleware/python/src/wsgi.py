"""WSGI: Flask, Django, and whatever else speaks it."""

from __future__ import annotations

import sys
from typing import Any, Callable, Iterable, Iterator, Optional

from .client import Client
from .requests import Exchange, first_seen

_EXCHANGE = "spectrix.exchange"
WsgiApp = Callable[[Any, Any], Iterable[bytes]]


class WsgiMiddleware:
    """Wraps a WSGI application."""

    def __init__(self, app: WsgiApp, client: Client) -> None:
        self._app = app
        self._client = client
        self._listens: set[str] = set()  # to frameworks that answer errors themselves

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not first_seen(self._client, environ):
            return self._app(environ, start_response)
        exchange = environ[_EXCHANGE] = _wsgi_exchange(self._client, environ)
        self._listen()

        def watched_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            kinds = [value for name, value in headers if name.lower() == "content-type"]
            exchange.began(int(status[:3]), kinds[0] if kinds else "")
            return start_response(status, headers, *exc_info)

        with exchange.current():
            try:
                body = self._app(environ, watched_start)
            except Exception as error:
                exchange.failed(error)
                _end(exchange, environ)
                raise
        kind = _SizedBody if hasattr(body, "__len__") else _Body
        return kind(body, exchange, environ)

    def _listen(self) -> None:
        """Flask and Django make an answer of an error before it comes up here, but tell of it."""
        flask, django = sys.modules.get("flask"), sys.modules.get("django.core.signals")
        if flask is not None and "flask" not in self._listens and hasattr(flask, "got_request_exception"):
            self._listens.add("flask")
            flask.got_request_exception.connect(self._flask_failed, weak=False)
        if django is not None and "django" not in self._listens:
            self._listens.add("django")
            django.got_request_exception.connect(self._django_failed, weak=False)

    def _flask_failed(self, _app: Any, exception: BaseException, **_more: Any) -> None:
        request = sys.modules["flask"].request
        self._failed(request.environ, exception)

    def _django_failed(self, request: Any = None, **_more: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            self._failed(getattr(request, "environ", {}), error)

    def _failed(self, environ: dict[str, Any], error: BaseException) -> None:
        exchange = environ.get(_EXCHANGE)
        if isinstance(exchange, Exchange):
            exchange.failed(error)


class _Body:
    """The answer's body, which is over when the server closes it."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange, environ: dict[str, Any]) -> None:
        self._body = body
        self._parts: Optional[Iterator[bytes]] = None
        self._exchange = exchange
        self._environ = environ
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._exchange.current():
            try:
                if self._parts is None:
                    self._parts = iter(self._body)
                return next(self._parts)
            except StopIteration:
                self._complete = True
                raise
            except Exception as error:
                self._complete = True
                self._exchange.failed(error)
                raise

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        try:
            if close is not None:
                with self._exchange.current():
                    close()
        finally:
            self._exchange.aborted = not self._complete
            _end(self._exchange, self._environ)


class _SizedBody(_Body):
    """One of which the server may ask how many parts it has, to tell the answer's length by that."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]  # asked for only where it has one

    def close(self) -> None:
        self._complete = self._complete or len(self) <= 1  # a server may take the only part and ask for no more
        super().close()


def _wsgi_exchange(client: Client, environ: dict[str, Any]) -> Exchange:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    path = path.encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI has each byte as a character
    query = environ.get("QUERY_STRING")
    return Exchange(
        client,
        method=environ.get("REQUEST_METHOD", "GET"),
        target=f"{path}?{query}" if query else path,
        request_id=environ.get("HTTP_X_REQUEST_ID"),
        traceparent=environ.get("HTTP_TRACEPARENT"),
        user_agent=environ.get("HTTP_USER_AGENT"),
        address=environ.get("REMOTE_ADDR"),
    )


def _end(exchange: Exchange, environ: dict[str, Any]) -> None:
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    exchange.route = getattr(rule, "rule", None) or _django_route(environ)
    exchange.end()


def _django_route(environ: dict[str, Any]) -> Optional[str]:
    """Django keeps its request to itself, but tells again which route a path has."""
    urls, conf = sys.modules.get("django.urls"), sys.modules.get("django.conf")
    if urls is None or conf is None or "werkzeug.request" in environ or not conf.settings.configured:
        return None
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return f"/{urls.resolve(path).route}"
    except Exception:  # no such route, or an application beside Django's
        return None
