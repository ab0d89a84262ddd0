"""The stream's messages have the contract's names, and each travels in one whole frame."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from spectrix_lite.stream import messages
from spectrix_lite.stream.messages import (
    Cursor,
    Expiring,
    FilterProblem,
    Gap,
    Heartbeat,
    ServiceName,
    SetFilter,
    Watch,
    Watching,
    decode_message,
    encode_message,
    read_cursor,
)

TIME = "2026-05-14T10:30:00.000Z"


def payload(frame: bytes) -> bytes:
    """The payload of one unmasked final text frame, and of nothing besides (RFC 6455, section 5.2)."""
    assert frame[0] == 0x81, "FIN and text, no reserved bit"
    size, start = frame[1], 2
    if size == 126:
        [size], start = struct.unpack("!H", frame[2:4]), 4
        assert size > 125, "the shortest form"
    elif size == 127:
        [size], start = struct.unpack("!Q", frame[2:10]), 10
        assert size > 65535, "the shortest form"
    assert len(frame) == start + size
    return frame[start:]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 300_000])
def test_a_frame_says_how_long_it_is(size: int) -> None:
    content = b"x" * size
    assert payload(messages.frame(content)) == content


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (
            Watching("s1", "operator", ServiceName("a", "Auth"), TIME, TIME, "e", 1, 0, False),
            {
                "type": "watching",
                "sessionId": "s1",
                "kind": "operator",
                "service": {"id": "a", "name": "Auth"},
                "expiresAt": TIME,
                "time": TIME,
                "epoch": "e",
                "oldest": 1,
                "head": 0,
                "resumed": False,
            },
        ),
        (Gap(3, 7, 5, "overrun"), {"type": "gap", "from": 3, "to": 7, "count": 5, "reason": "overrun"}),
        (Gap(1, None, None, "restart"), {"type": "gap", "from": 1, "to": None, "count": None, "reason": "restart"}),
        (Expiring(TIME, 60), {"type": "expiring", "expiresAt": TIME, "seconds": 60}),
        (Heartbeat(4, 9, TIME), {"type": "heartbeat", "through": 4, "head": 9, "time": TIME}),
        (FilterProblem("invalid_filter", "why"), {"type": "error", "code": "invalid_filter", "detail": "why"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_messages_have_the_names_of_the_contract(content: Any, shown: dict[str, Any]) -> None:
    assert json.loads(payload(encode_message(content))) == shown


@pytest.mark.parametrize("size", [10, 125, 200, 65_500, 66_000])
@pytest.mark.parametrize("runs", [1, 2, 3])
def test_entries_go_around_runs_as_they_are(runs: int, size: int) -> None:
    run = b'{"seq":1, "message":"%b"}' % (b"x" * size)
    text = payload(messages.entries(41, [run] * runs))
    assert text == b'{"type":"entries","through":41,"entries":[%b]}' % b",".join([run] * runs)
    assert len(json.loads(text)["entries"]) == runs


def test_the_first_message_of_a_client() -> None:
    assert decode_message('{"type":"watch","token":"t"}') == Watch("t")
    full = '{"type":"watch","token":"t","after":{"epoch":"e","seq":4},"backlog":7,"filter":{"levels":["warn"]}}'
    assert decode_message(full) == Watch("t", {"epoch": "e", "seq": 4}, 7, {"levels": ["warn"]})
    # Garbage in these two has answers of its own: a reset, and a refusal that names the filter.
    assert decode_message('{"type":"watch","token":"t","after":7,"filter":"x"}') == Watch("t", 7, None, "x")


def test_a_client_changes_its_filter() -> None:
    assert decode_message('{"type":"filter","filter":{"q":"a"}}') == SetFilter({"q": "a"})
    assert decode_message('{"type":"filter"}') == SetFilter(None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"type":"watch"}',
        '{"type":"watch","token":1}',
        '{"type":"watch","token":"t","backlog":"many"}',
        '{"type":"watch","token":"t","backlog":1.5}',
        '{"type":"entries","through":1,"entries":[]}',
        '{"type":"WATCH","token":"t"}',
        '{"type":1}',
        '{"type":"watch","token":"t"} {}',
    ],
)
def test_other_messages_are_refused(text: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_message(text)


@pytest.mark.parametrize("depth", [100, 2000])
def test_a_deep_message_is_read_or_refused(depth: int) -> None:
    """As deep as 4 KiB may be: nothing worse than the one error comes of it."""
    with suppress(RecursionError):
        assert isinstance(decode_message('{"type":"filter","filter":' + "[" * depth + "]" * depth + "}"), SetFilter)


@pytest.mark.parametrize(
    ("value", "cursor"),
    [
        ({"epoch": "e", "seq": 0}, Cursor("e", 0)),
        ({"epoch": "e", "seq": 10**15, "more": 1}, Cursor("e", 10**15)),
        ({"epoch": "e", "seq": -1}, None),
        ({"epoch": "e", "seq": "1"}, None),
        ({"epoch": "e", "seq": 1.5}, None),
        ({"epoch": "e", "seq": True}, None),
        ({"epoch": 1, "seq": 1}, None),
        ({"epoch": "e"}, None),
        ({"seq": 1}, None),
        ({}, None),
        ([], None),
        ("e.1", None),
        (1, None),
    ],
    ids=str,
)
def test_a_cursor_is_read_or_it_is_none(value: Any, cursor: Cursor | None) -> None:
    """case 60"""
    assert read_cursor(value) == cursor
