"""Writes middleware/python/spectrix.py, the one file that people copy, from its modules: `python -m tools.one_file`."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent.parent / "middleware" / "python"
SOURCE = HERE / "src"
TARGET = HERE / "spectrix.py"
MODULES = (  # each imports only from those before it
    "retry", "redaction", "values", "entries", "tracing", "backlog", "post", "delivery", "uncaught", "client",
    "requests", "frameworks", "asgi", "wsgi", "aiohttp_server", "loggers", "spectrix",
)  # fmt: skip
HEAD = '''"""Spectrix for Python: sends an app's requests, errors and logs to a Spectrix server as they happen.

Standard library only, Python 3.9 or newer. Copy this file into the app, and:

    from spectrix import Spectrix

    spectrix = Spectrix()  # SPECTRIX_API_KEY and SPECTRIX_URL say where to
    spectrix.info("started", {"port": 8000})

It is put together from the modules in `src`: change them there, not here. MIT licence.
"""
'''


def written() -> str:
    """The file as it should be. Raises SystemExit where the modules do not fit into one."""
    plain: set[str] = set()
    picked: defaultdict[str, set[str]] = defaultdict(set)
    owners: dict[str, str] = {}
    bodies = []
    for number, module in enumerate(MODULES):
        text = (SOURCE / f"{module}.py").read_text("utf-8")
        lines = text.splitlines()
        body_from = 0
        for node in ast.parse(text).body:
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and not body_from
            if isinstance(node, ast.ImportFrom) and node.level:
                if node.module not in MODULES[:number]:
                    raise SystemExit(f"{module} imports {node.module}, which does not come before it")
            elif isinstance(node, ast.ImportFrom):
                picked[node.module or ""] |= {alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                plain |= {alias.name for alias in node.names}
            elif not is_docstring:
                for name in _names(node):
                    if owners.setdefault(name, module) != module:
                        raise SystemExit(f"{module} and {owners[name]} both have a {name}; rename one of them")
                continue
            body_from = node.end_lineno or 0
        title = (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]
        body = "\n".join(lines[body_from:]).strip("\n")
        gap = "\n\n\n" if body.startswith(("class ", "def ", "@")) else "\n\n"
        bodies.append(f"# src/{module}.py\n# {title}{gap}{body}")
    future = picked.pop("__future__")
    imports = [f"import {name}" for name in sorted(plain)]
    imports += [f"from {name} import {', '.join(sorted(names, key=_order))}" for name, names in sorted(picked.items())]
    head = f"{HEAD}\nfrom __future__ import {', '.join(sorted(future))}\n\n" + "\n".join(imports)
    return head + "\n\n" + "\n\n\n".join(bodies) + "\n"


def _names(node: ast.stmt) -> list[str]:
    """What a statement at the top of a module names."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _order(name: str) -> tuple[bool, str]:
    return not name[0].isupper(), name


if __name__ == "__main__":
    TARGET.write_text(written(), "utf-8")
