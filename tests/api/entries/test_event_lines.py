from __future__ import annotations

import json

import pytest

from spectrix_lite.api.entries import event_lines
from spectrix_lite.stream import messages


@pytest.mark.parametrize("size", [5, 200, 70_000])
def test_a_frames_payload(size: int) -> None:
    assert bytes(messages.payload(messages.frame(b"x" * size))) == b"x" * size


def test_an_entry_is_a_line_whatever_line_ends_its_metadata_came_with() -> None:
    entry = b'{"seq":7,"message":"a\\nb","metadata":{"n":\r\n1.50}}'
    frame = messages.entries(7, [entry])
    line = b'{"seq":7,"message":"a\\nb","metadata":{"n":1.50}}'
    assert event_lines.lines("ndjson", "e", frame) == line + b"\n"
    assert event_lines.lines("sse", "e", frame) == b"id: e.7\ndata: " + line + b"\n\n"


def test_what_a_filter_left_out_moves_the_id() -> None:
    frame = messages.entries(9, [b'{"seq":3}', b'{"seq":7}'])
    assert event_lines.lines("sse", "e", frame).endswith(b'id: e.7\ndata: {"seq":7}\n\nid: e.9\n\n')
    assert event_lines.lines("ndjson", "e", frame) == b'{"seq":3}\n{"seq":7}\n'


@pytest.mark.parametrize(
    ("gap", "id_"),
    [
        (messages.Gap(4, 9, 6, "overrun"), b"id: e.9\n"),
        (messages.Gap(1, None, None, "restart"), b"id: e.0\n"),
        (messages.Gap(11, None, None, "reset"), b""),
    ],
)
def test_a_gap_is_an_event_of_its_own(gap: messages.Gap, id_: bytes) -> None:
    frame = messages.encode_message(gap)
    told = event_lines.lines("ndjson", "e", frame)
    assert json.loads(told)["type"] == "gap"
    assert event_lines.lines("sse", "e", frame) == b"event: gap\n" + id_ + b"data: " + told + b"\n"


def test_heartbeats_and_the_end() -> None:
    assert event_lines.heartbeat("ndjson", "e", 3) == b"\n"
    assert event_lines.heartbeat("sse", "e", 3) == b": heartbeat\nid: e.3\n\n"
    assert json.loads(event_lines.end("ndjson", 4001, "session expired")) == {
        "type": "end",
        "code": 4001,
        "reason": "session expired",
    }
    assert event_lines.end("sse", 4001, "x").startswith(b"event: end\ndata: {")
    assert event_lines.lines("sse", "e", messages.encode_message(messages.Heartbeat(1, 1, "t"))) == b""
