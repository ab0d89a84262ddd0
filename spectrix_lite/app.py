"""The application: everything opened in order, every route registered, everything closed in reverse."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from .access.authority import Authority
from .access.hashing import Hasher
from .alerts.alerting import Alerting
from .alerts.telling.webhook import Webhooks
from .api.dashboard import DASHBOARD, Dashboard, is_installed, serve_file, web_folder
from .api.document.openapi import DOCUMENT, ApiDocument
from .api.health import READINESS, Readiness
from .api.ingest.fast_path import IngestFastPath
from .api.ingest.root import greeting_or
from .api.metrics import METRICS_TOKEN, metrics_token
from .api.route import Route
from .api.routes import ROUTES
from .api.sdk import SDK, Sdk, sdk_files, serve_sdk
from .core.clock import Clock
from .core.config import Config
from .history.restart import Restart
from .server.admission import PENALTY_SECONDS, Admission
from .server.context import CONTEXT, Context
from .server.guard import Access, guard_handler
from .server.in_flight import InFlight
from .server.ingest.refusals import Refusals
from .server.listener import FAST_PATH
from .server.problems import ANSWERED, ERROR_LOG, REFUSALS, ErrorLog, Handler
from .server.watching.timers import beat
from .storage.interfaces import AnyStore
from .storage.store import Store
from .stream.hub import Hub

if TYPE_CHECKING:  # imported only where it is asked for
    from .cluster.node import ClusterNode
    from .history.history import History


def make_app(
    config: Config,
    clock: Clock,
    *,
    key_hasher: Hasher | None = None,
    password_hasher: Hasher | None = None,
    penalty: float = PENALTY_SECONDS,
    pages: Path | None = None,
    middlewares: Mapping[str, Path] | None = None,
    webhooks: Webhooks | None = None,
) -> web.Application:
    """The application of one server, not started: nothing is opened yet.

    Raises StartupError for a metrics token that cannot be read. Starting it raises StartupError where the database
    cannot be used. It is started once; make another one for more.

    Tests pass cheaper hashers, `penalty`, the seconds for which the answer to a producer that is refused again waits,
    `pages`, a folder, `middlewares`, files by name, and `webhooks`, what notices go out by.
    """
    app = web.Application()
    app[ANSWERED] = Counter()
    app[ERROR_LOG] = ErrorLog(clock)
    app[REFUSALS] = Refusals(clock)
    app[DASHBOARD] = Dashboard(pages or web_folder(), clock, live=not is_installed())
    app[SDK] = Sdk(sdk_files() if middlewares is None else middlewares)
    app[METRICS_TOKEN] = metrics_token(config)
    app[DOCUMENT] = ApiDocument(ROUTES)
    _register(app)

    async def context(app: web.Application) -> AsyncIterator[None]:
        node = None if config.cluster is None else await _node(config, clock)
        store: AnyStore = await Store.open(config.db, serving=True, clock=clock) if node is None else node.store
        try:
            history = _history(config, store.path, clock)
            hub = Hub(config, clock, history if node is None else node.logs)
            authority = Authority(
                store,
                hub,
                clock,
                config,
                key_hasher=key_hasher,
                password_hasher=password_hasher,
                pause=asyncio.sleep if node is None else node.store.pause,
            )
            admission = Admission(config, clock, penalty)
            try:
                await authority.start()
                alerting = Alerting(
                    store, hub, clock, config, webhooks=webhooks, duty=None if node is None else node.duty
                )
                restart = Restart(
                    hub,
                    store,
                    enabled=config.snapshot,
                    history=history,
                    ring_entries=config.ring_entries,
                    numbers=store.numbers if isinstance(store, Store) else None,
                )
                app[CONTEXT] = Context(
                    config,
                    clock,
                    hub,
                    store,
                    authority,
                    admission,
                    InFlight(),
                    restart,
                    history,
                    alerting,
                    app[ANSWERED],
                    app[REFUSALS],
                    node,
                )
                app[FAST_PATH] = IngestFastPath(app[CONTEXT])
                app[READINESS] = Readiness(store, clock, node)
                if node is not None:
                    await node.start(hub)
                yield
            finally:
                admission.close()
                await authority.close()
                if history is not None:
                    await history.stop()
        finally:
            await (store.close() if node is None else node.close())

    async def timers(app: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(beat(app[CONTEXT])), asyncio.create_task(app[CONTEXT].lag.watch())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app.cleanup_ctx.extend((context, timers))
    return app


async def _node(config: Config, clock: Clock) -> ClusterNode:
    from .cluster.node import ClusterNode

    return await ClusterNode.open(config, clock)


def _history(config: Config, database: Path | None, clock: Clock) -> History | None:
    if config.history is None or database is None:
        return None
    from .history.history import History

    path = database.with_name(database.name + ".history")
    return History(path if config.history_path is None else Path(config.history_path).resolve(), config.history, clock)


def _register(app: web.Application) -> None:
    page = guard_handler(serve_file, "page")
    by_path: defaultdict[str, list[Route]] = defaultdict(list, {"/": []})
    for route in ROUTES:
        by_path[route.path].append(route)
    for path, routes in by_path.items():
        resource = app.router.add_resource(path)
        methods = set()
        for route in routes:
            handler = guard_handler(route.handler, route.access)
            resource.add_route(route.method, handler, expect_handler=_not_yet)
            methods.add(route.method)
            if route.method == hdrs.METH_GET and route.access != "stream":
                resource.add_route(hdrs.METH_HEAD, handler, expect_handler=_not_yet)
                methods.add(hdrs.METH_HEAD)
        # Registered last: what no other route of this path takes. Open to any host where one of them is, and to what
        # a browser asks before it lets a page use a hook key.
        if path == "/":
            resource.add_route(hdrs.METH_ANY, greeting_or(page), expect_handler=_not_yet)
            continue
        access: Access = "probe" if routes[0].access in ("producer", "probe", "scraper") else "open"
        if routes[0].access == "hook":
            access = "hook"
        resource.add_route(hdrs.METH_ANY, guard_handler(_refusing(methods), access), expect_handler=_not_yet)
    app.router.add_route(hdrs.METH_ANY, "/sdk/{name:.*}", guard_handler(serve_sdk, "page"), expect_handler=_not_yet)
    app.router.add_route(hdrs.METH_ANY, "/{path:.*}", page, expect_handler=_not_yet)


def _refusing(methods: set[str]) -> Handler:
    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, methods)

    return refuse


async def _not_yet(request: web.Request) -> None:
    """aiohttp would send `100 Continue` before the handler has looked at who asks; whoever reads the body sends it."""
