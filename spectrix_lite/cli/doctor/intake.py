"""Checks of `doctor` on what is sent: listeners, what was refused and why, rejected entries, clocks of producers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any, Final

import aiohttp

from ...core.config import Config
from ...core.errors import SpectrixError, StartupError
from ..access import is_kept_here
from ..address import local_url
from .finding import Finding, ok, warn
from .visit import read_json, stranger, visiting

SECONDS: Final = 5.0
SERVICES_LOOKED_AT: Final = 20
REFUSALS_SHOWN: Final = 5
ENTRIES_LOOKED_AT: Final = 20
AHEAD_SECONDS: Final = 60.0

_KEY: Final = "Give the client a stream key: Connect, on the page, has its lines."
_ADDRESS: Final = "docs/protocols.md lists the addresses that are taken; any client may send to /api/v1/ingest/logs."
_REMEDIES: Final = {
    "missing_key": _KEY,
    "invalid_key": "Its key is mistyped, off or revoked: look at the service's stream keys, or create another.",
    "not_found": _ADDRESS,
    "method_not_allowed": _ADDRESS,
    "bad_encoding": "Let the client compress with gzip, or not at all.",
    "invalid_json": "Look at what it sends: the service's Rejected tab shows how it begins.",
    "invalid_body": "Look at what it sends: the service's Rejected tab shows how it begins.",
    "too_large": "Send smaller batches, or raise --max-body.",
    "too_many_requests": "Let it send more entries in fewer requests, or raise --key-rate.",
    "body_stalled": "Its connection breaks off while it sends: look at what lies between.",
    "bad_origin": "Name the page's site by --allow-origin, and give the page a hook key.",
}
_FOREIGN: Final = (
    ("/opentelemetry.proto.", "gRPC is not taken: OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf."),
    ("/upload", "systemd's upload is not taken: journalctl -f -o json | spectrix-lite pipe."),
)


async def intake(config: Config) -> list[Finding]:
    """What the server on this machine tells of it; nothing where none answers, or there is no database of it here."""
    if not await asyncio.to_thread(is_kept_here, config):
        return []
    url = local_url(config)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as client,
            visiting(client, config, url) as headers,
        ):
            if headers is None:
                return [stranger(config, url)]

            async def asked(path: str) -> dict[str, Any]:
                async with client.get(f"{url}/api/v1/{path}", headers=headers) as answer:
                    return await read_json(answer)

            told_by, services = await asked("intake"), (await asked("services")).get("services", [])
            names = {service["id"]: service["name"] for service in services}
            findings = [*listeners(config, told_by, names), *refusals(told_by), *extras(told_by)]
            for service in _busiest(services):
                at = f"services/{service['id']}"
                if service["stats"]["rejected"]:
                    findings.append(rejected(service, (await asked(f"{at}/rejected")).get("rejected", [])))
                page = await asked(f"{at}/entries?limit={ENTRIES_LOOKED_AT}")
                findings += producer_clock(service["name"], page.get("entries", []))
            return findings
    except (aiohttp.ClientError, TimeoutError, SpectrixError, StartupError):
        return []  # the checks before have said what is wrong with server or database


def _busiest(services: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that entries came to last; services that nothing ever came to are nothing to look at."""
    used = [each for each in services if each["stats"]["accepted"] or each["stats"]["rejected"]]
    return sorted(used, key=lambda each: each["stats"]["lastReceivedAt"] or "", reverse=True)[:SERVICES_LOOKED_AT]


def listeners(config: Config, intake: dict[str, Any], names: dict[str, str]) -> list[Finding]:
    """Which are on; those that this command's own settings name, and the running server does not have."""
    there = intake.get("listeners", [])
    shown = [
        f"{each['setting']} at {each['host']}:{each['port']}"
        + (f" for {names.get(each['serviceId'], each['serviceId'])}" if each["serviceId"] else "")
        for each in there
    ]
    ports = {(each["setting"], each["port"]) for each in there}
    asked = [("otlp-port", config.otlp_port)] if config.otlp_port is not None else []
    asked += [("syslog", address.port) for address in config.syslog]
    asked += [("fluent", address.port) for address in config.fluent]
    findings = [
        warn("listeners", f"--{setting} {port} is set, and the server does not listen there", "Start it again.")
        for setting, port in asked
        if (setting, port) not in ports and port != 0
    ]
    off = [f"--{name}" for name in ("otlp-port", "syslog", "fluent") if name not in {each["setting"] for each in there}]
    text = ", ".join(["HTTP", *shown]) + (f"; off, unless it is started with {', '.join(off)}" if off else "")
    never = "never by gRPC (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf), signed webhooks or systemd's upload"
    return findings or [ok("listeners", f"entries come by {text}; {never}")]


def refusals(intake: dict[str, Any]) -> list[Finding]:
    """The requests of clients that were refused last, and connections that were turned away."""
    found = intake.get("refusals", [])
    findings = []
    for each in found[:REFUSALS_SHOWN]:
        kind = f" ({each['kind']})" if each["kind"] else ""
        times = "once" if each["requests"] == 1 else f"{each['requests']} times"
        told = f"{each['method']} {each['path']}{kind} from {each['peer']}, {times}, last at {each['at']}"
        foreign = next((remedy for part, remedy in _FOREIGN if part in each["path"]), None)
        remedy = foreign or _REMEDIES.get(each["code"], each["detail"])
        findings.append(warn("refused", f"{told}: {each['code']}", remedy))
    if len(found) > REFUSALS_SHOWN:
        more = len(found) - REFUSALS_SHOWN
        findings.append(warn("refused", f"{more} more kinds of requests", "Ask again when these are mended."))
    for spoke, count in intake.get("turnedAway", {}).items():
        told = f"{count} connections to a listener without keys spoke {spoke}, and were closed"
        findings.append(warn("refused", told, "Send HTTP to the server's own port; TLS ends at a proxy."))
    return findings or [ok("refused", "no request since the server started")]


def extras(intake: dict[str, Any]) -> list[Finding]:
    """Content encodings that nobody has installed; wrong only where somebody sends them."""
    missing = intake.get("missing", [])
    if not missing:
        return []
    told = f"bodies in {' and '.join(missing)} cannot be opened"
    if any(each["code"] == "unsupported_type" for each in intake.get("refusals", [])):
        return [warn("extras", told, "pip install 'spectrix-lite[compression]'")]
    return [ok("extras", f"{told}, and nobody sends any")]


def rejected(service: dict[str, Any], samples: Sequence[dict[str, Any]]) -> Finding:
    """What was wrong with a service's rejected entries."""
    count, name = service["stats"]["rejected"], service["name"]
    reasons = Counter(each["reason"] for each in samples).most_common(3)
    told = f"{count} of {name}'s entries were rejected" + "".join(f", {reason} {seen}" for reason, seen in reasons)
    return warn("rejected", told, "The Rejected tab of its log shows the last hundred.")


def producer_clock(name: str, entries: Sequence[dict[str, Any]]) -> list[Finding]:
    """Whether what arrived last says that it happened later than it came: then its producer's clock is ahead. How long
    ago it happened says nothing, as logs may be sent later.
    """
    ahead = [_seconds(each["timestamp"]) - _seconds(each["receivedAt"]) for each in entries]
    if not ahead or (off := median(ahead)) < AHEAD_SECONDS:
        return []
    told = f"{name}'s newest entries are from {off:,.0f} s in the future"
    return [warn("clock", told, "Set the clock of their machine by NTP, or let it say its time zone.")]


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()
