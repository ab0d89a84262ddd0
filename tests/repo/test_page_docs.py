"""What one feature of the page has for others says in a sentence what it is."""

from __future__ import annotations

import re

import pytest

from .test_page_layers import MODULES

EXPORT = re.compile(r"^export (?:async )?(?:class|function\*?|const|let) (\w+)", re.MULTILINE)
IMPORT = re.compile(r"import \{([^}]*)\} from \"([^\"]+)\"")


def _used_elsewhere(module: str) -> set[str]:
    """The names of a module that another feature imports."""
    names: set[str] = set()
    for other, path in MODULES.items():
        if other.split("/")[0] == module.split("/")[0]:
            continue
        for named, source in IMPORT.findall(path.read_text("utf-8")):
            if source.startswith(".") and (path.parent / source).resolve() == MODULES[module].resolve():
                names |= {name.strip().split(" as ")[0] for name in named.split(",") if name.strip()}
    return names


@pytest.mark.parametrize("module", MODULES)
def test_what_others_use_says_what_it_is(module: str) -> None:
    text = MODULES[module].read_text("utf-8")
    used = _used_elsewhere(module)
    silent = []
    for match in EXPORT.finditer(text):
        before = text[: match.start()].rstrip("\n")
        doc = before[before.rindex("/**") :] if before.endswith("*/") else ""
        if match[1] in used and not re.match(r"/\*\*[\s*]*[^\s*@]", doc):
            silent.append(match[1])
    assert silent == []
