"""The inputs that fuzzing has found worth keeping: a JSON file for each target, so that they can be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from . import head_target, ingest_target, key_target, protocol_target, query_target, turn_target

TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "ingest": ingest_target.check,
    "key": key_target.check,
    "head": head_target.check,
    "query": query_target.check,
    "turn": turn_target.check,
    "protocol": protocol_target.check,
}


def load(target: str) -> list[bytes]:
    """The kept inputs, the shortest first."""
    texts: list[str] = json.loads(_file(target).read_text("ascii"))
    return [text.encode("utf-8", "surrogateescape") for text in texts]


def save(target: str, inputs: Iterable[bytes]) -> None:
    """Keeps these and no others. What is not UTF-8 stands as surrogates, byte for byte."""
    texts = [
        each.decode("utf-8", "surrogateescape") for each in sorted(set(inputs), key=lambda each: (len(each), each))
    ]
    _file(target).write_text("[\n" + ",\n".join(json.dumps(text) for text in texts) + "\n]\n", "ascii")


def _file(target: str) -> Path:
    return Path(__file__).parent / "corpus" / f"{target}.json"
