"""What Biome can't hold, since it breaks no template, text or comment: a line has at most 120 characters."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 120
SOURCES = (
    "web/js/**/*.js",
    "web/css/*.css",
    "middleware/node/src/**/*.ts",
    "tests/**/*.mjs",
    "bench/*.mjs",
    "tools/*.mjs",
)
# In tests a line may be one long text, alone or under its name: what is expected is best read as it comes.
LITERAL = re.compile(r"""\s*(?:const \w+ = |\w+: )?(["'`]).*\1[,;]?""")


@pytest.mark.parametrize("sources", SOURCES)
def test_no_line_is_too_long(sources: str) -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(ROOT.glob(sources))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > LONGEST and not (sources.startswith("tests/") and LITERAL.fullmatch(line))
    ]
    assert long == []
