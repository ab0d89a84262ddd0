"""One line of text: what stands at its beginning is read, and nothing is guessed from what stands within it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.entry import Limits
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.entries.text_line import _CONSOLE, _LEVELS, read_line, read_text

from ..support.properties import repeatable

ARRIVED = "2026-05-14T10:30:00.000Z"
TIME = "2026-05-01T08:00:00.000Z"


def read(line: str) -> dict[str, Any]:
    opened: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(read_line(line, ARRIVED)))
    return opened


PROSE = [
    "plain text",
    "x = y",
    "a=b",
    "set a=b and go",
    "we know a=b c=d and more",
    "no level=info here",
    "error handling improved",
    "Information is power",
    "an ERROR within",
    "INFORMATIONAL",
    "ERRORS everywhere",
    "[foo] ERROR x",
    "[1,2,3]",
    "<999>x",
    "<p>text</p>",
    "Errors: 5",
    "https://x.example/?a=b&c=d",
    '{"a":',
    '{"message":"m"} trailing',
    'k="never closed j=2',
    "warn me later",
]


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_its_own_message_at_info(line: str) -> None:
    assert read(line) == {"level": "info", "message": line}


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ("ERROR disk full", "error", "disk full"),
        ("[ERROR] disk full", "error", "disk full"),
        ("[error] disk full", "error", "disk full"),
        ("[ERROR]: disk full", "error", "disk full"),
        ("ERROR: disk full", "error", "disk full"),
        ("ERROR - disk full", "error", "disk full"),
        ("WARN  | disk full", "warn", "disk full"),
        ("WARNING disk full", "warn", "disk full"),
        ("warning: disk full", "warn", "disk full"),
        ("Error: Cannot find module 'x'", "error", "Cannot find module 'x'"),
        ('info: hello {"a":1}', "info", 'hello {"a":1}'),
        ("fail: Microsoft.Hosting[0]", "error", "Microsoft.Hosting[0]"),
        ("DEBUG x=1", "debug", "x=1"),
        ("FATAL: role does not exist", "FATAL", "role does not exist"),
        ("TRACE in", "TRACE", "in"),
        ("INF started", "info", "started"),
        ("\x1b[32mINFO\x1b[0m coloured", "info", "coloured"),
        ("[\x1b[31mERROR\x1b[39m] coloured", "error", "coloured"),
        ("ERROR", "error", "ERROR"),
        ("<error> x", "error", "x"),
        ('INFO:     127.0.0.1:1 - "GET / HTTP/1.1" 200 OK', "info", '127.0.0.1:1 - "GET / HTTP/1.1" 200 OK'),
    ],
)
def test_a_level_at_the_beginning(line: str, level: str, message: str) -> None:
    assert read(line) == {"level": level, "message": message}


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("[2026-05-01T08:00:00Z] [ERROR] text", {}),
        ("[2026-05-01 08:00:00 +0000] [123] [ERROR] text", {"pid": "123"}),
        ("[2026-05-01 08:00:00,000] ERROR text", {}),
        ("2026-05-01 08:00:00,000 ERROR text", {}),
        ("2026-05-01T10:00:00+02:00 ERROR text", {}),
        ("2026-05-01 08:00:00,000 - root - ERROR - text", {"source": "root"}),
        ("2026-05-01 08:00:00.000 [main] ERROR text", {"thread": "main"}),
        ("2026/05/01 08:00:00 [error] text", {}),
        ("[2026-05-01 08:00:00 ERROR] text", {}),
        ("2026-05-01T08:00:00Z | ERROR | text", {}),
    ],
)
def test_a_time_before_the_level_is_the_timestamp(line: str, more: dict[str, str]) -> None:
    assert read(line) == {"level": "error", "message": "text", "timestamp": TIME, **more}


@pytest.mark.parametrize("line", ["10:30:00 ERROR text", "[10:30:00] ERROR text", "[10:30:00 ERR] text"])
def test_a_time_of_day_is_kept_beside(line: str) -> None:
    assert read(line) == {"level": "error", "message": "text", "clock": "10:30:00"}


def test_behind_a_time_alone_the_line_is_whole() -> None:
    line = "2026-05-01T08:00:00Z something went on"
    assert read(line) == {"level": "info", "message": line, "timestamp": TIME}


def test_pythons_own_form() -> None:
    assert read("ERROR:shop.cart:text") == {"level": "error", "source": "shop.cart", "message": "text"}


@pytest.mark.parametrize(
    ("line", "record"),
    [
        ('level=info msg="hello world" k=v', {"level": "info", "msg": "hello world", "k": "v"}),
        ("k=1 j=true l=007 m=1.50", {"k": 1, "j": True, "l": "007", "m": "1.50", "message": "k=1 j=true l=007 m=1.50"}),
        ("msg=hello", {"msg": "hello"}),
        (
            "level=error msg=failed to connect err=timeout",
            {"level": "error", "msg": "failed to connect", "err": "timeout"},
        ),
        (r'msg="a \"b\" \\ c\n" k=', {"msg": 'a "b" \\ c\n', "k": ""}),
        ('at=info method=GET path="/" status=200', {"at": "info", "method": "GET", "path": "/", "status": 200}),
        ("a=1 a=2 msg=x", {"a": 1, "_a": 2, "msg": "x"}),
        ("2026-05-01T08:00:00Z level=warn msg=x", {"level": "warn", "msg": "x", "timestamp": TIME}),
        ("id=12345678901234567890 msg=x", {"id": "12345678901234567890", "msg": "x"}),
    ],
)
def test_logfmt(line: str, record: dict[str, Any]) -> None:
    assert read(line) == record


@pytest.mark.parametrize(
    ("line", "record"),
    [
        (
            '<165>1 2026-05-01T08:00:00Z host app 12 ID47 [ex@1 a="b \\" c" d=""][y z="1"] \ufeffAn event',
            {"level": "notice", "timestamp": "2026-05-01T08:00:00Z", "host": "host", "source": "app", "procId": "12"}
            | {"msgId": "ID47", "structuredData": {"ex@1": {"a": 'b " c', "d": ""}, "y": {"z": "1"}}}
            | {"facility": "local4", "message": "An event"},
        ),
        ("<34>1 - - su - - - text", {"level": "crit", "source": "su", "facility": "auth", "message": "text"}),
        ("<34>1 - - su - - -", {"level": "crit", "source": "su", "facility": "auth", "message": ""}),
        (
            "<13>May  1 08:00:00 vm shop[12]: text",
            {"level": "notice", "timestamp": "2026-05-01T08:00:00+00:00", "host": "vm", "source": "shop"}
            | {"procId": "12", "facility": "user", "message": "text"},
        ),
        (
            "<14>Dec 31 23:59:59 vm shop: text",
            {"level": "info", "timestamp": "2025-12-31T23:59:59+00:00", "host": "vm", "source": "shop"}
            | {"facility": "user", "message": "text"},
        ),
        ("<11>shop: text\0", {"level": "error", "source": "shop", "facility": "user", "message": "text"}),
        ("<11>text only", {"level": "error", "facility": "user", "message": "text only"}),
        (
            '<11>1 2026-05-01T08:00:00Z h app - - - {"msg":"m","severity":"WARN","n":1.50}',
            {"msg": "m", "severity": "WARN", "n": 1.5, "timestamp": "2026-05-01T08:00:00Z", "host": "h"}
            | {"source": "app", "facility": "user"},
        ),
        ('<11>1 - - - - - - {"msg":"m"}', {"msg": "m", "level": "error", "facility": "user"}),
    ],
)
def test_syslog(line: str, record: dict[str, Any]) -> None:
    assert read(line) == record


def test_a_json_object_is_its_record_and_as_text_it_stays_text() -> None:
    assert read('\ufeff {"a":1.50}\r') == {"a": 1.5}
    assert read_text('{"a":1}', ARRIVED) == {"level": "info", "message": '{"a":1}'}


def test_each_word_for_a_level_is_one_that_the_decoder_knows() -> None:
    decoder = LenientDecoder(Limits())
    for word in (*_LEVELS, *_CONSOLE):
        line = f"{word}: text".encode()
        [entry] = decoder.read(line, ARRIVED).entries
        unknown = {"level": "no such level", "message": "text"}
        [other] = decoder.read(msgspec.json.encode(unknown), ARRIVED).entries
        assert entry.message == "text"
        assert entry.level != "info" or word in ("info", "information", "inf", "notice")
        assert other.level == "info"


@repeatable
@given(
    st.one_of(
        st.text(max_size=80),
        st.text(st.sampled_from('<>[]{}=":\\ -|1aE\x1b'), max_size=80),
        st.lists(
            st.sampled_from(
                ["<13>", "1 ", "- ", "2026-05-14T10:30:00Z ", "[", "]", "ERROR", ": ", "a=b ", '"', '[x y="z"]']
            ),
            max_size=12,
        ).map("".join),
    )
)
def test_whatever_the_line_there_is_a_record(line: str) -> None:
    line = line.encode("utf-8", "replace").decode()
    record = read_line(line, ARRIVED)
    msgspec.json.encode(record)
    if not line.strip(" \t\r\n\x1e\ufeff").startswith("{"):
        assert record
