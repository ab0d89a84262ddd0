"""The order of the page: a feature imports only features before it, in types too, and no module grows too large."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = ROOT / "web" / "js"
MOST_LINES = 330
MOST_FILES = 15

# From left to right, a group a floor; features of one floor may import each other as long as no circle comes of it.
FLOORS = [
    ["lib"],
    ["entry"],
    ["api", "query"],
    ["ui"],
    ["log"],
    ["list", "chart", "filters", "stream", "services", "alerts"],
    ["panels", "detail"],
    ["watch"],
    ["shell"],
    ["main.js"],
]
# They run in `node --test` as they are, without a page.
HEADLESS = ["lib", "entry", "api", "query", "log"]
# So do these, of features that draw: what is known and done while a stream is watched.
HEADLESS_PARTS = (
    "alerts/alert-form.js",
    "filters/address.js",
    "filters/term-actions.js",
    "list/reader-place.js",
    "list/viewport.js",
    "panels/panel-list.js",
    "stream/",
    "watch/commands/actions.js",
    "watch/commands/column-commands.js",
    "watch/commands/key-map.js",
    "watch/commands/palette-commands.js",
    "watch/reader/",
    "watch/watch-state.js",
)
PAGE = re.compile(r"\b(?:document|window)\s*[.\[]|\bglobalThis\.(?:document|window)\b|\bHTMLElement\b")
# They stand between the page and its models: theme, time to spare, whether anybody looks.
OF_THE_PAGE = {"lib/theme.js", "lib/theme-early.js", "lib/timing/idle-task.js", "api/poll.js"}
NOT_IN_LIB = re.compile(r"\bfetch\s*\(|\bWebSocket\b|/api/|\bcustomElements\b|\bElement\b")

MODULES = {path.relative_to(SCRIPTS).as_posix(): path for path in sorted(SCRIPTS.rglob("*.js"))}
_FLOOR = {feature: number for number, features in enumerate(FLOORS) for feature in features}


def _code(path: Path) -> str:
    """Without comments."""
    return re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)


def _imports(module: str) -> set[str]:
    """What a module imports of the page: statically, dynamically, and as a type (`import("…")` in a comment)."""
    path = MODULES[module]
    found = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", path.read_text("utf-8"))
    targets = {(path.parent / name).resolve() for name in found}
    return {
        target.relative_to(SCRIPTS.resolve()).as_posix()
        for target in targets
        if target.is_relative_to(SCRIPTS.resolve()) and target.suffix == ".js" and target.is_file()
    }


def _feature(module: str) -> str:
    return module.split("/")[0]


GRAPH = {module: _imports(module) for module in MODULES}


def _circles() -> list[set[str]]:
    """Modules that reach each other."""
    reach = {module: set(targets) for module, targets in GRAPH.items()}
    for through in GRAPH:
        for targets in reach.values():
            if through in targets:
                targets |= reach[through]
    circles: list[set[str]] = []
    for module in GRAPH:
        circle = {other for other in reach[module] if module in reach[other]}
        if circle and circle not in circles:
            circles.append(circle)
    return circles


def test_every_feature_has_its_place() -> None:
    assert {_feature(module) for module in MODULES} == set(_FLOOR)


@pytest.mark.parametrize("module", MODULES)
def test_a_feature_imports_only_what_stands_before_it(module: str) -> None:
    here = _FLOOR[_feature(module)]
    wrong = [target for target in sorted(GRAPH[module]) if _FLOOR[_feature(target)] > here]
    assert wrong == []


def test_there_is_no_circle() -> None:
    assert _circles() == []


def test_features_of_one_floor_make_no_circle() -> None:
    arrows = {
        (_feature(module), _feature(target))
        for module, targets in GRAPH.items()
        for target in targets
        if _FLOOR[_feature(module)] == _FLOOR[_feature(target)] and _feature(module) != _feature(target)
    }
    assert all((target, module) not in arrows for module, target in arrows)


@pytest.mark.parametrize("module", [module for module in MODULES if _feature(module) == "lib"])
def test_lib_knows_no_entry_no_server_and_no_element(module: str) -> None:
    assert {_feature(target) for target in GRAPH[module]} <= {"lib"}
    assert NOT_IN_LIB.search(_code(MODULES[module])) is None


def test_models_do_not_touch_the_page() -> None:
    headless = {module for module in MODULES if _feature(module) in HEADLESS or module.startswith(HEADLESS_PARTS)}
    assert {module for module in headless if PAGE.search(_code(MODULES[module]))} == OF_THE_PAGE


def test_no_folder_grows_too_large() -> None:
    files = Counter(path.parent.relative_to(SCRIPTS).as_posix() for path in MODULES.values())
    assert {folder: count for folder, count in files.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("module", MODULES)
def test_no_module_grows_too_large(module: str) -> None:
    lines = MODULES[module].read_text("utf-8").count("\n")
    assert lines <= MOST_LINES, "is it still one noun? Cut it in two"
