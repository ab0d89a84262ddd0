"""No test fails for what a clock says: none asserts that something took less than so long."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
CLOCKS = {"perf_counter", "perf_counter_ns", "process_time", "thread_time", "monotonic", "time"}
TAKEN = re.compile(r"\b(?:const|let) (\w+) = (?:performance|Date)\.now\(\) - ")


def in_python(text: str) -> Iterator[int]:
    """Lines of assertions that a clock's difference is below a constant."""
    for scope in ast.walk(ast.parse(text)):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        taken = {
            target.id
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign) and _is_taken(node.value, set())
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(scope):
            if isinstance(node, ast.Assert):
                yield from (node.lineno for each in ast.walk(node.test) if _is_bound(each, taken))


def _is_taken(node: ast.expr, taken: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in taken
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _is_clock(node.left)


def _is_clock(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or node.args:
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in CLOCKS


def _is_bound(node: ast.AST, taken: set[str]) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    for op, less, more in zip(node.ops, sides, sides[1:], strict=False):
        if isinstance(op, ast.Gt | ast.GtE):
            less, more = more, less
        elif not isinstance(op, ast.Lt | ast.LtE):
            continue
        is_constant = not any(isinstance(each, ast.Call) for each in ast.walk(more))
        if is_constant and _is_taken(less, taken):
            return True
    return False


def in_javascript(text: str) -> Iterator[int]:
    names = "|".join({r"(?:performance|Date)\.now\(\) - \w+", *TAKEN.findall(text)})
    bound = re.compile(rf"\bassert\b.*(?:\b|\()(?:{names}) <")
    for number, line in enumerate(text.splitlines(), 1):
        if bound.search(line):
            yield number


@pytest.mark.parametrize(("suffix", "found_in"), [("py", in_python), ("mjs", in_javascript)])
def test_no_test_measures_seconds(suffix: str, found_in: object) -> None:
    assert callable(found_in)
    found = {
        f"{path.relative_to(TESTS)}:{line}"
        for path in TESTS.rglob(f"*.{suffix}")
        for line in found_in(path.read_text("utf-8"))
    }
    assert found == set(), "count the work, await the event, or let bench/ say it as a ratio"


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("assert time.monotonic() - began < 5", True),
        ("took = loop.time() - began\n    assert took < LIMIT * 3, 'late'", True),
        ("took = perf_counter() - began\n    assert (status, 3 <= took < 5) == (0, True)", True),
        ("assert 5 > process_time() - began", True),
        ("assert loop.time() - began >= 0.05", False),
        ("assert len(lines) <= 1 + time.monotonic() - began", False),
        ("assert clock.monotonic() - 1000 == 7", False),
    ],
)
def test_such_an_assertion_is_found(code: str, is_found: bool) -> None:
    assert list(in_python(f"def test() -> None:\n    {code}\n")) == ([code.count("\n") + 2] if is_found else [])


def test_such_an_assertion_is_found_in_javascript() -> None:
    lines = [
        "assert(performance.now() - left < 1500)",
        "const took = performance.now() - began;",
        "assert.ok(took < 500, `${took}`);",
        "assert.ok(Date.now() < end);",
    ]
    assert list(in_javascript("\n".join(lines))) == [1, 3]
