"""What is measured, as Prometheus reads it: text format 0.0.4. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge"]
Sample = tuple[Mapping[str, str], float]
"""Labels and value."""


class Exposition:
    """Grows family by family; `text` is all of it."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, kind: Kind, about: str, samples: Iterable[Sample]) -> None:
        """One family. A counter's name ends in `_total`; `about` is one line."""
        self._begin(name, kind, about)
        self._lines += (f"{name}{_labels(labels)} {_number(value)}" for labels, value in samples)

    def one(self, name: str, kind: Kind, about: str, value: float) -> None:
        """A family of one sample without labels."""
        self.add(name, kind, about, [({}, value)])

    def histogram(self, name: str, about: str, bounds: Sequence[float], counts: Sequence[int], total: float) -> None:
        """`counts` holds what fell below each of `bounds` and above the one before, and last what fell above all;
        `total` is the sum of what was observed.
        """
        self._begin(name, "histogram", about)
        below = 0
        for bound, count in zip([*map(_number, bounds), "+Inf"], counts, strict=True):
            below += count
            self._lines.append(f'{name}_bucket{{le="{bound}"}} {below}')
        self._lines += (f"{name}_sum {_number(total)}", f"{name}_count {below}")

    @property
    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _begin(self, name: str, kind: str, about: str) -> None:
        self._lines += (f"# HELP {name} {about}", f"# TYPE {name} {kind}")


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(float(value))
