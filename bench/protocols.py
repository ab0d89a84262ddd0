"""How fast the protocols' decoders are, beside the canonical shape in the same run, by CPU time.

    python -m bench.protocols [--write]

Each form in batches of 50 records, bounds on; `--write` puts the table into bench/protocols.md.
"""

from __future__ import annotations

import argparse
import base64
import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from spectrix_lite.entries.entry import Batch, Limits
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.protocol import Protocol, Sent
from spectrix_lite.protocols.table import PROTOCOLS

from . import shapes

TABLE: Final = Path(__file__).parent / "protocols.md"
RECORDS: Final = 50
_START: Final = 1_795_970_700_123_000_000
_BY_NAME: Final = {protocol.name: protocol for protocol in PROTOCOLS}
Json = dict[str, Any]

PROMISED: Final = {"OTLP protobuf": 15, "OTLP JSON": 7, "msgpack": 4}
"""At least one over this much of the canonical shape's entries."""


def _pairs(values: dict[str, Json]) -> list[Json]:
    return [{"key": name, "value": value} for name, value in values.items()]


def _otlp() -> Json:
    records = [
        {
            **{"timeUnixNano": str(_START + n * 1_000_000), "observedTimeUnixNano": str(_START + n * 1_000_000)},
            **{"severityNumber": 9, "severityText": "INFO", "body": {"stringValue": f"user {n} logged in"}},
            "attributes": _pairs(
                {
                    **{"userId": {"intValue": str(n)}, "ip": {"stringValue": "::1"}, "ok": {"boolValue": True}},
                    **{"code.function": {"stringValue": "login"}, "thread.id": {"intValue": "7"}},
                    "code.filepath": {"stringValue": "/srv/app/users.py"},
                }
            ),
            **{"traceId": f"{n:032x}", "spanId": f"{n:016x}"},
        }
        for n in range(RECORDS)
    ]
    resource = {"attributes": _pairs({"service.name": {"stringValue": "shop"}, "host.name": {"stringValue": "web-1"}})}
    scope = {"scope": {"name": "shop.users"}, "logRecords": records}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}


def _protobuf(body: Json) -> bytes:
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    body = copy.deepcopy(body)
    for record in body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]:
        for name in ("traceId", "spanId"):
            record[name] = base64.b64encode(bytes.fromhex(record[name])).decode()
    return bytes(ParseDict(body, ExportLogsServiceRequest()).SerializeToString())


def _logtail() -> list[Json]:
    return [
        {
            **{"dt": f"2026-11-29T16:45:{n % 60:02}.{n * 7 % 1000:03}Z", "level": "info"},
            **{"message": f"user {n} logged in", "userId": n},
            "context": {"runtime": {"file": "app.js", "line": 3, "column": 12}, "system": {"pid": 41}},
        }
        for n in range(RECORDS)
    ]


def _loki(line: str) -> Json:
    values = [[str(_START + n * 1_000_000), line % (n, n)] for n in range(RECORDS)]
    return {"streams": [{"stream": {"app": "shop", "host": "web-1", "level": "info"}, "values": values}]}


def _dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def bodies() -> dict[str, tuple[Protocol, bytes, Sent]]:
    """Each form with its body."""
    otlp = _otlp()
    logtail = _logtail()
    bulk = b"".join(b'{"index":{"_index":"shop"}}\n%b\n' % _dumped(each) for each in logtail)
    hec = b"".join(_dumped({"time": 1795970700.123, "source": "shop", "event": each}) for each in logtail)
    return {
        "OTLP JSON": (_BY_NAME["otlp-logs"], _dumped(otlp), Sent()),
        "OTLP protobuf": (_BY_NAME["otlp-logs"], _protobuf(otlp), Sent("application/x-protobuf")),
        "msgpack": (_BY_NAME["msgpack"], msgspec.msgpack.encode(logtail), Sent("application/msgpack")),
        "Loki, lines of text": (_BY_NAME["loki"], _dumped(_loki("user %d logged in from %d")), Sent()),
        "Loki, lines of JSON": (_BY_NAME["loki"], _dumped(_loki('{"level":30,"userId":%d,"msg":"user %d"}')), Sent()),
        "Elasticsearch bulk": (_BY_NAME["elasticsearch"], bulk, Sent()),
        "Splunk HEC": (_BY_NAME["splunk-hec"], hec, Sent()),
    }


def rates(seconds: float = 0.15, rounds: int = 3) -> dict[str, float]:
    """Entries per CPU second of each form and of the canonical shape, the best of some rounds that go by turns."""
    reader, canonical = RecordReader(Limits()), LenientDecoder(Limits())
    body = shapes.body("canonical")

    def run_of(protocol: Protocol, body: bytes, sent: Sent) -> Callable[[], Batch | None]:
        return lambda: protocol.decode(body, sent, BatchBuilder(reader, shapes.ARRIVED)).batch

    runs = {name: run_of(*each) for name, each in bodies().items()}
    runs["canonical"] = lambda: canonical.read_usual(body, shapes.ARRIVED)
    best = dict.fromkeys(runs, 0.0)
    for _ in range(rounds):
        for name, run in runs.items():
            count, began = 0, time.process_time()
            while (spent := time.process_time() - began) < seconds:
                for _ in range(10):
                    batch = run()
                    assert batch is not None
                    count += len(batch.entries)
            best[name] = max(best[name], count / spent)
    return best


def table() -> str:
    """A line for each form: entries per CPU second, their share of the canonical shape's, and what is promised."""
    found = rates()
    canonical = found.pop("canonical")
    lines = ["| form | entries/CPU s | canonical's share | at least |", "| --- | ---: | ---: | ---: |"]
    for name, rate in found.items():
        promised = f"1/{PROMISED[name]}" if name in PROMISED else ""
        lines.append(f"| {name} | {rate:,.0f} | 1/{canonical / rate:.1f} | {promised} |")
    return "\n".join([*lines, f"| canonical | {canonical:,.0f} | 1/1.0 | |"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into bench/protocols.md")
    written = table()
    print(written)
    if parser.parse_args().write:
        TABLE.write_text(f"# The protocols, decoded\n\n`python -m bench.protocols --write`\n\n{written}\n", "utf-8")
