"""What `run` and `pipe` cost: CPU seconds of the process that passes on 20,000 lines a second, per second of output.

    python -m bench.run_pipe [SECONDS]

A server of its own is started in a temporary folder; the lines come at their pace from this process, through a pipe.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RATE = 20_000
SLICE = 0.01

KINDS = {
    "plain text": "served the quick brown fox and 12 other animals in 3 ms for visitor {}",
    "levels": "2026-05-14T10:30:00.112Z INFO GET /api/users/7 200 12 ms user=7 number {}",
    "JSON": '{{"level":"info","time":1778754600112,"msg":"GET /api/users/7","status":200,"ms":12,"n":{}}}',
    "colours": "\x1b[32minfo\x1b[39m: served \x1b[1m/api/users/7\x1b[22m in 12 ms, number {}",
}


def measure(line: str, seconds: float, environ: dict[str, str], folder: Path) -> tuple[float, float]:
    """CPU seconds of `pipe` alone, from its first line to its end, per second of output; and lines per second."""
    command = [sys.executable, "-m", "spectrix_lite", "pipe", "--port", environ["BENCH_PORT"], "--keep", "--no-open"]
    slices = ["".join(line.format(number) + "\n" for number in range(int(RATE * SLICE))).encode() for _ in range(4)]

    def spent(count: int) -> tuple[float, float]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(command, cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert process.stdin is not None
        process.stdin.write(b"first\n")
        process.stdin.flush()
        time.sleep(1.0)
        began = time.monotonic()
        for number in range(count):
            os.write(process.stdin.fileno(), slices[number % 4])
            ahead = began + (number + 1) * SLICE - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        took = time.monotonic() - began
        process.stdin.close()
        process.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took

    idle, _ = spent(0)
    busy, took = spent(int(seconds / SLICE))
    return (busy - idle) / took, RATE * seconds / took


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SPECTRIX_")}
        environ |= {"XDG_RUNTIME_DIR": temporary, "XDG_STATE_HOME": temporary, "BENCH_PORT": "4790"}
        server = subprocess.Popen(
            [sys.executable, "-m", "spectrix_lite", "serve", "--port", "4790", "--db", str(folder / "spectrix.db")],
            env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while not (folder / "spectrix-lite" / "4790.json").exists():
                time.sleep(0.05)
            for kind, line in KINDS.items():
                share, rate = measure(line, seconds, environ, folder)
                print(f"{kind:<12} {share:.3f} of a core at {rate:,.0f} lines/s")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
