"""Functions that read strangers' bytes before anything has checked them are small enough to be read in one look."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parent.parent.parent / "spectrix_lite"
MOST_LINES: Final = 40
MOST_BRANCHES: Final = 10

STRANGERS_BYTES: Final = [
    *("server/connection/*.py", "server/ingest/*.py", "server/fast_request.py", "server/fast_response.py"),
    *("server/admission.py", "server/json_body.py", "server/guard.py", "api/ingest/*.py", "entries/fast.py"),
]
FILES: Final = sorted(path for pattern in STRANGERS_BYTES for path in PACKAGE.glob(pattern))

Function = ast.FunctionDef | ast.AsyncFunctionDef

BRANCHES: Final = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


def branches(function: Function) -> int:
    """How many ways there are to go on in it, but for the one straight through: also each `and`, `or` and filter."""
    return sum(_branches(node) for node in _own_nodes(function))


def _branches(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, BRANCHES))


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """All below it, without the functions that are defined in it."""
    left = list(ast.iter_child_nodes(function))
    while left:
        node = left.pop()
        if not isinstance(node, Function):
            yield node
            left.extend(ast.iter_child_nodes(node))


def test_each_pattern_names_files() -> None:
    assert [pattern for pattern in STRANGERS_BYTES if not list(PACKAGE.glob(pattern))] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_function_of_strangers_bytes_grows_too_large(path: Path) -> None:
    found = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MOST_LINES or branches(node) > MOST_BRANCHES:
                found[node.name] = (lines, branches(node))
    assert found == {}


def test_how_branches_are_counted() -> None:
    source = """
def f(a, b):
    if a and b or a:            # 3
        for x in [y for y in a if y]:  # 3
            a = 1 if x else 2   # 1
    elif b:                     # 1
        try:
            def g(): return a or b
        except ValueError:      # 1
            pass
    while a:                    # 1
        match a:
            case 1: pass        # 1
"""
    [function] = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert branches(function) == 11
