"""The engine of a cluster for a test: real NATS servers with JetStream, on free ports of the loopback."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from .processes import SECONDS


def find_nats_server() -> str:
    """Where the wheel has put it, or the system has one."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found is not None, "nats-server is missing: `make setup` installs it"
    return found


class EngineServer:
    """One server, which can be killed and started again where it was."""

    def __init__(self, folder: Path, port: int, extra: str = "", *, max_memory: str = "4TB") -> None:
        self.port = port
        self.url = f"nats://127.0.0.1:{port}"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "nats.conf"
        self._config.write_text(
            f"listen: 127.0.0.1:{port}\n"
            f'jetstream {{ store_dir: "{folder}/data", max_mem: {max_memory}, max_file: 1TB }}\n{extra}\n'
        )
        self.process: subprocess.Popen[bytes] | None = None
        self._drain: threading.Thread | None = None

    def start(self, *, wait: bool = True) -> None:
        """Starts it; with `wait` it takes connections when this returns."""
        self.process = subprocess.Popen(
            [find_nats_server(), "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self.process.stderr is not None
        if wait:
            self.until_ready()

    def until_ready(self) -> None:
        """Blocks until it says that it takes connections."""
        assert self.process is not None
        assert self.process.stderr is not None
        said = b""
        for line in self.process.stderr:
            said += line
            if b"Server is ready" in line:
                break
        else:
            raise AssertionError(f"nats-server has ended: {said.decode()}")
        self._drain = threading.Thread(target=_drain, args=(self.process.stderr, self.folder / "log"), daemon=True)
        self._drain.start()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Ends it, and waits until it has ended. Harmless where it has."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        process.wait(SECONDS)
        if self._drain is not None:
            self._drain.join(SECONDS)
            self._drain = None
        assert process.stderr is not None
        process.stderr.close()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal, such as SIGSTOP."""
        assert self.process is not None
        self.process.send_signal(number)

    def wipe(self) -> None:
        """Takes away all that it has kept. Only where it does not run."""
        assert self.process is None
        shutil.rmtree(self.folder / "data", ignore_errors=True)


@contextmanager
def engine_server(folder: Path, extra: str = "", *, max_memory: str = "4TB") -> Iterator[EngineServer]:
    """One server, which keeps everything once."""
    (port,) = free_ports(1)
    server = EngineServer(folder, port, extra, max_memory=max_memory)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def engine_cluster(folder: Path) -> Iterator[list[EngineServer]]:
    """Three servers, which keep everything three times. Who leads a stream is asked of JetStream."""
    ports = free_ports(6)
    routes = ", ".join(f"nats-route://127.0.0.1:{port}" for port in ports[3:])
    with ExitStack() as stack:
        servers = []
        for number, (port, route) in enumerate(zip(ports[:3], ports[3:], strict=True)):
            extra = f"server_name: n{number}\ncluster {{ name: tests, listen: 127.0.0.1:{route}, routes: [{routes}] }}"
            servers.append(EngineServer(folder / f"n{number}", port, extra))
            stack.callback(servers[-1].kill)
        for server in servers:
            server.start(wait=False)
        for server in servers:
            server.until_ready()
        yield servers


def urls(servers: Sequence[EngineServer], name: str = "spx") -> str:
    """What `--cluster` is given for these, and a cluster of that name."""
    return ",".join(f"{server.url}/{name}" for server in servers)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody has now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _drain(stream: IO[bytes], path: Path) -> None:
    """What it says is kept beside its data: whoever asks why a test failed wants to know."""
    with path.open("ab") as log:
        for line in stream:
            log.write(line)
