"""WSGI: Flask, Django, and whatever else speaks it."""

from __future__ import annotations

from typing import Any, Callable, Iterable, Iterator, Optional

from .client import Client
from .frameworks import listen_to_frameworks
from .requests import Exchange, exchanges_of, is_known

WsgiApp = Callable[[Any, Any], Iterable[bytes]]


class WsgiMiddleware:
    """Wraps a WSGI application."""

    def __init__(self, app: WsgiApp, client: Client) -> None:
        self._app = app
        self._client = client

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        exchange = _wsgi_exchange(self._client, environ)
        if exchange is None:
            return self._app(environ, start_response)

        def watched_start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            kinds = [value for name, value in headers if name.lower() == "content-type"]
            exchange.began(int(status[:3]) if status[:3].isdigit() else 500, kinds[0] if kinds else "")
            rule = getattr(environ.get("werkzeug.request"), "url_rule", None)  # where Flask has it, for now
            exchange.route = getattr(rule, "rule", None)
            return start_response(status, headers, *exc_info)

        with exchange.current():
            try:
                body = self._app(environ, watched_start)
            except BaseException as error:  # a server that gives up on a request is no error of the app
                if isinstance(error, Exception):
                    exchange.failed(error)
                exchange.aborted = not isinstance(error, Exception)
                exchange.end()
                raise
        kind = _SizedBody if hasattr(body, "__len__") else _Body
        return kind(body, exchange)


class _Body:
    """The answer's body, which is over when the server closes it."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange) -> None:
        self._body = body
        self._parts: Optional[Iterator[bytes]] = None
        self._exchange = exchange
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
            self._exchange.aborted = not (self._complete or self._exchange.without_body)
            self._exchange.end()


class _SizedBody(_Body):
    """One of which the server may ask how many parts it has, to tell the answer's length by that."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]  # asked for only where it has one

    def close(self) -> None:
        self._complete = self._complete or len(self) <= 1  # a server may take the only part and ask for no more
        super().close()


def _wsgi_exchange(client: Client, environ: dict[str, Any]) -> Optional[Exchange]:
    """What will be told of the request; None where the client knows it already, or it is beyond understanding."""
    try:
        known = exchanges_of(environ)
        if is_known(client, known):
            return None
        listen_to_frameworks()
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        path = path.encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI has each byte as a character
        query = environ.get("QUERY_STRING")
        return Exchange(
            client,
            known,
            method=environ.get("REQUEST_METHOD", "GET"),
            target=f"{path}?{query}" if query else path,
            request_id=environ.get("HTTP_X_REQUEST_ID"),
            traceparent=environ.get("HTTP_TRACEPARENT"),
            user_agent=environ.get("HTTP_USER_AGENT"),
            address=environ.get("REMOTE_ADDR"),
        )
    except Exception as problem:
        client.lost(problem)
        return None
