"""What a summary of 10,000 entries takes, by CPU time, beside decoding them, in turns.

    python -m bench.summary [--rounds 9] [--write]

Entries as a shop sends them, in this process; `--write` puts the table into bench/summary.md.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from spectrix_lite.api.entries.summary import MOST_BYTES, Outline
from spectrix_lite.api.entries.summing import Totals
from spectrix_lite.entries.entry import CanonicalEntry, encoded_runs, split_run
from spectrix_lite.query.filter import EVERYTHING, candidate
from spectrix_lite.stream.log import LocalLog, number
from spectrix_lite.stream.ring import RingBuffer
from spectrix_lite.stream.search import never
from spectrix_lite.stream.summary import SummarySearch, Summed

from .figures import median
from .shop import IN_A_BATCH, entry

TABLE: Final = Path(__file__).parent / "summary.md"
ENTRIES: Final = 10_000
MOST_MILLISECONDS: Final = 120.0
_batch = msgspec.json.Decoder(list[CanonicalEntry]).decode


def filled() -> RingBuffer:
    """A ring with so many entries that are as no other."""
    ring, log, chance = RingBuffer(ENTRIES, 1 << 26), LocalLog(), random.Random(1)
    for _ in range(ENTRIES // IN_A_BATCH):
        entries = _batch(json.dumps([entry(chance) for _ in range(IN_A_BATCH)]).encode())
        number(entries, log, "2026-05-14T10:30:00.000Z")
        for run, count in encoded_runs(entries):
            ring.append(run, count)
    return ring


def summary(ring: RingBuffer) -> bytes:
    search = SummarySearch(ring, Summed(EVERYTHING), None)
    search.run(never)
    outline = Outline(Totals(search.summed, search.through, search.is_complete, search.lost), "epoch", str)
    outline.run(never)
    return outline.body


def decoded(ring: RingBuffer) -> None:
    for run in ring.after(0):
        for each in split_run(run.encoded):
            candidate(each)


def taken(what: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    began = time.thread_time()
    what()
    return 1000 * (time.thread_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    ring = filled()
    size = len(summary(ring))
    turns = [(taken(lambda: decoded(ring)), taken(lambda: summary(ring))) for _ in range(chosen.rounds)]
    base, whole = (median(list(column)) for column in zip(*turns, strict=True))
    rows = (
        f"| to decode {ENTRIES:,} entries | {base:.0f} | |\n| to summarise them | {whole:.0f} | {size / 1024:.1f} KiB |"
    )
    table = f"| | ms of processor time | answer |\n| --- | --- | --- |\n{rows}"
    print(table)
    if chosen.write:
        about = (__doc__ or "").partition("\n")[0]
        TABLE.write_text(f"# Summary\n\n{about} `python -m bench.summary --write`.\n\n{table}\n", "utf-8")
    assert size <= MOST_BYTES, "a summary is larger than it may be"
    assert whole <= MOST_MILLISECONDS, "a summary takes longer than it may"


if __name__ == "__main__":
    main()
