"""What one feature of the page has for others says in a sentence what it is."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from .test_page_layers import MODULES

EXPORT = re.compile(r"^export (?:async )?(?:class|function\*?|const|let) (\w+)", re.MULTILINE)
IMPORT = re.compile(r"import \{([^}]*)\} from \"([^\"]+)\"")


def _used_elsewhere() -> dict[Path, set[str]]:
    """By module, the names that another feature imports of it."""
    used: dict[Path, set[str]] = defaultdict(set)
    features = {path: module.split("/")[0] for module, path in MODULES.items()}
    for path, feature in features.items():
        for named, source in IMPORT.findall(path.read_text("utf-8")):
            target = (path.parent / source).resolve()
            if source.startswith(".") and features.get(target, feature) != feature:
                used[target] |= {name.strip().split(" as ")[0] for name in named.split(",") if name.strip()}
    return used


USED = _used_elsewhere()


@pytest.mark.parametrize("module", MODULES)
def test_what_others_use_says_what_it_is(module: str) -> None:
    text = MODULES[module].read_text("utf-8")
    used = USED[MODULES[module]]
    silent = []
    for match in EXPORT.finditer(text):
        before = text[: match.start()].rstrip("\n")
        doc = before[before.rindex("/**") :] if before.endswith("*/") else ""
        if match[1] in used and not re.match(r"/\*\*[\s*]*[^\s*@]", doc):
            silent.append(match[1])
    assert silent == []
