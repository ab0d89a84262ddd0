"""How fast the records of other loggers are decoded and redacted, beside the canonical shape, by CPU time.

    python -m bench.shapes [--write]

Each shape in batches of 50 records as its logger writes them, and once with the keys of each record in another order;
`--write` puts the table into bench/shapes.md.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from spectrix_lite.core.config import Config
from spectrix_lite.entries.entry import Limits
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.entries.redaction import Redaction

ARRIVED: Final = "2026-11-29T16:45:00.000Z"
RECORDS: Final = 50
ORDERS: Final = 8
TABLE: Final = Path(__file__).parent / "shapes.md"
Record = dict[str, Any]


def _iso(number: int) -> str:
    return f"2026-11-29T16:45:{number % 60:02}.{number * 7 % 1000:03}"


SHAPES: Final[dict[str, Callable[[int], Record]]] = {
    "canonical": lambda n: {
        "timestamp": _iso(n) + "Z",
        "level": "info",
        "message": f"GET /api/users/{n}",
        "source": "shop",
        "endpoint": f"/api/users/{n}",
        "method": "GET",
        "statusCode": 200,
        "metadata": {"duration": 12, "ip": "::1", "userAgent": "curl/8"},
    },
    "pino": lambda n: {
        **{"level": 30, "time": 1795970700000 + n, "pid": 41, "hostname": "web-1", "reqId": f"r{n}", "userId": n},
        "msg": f"user {n} logged in",
    },
    "pino-http": lambda n: {
        **{"level": 30, "time": 1795970700000 + n, "pid": 41, "hostname": "web-1"},
        "req": {"id": n, "method": "GET", "url": f"/api/users/{n}", "remoteAddress": "::1", "remotePort": 52114},
        "res": {"statusCode": 200, "headers": {"content-type": "application/json"}},
        **{"responseTime": 12, "msg": "request completed"},
    },
    "winston": lambda n: {
        **{"level": "info", "message": f"user {n} logged in", "service": "shop", "userId": n},
        "timestamp": _iso(n) + "Z",
    },
    "bunyan": lambda n: {
        **{"name": "shop", "hostname": "web-1", "pid": 41, "level": 30, "userId": n, "msg": f"user {n} logged in"},
        **{"time": _iso(n) + "Z", "v": 0},
    },
    "zap": lambda n: {
        **{"level": "info", "ts": 1795970700.123 + n / 1000, "caller": "api/users.go:41", "msg": f"user {n} logged in"},
        **{"userId": n, "elapsed": 0.012},
    },
    "slog": lambda n: {
        **{"time": _iso(n) + "456789+01:00", "level": "INFO", "msg": f"user {n} logged in", "userId": n, "ip": "::1"}
    },
    "structlog": lambda n: {
        **{"user_id": n, "ip": "::1", "event": f"user {n} logged in", "level": "info", "logger": "shop"},
        "timestamp": _iso(n) + "456Z",
    },
    "ECS": lambda n: {
        **{"@timestamp": _iso(n) + "Z", "log.level": "info", "message": f"user {n} logged in", "ecs.version": "1.6.0"},
        **{"log": {"logger": "shop"}, "service": {"name": "shop"}, "process": {"pid": 41}, "trace.id": f"{n:032x}"},
    },
    "GCP": lambda n: {
        **{"severity": "INFO", "message": f"user {n} logged in", "timestamp": _iso(n) + "456Z", "userId": n},
        **{"logging.googleapis.com/trace": f"projects/shop/traces/{n:032x}"},
    },
    "OTel": lambda n: {
        **{"timeUnixNano": f"{1795970700123000000 + n * 1000000}", "severityNumber": 9, "severityText": "INFO"},
        "body": {"stringValue": f"user {n} logged in"},
        "attributes": [{"key": "userId", "value": {"intValue": n}}, {"key": "ip", "value": {"stringValue": "::1"}}],
        **{"traceId": f"{n:032x}", "spanId": f"{n:016x}"},
    },
}


def body(shape: str, *, shuffled: bool = False) -> bytes:
    """A batch of `RECORDS` of one shape; shuffled, each has one of `ORDERS` orders of its keys."""
    records = [SHAPES[shape](number) for number in range(RECORDS)]
    if shuffled:
        rng = random.Random(1)  # the same orders in every run
        orders = [rng.sample(list(records[0]), len(records[0])) for _ in range(ORDERS)]
        records = [{key: each[key] for key in orders[place % ORDERS]} for place, each in enumerate(records)]
    return json.dumps({"logs": records}, separators=(",", ":")).encode()


def rates(
    bodies: dict[str, bytes], redaction: Redaction | None = None, seconds: float = 0.15, rounds: int = 3
) -> dict[str, float]:
    """Entries per CPU second of each body, the best of some rounds that go by turns."""
    decoder = LenientDecoder(Limits(), redaction)
    best = dict.fromkeys(bodies, 0.0)
    for _ in range(rounds):
        for name, each in bodies.items():
            count, began = 0, time.process_time()
            while (spent := time.process_time() - began) < seconds:
                for _ in range(20):
                    batch = decoder.read_usual(each, ARRIVED) or decoder.read(each, ARRIVED)
                    count += len(batch.entries)
            best[name] = max(best[name], count / spent)
    return best


def table() -> str:
    """A line for each shape: entries per CPU second as written, redacted as well, and in other orders, and the share of
    the first two in the canonical shape's.
    """
    bodies = {name: body(name) for name in SHAPES}
    straight, redacted = rates(bodies), rates(bodies, Redaction(Config().redact))
    shuffled = rates({name: body(name, shuffled=True) for name in SHAPES})
    lines = ["| shape | entries/CPU s | canonical's share | redacted | share | keys in any order |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rate in straight.items():
        share, safe = straight["canonical"] / rate, redacted["canonical"] / redacted[name]
        lines.append(
            f"| {name} | {rate:,.0f} | 1/{share:.1f} | {redacted[name]:,.0f} | 1/{safe:.1f} | {shuffled[name]:,.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into bench/shapes.md")
    written = table()
    print(written)
    if parser.parse_args().write:
        TABLE.write_text(
            f"# Other loggers' shapes, decoded\n\n`python -m bench.shapes --write`\n\n{written}\n", "utf-8"
        )
