"""Settings: one place for each one's flag, variable, default and help."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .addresses import ClusterAddress, KeylessAddress, parse_addresses, parse_cluster
from .errors import StartupError
from .history_bounds import HistoryBounds, read_bounds
from .proxies import Network, parse_networks

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

_UNITS = {
    "": 1,
    "b": 1,
    "k": KIB,
    "kb": KIB,
    "kib": KIB,
    "m": MIB,
    "mb": MIB,
    "mib": MIB,
    "g": GIB,
    "gb": GIB,
    "gib": GIB,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field of `Config` is set: flag, then variable, then default."""

    name: str
    help: str
    default: Any
    parse: Callable[[str], Any]
    metavar: str
    repeats: bool = False
    """Whether the flag may stand several times; the variable lists what they would say, separated by commas."""

    @property
    def flag(self) -> str:
        """Its flag: `--ring-bytes`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Its environment variable: `SPECTRIX_RING_BYTES`."""
        return "SPECTRIX_" + self.name.upper()

    @property
    def shown_default(self) -> str:
        """The default as help and README print it; sizes in the largest whole unit."""
        value = self.default
        if value is None or value == ():
            return ""
        if isinstance(value, bool):
            return self.metavar.split("|")[not value]
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        if self.metavar == "SIZE":
            for unit, size in (("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
                if value >= size and value % size == 0:
                    return f"{value // size} {unit}"
        return str(value)


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        number = int(value) if re.fullmatch(r"[0-9]{1,12}", value) else -1
        if not low <= number <= high:
            raise ValueError(f"is not a whole number from {low} to {high}")
        return number

    return parse


def _size(low: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        match = re.fullmatch(r"([0-9]{1,12}) ?([a-z]*)", value.strip().lower())
        number = int(match[1]) * _UNITS[match[2]] if match and match[2] in _UNITS else -1
        if number < low:
            raise ValueError(f"is not a size of at least {low} bytes, such as 512KiB or 16MiB")
        return number

    return parse


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is not an address such as https://logs.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def _origins(value: str) -> tuple[str, ...]:
    """Origins as browsers send them: in lower case, without the scheme's own port."""
    found = []
    for word in re.split(r"[,\s]+", value.strip().lower()):
        match = re.fullmatch(r"(https?)://(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(:[0-9]{1,5})?/?", word, re.ASCII)
        if match is None:
            raise ValueError("is not a list of origins such as https://app.example.org; * is not taken")
        scheme, host, port = match.groups()
        found.append(f"{scheme}://{host}{'' if port == {'http': ':80', 'https': ':443'}[scheme] else port or ''}")
    return tuple(found)


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in words:
            raise ValueError(f"is not {' or '.join(words)}")
        return value

    return parse


def _yes_or_no(value: str) -> bool:
    return _one_of("yes", "no")(value) == "yes"


def _names(value: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in value.split(",")) if value.strip() else ()
    if not all(re.fullmatch(r"""[^\s"\\,\x00-\x1f]{1,100}""", name) for name in names) or len(names) > 100:
        raise ValueError("is not a list of at most 100 names such as password,token")
    return names


def _on_or_off(value: str) -> bool:
    return _one_of("on", "off")(value) == "on"


def checked_token(value: str) -> str:
    """The token of /metrics. Raises ValueError for one that cannot be sent, or is guessed too easily."""
    if not re.fullmatch(r"[!-~]{16,256}", value, re.ASCII):
        raise ValueError("is not a token of 16 to 256 letters, digits and signs")
    return value


def _setting(
    default: Any, parse: Callable[[str], Any], metavar: str, text: str, *, repeats: bool = False, secret: bool = False
) -> Any:
    about = {"parse": parse, "metavar": metavar, "help": text, "repeats": repeats}
    return field(default=default, repr=not secret, metadata=about)


@dataclass(frozen=True, slots=True)
class Config:
    """What the operator chose. Sizes are bytes, rates per second; `watch_idle` is in minutes."""

    host: str = _setting("localhost", _text, "HOST", "Address to listen on; beyond localhost a password must be set.")
    port: int = _setting(4000, _whole(0, 65535), "PORT", "Port to listen on; 0 takes a free one.")
    otlp_port: int | None = _setting(
        None, _whole(0, 65535), "PORT", "Port to listen on besides, for OpenTelemetry's exporters: 4318 is theirs."
    )
    syslog: tuple[KeylessAddress, ...] = _setting(
        (), parse_addresses, "[HOST:]PORT=SERVICE", "Takes syslog by UDP and TCP for a service, no key.", repeats=True
    )
    fluent: tuple[KeylessAddress, ...] = _setting(
        (), parse_addresses, "[HOST:]PORT=SERVICE", "Takes Fluent's forward protocol for a service.", repeats=True
    )
    insecure_listener: bool = _setting(
        False, _yes_or_no, "yes|no", "Whether --syslog and --fluent may listen beyond localhost: they ask for no key."
    )
    db: str = _setting("spectrix.db", _text, "PATH", "The database: services, key hashes, sign-ins.")
    public_url: str | None = _setting(None, _public_url, "URL", "Address people open, where a proxy stands in front.")
    trusted_proxy: tuple[Network, ...] = _setting(
        (), parse_networks, "ADDRESS", "Proxy whose X-Forwarded-* are believed: address or network.", repeats=True
    )
    metrics_token: str | None = _setting(
        None, checked_token, "TOKEN", "What /metrics asks for; without one there is no /metrics.", secret=True
    )
    metrics_token_file: str | None = _setting(None, _text, "PATH", "A file that holds the token of /metrics.")
    log_format: str = _setting(
        "text", _one_of("text", "json"), "FORMAT", "How the server's own log is written: text or json."
    )
    snapshot: bool = _setting(
        True, _on_or_off, "on|off", "Whether what is in memory at a stop is kept on disk until the next start."
    )
    history: HistoryBounds | None = _setting(  # noqa: RUF009  as the others, of a type that it does not know
        None, read_bounds, "SPEC", "Keeps entries on disk: for how long, 7d, in how much, 5GB, or both: 7d,5GB."
    )
    history_path: str | None = _setting(
        None, _text, "PATH", "The file of --history, its journal beside it; else the database's path and `.history`."
    )
    redact: tuple[str, ...] = _setting(
        ("password", "passwd", "secret", "token", "authorization", "cookie", "set-cookie", "api_key", "apikey"),
        _names,
        "NAMES",
        "Members of metadata and parameters of URLs that lose their values, in any case; empty for none.",
    )
    redact_all: bool = _setting(
        False, _yes_or_no, "yes|no", "Whether entries in the canonical form lose them too, which are as sent else."
    )
    webhook_private: bool = _setting(
        False, _yes_or_no, "yes|no", "Whether notices of alerts may go to loopback and private networks."
    )
    cluster: ClusterAddress | None = _setting(  # noqa: RUF009  as the others, of a type that it does not know
        None, parse_cluster, "URL", "NATS servers of a cluster of nodes: nats://127.0.0.1:4222, several by commas."
    )
    cluster_credentials: str | None = _setting(
        None, _text, "PATH", "A file with USER:PASSWORD, or NATS credentials, for --cluster."
    )
    cluster_ca: str | None = _setting(None, _text, "PATH", "The authority that the certificates of --cluster are of.")
    cluster_storage: str = _setting(
        "memory",
        _one_of("memory", "file"),
        "memory|file",
        "Where the engine of --cluster keeps entries: on disk, or not.",
    )
    max_body: int = _setting(64 * MIB, _size(KIB), "SIZE", "Largest ingest body, decompressed.")
    max_entries: int = _setting(200_000, _whole(1, 10_000_000), "N", "Most entries in one ingest request.")
    max_bodies: int = _setting(256 * MIB, _size(KIB), "SIZE", "Ingest bodies held at once, all together.")
    max_message: int = _setting(16 * KIB, _size(16), "SIZE", "Longest message; more is cut and marked.")
    max_endpoint: int = _setting(2 * KIB, _size(16), "SIZE", "Longest endpoint; more is cut and marked.")
    max_source: int = _setting(128, _size(8), "SIZE", "Longest source; more is cut and marked.")
    max_method: int = _setting(16, _size(8), "SIZE", "Longest method; more is cut and marked.")
    max_metadata: int = _setting(32 * KIB, _size(64), "SIZE", "Largest metadata; larger loses its largest members.")
    max_depth: int = _setting(32, _whole(1, 200), "N", "Deepest metadata; what lies below is cut.")
    ring_entries: int = _setting(10_000, _whole(1, 10_000_000), "N", "Entries kept for each service.")
    ring_bytes: int = _setting(16 * MIB, _size(64 * KIB), "SIZE", "Bytes of entries kept for each service.")
    rings_bytes: int = _setting(256 * MIB, _size(64 * KIB), "SIZE", "Bytes of entries kept for all services together.")
    key_rate: int = _setting(1_000, _whole(1, 1_000_000), "N", "Ingest requests a second for each stream key.")
    key_burst: int = _setting(2_000, _whole(1, 1_000_000), "N", "Ingest requests a stream key may save up.")
    hook_rate: int = _setting(
        50, _whole(1, 1_000_000), "N", "Ingest requests a second for each hook key; it may save up twice as many."
    )
    allow_origin: tuple[str, ...] = _setting(
        (),
        _origins,
        "ORIGIN",
        "A site whose pages may send by a hook key in the address; where set, pages of others may not.",
        repeats=True,
    )
    max_services: int = _setting(1_000, _whole(1, 100_000), "N", "Most services.")
    max_keys: int = _setting(100, _whole(1, 100_000), "N", "Most stream keys of one service that are not revoked.")
    watch_idle: int = _setting(
        60,
        _whole(1, 720),
        "MINUTES",
        "How long after somebody was last at a Watch page it goes on renewing its session.",
    )
    max_watchers: int = _setting(100, _whole(1, 100_000), "N", "Most watchers of one service.")

    @classmethod
    def load(cls, flags: Mapping[str, str | Sequence[str] | None], environ: Mapping[str, str]) -> Config:
        """Reads each setting from its flag (by field name), else its variable, else its default.

        Raises StartupError naming the setting that cannot be read.
        """
        chosen: dict[str, Any] = {}
        for setting in SETTINGS:
            origin, text = setting.flag, _joined(flags.get(setting.name))
            if text is None:
                origin, text = setting.variable, environ.get(setting.variable)
            if text is None:
                continue
            try:
                chosen[setting.name] = setting.parse(text)
            except ValueError as problem:
                raise StartupError(f"{origin} {problem}: {setting.help}") from None
        return cls(**chosen)

    @property
    def ports(self) -> tuple[int, ...]:
        """Those that are listened on, the main one first."""
        more = () if self.otlp_port is None else (self.otlp_port,)
        return (self.port, *more, *(address.port for address in (*self.syslog, *self.fluent)))

    @property
    def is_public(self) -> bool:
        """Whether somebody beyond this machine may reach the server."""
        if self.public_url is not None or self.trusted_proxy:
            return True
        if self.host == "localhost":
            return False
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return True


def _joined(flag: str | Sequence[str] | None) -> str | None:
    """What a flag says; one that may be repeated and was not given at all says nothing."""
    return flag if flag is None or isinstance(flag, str) else ",".join(flag) or None


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(f.name, f.metadata["help"], f.default, f.metadata["parse"], f.metadata["metavar"], f.metadata["repeats"])
    for f in dataclasses.fields(Config)
)
