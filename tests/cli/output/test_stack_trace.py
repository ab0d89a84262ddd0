"""The corpus of stack traces: each is one entry, and no line beside it is taken in.

`tests/golden/stack_traces/` has a file a runtime, a trace under each `==== name`. Most of Node, Python and Java
are what the runtimes themselves printed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrix_lite.cli.output.capture import Capture
from spectrix_lite.cli.output.stack_trace import MOST_LINES, Line, StackTraces

FOLDER = Path(__file__).parents[2] / "golden" / "stack_traces"
AT = "2026-05-14T10:30:00.000Z"

ORDINARY = [
    "Server listening on http://localhost:3000",
    "2026-05-14T10:30:00.112Z INFO GET /api/orders/7 200 12 ms",
    '{"level":"info","msg":"served","ms":12}',
    "level=info msg=served ms=12",
    "[10:30:00] INFO: compiled in 212 ms",
    "GET /api/orders/7 503 2 ms - 17",
    "> shop@1.0.0 dev",
    "retrying: the connection was lost, 3 of 5",
    '127.0.0.1 - - [14/May/2026:10:30:00 +0000] "GET / HTTP/1.1" 500 17',
    "warn: no settings, using defaults",
    "an Error may follow, or none",
    "ready in 1.2 s @ localhost (main#3)",
    "Error: connect ECONNREFUSED 127.0.0.1:5432",
    "  \u279c  Local:   http://localhost:5173/",
]
"""Lines that stand before and after traces."""


def corpus() -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.glob("*.txt")):
        for case in path.read_text("utf-8").split("==== ")[1:]:
            name, _, trace = case.partition("\n")
            yield f"{path.stem}: {name}", trace.strip("\n")


CORPUS = dict(corpus())


def groups(text: str) -> list[str]:
    traces = StackTraces()
    found = [group for line in text.split("\n") for group in traces.add(Line(line, None, AT))]
    found += traces.flush()
    return ["\n".join(line.text for line in group) for group in found if group[0].text.strip()]


def is_joined(number: int, trace: str) -> bool:
    """Between two ordinary lines on each side."""
    around = [ORDINARY[(number + step) % len(ORDINARY)] for step in range(4)]
    return groups("\n".join([*around[:2], trace, *around[2:]])) == [*around[:2], trace, *around[2:]]


def test_99_of_100_traces_are_joined_right() -> None:
    assert len(CORPUS) >= 150
    wrong = [name for number, (name, trace) in enumerate(CORPUS.items()) if not is_joined(number, trace)]
    assert len(wrong) * 100 <= len(CORPUS), wrong


def test_each_runtime_is_there() -> None:
    runtimes = {name.partition(":")[0] for name in CORPUS}
    assert runtimes == {"node", "python", "java", "go", "ruby", "dotnet", "browser"}


@pytest.mark.parametrize("seed", range(3))
def test_traces_that_follow_each_other_in_any_order_and_in_chunks_of_any_size(seed: int) -> None:
    """Each with ordinary lines between, as bytes, through the whole capture."""
    chance = random.Random(seed)
    names = list(CORPUS)
    chance.shuffle(names)
    parts = [part for name in names for part in (CORPUS[name], chance.choice(ORDINARY))]
    data = "".join(part + "\n" for part in parts).encode()
    capture = Capture("stdout")
    records = []
    while data:
        size = chance.randrange(1, 5000)
        records += capture.feed(data[:size], AT)
        data = data[size:]
    records += capture.flush()
    messages = [record.get("message") for record in records]
    traces = [CORPUS[name].split("\n")[-1] for name in names if "\n" in CORPUS[name]]
    joined = sum(any(str(message).endswith(last) and "\n" in str(message) for message in messages) for last in traces)
    assert joined >= 0.99 * len(traces)
    assert abs(len(records) - len(parts)) <= 0.02 * len(parts)


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_lines_stay_alone(line: str) -> None:
    assert groups(f"{line}\n{line}\nend") == [line, line, "end"]


def test_every_line_comes_out_once_whatever_comes() -> None:
    chance = random.Random(7)
    lines = [line for trace in CORPUS.values() for line in trace.split("\n")] + ORDINARY
    chance.shuffle(lines)
    assert "\n".join(groups("\n".join(lines))).split("\n") == [line for line in lines if line.strip()] or [
        line for line in "\n".join(groups("\n".join(lines))).split("\n") if line.strip()
    ] == [line for line in lines if line.strip()]


def test_a_trace_without_end_is_cut() -> None:
    endless = "Error: x\n" + "\n".join(f"    at f{number} (/a.js:1:2)" for number in range(MOST_LINES * 2))
    sizes = [group.count("\n") + 1 for group in groups(endless)]
    assert max(sizes) <= MOST_LINES
    assert len(sizes) <= 4


def test_an_error_without_frames_keeps_nothing() -> None:
    traces = StackTraces()
    assert traces.add(Line("Error: retrying", None, AT)) == []
    assert [group[0].text for group in traces.add(Line("2026-05-14T10:30:00Z INFO connected", None, AT))] == [
        "Error: retrying"
    ]
