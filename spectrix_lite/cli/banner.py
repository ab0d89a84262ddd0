"""Banner: what a server prints when it has started."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from .. import __version__
from ..core.config import Config
from .address import INGEST
from .program import hint
from .settings import SERVER, STORE
from .terminal import Style


class FirstService(NamedTuple):
    """What a new database gets on a terminal: a service, and a command that sends it a first entry."""

    name: str
    curl: str


@dataclass(frozen=True, slots=True)
class Banner:
    """`base` is the dashboard's address without a slash; `new` says that the database was just made."""

    config: Config
    base: str
    addresses: list[tuple[str, int]]
    new: bool
    style: Style

    def with_secrets(self, link: str, first: FirstService | None) -> str:
        lines = [*self._facts(), "", self._fact("Sign in", self.style.bold(link))]
        lines.append(self._fact("", self.style.dim("works once, within 30 minutes; another one: ") + self._hint("url")))
        if first is not None:
            lines += ["", f"  Send a first entry to the service {self.style.bold(first.name)}. Paste this elsewhere:"]
            lines += ["", f"  {first.curl}"]
            lines += ["", self.style.dim("  The stream key in it is shown only now.")]
        lines += ["", self._listening("Ctrl-C stops it.")]
        return "\n".join(lines)

    def without_secrets(self, *, has_services: bool) -> str:
        lines = [*self._facts(), self._fact("Sign in", self._hint("url"))]
        if not has_services:
            lines.append(self._fact("Service", self._hint("services", "add", "My API", takes=STORE)))
        lines.append(self._fact("Stream key", self._hint("keys", "create", "SERVICE" if has_services else "My API")))
        lines.append(self._listening("SIGTERM stops it."))
        return "\n".join(lines)

    def _facts(self) -> list[str]:
        return [
            self.style.bold(f"Spectrix Lite {__version__}"),
            "",
            self._fact("Dashboard", self.base),
            self._fact("Ingest", self.base + INGEST),
            *(
                self._fact(name.capitalize(), str(address))
                for name in ("syslog", "fluent")
                for address in getattr(self.config, name)
            ),
            self._fact(*self._kept_in()),
        ]

    def _kept_in(self) -> tuple[str, str]:
        new = self.style.dim("  (new)") if self.new else ""
        if self.config.cluster is not None:
            return "Cluster", f"{self.config.cluster}{new}"
        return "Database", f"{self.config.db}{new}"

    def _fact(self, name: str, value: str) -> str:
        return f"  {self.style.dim(f'{name:<11}')} {value}"

    def _hint(self, *words: str, takes: Collection[str] = SERVER) -> str:
        return hint(self.config, *words, takes=takes)

    def _listening(self, how_to_stop: str) -> str:
        return f"Listening on {address_list(self.addresses)}. {how_to_stop}"


def address_list(addresses: list[tuple[str, int]]) -> str:
    """`127.0.0.1:4000 and [::1]:4000`"""
    return " and ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in addresses)
