"""What both middlewares decide alike, as tests/golden/middleware has it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spectrix import Backlog, Encoder, Redaction, Walk, decide, dropped_entry, error_entry, level_of_request, read_trace

GOLDEN = Path(__file__).parent.parent / "golden" / "middleware"


def vectors(name: str) -> pytest.MarkDecorator:
    """The vectors of a file that are for Python, as parameters of a test."""
    found = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    mine = [each for each in found if "python" in each.get("only", ["python"])]
    return pytest.mark.parametrize(
        ("given", "expect"), [pytest.param(each["given"], each["expect"], id=each["name"]) for each in mine]
    )


@vectors("urls")
def test_endpoints(given: Any, expect: str) -> None:
    redaction = Redaction(given.get("names", ()))
    assert redaction.endpoint(given["url"], queries=given.get("queries", False)) == expect


@vectors("texts")
def test_texts(given: Any, expect: str) -> None:
    assert Redaction().text(given["text"]) == expect


@vectors("members")
def test_members(given: Any, expect: Any) -> None:
    names = given["value"].pop("names", given.get("names", ()))
    assert Walk(Redaction(names)).plain(given["value"]) == expect


@vectors("values")
def test_values(given: Any, expect: Any) -> None:
    metadata = revived(given["value"], given["value"])
    entry = json.loads(Encoder("app", Redaction()).encode({"message": "m", "metadata": metadata}, 0))
    assert matches(entry["metadata"], expect), entry["metadata"]


@vectors("levels")
def test_levels(given: Any, expect: str) -> None:
    assert level_of_request(given["status"], aborted=given["aborted"], stream=given["stream"]) == expect


@vectors("ids")
def test_ids(given: Any, expect: Any) -> None:
    headers = given["headers"]
    trace = read_trace(headers.get("x-request-id"), headers.get("traceparent"))
    assert trace.trace_id == expect["traceId"]
    if expect["requestId"] == {"$": "generated"}:
        assert re.fullmatch("[0-9a-f]{32}", trace.request_id)
    else:
        assert trace.request_id == expect["requestId"]


@vectors("errors")
def test_errors(given: Any, expect: Any) -> None:
    error = type(given["name"], (Exception,), {})(given["message"])
    entry = error_entry(error, Redaction(), given["origin"])
    expect["metadata"]["error"]["stack"] = entry["metadata"]["error"]["stack"]  # each language has its own
    assert given["name"] in expect["metadata"]["error"]["stack"]
    assert entry == expect


@vectors("batches")
def test_batches(given: Any, expect: list[int]) -> None:
    backlog = Backlog(10_000, batch_entries=given["maxEntries"], batch_bytes=given["maxBytes"])
    for size in given["sizes"]:
        backlog.add(b"x" * size)
    found = []
    while backlog:
        batch = backlog.take(lambda _: b"")
        assert len(batch.body) <= given["maxBytes"] or len(batch.entries) == 1
        found.append(len(batch.entries))
    assert found == expect


@vectors("retries")
def test_retries(given: Any, expect: Any) -> None:
    verdict = decide(
        given["status"], given["attempt"], given["entries"],
        retry_after=given["retryAfter"], now=given["now"], random=given["random"],
    )  # fmt: skip
    assert verdict.action == expect["action"]
    assert round(verdict.delay * 1000) == expect.get("delay", 0)


@vectors("dropped")
def test_dropped(given: Any, expect: Any) -> None:
    assert dropped_entry(given["overflow"], given["refused"]) == expect


class Throws:
    """Raises when it is turned into text."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __str__(self) -> str:
        raise ValueError(self._message)


def revived(value: Any, top: Any) -> Any:
    """`value` with its markers replaced by what they stand for; `top` is what refers to itself."""
    if isinstance(value, list):
        value[:] = [revived(each, top) for each in value]
    elif isinstance(value, dict) and "$" in value:
        return _made(value, top)
    elif isinstance(value, dict):
        for name, each in value.items():
            value[name] = revived(each, top)
    return value


def _made(marker: dict[str, Any], top: Any) -> Any:
    kind = marker["$"]
    if kind == "deep":
        deep: dict[str, Any] = {}
        for _ in range(marker["levels"] - 1):
            deep = {"in": deep}
        return deep
    if kind == "error":
        error: type[Exception] = type(marker["name"], (Exception,), {})
        return error(marker["message"])
    made: dict[str, Callable[[], Any]] = {
        "circular": lambda: top,
        "bigint": lambda: int(marker["digits"]),
        "throws": lambda: Throws(marker["message"]),
        "nan": lambda: float("nan"),
        "infinity": lambda: float("inf"),
        "bytes": lambda: bytes(marker["length"]),
        "set": lambda: set(marker["items"]),
        "map": lambda: dict(marker["entries"]),
        "date": lambda: datetime.datetime.fromisoformat(marker["iso"]),
        "repeat": lambda: marker["text"] * marker["times"],
    }
    return made[kind]()


def matches(found: Any, expect: Any) -> bool:
    """Whether `found` is what `expect` says, markers included."""
    if isinstance(expect, dict) and expect.get("$") == "text":
        return isinstance(found, str) and found != ""
    if isinstance(expect, dict) and expect.get("$") == "repeat":
        return bool(found == expect["text"] * expect["times"] + expect["then"])
    if isinstance(expect, dict) and expect.get("$") == "deep":
        for _ in range(expect["levels"]):
            if list(found) != ["in"]:
                return False
            found = found["in"]
        return bool(found == "[deep]")
    if isinstance(expect, dict):
        return set(found) == set(expect) and all(matches(found[name], each) for name, each in expect.items())
    if isinstance(expect, list):
        return len(found) == len(expect) and all(map(matches, found, expect))
    return bool(found == expect)
