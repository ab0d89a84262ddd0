"""Fluent's forward protocol: messages in msgpack, one record, many, or packed; some of them to be acknowledged."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Raw

from ...core.errors import InvalidBody
from ...core.timestamps import read_epoch
from ...entries.fields.values import Members, read_text
from .. import json_tree
from ..batch_builder import BatchBuilder, encode_any

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a message, packed records opened."""

LARGEST_RECORD: Final = 256 * 1024
"""Bytes of one record: what is larger is rejected, as no entry could hold it."""

_FIXED: Final = {
    # header byte: bytes that follow it, children
    **dict.fromkeys((*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3), 0),
    **{0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8},
    **{0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17},
    **{0xA0 + size: size for size in range(32)},
}
_SIZED: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENDED: Final = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_CHILDREN: Final = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


class MessageSplitter:
    """Cuts a stream of bytes into msgpack values, without decoding them; goes on where it stopped."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._start = self._at = 0
        self._pending = 1  # values until the message is complete

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are complete. Raises InvalidBody for what is no msgpack, or too large."""
        self._rest += data
        while self._advance():
            yield bytes(self._rest[self._start : self._at])
            self._start = self._at
            self._pending = 1
        del self._rest[: self._start]
        self._at -= self._start
        self._start = 0
        if len(self._rest) > LARGEST:
            raise InvalidBody("A message is too large.")

    def _advance(self) -> bool:
        rest, at, pending = self._rest, self._at, self._pending
        end = len(rest)
        while pending and at < end:
            head = rest[at]
            after, children = at + 1, 0
            if (fixed := _FIXED.get(head)) is not None:
                after += fixed
            elif 0x80 <= head <= 0x8F:
                children = 2 * (head & 15)
            elif 0x90 <= head <= 0x9F:
                children = head & 15
            elif (width := _SIZED.get(head) or _EXTENDED.get(head)) is not None:
                if after + width > end:
                    break
                after += width + int.from_bytes(rest[after : after + width], "big") + (head in _EXTENDED)
            elif head in _CHILDREN:
                width, each = _CHILDREN[head]
                if after + width > end:
                    break
                children = each * int.from_bytes(rest[after : after + width], "big")
                after += width
            else:
                raise InvalidBody("There is no such msgpack value.")
            if after - self._start > LARGEST or children > LARGEST:
                raise InvalidBody("A message is too large.")
            if after > end:
                break
            at = after
            pending += children - 1
        self._at, self._pending = at, pending
        return pending == 0


def _time(code: int, data: memoryview) -> Any:
    """EventTime: seconds and nanoseconds."""
    if code != 0 or len(data) != 8:
        return None
    return _EventTime(int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big"))


class _EventTime(msgspec.Struct, frozen=True):
    seconds: int
    nanoseconds: int


_decode_parts: Final = msgspec.msgpack.Decoder(list[Raw]).decode
_decode: Final = msgspec.msgpack.Decoder(ext_hook=_time).decode


def take_message(message: bytes, builder: BatchBuilder) -> bytes | None:
    """One message's records as entries; what to answer where it asks to be acknowledged.

    Raises InvalidBody for what is no message of Fluent's, TooLarge.
    """
    parts = _parts(message)
    tag = _value(parts[0]) if len(parts) >= 2 else None
    if type(tag) not in (str, bytes):
        raise InvalidBody("A message begins with its tag.")
    second = memoryview(parts[1])[0]
    is_packed = 0xA0 <= second <= 0xBF or second in _SIZED
    is_many = 0x90 <= second <= 0x9F or second in (0xDC, 0xDD)
    at = 2 if is_packed or is_many else 3
    option = _value(parts[at]) if len(parts) > at else None
    records: Iterable[Raw | bytes | None]
    if is_packed:
        records = _packed(_value(parts[1]), option)
    elif is_many:
        records = _parts(parts[1])
    else:
        records = [_record(parts[1], parts[2] if len(parts) > 2 else None)]
    for record in records:
        _take(record, _name(tag), builder)
    chunk = option.get("chunk") if type(option) is dict else None
    return None if chunk is None else msgspec.msgpack.encode({"ack": chunk})


def _parts(array: Raw | bytes) -> list[Raw]:
    try:
        return _decode_parts(array)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise InvalidBody("The message cannot be read.") from None


def _value(part: Raw | bytes) -> Any:
    """None for what cannot be decoded."""
    try:
        return _decode(part)
    except (msgspec.MsgspecError, RecursionError, ValueError, TypeError):
        return None


def _record(time: Raw, fields: Raw | None) -> bytes | None:
    return None if fields is None else b"\x92" + bytes(time) + bytes(fields)


def _packed(data: Any, option: Any) -> Iterator[bytes]:
    packed = data.encode() if type(data) is str else data
    if type(packed) is not bytes:
        raise InvalidBody("The records cannot be read.")
    if type(option) is dict and option.get("compressed") == "gzip":
        opener = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            packed = opener.decompress(packed, LARGEST + 1)
        except zlib.error:
            raise InvalidBody("The records are no gzip.") from None
        if len(packed) > LARGEST:
            raise InvalidBody("A message is too large.")
    yield from MessageSplitter().feed(packed)


def _take(part: Raw | bytes | None, tag: str, builder: BatchBuilder) -> None:
    record = None if part is None or len(part) > LARGEST_RECORD else _value(part)
    if type(record) is not list or len(record) < 2 or type(record[1]) is not dict:
        builder.reject(None, "not_a_record", b"")
        return
    fields: Members = {_name(name): Raw(encode_any(_text(value))) for name, value in record[1].items()}
    if "container_name" in fields:
        json_tree.names_stream(fields)  # of Docker's driver
    around: Members = {"tag": Raw(msgspec.json.encode(tag))}
    for name in ("log", "message"):
        text = read_text(fields[name]) if name in fields else None
        inner = builder.inner(text) if text else None
        if inner is not None:
            del fields[name]
            fields, around = inner, {**fields, **around}
            break
    builder.record(fields, around, _moment(record[0]))


def _name(name: Any) -> str:
    return name if type(name) is str else name.decode("utf-8", "replace") if type(name) is bytes else str(name)[:100]


def _text(value: Any) -> Any:
    """Older senders have no texts but bytes."""
    return value.decode("utf-8", "replace") if type(value) is bytes else value


def _moment(time: Any) -> str | None:
    if type(time) is _EventTime:
        return read_epoch(time.seconds, f"{time.nanoseconds:09}")
    if type(time) is int and time >= 0:
        return read_epoch(time)
    return read_epoch(int(time), f"{time % 1:.6f}"[2:]) if type(time) is float and 0 <= time < 1e12 else None
