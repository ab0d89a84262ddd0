"""One line of Loki's, in whichever form it came: under its stream's labels, with its own metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Raw

from ...core.timestamps import read_epoch, read_time
from ...entries.fields.names import LEVEL_WORDS
from ...entries.fields.values import Members
from ..batch_builder import BatchBuilder

_DETECTED: Final = "detected_level"  # Loki's own label for what it found in the text


def known_labels(labels: Members) -> Members:
    """Labels by names that a record may have."""
    if _DETECTED in labels and labels.keys().isdisjoint(LEVEL_WORDS):
        return {("level" if name == _DETECTED else name): value for name, value in labels.items()}
    return labels


def take_line(
    builder: BatchBuilder, labels: Mapping[str, Raw], time: str | int, line: str, metadata: Mapping[str, Raw]
) -> None:
    """One line of a stream; `time` is in nanoseconds."""
    at = read_time(time) if isinstance(time, str) else read_epoch(time)
    around = dict(labels)
    for name, value in metadata.items():
        while name in around:
            name = f"_{name}"
        around[name] = value
    if (inner := builder.inner(line)) is not None:
        builder.record(inner, around, at)
        return
    if "message" in around:
        around["_message"] = around.pop("message")
    builder.record({"message": Raw(msgspec.json.encode(line)), **around}, at=at)
