"""From bytes to records: what is kept of a line, at which level, and of what source."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from spectrix_lite.cli.output.capture import Capture

AT = "2026-05-14T10:30:00.000Z"


def records(data: str, stream: str = "stdout") -> list[dict[str, Any]]:
    capture = Capture(stream)
    found = capture.feed(data.encode(), AT) + capture.flush_partial(AT) + capture.flush()
    decoded: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(found))
    return decoded


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("hello", None, "hello"),
        ("WARN disk is nearly full", "warn", "disk is nearly full"),
        ("[ERROR] no", "error", "no"),
        ('level=debug msg="a b" n=1', "debug", None),
        ('{"level":"error","msg":"x"}', "error", None),
        ('{"msg":"x"}', None, None),
        ("\x1b[32mINFO\x1b[39m up", "info", "up"),
        ("the word error within", None, "the word error within"),
    ],
)
def test_levels_are_recognised_and_else_the_streams(
    stream: str, line: str, level: str | None, message: str | None
) -> None:
    (record,) = records(line + "\n", stream)
    assert record["level"] == (level or {"stdout": "info", "stderr": "warn"}[stream])
    if message is not None:
        assert record["message"] == message
    assert record["metadata"]["stream"] == stream
    assert record["timestamp"] == AT


def test_a_record_keeps_its_own_time_and_metadata() -> None:
    (record,) = records('{"time":1,"msg":"m","metadata":{"stream":"mine","n":1.0},"service":"s"}\n')
    assert "timestamp" not in record
    assert record["metadata"] == {"n": 1.0, "_stream": "mine", "stream": "stdout"}


@pytest.mark.parametrize(("value", "metadata"), [("null", {}), ("[1]", {"value": [1]}), ('"x"', {"value": "x"})])
def test_metadata_that_is_no_object_stays(value: str, metadata: dict[str, Any]) -> None:
    (record,) = records(f'{{"msg":"m","metadata":{value}}}\n')
    assert record["metadata"] == metadata | {"stream": "stdout"}


def test_blank_lines_are_no_entries() -> None:
    assert [record["message"] for record in records("a\n\n  \n\t\nb\n\n")] == ["a", "b"]


def test_colours_are_kept_beside_the_text() -> None:
    first, second = records("\x1b[31mred\x1b[0m\nplain\n")
    assert first["message"] == "red"
    assert first["metadata"] == {"stream": "stdout", "ansi": "\x1b[31mred\x1b[0m"}
    assert second["metadata"] == {"stream": "stdout"}


def test_a_title_that_never_ends_costs_its_own_line_only() -> None:
    assert [record["message"] for record in records("a\x1b]0;title\nb\nc\n")] == ["a", "b", "c"]


def test_a_coloured_trace_is_one_entry() -> None:
    trace = "\x1b[31mError: x\x1b[0m\n    \x1b[2mat f (/a.js:1:2)\x1b[0m\n"
    (record,) = records(trace)
    assert record["message"] == "Error: x\n    at f (/a.js:1:2)"
    assert record["metadata"]["ansi"] == trace.rstrip("\n")


def test_a_trace_is_an_error_and_a_log_line_before_it_says_its_level_and_time() -> None:
    (plain,) = records("TypeError: x\n    at f (/a.js:1:2)\n")
    assert (plain["level"], plain["timestamp"]) == ("error", AT)
    (logged,) = records("2026-01-02T03:04:05Z ERROR it failed\njava.io.IOException: x\n\tat a.B.c(B.java:1)\n")
    assert (logged["level"], logged["timestamp"]) == ("error", "2026-01-02T03:04:05.000Z")
    assert logged["message"] == "it failed\njava.io.IOException: x\n\tat a.B.c(B.java:1)"
    (warning,) = records("(node:7) Warning: x\n    at f (/a.js:1:2)\n")
    assert warning["level"] == "warn"


def test_the_lines_of_containers_do_not_mix() -> None:
    found = records(
        "web-1  | Error: x\ndb-1   | ready\nweb-1  |     at f (/a.js:1:2)\nredis  | by its column\nnot a | prefix\n"
    )
    by_source = {(record.get("source"), record["message"]) for record in found}
    assert by_source == {
        ("web-1", "Error: x\n    at f (/a.js:1:2)"),
        ("db-1", "ready"),
        ("redis", "by its column"),
        (None, "not a | prefix"),
    }
