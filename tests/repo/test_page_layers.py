"""The order of the page: a feature imports only features before it, in types too, and no module grows too large."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = ROOT / "web" / "js"
MOST_LINES = 330

# From left to right, a group a floor; features of one floor may import each other as long as no circle comes of it.
FLOORS = [
    ["lib"],
    ["entry"],
    ["api", "query"],
    ["ui"],
    ["log"],
    ["list", "chart", "filters", "stream", "services"],
    ["panels", "detail"],
    ["watch"],
    ["shell"],
    ["main.js"],
]
# The one knot that is left: parts of the Watch page that hold the page itself. What is untied leaves this list.
KNOT = {
    "chart/time-chart.js",
    "detail/detail-frame.js",
    "detail/open-entry.js",
    "filters/server-filter-line.js",
    "filters/term-actions.js",
    "panels/panels.js",
    "watch/actions.js",
    "watch/columns-menu.js",
    "watch/commands.js",
    "watch/header.js",
    "watch/keys.js",
    "watch/log-stage.js",
    "watch/navigation.js",
    "watch/operator-actions.js",
    "watch/reader-marks.js",
    "watch/reader-span.js",
    "watch/span-banner.js",
    "watch/surrounding-entries.js",
    "watch/watch-page.js",
    "watch/watch-state.js",
}
# They run in `node --test` as they are, without a page.
HEADLESS = ["lib", "entry", "api", "query", "log"]
PAGE = re.compile(r"\b(?:document|window)\s*[.\[]|\bglobalThis\.(?:document|window)\b|\bHTMLElement\b")
# They stand between the page and its models: theme, time to spare, whether anybody looks.
OF_THE_PAGE = {"lib/theme.js", "lib/theme-early.js", "lib/idle-task.js", "api/poll.js"}
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
    assert wrong == [] or (module in KNOT and KNOT.issuperset(wrong))


def test_there_is_no_circle_but_the_known_one() -> None:
    circles = _circles()
    assert all(circle <= KNOT for circle in circles), circles
    assert set().union(*circles) == KNOT, "it has become smaller: let the list say so"


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
    headless = {module for module in MODULES if _feature(module) in HEADLESS or module == "stream/subscriber.js"}
    assert {module for module in headless if PAGE.search(_code(MODULES[module]))} == OF_THE_PAGE


@pytest.mark.parametrize("module", MODULES)
def test_no_module_grows_too_large(module: str) -> None:
    lines = MODULES[module].read_text("utf-8").count("\n")
    assert lines <= MOST_LINES, "is it still one noun? Cut it in two"
