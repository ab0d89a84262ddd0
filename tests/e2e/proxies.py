"""The proxies people put in front, as docs/self-host tells them to: the real programs, with only places exchanged."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs" / "self-host"
NAME = "logs.example.org"
PROGRAMS = os.environ["PATH"] + ":/usr/sbin:/sbin"
SECONDS = 60.0


def program(name: str) -> str:
    """The path of an installed program. `make setup` installs what is missing."""
    found = shutil.which(name, path=PROGRAMS)
    assert found is not None, f"{name} is missing: run tools/setup-proxies.sh"
    return found


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as sock:
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True)
class Certificate:
    """A self-signed one for NAME, and what a client needs to trust it."""

    cert: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Certificate:
        made = cls(folder / "cert.pem", folder / "key.pem")
        subprocess.run(
            [
                program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
                "-out", str(made.cert), "-keyout", str(made.key),
            ],
            check=True, capture_output=True, timeout=SECONDS,
        )  # fmt: skip
        return made

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.cert))


class _Here(AbstractResolver):
    """Every name is this machine."""

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        return None


@dataclass(frozen=True)
class Proxy:
    """A running one that serves `https://NAME:port`."""

    port: int
    certificate: Certificate

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"

    @asynccontextmanager
    async def client(self, address: str = "127.0.0.2", **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
        """A client that comes from a loopback address of its own."""
        connector = aiohttp.TCPConnector(
            resolver=_Here(), ssl=self.certificate.context, local_addr=(address, 0), family=socket.AF_INET
        )
        async with aiohttp.ClientSession(self.url, connector=connector, **options) as client:
            yield client


@asynccontextmanager
async def _running(command: Sequence[str], port: int, log: Path, folder: Path) -> AsyncIterator[None]:
    """Runs a program until it listens on `port`, and ends it afterwards."""
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=out, stderr=out, env={**os.environ, **home, "PATH": PROGRAMS}
        )
    ended = asyncio.ensure_future(process.wait())
    try:
        async with asyncio.timeout(SECONDS):
            while not await _listens(port):
                assert not ended.done(), f"it ended with {ended.result()}: {await asyncio.to_thread(log.read_text)}"
        yield
    finally:
        if not ended.done():
            process.terminate()
        await ended


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        await asyncio.sleep(0)
        return False
    writer.close()
    return True


def exchanged(text: str, *pairs: tuple[str, str]) -> str:
    """`text` with each pattern exchanged; each must be there."""
    for pattern, value in pairs:
        text, count = re.subn(pattern, value, text, flags=re.MULTILINE)
        assert count, f"the file in docs/self-host has no {pattern}"
    return text


@asynccontextmanager
async def nginx(server_port: int, folder: Path, port: int) -> AsyncIterator[Proxy]:
    async with _nginx(
        (DOCS / "nginx.conf").read_text("utf-8"), folder, port, (r"127\.0\.0\.1:4000", f"127.0.0.1:{server_port}")
    ) as proxy:
        yield proxy


@asynccontextmanager
async def nginx_before_nodes(ports: Sequence[int], folder: Path, port: int) -> AsyncIterator[Proxy]:
    """In front of three nodes."""
    nodes = [(rf"node-{number}:4000", f"127.0.0.1:{its}") for number, its in enumerate(ports, 1)]
    text = (DOCS / "cluster" / "nginx.conf").read_text("utf-8")
    async with _nginx(text, folder, port, *nodes) as proxy:
        yield proxy


@asynccontextmanager
async def _nginx(text: str, folder: Path, port: int, *servers: tuple[str, str]) -> AsyncIterator[Proxy]:
    certificate = Certificate.make(folder)
    site = exchanged(
        text,
        *servers,
        (r"^ *listen \[::\].*\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{free_port()};"),
        (r"listen 443 ", f"listen 127.0.0.1:{port} "),
        (r"/etc/letsencrypt/live/logs\.example\.org/fullchain\.pem", str(certificate.cert)),
        (r"/etc/letsencrypt/live/logs\.example\.org/privkey\.pem", str(certificate.key)),
        (r"/var/log/nginx/", f"{folder}/"),
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log stderr;\nworker_processes 1;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{site}\n}}\n"
    )
    command = (program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(config))
    async with _running(command, port, folder / "nginx.log", folder):
        yield Proxy(port, certificate)


@asynccontextmanager
async def caddy(server_port: int, folder: Path, port: int) -> AsyncIterator[Proxy]:
    certificate = Certificate.make(folder)
    site = exchanged(
        (DOCS / "Caddyfile").read_text("utf-8"),
        (
            r"^logs\.example\.org \{",
            f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate.cert} {certificate.key}",
        ),
        (r"127\.0\.0\.1:4000", f"127.0.0.1:{server_port}"),
        (r"^\{$", "{\n\tadmin off\n\tauto_https disable_redirects"),
    )
    config = folder / "Caddyfile"
    config.write_text(site)
    command = (program("caddy"), "run", "--adapter", "caddyfile", "--config", str(config))
    async with _running(command, port, folder / "caddy.log", folder):
        yield Proxy(port, certificate)


async def _until_input_ends(name: str, server_port: int, folder: Path, port: int) -> None:
    """Runs one for a program that is no Python: says when it listens, and ends when nobody holds its input any more."""
    async with {"nginx": nginx, "caddy": caddy}[name](server_port, folder, port):
        print("listening", flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_until_input_ends(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
