"""Fluent's forward protocol, in whatever pieces it comes."""

from __future__ import annotations

import gzip
import random
from typing import Any

import msgspec
import pytest

from spectrix_lite.core.errors import InvalidBody
from spectrix_lite.entries.entry import Limits
from spectrix_lite.protocols.batch_builder import BatchBuilder, RecordReader
from spectrix_lite.protocols.protocol import Decoded
from spectrix_lite.protocols.streamed.first_bytes import foreign
from spectrix_lite.protocols.streamed.fluent import LARGEST, MessageSplitter, take_message

from ..support.growth import check_linear
from .golden import ARRIVED
from .reading import shown

pack = msgspec.msgpack.encode
AT = 1795970700
EVENT_TIME = msgspec.msgpack.Ext(0, AT.to_bytes(4, "big") + (123_000_000).to_bytes(4, "big"))
RECORD = {"message": "user 7 logged in", "level": "warn", "user": 7}


def taken(message: Any) -> tuple[list[dict[str, Any]], bytes | None]:
    builder = BatchBuilder(RecordReader(Limits()), ARRIVED)
    answer = take_message(message if isinstance(message, bytes) else pack(message), builder)
    return shown(Decoded(builder.batch)), answer


@pytest.mark.parametrize(
    "message",
    [
        ["shop.api", EVENT_TIME, RECORD],
        ["shop.api", EVENT_TIME, RECORD, {}],
        ["shop.api", [[EVENT_TIME, RECORD]], {"size": 1}],
        ["shop.api", pack([EVENT_TIME, RECORD])],
        ["shop.api", gzip.compress(pack([EVENT_TIME, RECORD])), {"compressed": "gzip"}],
        [b"shop.api", EVENT_TIME, {b"message": b"user 7 logged in", b"level": b"warn", b"user": 7}],
    ],
    ids=["message", "option", "forward", "packed", "compressed", "bytes"],
)
def test_every_mode(message: Any) -> None:
    (entry,), answer = taken(message)
    assert (entry["message"], entry["level"]) == ("user 7 logged in", "warn")
    assert entry["timestamp"] == "2026-11-29T16:45:00.123Z"
    assert entry["metadata"] == {"user": 7, "tag": "shop.api"}
    assert answer is None


@pytest.mark.parametrize("when", [AT, float(AT), EVENT_TIME])
def test_times_and_acks(when: Any) -> None:
    (entry,), answer = taken(["t", [[when, RECORD]], {"chunk": "abc"}])
    assert entry["timestamp"].startswith("2026-11-29T16:45:00.")
    assert msgspec.msgpack.decode(answer or b"") == {"ack": "abc"}


def test_dockers_driver_sends_records_as_texts() -> None:
    record = {"log": '{"level":50,"msg":"boom"}', "container_name": "/web", "source": "stderr"}
    (entry,), _ = taken(["web", EVENT_TIME, record])
    assert (entry["level"], entry["message"]) == ("error", "boom")
    assert (entry["source"], entry["metadata"]["stream"]) == ("/web", "stderr")
    (entry,), _ = taken(["web", EVENT_TIME, {"log": "plain", "container_name": "/web"}])
    assert (entry["message"], entry["source"]) == ("plain", "/web")


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_messages_are_cut_in_whatever_pieces_they_come(size: int) -> None:
    values = [
        ["a", 1, {"x": ["y" * 300, None, 1.5, -7, 2**40, b"z" * 70_000, {"d": []}]}],
        ["b", [[EVENT_TIME, {}]], {}],
    ]
    data = b"".join(map(pack, values))
    splitter = MessageSplitter()
    found = [each for at in range(0, len(data), size) for each in splitter.feed(data[at : at + size])]
    assert found == list(map(pack, values))


@pytest.mark.parametrize(
    "data",
    [
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x93\xa1t" + b"\xc6\x00\x3f\xff\xff" + bytes(LARGEST),
    ],
)
def test_what_is_no_msgpack_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidBody):
        list(MessageSplitter().feed(data))


def test_a_message_that_opens_to_too_much_is_refused() -> None:
    with pytest.raises(InvalidBody):
        taken(["t", gzip.compress(bytes(2 * LARGEST)), {"compressed": "gzip"}])


@pytest.mark.parametrize("message", [7, [], ["t"], [1, 2, 3], {"a": 1}])
def test_what_is_no_message_is_refused(message: Any) -> None:
    with pytest.raises(InvalidBody):
        taken(message)


def test_a_record_that_is_none_costs_itself() -> None:
    builder = BatchBuilder(RecordReader(Limits()), ARRIVED)
    take_message(pack(["t", [[AT, RECORD], 7, [AT, "text"], [AT, RECORD]]]), builder)
    assert (len(builder.batch.entries), [each.index for each in builder.batch.rejected]) == (2, [1, 2])


def test_it_takes_linear_time() -> None:
    def in_pieces(data: bytes) -> None:
        splitter = MessageSplitter()
        assert sum(1 for at in range(0, len(data), 20) for _ in splitter.feed(data[at : at + 20])) == 1

    check_linear(in_pieces, lambda size: pack(["t", [[1, {"a": 1}]] * (size // 5)]), 320_000)


def test_noise_raises_nothing_else() -> None:
    rng = random.Random(1)
    for _ in range(300):
        noise = rng.randbytes(200)
        try:
            for message in MessageSplitter().feed(noise):
                taken(message)
        except InvalidBody:
            pass


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"POST / HTTP/1.1\r\n", "http"),
        (b"\r\nGET /x", "http"),
        (b"PRI * HTTP/2.0", "http"),
        (b"\x16\x03\x01\x02\x00", "tls"),
        (b"\x16", True),
        (b"OPTI", True),
        (b"", True),
        (b"POSTED", False),
        (b"<13>GET / HTTP/1.1", False),
        (b"\x93\xa1t", False),
        (b"GETTING up", False),
        (b"P" * 64, False),
    ],
)
def test_a_browser_is_told_by_its_first_bytes(data: bytes, found: object) -> None:
    assert foreign(data) == found
