"""The order of the house: a module imports only what stands above it, and no room grows too large."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "spectrix_lite"
SCRIPTS = ROOT / "web" / "js"
MOST_LINES = 330

# From top to bottom, a line a layer; modules of one layer may import each other as long as no circle comes of it.
PURE = [
    ["__init__"],
    ["errors"],
    ["clock"],
    ["schema"],
    ["forwarded"],
    ["config"],
    ["wire", "wire_stream"],
    ["statistics", "exposition"],
    ["wire_operator"],
    ["repair", "elements"],
    ["salvage"],
    ["ring"],
    ["route", "query_error", "query_numbers"],
    ["query_tokens", "query_regex", "query_candidate"],
    ["query_terms"],
    ["query_grammar"],
    ["query"],
    ["keys"],
    ["limits", "attempts", "decompress", "plain_post"],
    ["connection_slots"],
    ["names", "records", "secret_tokens", "origin"],
    ["catalogue", "sign_ins", "sessions"],
    ["search", "filter_budget"],
    ["frames"],
    ["subscriber"],
]
ASYNC = [
    ["once", "drain", "loop_lag"],
    ["intake"],
    ["watcher"],
    ["scheduler"],
    ["filtering"],
    ["hub"],
    ["serve_lock", "database", "opening", "example"],
    ["store"],
    ["hashing"],
    ["password", "key_ladder"],
    ["mirror"],
    ["authority"],
]
HTTP = [
    ["context"],
    ["http_problems"],
    ["brief", "connection", "stream_peer"],
    ["listener"],
    ["http_json"],
    ["http_guard"],
    ["http_assets"],
    ["http_*"],
    ["parameters"],
    ["openapi"],
    ["routes"],
    ["app"],
    ["cli"],
    ["__main__"],
]
LAYERS = [*PURE, *ASYNC, *HTTP]
NOT_IN_PURE = {"asyncio", "aiohttp", "aiosqlite"}
NOT_IN_ASYNC = {"aiohttp"}
# Models of the dashboard: they run in `node --test` as they are, without a page.
WITHOUT_PAGE = ["wire.js", "ring.js", "subscriber.js", "filter.js"]
PAGE_GLOBALS = re.compile(r"\b(?:document|window)\s*[.\[]|\bglobalThis\.(?:document|window)\b")


def _name(path: Path) -> str:
    """The module's dotted name below the package: `ring`, `cli.tail`, `cli.__init__`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _layer(module: str) -> int:
    top = module.split(".", maxsplit=1)[0]
    for pattern in (top, "http_*" if top.startswith("http_") else top):
        for number, names in enumerate(LAYERS):
            if pattern in names:
                return number
    raise AssertionError(f"{module} has no place in LAYERS; give it one there and in the README")


def _imports(path: Path) -> Iterator[tuple[int, str, str]]:
    """Every import in a module, nested ones too: (line, module of the package or "", module from outside or "")."""
    module = _name(path)
    here = module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                inside = alias.name.removeprefix("spectrix_lite").lstrip(".")
                is_ours = alias.name.split(".")[0] == "spectrix_lite"
                yield node.lineno, (inside or "__init__") if is_ours else "", "" if is_ours else alias.name
        elif isinstance(node, ast.ImportFrom):
            source = (node.module or "").split(".") if node.module else []
            if node.level == 0 and source[0] != "spectrix_lite":
                yield node.lineno, "", ".".join(source)
                continue
            base = here[: len(here) - node.level + 1] + source if node.level else source[1:]
            for alias in node.names:
                named = ".".join([*base, alias.name])
                yield node.lineno, named if named in MODULES else ".".join(base) or "__init__", ""


def _inside(path: Path) -> Iterator[tuple[int, str]]:
    for line, ours, _ in _imports(path):
        if ours:
            yield line, ours


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_what_stands_above(module: str) -> None:
    wrong = []
    for line, target in _inside(MODULES[module]):
        same_folder = "." in module and module.split(".")[0] == target.split(".")[0]
        if _layer(target) > _layer(module) and not same_folder:
            wrong.append(f"{module}:{line} imports {target}, which stands below it")
    assert not wrong


@pytest.mark.parametrize("module", MODULES)
def test_handlers_do_not_import_each_other(module: str) -> None:
    """What two handlers share belongs above both: `http_problems` and `http_guard` are such places."""
    if not module.startswith("http_") or _layer(module) != _layer("http_*"):
        return
    targets = [target for _, target in _inside(MODULES[module]) if target.startswith("http_")]
    assert [target for target in targets if _layer(target) == _layer("http_*")] == []


def test_modules_of_one_layer_make_no_circle() -> None:
    wanted = {module: {target for _, target in _inside(path) if target != module} for module, path in MODULES.items()}
    finished: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join([*above[above.index(module) :], module])
        if module not in finished:
            for target in sorted(wanted.get(module, ())):
                visit(target, (*above, module))
            finished.add(module)

    for module in MODULES:
        visit(module, ())


@pytest.mark.parametrize("module", MODULES)
def test_what_stands_above_the_lines_touches_no_loop_and_no_socket(module: str) -> None:
    outside = {name.split(".")[0] for _, _, name in _imports(MODULES[module])}
    if _layer(module) < len(PURE):
        assert outside.isdisjoint(NOT_IN_PURE)
    elif _layer(module) < len(PURE) + len(ASYNC):
        assert outside.isdisjoint(NOT_IN_ASYNC)


@pytest.mark.parametrize(
    "path",
    [*MODULES.values(), *sorted(SCRIPTS.rglob("*.js"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_module_grows_too_large(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= MOST_LINES, "is it still one noun? Cut it in two"


def _script_imports(path: Path) -> list[str]:
    """The relative imports of a script, as paths below web/js (static and dynamic ones)."""
    found = re.findall(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""", path.read_text("utf-8"))
    return [(path.parent / name).resolve().relative_to(SCRIPTS.parent.resolve()).as_posix() for name in found]


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.js")), ids=lambda path: path.name)
def test_models_of_the_dashboard_import_no_view(path: Path) -> None:
    if path.name != "main.js":  # where the page is put together
        assert [name for name in _script_imports(path) if name.startswith(("js/views/", "js/ui/"))] == []


@pytest.mark.parametrize("name", WITHOUT_PAGE)
def test_models_of_the_stream_do_not_touch_the_page(name: str) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", (SCRIPTS / name).read_text("utf-8"), flags=re.DOTALL)
    assert PAGE_GLOBALS.search(code) is None
