"""The order of the packages: imports only go up, none runs in a circle, and no package or module grows too large."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "spectrix_lite"
MOST_LINES = 330
MOST_FILES = 15

ORDER = [
    *(
        "core",
        "entries",
        "protocols",
        "query",
        "stream",
        "storage",
        "history",
        "access",
        "alerts",
        "cluster",
        "server",
        "api",
    ),
    *("app", "cli", "__main__"),
]
"""From top to bottom: a package imports only what stands above it, for types too."""

PURE = [
    *("core.*", "entries.*", "protocols.*", "query.*"),
    *(
        "stream.filter_budget",
        "stream.frames",
        "stream.log",
        "stream.messages",
        "stream.ring",
        "stream.search",
        "stream.stats",
    ),
    *("stream.subscriber", "stream.summary", "stream.watcher"),
    *("storage.interfaces", "storage.schema"),
    *("history.lineage", "history.messages", "history.snapshot", "history.blocks.description"),
    *("history.blocks.block_schema", "history.search.literal", "history.search.needle", "history.search.question"),
    *("history.blocks.codec", "history.blocks.retention", "history.journal.segment"),
    *(
        "access.catalogue",
        "access.keys",
        "access.login_throttle",
        "access.presented_key",
        "access.read_tokens",
        "access.sessions",
        "access.sign_ins",
        "access.tokens",
    ),
    *("cluster.store.alert_edits", "cluster.store.documents", "cluster.store.edits"),
    *("cluster.store.lease", "cluster.store.reading", "cluster.store.replica"),
    *("api.entries.event_lines",),
    *(
        "alerts.cooldowns",
        "alerts.telling.addresses",
        "alerts.telling.destinations",
        "alerts.telling.fitting",
        "alerts.groups",
        "alerts.hits",
        "alerts.judge",
        "alerts.kinds",
        "alerts.lane",
        "alerts.telling.links",
    ),
    *(
        "alerts.machine",
        "alerts.telling.message",
        "alerts.replay",
        "alerts.screen",
        "alerts.shares",
        "alerts.telling.webhook_request",
    ),
    *("cluster.log.held", "cluster.log.message", "cluster.log.numbering", "cluster.log.refill"),
    *("cluster.rebuild.word",),
    *("server.fast_request", "server.origin"),
    *("cli.output.capture", "cli.output.compose", "cli.output.control_codes", "cli.output.line_reader"),
    *("cli.output.records", "cli.output.stack_trace", "cli.output.trace_patterns", "cli.run.outbox"),
]
"""Modules that touch neither a loop, a socket nor a database: time is an argument there."""

IMPURE = {"asyncio", "aiohttp", "aiosqlite", "sqlite3"}


def _name(path: Path) -> str:
    """The module's dotted name below the package: `app`, `stream.ring`; of a package's face its own, `stream`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


@cache
def _imports(module: str) -> tuple[tuple[int, str, str], ...]:
    """Every import in a module, nested ones and those for types too: (line, our module, name from outside)."""
    return tuple(_each_import(module))


def _each_import(module: str) -> Iterator[tuple[int, str, str]]:
    path = MODULES[module]
    here = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    here = [part for part in here if part]
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first, _, rest = alias.name.partition(".")
                yield (node.lineno, rest, "") if first == "spectrix_lite" else (node.lineno, "", alias.name)
        elif isinstance(node, ast.ImportFrom):
            source = node.module.split(".") if node.module else []
            if node.level == 0 and source[0] != "spectrix_lite":
                yield node.lineno, "", ".".join(source)
                continue
            base = here[: len(here) - node.level + 1] + source if node.level else source[1:]
            for alias in node.names:
                named = ".".join([*base, alias.name])
                yield node.lineno, named if named in MODULES else ".".join(base), ""


def _ours(module: str) -> Iterator[tuple[int, str]]:
    for line, ours, outside in _imports(module):
        if not outside and ours:
            yield line, ours


def _floor(module: str) -> int:
    return ORDER.index(module.split(".", maxsplit=1)[0])


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_imports_only_what_stands_above(module: str) -> None:
    wrong = [f"{module}:{line} imports {ours}" for line, ours in _ours(module) if _floor(ours) > _floor(module)]
    assert wrong == []


def test_no_imports_run_in_a_circle() -> None:
    wanted = {module: {ours for _, ours in _ours(module) if ours != module} for module in MODULES}
    finished: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join([*above[above.index(module) :], module])
        if module not in finished:
            for target in sorted(wanted.get(module, ())):
                visit(target, (*above, module))
            finished.add(module)

    for module in MODULES:
        visit(module, ())


def test_handlers_do_not_import_each_other() -> None:
    """What two handlers share belongs to server, or into a module of api that has no handler."""
    handlers = {name for name, path in MODULES.items() if name.startswith("api.") and "\n@route(" in path.read_text()}
    handlers |= {"api.dashboard", "api.sdk"}
    wrong = {
        module: targets for module in handlers if (targets := {o for _, o in _ours(module)} & (handlers - {module}))
    }
    assert wrong == {}


def _is_pure(module: str) -> bool:
    return module in PURE or f"{module.split('.', maxsplit=1)[0]}.*" in PURE


@pytest.mark.parametrize("module", [name for name in MODULES if _is_pure(name)])
def test_pure_modules_touch_no_loop_no_socket_and_no_database(module: str) -> None:
    outside = {name.split(".")[0] for _, _, name in _imports(module)}
    assert outside.isdisjoint(IMPURE)
    assert [ours for _, ours in _ours(module) if "." in ours and not _is_pure(ours)] == []


def test_the_list_of_pure_modules_names_modules_that_exist() -> None:
    assert [name for name in PURE if name.removesuffix(".*") not in MODULES] == []


def test_each_package_says_in_one_sentence_what_it_knows() -> None:
    for name in ORDER:
        path = PACKAGE / name / "__init__.py"
        if not path.exists() or name == "cli":  # cli's face is the program itself
            continue
        tree = ast.parse(path.read_text("utf-8"))
        sentence = ast.get_docstring(tree)
        assert sentence is not None, path
        assert len(tree.body) == 1, f"{path}: nothing but the sentence"
        assert re.fullmatch(r"[^.]+\.", sentence.replace("\n", " ")), f"{path}: one sentence"


def test_no_package_grows_too_large() -> None:
    files = Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")
    assert {folder.name: count for folder, count in files.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("path", MODULES.values(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_grows_too_large(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= MOST_LINES, "is it still one noun? Cut it in two"


def test_no_public_class_has_the_name_of_another() -> None:
    """One noun, one meaning, in the whole package."""
    names = Counter(
        node.name
        for module in MODULES
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("cluster")])
def test_without_the_setting_nothing_of_a_cluster_is_imported(module: str) -> None:
    """Outside of it neither its modules nor the engine's library, but for types or within a function."""
    tree = _tree(module)
    loaded = {line for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) for line in [node.lineno]}
    assert [ours for line, ours in _ours(module) if line in loaded and ours.split(".")[0] == "cluster"] == []
    assert "nats" not in {name.split(".")[0] for _, _, name in _imports(module)}
