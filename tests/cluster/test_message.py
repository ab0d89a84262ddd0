"""A message of the log: what one node packs, another unpacks, and what is no such message is said to be none."""

from __future__ import annotations

import msgspec
import pytest

from spectrix_lite.cluster.log.message import MessageHead, epoch_of, pack, unpack, without_first
from spectrix_lite.entries.entry import IngestAnswer
from spectrix_lite.stream.log import RememberedAnswer

RUNS = [(b'{"seq":3},{"seq":4}', 2), (b'{"seq":5}', 1)]
SIZES = tuple((count, len(run)) for run, count in RUNS)
ANSWER = RememberedAnswer("key", b"\x00name", b"body\xff", IngestAnswer(3, 0, []))
HEAD = MessageHead("a-1", "epoch", 3, 3, 1_700_000_000_000, SIZES, (2, 0, 1, 0), (4, 0, 1, 0), (ANSWER,))


def test_comes_back_as_it_was() -> None:
    head, runs = unpack(pack(HEAD, RUNS))
    assert list(runs) == RUNS
    assert head == HEAD


@pytest.mark.parametrize("cut", [0, 3, 10, -1])
def test_half_a_message_is_none(cut: int) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack(pack(HEAD, RUNS)[:cut])


class EarlierHead(msgspec.Struct, array_like=True):
    """As a node of an earlier version reads it, which knows of no more than that."""

    attempt: str
    epoch: str
    first: int


def test_an_earlier_version_reads_what_it_knows() -> None:
    packed = pack(HEAD, RUNS)
    earlier = msgspec.msgpack.decode(packed[4 : 4 + int.from_bytes(packed[:4], "big")], type=EarlierHead)
    assert earlier == EarlierHead("a-1", "epoch", 3)


def test_runs_without_their_first_entries() -> None:
    runs = [*RUNS, (b"", 2)]
    assert list(without_first(runs, 0)) == runs
    assert list(without_first(runs, 1)) == [(b'{"seq":4}', 1), *runs[1:]]
    assert list(without_first(runs, 2)) == runs[1:]
    assert list(without_first(runs, 4)) == [(b"", 1)]
    assert list(without_first(runs, 9)) == []


def test_a_service_has_an_epoch_of_its_own() -> None:
    assert epoch_of("e", "a") == epoch_of("e", "a")
    assert len({epoch_of("e", "a"), epoch_of("e", "b"), epoch_of("f", "a")}) == 3
