"""Message of a service's log as the engine keeps it: a head that says what it holds, then runs of entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from ...entries.entry import split_run
from ...stream.log import RememberedAnswer

_EPOCH_BYTES: Final = 9

_REBUILT: Final = "rebuilt-"

Levels = tuple[int, int, int, int]
"""Entries by level, as in `entry.LEVELS`."""


class MessageHead(msgspec.Struct, array_like=True, gc=False):
    """Of entries `first` and following, by runs. `attempt` is the writer's name for what it stores at once: all of that
    but the last message says `more`.

    `levels` counts what is in it, `totals` all of the epoch with it. `at` is when the writer took it, in ms since 1970
    UTC. Where there is something in `forget` there are no entries: those of these seqs are to be taken out.
    `settles` are the names of attempts that came before, and are in the log: see `refill`.
    """

    attempt: str
    epoch: str
    first: int
    count: int
    at: int
    runs: tuple[tuple[int, int], ...]
    levels: Levels
    totals: Levels
    answers: tuple[RememberedAnswer, ...] = ()
    more: bool = False
    forget: tuple[int, ...] = ()
    settles: tuple[str, ...] = ()

    @property
    def is_rebuilt(self) -> bool:
        """Whether it says once more what an earlier stream had, which a node may know."""
        return self.attempt.startswith(_REBUILT)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(MessageHead).decode


def pack(head: MessageHead, runs: Sequence[tuple[bytes, int]]) -> bytes:
    """The message. What `head` says of runs has to be what they are."""
    packed = _encode(head)
    return b"".join((len(packed).to_bytes(4, "big"), packed, *(encoded for encoded, _ in runs)))


def unpack(data: bytes) -> tuple[MessageHead, Sequence[tuple[bytes, int]]]:
    """The head, and the runs as `ring.append` takes them. Raises ValueError for what is no such message."""
    start = 4 + int.from_bytes(data[:4], "big")
    head = _decode(data[4:start])
    runs = []
    left = head.count
    for count, size in head.runs:
        runs.append((data[start : start + size], count))
        start += size
        left -= count
    if start != len(data) or left:
        raise ValueError("not as long as its head says")
    return head, runs


def rebuilt_by(rebuild: str) -> str:
    """The attempt of what is said once more."""
    return _REBUILT + rebuild


def without_first(runs: Iterable[tuple[bytes, int]], count: int) -> Iterator[tuple[bytes, int]]:
    """Runs as `ring.append` takes them, but for their first `count` entries."""
    for encoded, there in runs:
        gone = min(count, there)
        count -= gone
        if gone == 0:
            yield encoded, there
        elif gone < there:
            yield b",".join(split_run(encoded)[gone:]) if encoded else b"", there - gone


def epoch_of(epoch: str, service_id: str) -> str:
    """A service's own epoch, made of the log's: the same on each node, and nobody else's."""
    digest = blake2b(f"{epoch} {service_id}".encode(), digest_size=_EPOCH_BYTES).digest()
    return digest.hex()
