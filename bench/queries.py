"""What the dearest queries take of the longest entry, by CPU time, beside taking that entry in, in turns.

    python -m bench.queries [--rounds 9] [--write]

A query holds the loop for as long as one entry takes it: no slice ends within one. `--write` puts the table into
bench/queries.md; it ends with 1 where one takes more than it may.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.entries.lenient import LenientDecoder
from spectrix_lite.query.filter import candidate
from spectrix_lite.query.parser import parse_query

TABLE: Final = Path(__file__).parent / "queries.md"
MOST: Final = 400
"""Times what it takes to take the entry in: some 50 ms where that takes an eighth of one."""
_ARRIVED: Final = "2026-11-29T16:45:00.000Z"

DEAREST: Final = (
    "/[ab]*a[ab]{30}z/",
    "/a.{32}z/",
    "/ab.{0,38}z/",
    "/ab.{0,18}ab.{0,18}z/",
    "/[ab]{0,9}a[ab]{0,9}az/",
    "/(?:[ab]{0,3}a){0,4}[ab]z/",
    r"/a\S{12}z/i",
    " OR ".join(f"/a[ab]{{14}}{letter}z/" for letter in "xy"),
    " OR ".join(f"/a{number}b/" for number in range(10, 74)),
    " OR ".join(f"{'a' * 6}{number:02d}" for number in range(64)),
    " OR ".join(f'"a\n{number:02d}"' for number in range(64)),
    " OR ".join(f"metadata.a:a{number:02d}" for number in range(52)),
)
"""The dearest that are taken. None of `LONGEST` matches any, so that each is looked through to its end."""

LONGEST: Final = tuple(  # 16 KiB of message, 32 KiB of metadata: whose places bring an engine into ever other states
    b'{"level":"info","message":"%b","metadata":{"a":"%b"}}' % (text[:16_300], text[:32_700])
    for text in (
        bytes(random.Random(7).choices(letters, k=32_700)) for letters in (b"a", b"ab", b"aaaaaaab", b"abcd/ x")
    )
)
"""As entries are sent and kept, but for what the server adds."""


class Row(NamedTuple):
    """Seconds of CPU time for the entry that takes longest, and what it takes to take that one in."""

    query: str
    seconds: float
    taken_in: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.taken_in


_decoder: Final = LenientDecoder(Limits())


def seconds_to_take_in(rounds: int) -> float:
    """CPU time for the longest entry, decoded and encoded again: of some rounds the quickest."""
    return min(_seconds(lambda: _take_in(LONGEST[0])) for _ in range(rounds))


def rows(rounds: int) -> list[Row]:
    """Of each query the worst entry; of its rounds, which go by turns with taking it in, the quickest."""
    found = []
    for query in DEAREST:
        worst = Row(query, 0.0, 1.0)
        for text in LONGEST:
            matching: list[float] = []
            taking: list[float] = []
            for _ in range(rounds):
                taking.append(_seconds(lambda text=text: _take_in(text)))  # type: ignore[misc]
                parse_query.cache_clear()  # as the first entry finds it: an expression remembers where it has been
                parsed, entry = parse_query(query), candidate(text)
                matching.append(_seconds(lambda parsed=parsed, entry=entry: parsed.matches(entry)))  # type: ignore[misc]
            worst = max(worst, Row(query, min(matching), min(taking)), key=lambda row: row.ratio)
        found.append(worst)
    return found


def table(found: list[Row]) -> str:
    lines = ["| query | × taking it in | ms of processor time | at most |", "| --- | ---: | ---: | ---: |"]
    for row in found:
        first, _, more = row.query.replace("\n", "\\n").partition(" OR ")
        shown = f"`{first}`" + (f" OR … ({more.count(' OR ') + 2} terms)" if more else "")
        lines.append(f"| {shown} | {row.ratio:.0f} | {1000 * row.seconds:.1f} | {MOST} |")
    return "\n".join(lines)


def _take_in(entry: bytes) -> None:
    body = b'{"logs":[%b]}' % entry
    batch = _decoder.read_usual(body, _ARRIVED) or _decoder.read(body, _ARRIVED)
    for each in batch.entries:
        encode(each)


def _seconds(what: Callable[[], object]) -> float:
    began = time.thread_time()
    what()
    return time.thread_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    found = rows(chosen.rounds)
    written = table(found)
    print(written)
    if chosen.write:
        about = (__doc__ or "").partition("\n")[0]
        TABLE.write_text(f"# Queries\n\n{about} `python -m bench.queries --write`.\n\n{written}\n", "utf-8")
    return max(row.ratio for row in found) > MOST


if __name__ == "__main__":
    sys.exit(main())
