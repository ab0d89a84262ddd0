"""Docstrings: what one package gives another says what it is, and which errors it raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "spectrix_lite"
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILES = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse((PACKAGE / file).read_text("utf-8"))


class Definition(NamedTuple):
    """A public class, function or method; `around` is the class of a method."""

    node: Function | ast.ClassDef
    around: ast.ClassDef | None

    @property
    def name(self) -> str:
        return self.node.name if self.around is None else f"{self.around.name}.{self.node.name}"

    @property
    def is_error_with_a_sentence(self) -> bool:
        """An error of the tree says what it is by its `default_detail`."""
        return isinstance(self.node, ast.ClassDef) and any(
            isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "default_detail" for each in self.node.body
        )

    @property
    def says(self) -> str:
        """Its docstring, with that of its class, and where it is a route the errors that are declared at it."""
        texts = [ast.get_docstring(self.node) or "", ast.get_docstring(self.around) or "" if self.around else ""]
        return " ".join(texts + [ast.unparse(decorator) for decorator in self.node.decorator_list])


def _package(file: str) -> str:
    return file.partition("/")[0].removesuffix(".py")


def _public(file: str) -> Iterator[Definition]:
    for node in _tree(file).body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield Definition(node, None)
            if isinstance(node, ast.ClassDef):
                for each in node.body:
                    if isinstance(each, Function) and not each.name.startswith("_"):
                        yield Definition(each, node)


@cache
def _named(file: str) -> set[str]:
    """What a module imports by name, and every attribute that it reads or calls."""
    nodes = list(ast.walk(_tree(file)))
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names.union(*({a.name for a in node.names} for node in nodes if isinstance(node, ast.ImportFrom)))


@cache
def _inherited() -> set[str]:
    """Methods of protocols and base classes of ours: what they say holds for all that implement them."""
    bases = {
        ast.unparse(base)
        for file in FILES
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    }
    return {
        each.node.name
        for file in FILES
        for each in _public(file)
        if each.around and (each.around.name in bases or "Protocol" in map(ast.unparse, each.around.bases))
    }


def _is_used_elsewhere(definition: Definition, file: str) -> bool:
    """By its bare name: a method that is called as another one counts as used."""
    return any(definition.node.name in _named(other) for other in FILES if _package(other) != _package(file))


def _raised(node: ast.AST) -> Iterator[str]:
    """The classes that it raises itself, by name: `raise X` and `raise X(…)`, not what functions within it raise."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and child.exc is not None:
            raised = child.exc.func if isinstance(child.exc, ast.Call) else child.exc
            name = ast.unparse(raised).rpartition(".")[2]
            if name[0].isupper():
                yield name
        if not isinstance(child, Function | ast.ClassDef | ast.Lambda):
            yield from _raised(child)


@pytest.mark.parametrize("file", [file for file in FILES if _package(file) != "cli"])
def test_what_other_packages_use_has_a_docstring(file: str) -> None:
    silent = [
        each.name
        for each in _public(file)
        if _is_used_elsewhere(each, file)
        and ast.get_docstring(each.node) is None
        and not (each.around and each.node.name in _inherited())
        and not each.is_error_with_a_sentence
    ]
    assert silent == []


@pytest.mark.parametrize("file", FILES)
def test_a_public_function_names_the_errors_that_it_raises(file: str) -> None:
    """Not of a command of the command line: `main` catches what it raises."""
    untold = [
        f"{each.name} raises {error}"
        for each in _public(file)
        if isinstance(each.node, Function) and not any("command(" in ast.unparse(d) for d in each.node.decorator_list)
        for error in sorted(set(_raised(each.node)))
        if error not in each.says
    ]
    assert untold == []
