"""Snappy: one block opened, to no more than it may be; by hand, as a library would add 4 MB to every install."""

from __future__ import annotations

from ...core.errors import InvalidBody, TooLarge
from .. import wire


def opened(block: bytes, most: int) -> bytes:
    """The content of a block. Raises TooLarge where it says that it opens to more than `most` bytes, before any of it
    is opened, and InvalidBody where it is broken.
    """
    size, at = wire.varint(block, 0, len(block))
    if size > most:
        raise TooLarge(f"A body in this form has at most {most} bytes when opened; send smaller batches.")
    found = bytearray()
    end = len(block)
    try:
        while at < end:
            tag = block[at]
            kind, length = tag & 3, (tag >> 2) + 1
            if kind == 0:
                at += 1
                if length > 60:
                    extra = length - 60
                    length = int.from_bytes(block[at : at + extra], "little") + 1
                    at += extra
                if at + length > end:
                    raise InvalidBody
                found += block[at : at + length]
                at += length
            else:
                if kind == 1:
                    length, offset, used = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | block[at + 1], 2
                else:
                    used = 3 if kind == 2 else 5
                    offset = int.from_bytes(block[at + 1 : at + used], "little")
                at += used
                _copy(found, offset, length)
            if len(found) > size:
                raise InvalidBody
    except IndexError:
        raise InvalidBody from None
    if len(found) != size or at != end:
        raise InvalidBody("The body is no snappy block, or cut short.")
    return bytes(found)


def _copy(found: bytearray, offset: int, length: int) -> None:
    """Again what stands `offset` bytes back; where it is shorter than `length`, again and again."""
    start = len(found) - offset
    if start < 0 or not offset:
        raise InvalidBody
    if offset >= length:
        found += found[start : start + length]
    else:
        piece = bytes(found[start:])
        found += (piece * (length // offset + 1))[:length]
