"""Where the server's time goes while it takes batches: its functions, by the share of time spent in each.

    python -m bench.profile [--watchers N] [--seconds S]

With py-spy (`pip install py-spy`), which looks from outside and slows nothing down, the C functions too where it can;
without it with cProfile in the server itself, which makes Python's own functions look dearer than they are.
"""

from __future__ import annotations

import argparse
import asyncio
import pstats
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from . import traffic
from .processes import PROGRAM, Failure, cores, pinned
from .run import loop_factory
from .scene import Scene, scene
from .throughput import side

SHOWN: Final = 25
_OTHER_THREAD: Final = "_bootstrap"
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-f]+")


async def _load(server: Scene, watchers: int, seconds: float, watched: list[str] | None) -> None:
    """Puts the server under load; `watched` is a command that ends by itself and looks on."""
    async with AsyncExitStack() as stack:
        one = await side(stack, server.process, server.service(), traffic.batch(50, own_times=True), watchers)
        if watched is None:
            await one.source.run(seconds)
            return
        looker = await asyncio.create_subprocess_exec(
            *watched, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        await one.source.run(seconds)
        async with asyncio.timeout(30):
            _, errors = await looker.communicate()
        if looker.returncode:
            raise Failure(f"py-spy ended with {looker.returncode}: {errors.decode()[-400:]}")


def with_py_spy(program: str, watchers: int, seconds: float) -> list[str]:
    """A line for each function: its own share, the share of all that it calls, its name."""
    with tempfile.TemporaryDirectory() as folder, scene() as server:
        stacks = Path(folder, "stacks")
        command = [program, "record", "--pid", str(server.process.pid), "--duration", f"{max(1, round(seconds)):d}"]
        command += ["--rate", "500", "--native", "--format", "raw", "--output", str(stacks)]
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            # The load begins first and ends last: py-spy takes a moment to find its way.
            runner.run(_load(server, watchers, seconds + 2, command))
        return shares(stacks.read_text("utf-8"))


def shares(stacks: str) -> list[str]:
    """Folded stacks (`a;b;c 12`, a line each) as lines of self and inclusive shares, the busiest first.

    Only the loop's thread counts: the others wait, and are seen waiting. Where nothing of its own was seen in a
    function, it is shown if it is the package's.
    """
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in stacks.splitlines():
        names, _, count = line.rpartition(" ")
        if _OTHER_THREAD in names:
            continue
        frames = [_HEXADECIMAL.sub("?", re.sub(r":\d+\)$", ")", name)) for name in names.split(";")]
        own[frames[-1]] += int(count)
        for name in set(frames):
            within[name] += int(count)
    total = sum(own.values()) or 1
    ours = Counter({name: count for name, count in within.items() if "(spectrix_lite/" in name and "/cli/" not in name})
    chosen = {name for name, _ in own.most_common(SHOWN)} | {name for name, _ in ours.most_common(SHOWN)}
    order = sorted(chosen, key=lambda name: (-own[name], -within[name]))
    return [f"{100 * own[name] / total:6.1f} % {100 * within[name] / total:6.1f} %  {name}" for name in order]


def with_cprofile(watchers: int, seconds: float) -> list[str]:
    """As `with_py_spy`."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, "profile")
        with (
            scene(("-m", "cProfile", "-o", str(written), *PROGRAM)) as server,
            asyncio.Runner(loop_factory=loop_factory()) as runner,
        ):
            runner.run(_load(server, watchers, seconds, None))
        stats = pstats.Stats(str(written)).get_stats_profile()
    # Starting and waiting are in it too: what shares are taken of is what the loop called.
    found = {
        f"{name} ({'/'.join(Path(each.file_name).parts[-2:])})": each for name, each in stats.func_profiles.items()
    }
    total = stats.total_tt or 1.0
    order = sorted(found, key=lambda name: -found[name].tottime)[:SHOWN]
    return [
        f"{100 * found[name].tottime / total:6.1f} % {100 * found[name].cumtime / total:6.1f} %  {name}"
        for name in order
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description="Show where the server's time goes.")
    parser.add_argument("--watchers", type=int, default=0, help="watchers of the service (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to look (default %(default)s)")
    options = parser.parse_args()
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    own = cores()
    try:
        with pinned(own and own[1]):
            if program is None:
                print("py-spy is not installed (pip install py-spy): cProfile in the server, which slows Python down")
                lines = with_cprofile(options.watchers, options.seconds)
            else:
                lines = with_py_spy(program, options.watchers, options.seconds)
    except (Failure, OSError, TimeoutError, subprocess.SubprocessError) as problem:
        print(f"profile: {problem or type(problem).__name__}", file=sys.stderr)
        return 2
    print("    own  inclusive  function")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
