"""A bar chart as SVG: groups of bars, each with a tick where it should reach to. Follows the reader's light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

_WIDTH: Final = 860
_LABELS: Final = 340  # x at which bars begin
_BARS: Final = 370
_ROW: Final = 28
_HEAD: Final = 58
_STYLE: Final = """
  svg { --paper: #ffffff; --text: #1d2430; --muted: #5b6675; --line: #d5dae1; --good: #2f6fdd; --bad: #c2410c; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #12161c; --text: #e6eaf0; --muted: #97a3b4; --line: #2c3541; --good: #6ea1ff; --bad: #fb923c; }
  }
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--text); }
  .title { font-size: 15px; font-weight: 600; } .note { fill: var(--muted); font-size: 12px; }
  .paper { fill: var(--paper); } .track { stroke: var(--line); }
  .good { fill: var(--good); } .bad { fill: var(--bad); } .tick { stroke: var(--text); stroke-width: 2; }
"""


class Bar(NamedTuple):
    """`text` stands behind it; `reach` is where its tick stands, in the unit of `value`."""

    label: str
    value: float
    text: str
    reach: float | None
    good: bool


class Group(NamedTuple):
    """Bars on one scale."""

    title: str
    note: str
    bars: Sequence[Bar]


def svg(title: str, groups: Sequence[Group]) -> str:
    """The whole chart; well-formed XML."""
    parts: list[str] = []
    top = 8
    for group in groups:
        parts += _group(group, top)
        top += _HEAD + _ROW * len(group.bars) + 14
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" '
        f'role="img" aria-labelledby="t">'
    )
    paper = f'<rect class="paper" width="{_WIDTH}" height="{top}" rx="8"/>'
    return "\n".join(
        [head, f'<title id="t">{escape(title)}</title>', f"<style>{_STYLE}</style>", paper, *parts, "</svg>\n"]
    )


def _group(group: Group, top: int) -> list[str]:
    most = max([max(bar.value, bar.reach or 0.0) for bar in group.bars], default=1.0)
    parts = [
        f'<text class="title" x="20" y="{top + 24}">{escape(group.title)}</text>',
        f'<text class="note" x="20" y="{top + 43}">{escape(group.note)}</text>',
    ]
    for row, bar in enumerate(group.bars):
        parts += _bar(bar, _BARS / most, top + _HEAD + _ROW * row)
    return parts


def _bar(bar: Bar, scale: float, y: int) -> list[str]:
    middle = y + _ROW // 2
    end = _LABELS + max(1.0, bar.value * scale)
    parts = [
        f'<text x="{_LABELS - 10}" y="{middle + 4}" text-anchor="end">{escape(bar.label)}</text>',
        f'<line class="track" x1="{_LABELS}" x2="{_LABELS + _BARS}" y1="{middle}" y2="{middle}"/>',
        f'<rect class="{"good" if bar.good else "bad"}" x="{_LABELS}" y="{y + 6}" width="{end - _LABELS:.1f}" '
        f'height="{_ROW - 12}" rx="2"/>',
    ]
    if bar.reach is not None:
        x = _LABELS + bar.reach * scale
        parts.append(f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{y + 3}" y2="{y + _ROW - 3}"/>')
    text = f"{bar.text}{'' if bar.good else ', missed'}"
    parts.append(f'<text x="{_LABELS + _BARS + 12}" y="{middle + 4}">{escape(text)}</text>')
    return parts
