"""The Express middlewares that the server is tried with, and how one gets the address it sends to."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from ...support.processes import ROOT, SECONDS, environment
from .node import SCRIPTS, node

SEED = "spectrix.middleware.ts"


class Middleware(NamedTuple):
    """A middleware's source, as users have it; `name` tells it apart in the tests' ids."""

    name: str
    source: Path

    def build(self, target: Path, base: str) -> Path:
        """Writes it to `target` as a module that sends to the API at `base`."""
        return self.build_with(target, f"const API_BASE_URL = {json.dumps(base)};")

    def build_with(self, target: Path, line: str) -> Path:
        """Likewise, with the line that gives the address written out."""
        subprocess.run(
            [node(), str(SCRIPTS / "build.mjs"), str(self.source), line, str(target)],
            cwd=ROOT, env=environment(), timeout=SECONDS, check=True,
        )  # fmt: skip
        return target


def seed() -> Path | None:
    """The document's own middleware: where SPECTRIX_SEED says (a file, or its folder), or beside the checkout."""
    said = os.environ.get("SPECTRIX_SEED")
    path = Path(said) if said else ROOT.parent / "shared" / "seed"
    path = path / SEED if path.is_dir() else path
    if path.is_file():
        return path
    assert not said, f"SPECTRIX_SEED names {path}, which is not there"
    return None


def middlewares() -> list[Middleware]:
    """Ours, which is always there, and the document's where it is found; the ids say which of the two it was."""
    own, found = SCRIPTS / "seedlike.mjs", seed()
    if found is None:
        return [Middleware("seedlike-as-the-seed-is-not-here", own)]
    return [Middleware("seedlike", own), Middleware("seed", found)]


MIDDLEWARES = middlewares()
EXPRESSES = ("express4", "express5")
