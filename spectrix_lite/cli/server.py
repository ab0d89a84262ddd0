"""Server process: its checks before it listens, its start, its end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from aiohttp import web

from .. import __version__
from ..access.authority import Authority
from ..app import make_app
from ..core.clock import SystemClock
from ..core.config import Config
from ..core.errors import InvalidPassword, StartupError
from ..server.context import CONTEXT, Context
from ..server.listener import Listener, listen
from . import serving_file
from .address import curl, local_url, public_url, sign_in_url
from .banner import Banner, FirstService, address_list
from .program import hint
from .server_log import log_to_stderr
from .settings import STORE
from .stop_signal import StopSignal
from .terminal import Style, quiet_stdout

PASSWORD_VARIABLE: Final = "SPECTRIX_ADMIN_PASSWORD"  # noqa: S105  a variable's name
FIRST_SERVICE: Final = "My API"
FIRST_KEY: Final = "First key"

_log = logging.getLogger("spectrix_lite.server")


Until = Callable[[Context, int], Awaitable[None]]
"""What a server may end by, besides a signal: it is given the running server and its port."""


def run(config: Config, until: Until | None = None) -> None:
    """Serves until a signal, or `until` is over. Raises StartupError where it cannot begin, with nothing changed;
    click's Exit(2) instead where its log is JSON and has said why.
    """
    log_to_stderr(config.log_format)
    try:
        _run(config, until)
    except StartupError as refusal:
        if config.log_format != "json":
            raise
        _log.error("does not start: %s", refusal)
        raise click.exceptions.Exit(2) from None


def _run(config: Config, until: Until | None) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(config, until))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(config, until))


async def _serve(config: Config, until: Until | None) -> None:
    stop = StopSignal()
    password = os.environ.get(PASSWORD_VARIABLE)
    new = config.cluster is None and not await asyncio.to_thread(Path(config.db).exists)
    if config.is_public and password is None and new:
        raise _no_password(config)  # before anything is made

    async def operator(app: web.Application) -> AsyncIterator[None]:
        await _see_to_password(app[CONTEXT].authority, config, password)
        yield

    app = make_app(config, SystemClock())
    app.cleanup_ctx.append(operator)
    listener = await _listen(app, config, stop)
    if listener is None:
        return
    left = await asyncio.to_thread(_leave_address, _as_bound(listener))
    try:
        context = app[CONTEXT]
        _log.info("listening on %s, version %s", address_list(listener.addresses), __version__)
        if config.log_format == "text" or sys.stdout.isatty():
            _say(await _banner(_as_bound(listener), listener.addresses, context))
        await _first(stop.wait(), *(() if until is None else (until(context, listener.port),)))
    finally:
        if left is not None:
            serving_file.take_back(left)
        await listener.close()
        _log.info("stopped")


async def _listen(app: web.Application, config: Config, stop: StopSignal) -> Listener | None:
    """None where the stop came first. A node waits for its engine as long as it takes, and has nothing to lose by then;
    a server by itself starts first, as it may be taking over what the last one kept.
    """
    if config.cluster is None:
        return await listen(app, config)
    starting, stopping = asyncio.create_task(listen(app, config)), asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done():
        return starting.result()
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting
    _log.info("stopped before the engine was there")
    return None


async def _first(*ends: Awaitable[None]) -> None:
    """Waits for one of them; a fault in it is raised."""
    tasks = [asyncio.ensure_future(end) for end in ends]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    for task in done:
        await task


def _leave_address(config: Config) -> serving_file.Left | None:
    """For `run` and `pipe`, which find the server by it. A server serves without it too; a node has no database."""
    if config.cluster is not None:
        return None
    try:
        return serving_file.leave(config.port, local_url(config), config.db)
    except OSError as problem:
        _log.info("`run` and `pipe` will not find this server: its address cannot be left (%s)", problem)
        return None


async def _see_to_password(authority: Authority, config: Config, password: str | None) -> None:
    """Sets the one from the environment where none is set. Raises StartupError where one is needed and missing."""
    if password is not None:
        try:
            await authority.operator.set_initial_password(password)
        except InvalidPassword as problem:
            raise StartupError(f"{PASSWORD_VARIABLE} cannot be used: {problem.detail}") from None
    if config.is_public and not authority.operator.password_set:
        raise _no_password(config)


def _no_password(config: Config) -> StartupError:
    asked = f"--host {config.host}"
    if config.public_url is not None or config.trusted_proxy:
        asked = "--public-url" if config.public_url is not None else "--trusted-proxy"
    return StartupError(
        f"{asked} lets others reach the server, and no password is set: "
        f"set one with `{hint(config, 'password', takes=STORE)}`, or give {PASSWORD_VARIABLE}."
    )


def _as_bound(listener: Listener) -> Config:
    """With the ports it got, where it had asked for any, and an address for a name, which the server answers to."""
    bound = listener.bound
    try:
        ipaddress.ip_address(bound.host)
    except ValueError:
        return replace(bound, host=bound.host if bound.host == "localhost" else listener.addresses[0][0])
    return bound


async def _banner(config: Config, addresses: list[tuple[str, int]], context: Context) -> str:
    """With secrets only on a terminal, where nobody but the person in front of it reads them."""
    authority, new = context.authority, context.store.created
    base = public_url(config)
    banner = Banner(config, base, addresses, new=new, style=Style(sys.stdout))
    if not sys.stdout.isatty():
        return banner.without_secrets(has_services=bool(authority.services()))
    first = None
    if new and not authority.services():
        service = await authority.create_service(FIRST_SERVICE)
        _, key = await authority.create_stream_key(service.id, FIRST_KEY)
        first = FirstService(service.name, curl(base, key, "  "))
    return banner.with_secrets(sign_in_url(base, await authority.operator.new_link()), first)


def _say(text: str) -> None:
    try:
        print(text, flush=True)
    except OSError:  # nobody listens to what it says; others may listen to what it serves
        quiet_stdout()
