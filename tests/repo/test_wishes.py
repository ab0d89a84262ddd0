"""What docs/wishes.md says is shown, has a test of that name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs" / "wishes.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d*) \| [^|]+ \| (.+) \|$", re.MULTILINE)
SHOWN = re.compile(r'^(?:(\w[\w-]*)|`(tests/[^`]+)`): "(.+?)"(?:; .+)?$')
TITLES = re.compile(r"""^ *test\(\s*(["`])(.+?)\1,\s""", re.MULTILINE)


def test_each_wish_has_its_number_in_order() -> None:
    numbers = [int(number) for number, _ in ROW.findall(TEXT) if number]
    assert numbers == [*range(1, 18), *range(1, 11)]


@pytest.mark.parametrize(
    "cell", sorted({cell for _, cell in ROW.findall(TEXT) if not cell.startswith(("---", "where "))})
)
def test_what_is_shown_is_tested(cell: str) -> None:
    found = SHOWN.match(cell)
    assert found is not None, f"no story or test is named: {cell}"
    story, file, title = found.groups()
    path = ROOT / (file or f"tests/e2e/browser/{story}.test.mjs")
    assert title in [title for _, title in TITLES.findall(path.read_text("utf-8"))]
