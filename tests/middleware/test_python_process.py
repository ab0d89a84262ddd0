"""The one file as people have it: copied into an app of its own, started, ended, forked, killed by its own errors."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import one_file

from .fault_server import SECONDS, FaultServer, fault_server

README = (one_file.HERE / "README.md").read_text("utf-8")
SNIPPETS = dict(re.findall(r"^```python (\w+)\n(.*?)^```", README, re.DOTALL | re.MULTILINE))
OLDEST = (3, 9)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An app's, with the one file copied into it."""
    (tmp_path / "spectrix.py").write_bytes(one_file.TARGET.read_bytes())
    return tmp_path


def run(folder: Path, code: str, url: str, *options: str, expect: int = 0) -> str:
    """Runs `code` as an app to its end; what it wrote to stderr."""
    (folder / "app.py").write_text(code, "utf-8")
    environ = {"PATH": os.environ["PATH"], "SPECTRIX_API_KEY": "spx_v1_live_test", "SPECTRIX_URL": url}
    ended = subprocess.run(
        [sys.executable, "-W", "error", *options, "app.py"],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert ended.returncode == expect, ended.stderr
    return ended.stderr


def test_the_one_file_is_what_its_modules_say() -> None:
    assert one_file.TARGET.read_text("utf-8") == one_file.written(), "run `python -m tools.one_file`"


@pytest.mark.parametrize("path", sorted(one_file.SOURCE.glob("*.py")), ids=lambda path: path.name)
def test_no_module_grows_too_large(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= 300
    assert path.stem == "__init__" or path.stem in one_file.MODULES


def test_bug_15_it_needs_nothing_but_the_standard_library() -> None:
    """The seed's imported types as if they were there when it runs."""
    tree = ast.parse(one_file.TARGET.read_text("utf-8"), feature_version=OLDEST)
    wanted = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    wanted |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in wanted} <= sys.stdlib_module_names


def test_bugs_9_and_23_a_program_ends_by_itself_and_sends_what_waits(folder: Path, server: FaultServer) -> None:
    """The timer kept the process alive, and nothing was flushed on exit."""
    code = "from spectrix import Spectrix\nspectrix = Spectrix()\nfor i in range(1200): spectrix.info(str(i))\n"
    assert run(folder, code, server.url, "-I", "-c", "import sys; sys.path.insert(0, '.'); import app") == ""
    assert server.messages == [str(number) for number in range(1200)]


def test_bug_23_what_is_logged_last_of_all_is_sent_too(folder: Path, server: FaultServer) -> None:
    """With nothing sent before, there is no thread yet, and late in the end there can be none."""
    code = (
        "import atexit\nfrom spectrix import Spectrix\nspectrix = Spectrix()\natexit.register(spectrix.info, 'last')\n"
    )
    assert run(folder, code, server.url) == ""
    assert server.messages == ["last"]


def test_an_end_is_not_held_up_by_a_server_that_hangs(folder: Path, server: FaultServer) -> None:
    server.faults.extend(["hang"] * 10)
    said = run(folder, "from spectrix import Spectrix\nSpectrix().info('a')\n", server.url)
    assert said.endswith("spectrix: closed before 1 waiting entries had arrived\n")


def test_after_a_fork_both_send_their_own(folder: Path, server: FaultServer) -> None:
    code = """
import os
from spectrix import Spectrix

spectrix = Spectrix(interval=60)
spectrix.info("before")
child = os.fork()
spectrix.info("child" if child == 0 else "parent")
if child == 0:
    os._exit(0 if spectrix.close() else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    assert run(folder, code, server.url) == ""
    assert sorted(server.messages) == ["before", "child", "parent"]


def test_an_error_that_ends_the_program_is_sent(folder: Path, server: FaultServer) -> None:
    code = """
import threading
from spectrix import Spectrix

spectrix = Spectrix()
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise LookupError("boom")
"""
    said = run(folder, code, server.url, expect=1)
    assert "ZeroDivisionError" in said
    assert said.endswith("LookupError: boom\n")
    thread, program = server.taken
    assert (thread["level"], thread["metadata"]["origin"]) == ("error", "threading.excepthook")
    assert (program["message"], program["metadata"]["origin"]) == ("LookupError: boom", "sys.excepthook")


# What a snippet's app is asked, as code behind the snippet, and the messages that come of it.
ASKED_BY_WSGI = """
from wsgiref.util import setup_testing_defaults

environ = {"PATH_INFO": "/nothing"}
setup_testing_defaults(environ)
body = (APP)(environ, lambda *_: None)
list(body)
body.close()
"""
ASKED_BY_ASGI = """
import asyncio

async def ask():
    async def receive():
        return {"type": "http.request"}
    async def send(message):
        pass
    scope = {"type": "http", "method": "GET", "path": "/nothing", "raw_path": b"/nothing", "headers": [],
             "query_string": b"", "root_path": "", "client": None, "server": None, "scheme": "http", "asgi": {}}
    await app(scope, receive, send)

asyncio.run(ask())
"""
ASKED_BY_AIOHTTP = """
import asyncio
from aiohttp.test_utils import TestClient, TestServer

async def ask():
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/nothing")).status == 404

asyncio.run(ask())
"""
DJANGO_BEFORE = """
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None)
urlpatterns = []
"""
BEFORE = {"django": DJANGO_BEFORE}
BEHIND = {
    "fastapi": ASKED_BY_ASGI,
    "flask": ASKED_BY_WSGI.replace("APP", "app"),
    "django": ASKED_BY_WSGI.replace("APP", "application"),
    "aiohttp": ASKED_BY_AIOHTTP,
}
COMES = {"plain": ["order paid", "checkout failed"], "logging": ["order paid"], "structlog": ["order paid"],
         "loguru": ["order paid"], "following": []}  # fmt: skip


def test_every_snippet_is_tried() -> None:
    assert set(SNIPPETS) == set(BEHIND) | set(COMES)
    assert README.count("```") == 2 * len(SNIPPETS)


@pytest.mark.parametrize("name", SNIPPETS)
def test_snippets_work_as_they_are_pasted(name: str, folder: Path, server: FaultServer) -> None:
    run(folder, BEFORE.get(name, "") + SNIPPETS[name] + BEHIND.get(name, ""), server.url)
    assert server.messages == COMES.get(name, ["GET /nothing"])


def test_the_settings_are_told_as_they_are() -> None:
    tree = ast.parse((one_file.SOURCE / "client.py").read_text("utf-8"))
    (client,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Client"]
    made = next(node for node in client.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    names = [each.arg for each in [*made.args.args[1:], *made.args.kwonlyargs]]
    for_tests = ["clock", "transport", "jitter", "thread"]
    assert re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE) == [name for name in names if name not in for_tests]


BARE = """
async def bare(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("only http")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""
WITH_LIFESPAN = """
@contextlib.asynccontextmanager
async def life(_):
    yield
    spectrix.info("pool closed")

bare = fastapi.FastAPI(lifespan=life)
bare.get("/u/1")(lambda: 1)
"""


@pytest.mark.parametrize(
    ("code", "workers", "more"),
    [
        (BARE, 1, []),
        (WITH_LIFESPAN, 1, ["pool closed"]),
        pytest.param(BARE + "spectrix.info('up')\n", 2, ["up"], marks=pytest.mark.long),
    ],
    ids=["bare", "lifespan", "workers"],
)
def test_case_13_what_an_asgi_app_said_last_is_sent_where_uvicorn_dies_of_its_signal(
    folder: Path, server: FaultServer, code: str, workers: int, more: list[str]
) -> None:
    head = "import contextlib, fastapi\nfrom spectrix import Spectrix\nspectrix = Spectrix(interval=600)\n"
    (folder / "app.py").write_text(f"{head}{code}\napp = spectrix.asgi(bare)\n", "utf-8")
    environ = {"PATH": os.environ["PATH"], "SPECTRIX_API_KEY": "spx_v1_live_test", "SPECTRIX_URL": server.url}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--workers", str(workers), "app:app"]
    with subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        waiting = {"running on": 1, "startup complete": workers}
        while any(waiting.values()):
            line = running.stderr.readline()
            assert line, "it ended"
            for said in waiting:
                waiting[said] -= said in line
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/u/1", timeout=SECONDS) as answer:
                assert answer.status == 200
        finally:
            running.terminate()
        said = running.stderr.read()
        running.wait(SECONDS)
    assert set(server.messages) == {"GET /u/1", *more}, said
    assert len(server.messages) == 1 + workers * len(more)
