"""`python -m tests.fuzz`: looks for inputs that break a promise, and keeps in tests/fuzz/corpus what goes new ways."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from . import corpus, seeds

MAX_BYTES = 512


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*corpus.TARGETS, []], help="all, if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    given = parser.parse_args()
    return max(fuzz(target, given.seconds) for target in given.targets or corpus.TARGETS)


def fuzz(target: str, seconds: int) -> int:
    """Runs one target; 1 if it broke a promise. Its corpus is what it found, merged with what was kept."""
    with tempfile.TemporaryDirectory() as place:
        found, merged, words = Path(place, "found"), Path(place, "merged"), Path(place, "words")
        found.mkdir()
        merged.mkdir()
        for number, each in enumerate([*seeds.SEEDS[target], *corpus.load(target)]):
            (found / str(number)).write_bytes(each)
        words.write_text("\n".join(f'"{_escaped(word)}"' for word in seeds.WORDS[target]), "ascii")
        options = [f"-dict={words}", f"-max_total_time={seconds}", "-print_final_stats=1"]
        if _guided(target, place, *options, str(found)) != 0:
            for crash in Path(place).glob("crash-*"):
                print(f"{target}: broken by {crash.read_bytes()!r}", file=sys.stderr)
            return 1
        if _guided(target, place, "-merge=1", str(merged), str(found)) == 0:
            corpus.save(target, [each.read_bytes() for each in merged.iterdir()])
        return 0


def _guided(target: str, place: str, *options: str) -> int:
    command = [sys.executable, "-m", "tests.fuzz.guided", target]
    again = Path(place, "again")
    again.write_text(f'#!/bin/sh\nexec {shlex.join([*command, str(again)])} "$@"\n')
    again.chmod(0o700)
    return subprocess.run(
        [again, f"-max_len={MAX_BYTES}", f"-artifact_prefix={place}/", *options], check=False
    ).returncode


def _escaped(word: str) -> str:
    """As libFuzzer's dictionaries have it: bytes that are not plain in hexadecimal."""
    text = word.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if 32 < byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}" for byte in text)


if __name__ == "__main__":
    sys.exit(main())
