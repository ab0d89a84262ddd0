"""Sockets: bound to an address of this machine, or why not, in words."""

from __future__ import annotations

import errno
import socket
from typing import Any, Final

from ..core.errors import StartupError

BACKLOG: Final = 1024

STUCK_SECONDS: Final = 30.0
"""How long a client may take nothing of what it was sent; then the kernel ends the connection, where it can."""


def bind(
    host: str, port: int, flag: str = "--port", kind: socket.SocketKind = socket.SOCK_STREAM
) -> list[socket.socket]:
    """Bound sockets, not yet listening; `localhost` is 127.0.0.1 and, where there is one, ::1.

    Raises StartupError, which names the `flag` that gives another port.
    """
    hosts = ("127.0.0.1", "::1") if host == "localhost" else (host,)
    sockets: list[socket.socket] = []
    try:
        for each in hosts:
            try:
                found = socket.getaddrinfo(each, port, type=kind, flags=socket.AI_PASSIVE)
            except socket.gaierror:
                if sockets:
                    continue
                raise StartupError(f"--host {each} is no address of this machine: give an IP address.") from None
            family, _, protocol, _, address = found[0]
            try:
                sockets.append(_bound(family, kind, protocol, address))
            except OSError as problem:
                if sockets and problem.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    continue
                raise StartupError(_why(each, port, flag, problem)) from None
            port = sockets[0].getsockname()[1]
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _bound(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; what is accepted inherits it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STUCK_SECONDS * 1000))
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            # Only one process can listen: another one's socket shows now, not when the application has started.
            sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _why(host: str, port: int, flag: str, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what listens there, or give another one with {flag}."
    if problem.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has: give one above 1023 with {flag}."
    return f"{host} port {port} cannot be bound ({problem.strerror}): give another --host or {flag}."
