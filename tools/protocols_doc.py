"""Writes docs/protocols.md again from the table of protocols: `python -m tools.protocols_doc`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spectrix_lite.access.presented_key import KEY_HEADERS
from spectrix_lite.protocols.protocol import BINARY_BYTES, Protocol
from spectrix_lite.protocols.table import ALL_HELLOS, PROTOCOLS

PAGE = Path(__file__).parent.parent / "docs" / "protocols.md"

_HEAD = """# What other clients speak

These clients send to Spectrix Lite unchanged: give them its address, and a stream key where they have a field for one.
What comes is read by the same rules as any entry ([fields.md](fields.md)), under the same limits, rates and budgets,
and redacted; a record that cannot be read costs only itself, and is shown among the rejected ones. An
`Idempotency-Key` counts wherever it is sent.
"""

_KEYS = """
## The key

`Authorization: Bearer KEY`; also `Splunk`, `ApiKey` or `Token` before it, or Basic with the key as password. Else one
of the headers {headers}. A hook key, which only writes, may stand in the address: `?token=HOOKKEY`, or
`/in/HOOKKEY` for whatever webhook there is.
"""

_TOLD = """
## On the ordinary address

`POST /api/v1/ingest/logs`, `/in/HOOKKEY` and `POST /` tell some of these by the body: by its content type
(`application/x-protobuf` is OTLP logs, `application/msgpack` msgpack), or by the member that it begins with:
`resourceLogs`, `resourceSpans`, `streams`, `Events`, or `receiver` with `alerts`.

Msgpack, protobuf and snappy are at most {binary} MiB when opened (413 beyond); larger batches have to be sent in parts.
"""

_KEYLESS = """
## Listeners without keys

Syslog and Fluent's forward protocol have no place for a key, so a port of their own belongs to one service, which is
made where there is none of this name:

```sh
spectrix-lite serve --syslog 5140=shop --fluent 24224=shop
logger -n localhost -P 5140 -T --octet-count "hello"
docker run --log-driver=fluentd --log-opt fluentd-address=localhost:24224 nginx
```

`--syslog` takes RFC 5424 and 3164 by UDP and by TCP, counted, or ended by a line end or a NUL; a text that is a JSON
object is read as the record. Datagrams that come faster than they can be read are counted, and the log says so.
`--fluent` takes messages alone, together, packed and gzipped, without a shared key, and acknowledges those that ask.

They listen on localhost. Anywhere else `--insecure-listener yes` has to be said, as whoever reaches the port can write
there. A connection that begins with an HTTP request or a TLS hello is closed at once, and counted in
`spectrix_connections_turned_away_total`: any web page could send it.
"""

_CONNECT = """
## Lines to paste

The page's **Connect** (in the dialog of a new stream key, and under Streams) has the lines for each of these clients
with address and key in them, and a light that tells the first entry over that key, or why nothing was taken. Every one
of them is run by a test as it stands, but for those whose programs are in no registry that the tests install from
(Promtail, Alloy, Filebeat, Vector, Fluent Bit, Fluentd, the OpenTelemetry Collector, Docker's drivers, Serilog,
Datadog's agent, Heroku): of these the address and the key are read out of the configuration, and a request as they make
it is taken there.

## When nothing arrives

`spectrix-lite doctor` says which listeners are on, which requests were refused since the server started, from where and
why, also those without a right key and at addresses that are none; which entries were rejected; whose clock is ahead;
and which content encodings nothing is installed for. `GET /api/v1/intake` is what it asks.
"""

_NOT_TAKEN = """
## Not taken

gRPC (send OTLP over HTTP: `OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`), webhooks that are signed instead of carrying a
key (give them `/in/HOOKKEY`), systemd's `journal-upload` (`journalctl -f -o json | spectrix-lite pipe`), GELF over UDP
(Docker's `gelf` driver: its `fluentd`, `syslog` and `splunk` drivers are taken, and the last one carries a key).
"""


def page() -> str:
    """The page as the code has it now."""
    rows = [(each.title, _addresses(each), each.form, _answered(each)) for each in PROTOCOLS]
    hellos = [(f"`GET {each.call.path}`", each.summary) for each in ALL_HELLOS]
    parts = [
        _HEAD,
        _table(("protocol", "address", "form", "answered"), rows),
        _KEYS.format(headers=", ".join(f"`{name}`" for name in KEY_HEADERS)),
        _TOLD.format(binary=BINARY_BYTES // 1024 // 1024),
        "\n## Each of them\n",
        *(_about(each) for each in PROTOCOLS),
        "## Hellos\n\nWhat some clients ask before they send, answered to who shows a key; so is `GET /`, by which "
        "Elasticsearch's\nask for the version, and which is the dashboard for everybody else.\n",
        _table(("call", "what for"), hellos),
        _KEYLESS,
        _CONNECT,
        _NOT_TAKEN,
    ]
    return "\n".join(parts)


def _addresses(protocol: Protocol) -> str:
    by_path: dict[str, list[str]] = {}
    for call in protocol.calls:
        by_path.setdefault(call.path, []).append(call.method)
    shown = [f"`{', '.join(methods)} {path}`" for path, methods in by_path.items()]
    return ", ".join(shown) or "the ordinary one"


def _answered(protocol: Protocol) -> str:
    return str(protocol.status)


def _about(protocol: Protocol) -> str:
    notes = f" {protocol.notes}" if protocol.notes else ""
    return f"**{protocol.title}**: {protocol.clients}.{notes}\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
