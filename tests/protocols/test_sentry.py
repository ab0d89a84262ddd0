"""Sentry's envelopes: what an event says, what is one with a log, and what is never kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrix_lite.core.errors import InvalidBody
from spectrix_lite.protocols.protocol import Sent
from spectrix_lite.protocols.sentry.envelope import SENTRY

from .reading import decoded, reasons, shown

KEY = "spx_v1_hook_" + "a" * 48


def envelope(*items: tuple[str, Any], header: dict[str, Any] | None = None, lengths: bool = True) -> bytes:
    lines = [json.dumps({"event_id": "e1", "dsn": f"http://{KEY}@localhost:4000/1", **(header or {})}).encode()]
    for kind, payload in items:
        text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        lines += [json.dumps({"type": kind, **({"length": len(text)} if lengths else {})}).encode(), text]
    return b"\n".join(lines) + b"\n"


def event(**fields: Any) -> dict[str, Any]:
    return {"event_id": "e1", "level": "warning", "timestamp": 1795970700.5, "platform": "python", **fields}


def log(body: str, trace: str = "t1", **attributes: Any) -> dict[str, Any]:
    told = {name: {"value": value, "type": "string"} for name, value in attributes.items()}
    return {"timestamp": 1795970700.5, "level": "warn", "body": body, "trace_id": trace, "attributes": told}


FRAMES = [
    {"abs_path": "/app/main.py", "lineno": 9, "function": "main", "context_line": "    pay(7)"},
    {"filename": "pay.py", "lineno": 3, "function": "pay", "context_line": "raise ValueError(7)"},
]


@pytest.mark.parametrize("lengths", [True, False])
def test_an_exception_has_its_stack_as_its_language_writes_it(lengths: bool) -> None:
    values = [
        {"type": "KeyError", "value": "7"},
        {"type": "ValueError", "value": "no such order", "stacktrace": {"frames": FRAMES}},
    ]
    body = envelope(("event", event(exception={"values": values}, level="fatal")), lengths=lengths)
    (entry,) = shown(decoded(SENTRY, body))
    assert (entry["level"], entry["message"]) == ("error", "ValueError: no such order")
    error = entry["metadata"]["error"]
    assert error["stack"] == (
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 9, in main\n    pay(7)\n'
        '  File "pay.py", line 3, in pay\n    raise ValueError(7)\n'
        "ValueError: no such order"
    )
    assert error["cause"] == {"name": "KeyError", "message": "7"}
    assert entry["metadata"]["originalLevel"] == "fatal"


def test_an_event_of_a_request_has_its_route() -> None:
    request = {"url": "http://x/orders/7", "method": "POST", "headers": {"Cookie": "a"}}
    (entry,) = shown(decoded(SENTRY, envelope(("event", event(message="slow", request=request, logger="shop.pay")))))
    assert (entry["method"], entry["endpoint"], entry["source"]) == ("POST", "/orders/7", "shop.pay")
    assert (entry["level"], entry["timestamp"]) == ("warn", "2026-11-29T16:45:00.500Z")


def test_an_event_that_is_also_a_log_is_one_entry_in_one_envelope_or_two() -> None:
    said = event(logentry={"message": "failed %s", "formatted": "failed 7"}, contexts={"trace": {"trace_id": "t1"}})
    logs = {"items": [log("failed 7"), log("other"), log("failed 7", trace="t2")]}
    first = decoded(SENTRY, envelope(("log", logs), ("event", said)), Sent(query={"sentry_key": "one"}))
    assert [entry["message"] for entry in shown(first)] == ["failed 7", "other", "failed 7"]
    assert first.dropped == 1
    later = decoded(SENTRY, envelope(("log", logs)), Sent(query={"sentry_key": "one"}))
    assert [entry["message"] for entry in shown(later)] == ["other", "failed 7"]
    another = decoded(SENTRY, envelope(("log", logs)), Sent(query={"sentry_key": "two"}))
    assert len(shown(another)) == 3


def test_a_log_has_its_attributes() -> None:
    item = {**log("paid", order="7"), "severity_number": 9}
    item["attributes"] |= {
        "logger.name": {"value": "shop", "type": "string"},
        "sentry.sdk.name": {"value": "x", "type": "string"},
    }
    (entry,) = shown(decoded(SENTRY, envelope(("log", {"items": [item]}))))
    assert (entry["source"], entry["metadata"]) == ("shop", {"order": "7", "traceId": "t1"})


def test_no_key_of_the_sender_is_kept_anywhere() -> None:
    dsn = f"http://{KEY}@localhost:4000/1"
    noisy = event(
        message=f"sent to {dsn}",
        extra={"dsn": dsn, "deep": [{"sentry_key": "abc"}], "url": f"http://x/?sentry_key={KEY}"},
        breadcrumbs={"values": [{"data": {"url": f"{dsn}/envelope/?sentry_key={KEY}"}}]},
    )
    read = decoded(
        SENTRY,
        envelope(("event", noisy), ("log", {"items": [7, log(KEY, dsn=dsn)]}), ("event", b'{"dsn":' + dsn.encode())),
    )
    told = json.dumps(shown(read)) + json.dumps(read.batch.samples)
    assert "spx_v1_" not in told
    assert "abc" not in told
    assert '"dsn": "[redacted]"' in told
    assert reasons(read) == [(1, "invalid_json"), (2, "not_an_object")]


def test_what_is_neither_is_dropped_and_counted() -> None:
    body = envelope(
        ("transaction", {"spans": []}), ("session", {}), ("attachment", b"a\nb\x00"), ("event", event(message="m"))
    )
    read = decoded(SENTRY, body)
    assert [entry["message"] for entry in shown(read)] == ["m"]
    assert read.dropped == 3


@pytest.mark.parametrize("body", [b"", b"not json", b"[]\n", b"\xff\xfe"])
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBody):
        decoded(SENTRY, body)


@pytest.mark.parametrize(
    "payload", [{}, {"exception": 7}, {"exception": {"values": [7, {}]}}, {"request": 7, "message": {}}]
)
def test_an_odd_event_is_an_entry_all_the_same(payload: dict[str, Any]) -> None:
    read = decoded(SENTRY, envelope(("event", {"event_id": "e", **payload})))
    assert len(read.batch.entries) == 1
