"""Segment: what is whole of it is read, wherever it is cut, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spectrix_lite.entries.entry import IngestAnswer, Rejection
from spectrix_lite.history.journal.segment import Heading, answered, begin, framed, read_segment
from spectrix_lite.stream.log import RememberedAnswer
from spectrix_lite.stream.ring import Run

HEADING = Heading("service", "epoch", 4)


def run(first: int, last: int) -> Run:
    """Entries whose texts look like what stands between runs."""
    return Run(first, last, b",".join(b'{"seq":%d,"message":"\\n5 6 7\\n"}' % seq for seq in range(first, last + 1)))


def content(*runs: Run) -> bytes:
    parts = [framed(each.first, [(each.encoded, each.last - each.first + 1)]) for each in runs]
    return begin(HEADING) + b"".join(b"".join(part) for part in parts)


RUNS = [run(5, 6), run(7, 7), run(8, 11)]


def test_it_is_read_as_it_was_written() -> None:
    segment = read_segment(content(*RUNS), check=True)
    assert segment is not None
    assert (segment.heading, segment.runs, segment.size, segment.last) == (HEADING, RUNS, len(content(*RUNS)), 11)


def test_wherever_it_is_cut_the_whole_runs_before_are_read() -> None:
    whole = content(*RUNS)
    ends = [len(content(*RUNS[:count])) for count in range(4)]
    for cut in range(len(whole) + 1):
        segment = read_segment(whole[:cut], check=True)
        if cut < ends[0]:
            assert segment is None
        else:
            assert segment is not None
            count = sum(end <= cut for end in ends) - 1
            assert (segment.runs, segment.size) == (RUNS[:count], ends[count])


@given(st.integers(0, len(content(*RUNS)) - 1), st.binary(min_size=1, max_size=300))
def test_what_a_power_loss_has_left_behind_passes_for_no_entry(cut: int, garbage: bytes) -> None:
    """Blocks of zeros, say, where the file had grown and its content was not there yet."""
    whole = content(*RUNS)
    for left in (whole[:cut] + garbage, whole[:cut] + bytes(len(whole) - cut)):
        segment = read_segment(left, check=True)
        if segment is not None and segment.heading == HEADING:
            shared = sum(each.encoded == other.encoded for each, other in zip(segment.runs, RUNS, strict=False))
            assert shared == len(segment.runs) or left.startswith(content(*RUNS[:shared]))


def test_runs_that_do_not_follow_are_left() -> None:
    segment = read_segment(content(RUNS[0], RUNS[2]))
    assert segment is not None
    assert segment.runs == RUNS[:1]
    segment = read_segment(content(run(3, 4)))
    assert segment is not None
    assert segment.runs == []


def test_numbers_that_are_not_those_claimed_are_found() -> None:
    wrong = content(Run(5, 6, run(6, 7).encoded))
    loose, strict = read_segment(wrong), read_segment(wrong, check=True)
    assert loose is not None
    assert strict is not None
    assert (len(loose.runs), len(strict.runs)) == (1, 0)


def test_an_answer_stands_behind_its_batch_and_is_whole_or_not_there() -> None:
    answer = RememberedAnswer("key", b"name", b"body", IngestAnswer(2, 1, [Rejection(0, "level", "not_an_object")]))
    before, line, after = content(RUNS[0]), answered(answer), content(RUNS[1])[len(content()) :]
    segment = read_segment(before + line + after, check=True)
    assert segment is not None
    assert (segment.runs, segment.answers, segment.size) == (RUNS[:2], [answer], len(before + line + after))
    for torn in (line[:-1], line[:9], b"answer {}\n", b"answer"):
        segment = read_segment(before + torn, check=True)
        assert segment is not None
        assert (segment.runs, segment.answers, segment.size) == (RUNS[:1], [], len(before))
