"""History: what it costs to keep entries, how many bytes they take, and how long it takes to find one.

python -m bench.history [ENTRIES]

Ratios of processor time, in turns within one process; a table in Markdown on standard output. The entries are those of
the shop, each with a time and an id of its own.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from spectrix_lite.core.clock import SystemClock
from spectrix_lite.core.config import Config
from spectrix_lite.core.history_bounds import HistoryBounds
from spectrix_lite.core.timestamps import rfc3339
from spectrix_lite.entries.entry import Limits, encode
from spectrix_lite.entries.fast import FastDecoder
from spectrix_lite.history.blocks.block_store import BlockStore
from spectrix_lite.history.blocks.codec import ZLIB, Codec
from spectrix_lite.history.blocks.description import dictionary
from spectrix_lite.history.blocks.sealer import Sealer
from spectrix_lite.history.journal.files import JournalFiles, Write, write_parts
from spectrix_lite.history.journal.journal import Disk, Journal
from spectrix_lite.history.journal.segment import Heading, begin, framed, read_segment
from spectrix_lite.history.search.question import Question
from spectrix_lite.history.search.reader import Reader
from spectrix_lite.history.search.searcher import Searcher
from spectrix_lite.stream.hub import Hub
from spectrix_lite.stream.log import LocalLogs

from .shop import IN_A_BATCH, entry

BLOCK: Final = 2_000
TURNS: Final = 6
_HOLE: Final = re.compile(r"@(time|id)@")
BEGAN: Final = 1_795_392_000_000
DAY: Final = 86_400_000
RARE: Final = "zanzibar"


def bodies(count: int, seed: int = 1) -> list[str]:
    """Different requests, with holes for times and ids."""
    chance = random.Random(seed)
    return [
        json.dumps({"logs": [entry(chance) for _ in range(IN_A_BATCH)]}, separators=(",", ":")) for _ in range(count)
    ]


def seed_like(count: int) -> list[str]:
    """As the seed's middleware sends them: of one shape, few words."""
    chance = random.Random(2)
    paths = ("/api/users", "/api/orders", "/api/products", "/health")

    def one() -> dict[str, Any]:
        path = f"{chance.choice(paths)}/{chance.randrange(500)}"
        about = {"duration": chance.randrange(200), "ip": "127.0.0.1", "userAgent": "curl/8.5.0", "requestId": "@id@"}
        return {"timestamp": "@time@", "level": "info", "source": "api", "message": f"GET {path} 200", "method": "GET",
                "endpoint": path, "statusCode": 200, "metadata": about}  # fmt: skip

    return [json.dumps({"logs": [one() for _ in range(IN_A_BATCH)]}, separators=(",", ":")) for _ in range(count)]


class Filled:
    """Requests with their holes filled, so many milliseconds apart."""

    def __init__(self, texts: Sequence[str], apart: float = 20.0) -> None:
        self._texts = texts
        self._apart = apart
        self._decode = FastDecoder(Limits()).batch
        self._chance = random.Random(3)
        self.made = 0

    def body(self) -> tuple[bytes, str]:
        """(body, time of receipt)."""
        received = rfc3339(BEGAN + int(self._apart * self.made))
        text = self._texts[self.made % len(self._texts)]
        self.made += 1

        def fill(hole: re.Match[str]) -> str:
            return received if hole[1] == "time" else f"{self._chance.getrandbits(64):016x}"

        return _HOLE.sub(fill, text).encode(), received

    def runs(self, entries: int) -> Iterator[tuple[int, bytes]]:
        """(first seq, run) of so many entries."""
        seq = 1
        while seq <= entries:
            body, received = self.body()
            batch = self._decode(body, received)
            assert batch is not None
            for each in batch:
                each.seq, each.received_at = seq, received
                seq += 1
            yield seq - len(batch), encode(batch)[1:-1]


def cpu(work: Callable[[], object], turns: int = 1) -> float:
    """Seconds of processor time, of the best of some turns."""
    spent = []
    for _ in range(turns):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


class Ingest(NamedTuple):
    """Entries a second of processor time: without history beside the same, with it and with one whose journal is
    compressed beside without; bytes an entry of both journals.
    """

    same: float
    kept: float
    packed: float
    kept_bytes: float
    packed_bytes: float


def ingest(folder: Path) -> Ingest:
    """Decoding and appending, the best of some turns."""
    filled = Filled(bodies(100))
    sent = [filled.body() for _ in range(400)]
    decode = FastDecoder(Limits()).batch
    codec, written = Codec(), [0, 0]

    def write(descriptor: int, parts: Sequence[bytes]) -> int:
        written[0] += (size := write_parts(descriptor, parts))
        return size

    def write_packed(descriptor: int, parts: Sequence[bytes]) -> int:
        content = b"".join(parts)
        written[1] += os.write(descriptor, codec.pack(content))
        return len(content)

    class Journals(LocalLogs):
        def __init__(self, name: str, write: Write) -> None:
            self._disk = Disk(JournalFiles(folder / name, write), time.monotonic)
            self._disk.enabled = True

        def open(self, service_id: str) -> Any:
            return Journal(service_id, self._disk)

    def turn(hub: Hub) -> Callable[[], None]:
        def run() -> None:
            for body, received in sent:
                batch = decode(body, received)
                assert batch is not None
                hub.ingest_now("a", batch)

        return run

    logs = [None, None, Journals("plain", write), Journals("packed", write_packed)]
    hubs = [Hub(Config(), SystemClock(), each) for each in logs]
    for hub in hubs:
        hub.open_service("a", "A")
    taken: list[list[float]] = [[] for _ in hubs]
    for _ in range(TURNS):
        for spent, hub in zip(taken, hubs, strict=True):
            spent.append(cpu(turn(hub)))
    one, again, kept, packed = (min(spent) for spent in taken)
    entries = TURNS * len(sent) * IN_A_BATCH
    return Ingest(one / again, one / kept, one / packed, written[0] / entries, written[1] / entries)


def sealed(folder: Path, texts: Sequence[str], entries: int, codec: Codec) -> tuple[BlockStore, dict[str, float]]:
    """A history of so many entries, of one day, and what it took: seconds and bytes an entry."""
    store = BlockStore.open(folder / "x.history", codec=codec)
    sealer = Sealer(store, folder / "journal", HistoryBounds(None, None), lambda: BEGAN)
    (folder / "journal" / "a").mkdir(parents=True)
    spent = {"sealing": 0.0, "dictionary": 0.0, "raw": 0.0}
    parts: list[bytes] = []
    first = at = 0
    for seq, run in Filled(texts, DAY * IN_A_BATCH / entries).runs(entries):
        first = first or seq
        at = seq + IN_A_BATCH - 1
        if at - BLOCK // 2 < entries // 2 <= at:
            run = run.replace(b"GET ", RARE.encode() + b" GET ", 1)
        parts += framed(seq, [(run, IN_A_BATCH)])
        if at % BLOCK == 0:
            path = folder / "journal" / "a" / f"{first:015}.segment"
            content = begin(Heading("a", "e", first - 1)) + b"".join(parts)
            path.write_bytes(content)
            segment = read_segment(content)
            assert segment is not None
            if first % (BLOCK * 50) == 1:
                spent["dictionary"] += cpu(lambda segment=segment: dictionary(segment), 5) * 50  # type: ignore[misc]
            spent["raw"] += len(content)
            spent["sealing"] += cpu(lambda path=path: sealer.seal([path]))  # type: ignore[misc]
            parts, first = [], 0
    spent["bytes"] = store.size()
    return store, {name: value / at for name, value in spent.items()}


def searched(store: BlockStore, folder: Path, entries: int) -> Iterator[tuple[str, str, float]]:
    """(question, what was found, seconds of processor time) of the questions of the issue."""
    searcher = Searcher(store, Reader(store, folder / "journal"), time.monotonic)
    hour = {"start": rfc3339(BEGAN + DAY // 2), "end": rfc3339(BEGAN + DAY // 2 + DAY // 24)}
    for name, asked in (
        ("a rare word, all of it", {"filter": {"q": RARE}}),
        ("the newest 1,000 of a frequent word", {"filter": {"q": "products"}, "limit": 1_000}),
        ("`status>=500` in one hour", {"filter": {"q": "status>=500"}, **hour}),
        ("`metadata.userId=42`, all", {"filter": {"q": "metadata.userId=42"}}),
        ("counts by level a minute over 24 h", {"step": 60}),
        ("a regular expression, `/zan.?zibar/i`, all of it", {"filter": {"q": "/zan.?zibar/i"}}),
    ):
        whole: dict[str, Any] = {"service": "a", "epoch": "e", "first": 1, "last": entries, "limit": 10**9,
                                 "seconds": 1e9}  # fmt: skip
        question = Question(**(whole | asked))
        found, _ = searcher.answer(question)
        spent = cpu(lambda question=question: searcher.answer(question), 3)  # type: ignore[misc]
        yield name, f"{len(found.sizes) or len(found.counts):,}", spent


def main(entries: int) -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = ingest(folder / "ingest")
        print("| what | figure | bound |\n| --- | --- | --- |")
        print(f"| ingest without history, beside the same | {found.same:.2f} | 0.98 |")
        print(f"| ingest with history, beside without, the server's process | {found.kept:.2f} | 0.65 |")
        print(f"| the same with a journal of compressed runs | {found.packed:.2f} | |")
        journals = f"{found.kept_bytes:.0f}, {found.packed_bytes:.0f}"
        print(f"| bytes an entry into the journal, into a compressed one | {journals} | |")
        for label, texts, bound in (("seed-like", seed_like(100), 40), ("shop-like", bodies(200), 75)):
            for codec in (Codec(ZLIB), Codec()):
                if label == "shop-like" and codec.name != ZLIB:
                    continue
                (folder / f"{label}{codec.name}").mkdir()
                store, spent = sealed(folder / f"{label}{codec.name}", texts, min(entries, 100_000), codec)
                how = "zlib" if codec.name == ZLIB else "zstd"
                print(
                    f"| bytes an entry on disk, {label}, {how} | {spent['bytes']:.1f} of {spent['raw']:.0f} | {bound} |"
                )
                store.close()
        (folder / "shop").mkdir()
        store, spent = sealed(folder / "shop", bodies(200), entries, Codec())
        print(f"| bytes an entry on disk, shop-like, zstd | {spent['bytes']:.1f} of {spent['raw']:.0f} | 75 |")
        print(f"| a dictionary, µs an entry | {spent['dictionary'] * 1e6:.1f} | 8 |")
        print(f"| sealing with it, µs an entry | {spent['sealing'] * 1e6:.1f} | |")
        for question, count, seconds in searched(store, folder / "shop", entries):
            print(f"| {question}: {count} of {entries:,} | {seconds:.3f} s | |")
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
