"""One target under atheris, whose coverage leads the way: `python -m tests.fuzz.guided TARGET SELF [options]`.

The options are libFuzzer's. It has a process of its own, for it never comes back; to merge, it starts SELF anew.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["spectrix_lite", "tests.fuzz.turn_target"], enable_loader_override=False):
    from .corpus import TARGETS
    from .turn_target import check_time

if __name__ == "__main__":
    _, target, *arguments = sys.argv
    atheris.Setup(arguments, check_time if target == "turn" else TARGETS[target])
    atheris.Fuzz()
