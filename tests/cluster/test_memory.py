"""Memory through which messages go."""

from __future__ import annotations

import platform
import subprocess
import sys

from ..support.processes import environment


def test_what_is_freed_is_not_asked_of_the_kernel_again() -> None:
    program = """
from resource import RUSAGE_SELF, getrusage
from spectrix_lite.cluster.memory import keep_freed

def turn():
    return [b"x" * 300_000 for _ in range(4)]

keep_freed()
turn()
before = getrusage(RUSAGE_SELF).ru_minflt
for _ in range(50):
    turn()
print(getrusage(RUSAGE_SELF).ru_minflt - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    if platform.libc_ver()[0] == "glibc":  # what others' allocators keep, they keep
        assert int(done.stdout) < 50
    else:
        assert int(done.stdout) >= 0
