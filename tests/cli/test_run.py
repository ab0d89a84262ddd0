"""`run`: the command in front of which nothing changes, and everything it prints is an entry."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spectrix_lite.cli.serving_file import is_private

from ..support.serving import Server
from ..support.terminals import terminal
from ..support.watched import Watch, end, watch

PYTHON = sys.executable


@pytest.fixture
async def shop(server: Server, tmp_path: Path) -> AsyncIterator[Watch]:
    async with watch(server, tmp_path) as it:
        yield it


def events(shop: Watch) -> list[tuple[str, object]]:
    return [
        (entry["metadata"]["run"], entry["metadata"].get("exitCode"))
        for entry in shop.entries()
        if "run" in entry["metadata"]
    ]


@pytest.mark.case(116)
async def test_output_and_exit_code_are_the_commands_own(shop: Watch) -> None:
    script = r"printf 'a\r\n\033[1mb\033[0m\0c\377'; printf 'wrong\n' >&2; exit 7"
    ended = await shop.run("run", "--", "sh", "-c", script)
    assert (ended.status, ended.out, ended.err) == (7, b"a\r\n\x1b[1mb\x1b[0m\0c\xff", b"wrong\n")
    found = {(entry["metadata"]["stream"], entry["level"], entry["message"]) for entry in shop.lines()}
    assert found == {("stdout", "info", "a"), ("stdout", "info", "b\0c\ufffd"), ("stderr", "warn", "wrong")}
    assert events(shop) == [("start", None), ("exit", 7)]


async def test_a_second_run_is_a_restart(shop: Watch) -> None:
    for _ in range(2):
        await shop.run("run", "true")
    assert events(shop) == [("start", None), ("exit", 0), ("restart", None), ("exit", 0)]


@pytest.mark.parametrize(("command", "status"), [("no-such-command", 127), ("./plain.txt", 126)])
async def test_a_command_that_cannot_be_run(shop: Watch, command: str, status: int) -> None:
    (shop.folder / "plain.txt").write_text("no program\n")
    ended = await shop.run("run", "--", command)
    assert (ended.status, ended.out) == (status, b"")
    assert command in ended.err.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
async def test_a_command_that_a_signal_ends(shop: Watch, number: signal.Signals) -> None:
    ended = await shop.run("run", "--", "sh", "-c", f"kill -{int(number)} $$")
    assert ended.status == 128 + number
    assert events(shop)[-1] == ("exit", 128 + number)


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2"])
async def test_signals_sent_to_run_reach_the_command(shop: Watch, name: str) -> None:
    process = await shop.start(
        "run", "--", "sh", "-c", f"trap 'echo got {name}; exit 9' {name}; echo up; while :; do sleep 0.05; done"
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    process.send_signal(getattr(signal, f"SIG{name}"))
    assert await process.stdout.read() == f"got {name}\n".encode()
    assert await process.wait() == 9


async def test_standard_input_is_the_commands(shop: Watch) -> None:
    ended = await shop.run("run", "--", "sh", "-c", "read a; read b; echo $b $a", text=b"one\ntwo\n")
    assert ended.out == b"two one\n"


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
async def test_streams_that_are_closed(shop: Watch, closed: str) -> None:
    command = " ".join(shop.args("run", "--", "sh", "-c", "'echo out; echo err >&2; exit 4'"))
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f"{command} {closed}", cwd=shop.folder, env=shop.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(60):
        await process.communicate()
    assert process.returncode == 4
    assert sorted(shop.messages()) == ["err", "out"]


async def test_the_environment_says_where_to_send(shop: Watch) -> None:
    script = "import json, os; print(json.dumps({n: v for n, v in os.environ.items() if n[:4] in ('SPEC', 'OTEL')}))"
    plain = json.loads((await shop.run("run", "--", PYTHON, "-c", script)).out)
    otel = json.loads((await shop.run("run", "--otel", "--", PYTHON, "-c", script)).out)
    key = plain["SPECTRIX_API_KEY"]
    assert plain == {"SPECTRIX_URL": shop.server.api, "SPECTRIX_API_KEY": key}
    assert otel == plain | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": shop.server.base_url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{key}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": "shop",
    }


async def test_what_the_command_leaves_behind_goes_on_printing(shop: Watch) -> None:
    script = "(while [ ! -e go ]; do sleep 0.02; done; echo late) & echo first; exit 5"
    with shop.opened("run", "--", "sh", "-c", script) as process:
        assert await asyncio.to_thread(process.wait, 20) == 5
        (shop.folder / "go").touch()
        assert process.stdout is not None
        assert await asyncio.to_thread(process.stdout.read) == b"first\nlate\n"
        await shop.until(lambda: shop.messages() == ["first", "late"])


async def test_nobody_reads_the_output(shop: Watch) -> None:
    """The command notices, as it would without run."""
    with shop.opened("run", "--", "yes") as process:
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        process.stdout.close()
        assert await asyncio.to_thread(process.wait, 20) == 128 + signal.SIGPIPE


async def test_a_server_that_never_answers_holds_up_nothing(shop: Watch) -> None:
    """More than all buffers take, while nobody takes anything: a listener that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        script = "import sys\nfor n in range(300_000): sys.stdout.write(f'{n:0200}\\n')"
        process = await shop.start("run", "--", PYTHON, "-c", script, SPECTRIX_URL=url, SPECTRIX_API_KEY="k")
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    assert process.returncode == 0
    assert out == b"".join(b"%0200d\n" % n for n in range(300_000))
    assert b"could not be sent" in err


class TestOnATerminal:
    async def test_bytes_arrive_as_they_were_written(self, shop: Watch) -> None:
        script = (
            r"printf 'a\tb\033[31mred\033[0m\n\r50%%\r100%%\n\303\244'; "
            "test -t 1 && test -t 2 && printf ' terminals' >&2"
        )
        async with shop.terminal("run", "--no-open", "--", "sh", "-c", script) as it:
            assert await it.status() == 0
        said, _, printed = it.output.partition(b"\n")
        assert b"#token=" in said
        assert printed.replace(b" terminals", b"") == b"a\tb\x1b[31mred\x1b[0m\n\r50%\r100%\n\xc3\xa4"
        messages = [(entry["metadata"]["stream"], entry["message"]) for entry in shop.lines()]
        assert sorted(messages) == [("stderr", "terminals"), ("stdout", "100%"), ("stdout", "a\tbred"), ("stdout", "ä")]

    async def test_the_terminal_changes_line_ends_once(self, shop: Watch) -> None:
        async with shop.terminal("run", "--", "echo", "one", raw=False) as it:
            assert await it.status() == 0
        assert it.output.endswith(b"\r\none\r\n")

    async def test_it_reads_keys_and_passwords(self, shop: Watch) -> None:
        script = "import getpass; print('got', getpass.getpass('Password: '), input('Name: '))"
        async with shop.terminal("run", "--", PYTHON, "-c", script) as it:
            await it.until(b"Password: ")
            it.press(b"secret\n")
            await it.until(b"Name: ")
            it.press(b"ada\n")
            assert await it.status() == 0
        assert b"got secret ada\n" in it.output

    async def test_what_the_command_sets_on_its_output_holds_for_the_keys(self, shop: Watch) -> None:
        """As full-screen programs do: a key counts without a line end, and is not shown."""
        script = (
            "import os, termios\na = termios.tcgetattr(1)\nb = termios.tcgetattr(1)\n"
            "b[3] &= ~(termios.ECHO | termios.ICANON)\ntermios.tcsetattr(1, termios.TCSADRAIN, b)\n"
            "print('keys', flush=True)\nkey = os.read(0, 1)\ntermios.tcsetattr(1, termios.TCSADRAIN, a)\n"
            "print('got', key)"
        )
        async with shop.terminal("run", "--", PYTHON, "-c", script, raw=False) as it:
            await it.until(b"keys\r\n")
            it.press(b"x")
            assert await it.status() == 0
        assert it.output.endswith(b"keys\r\ngot b'x'\r\n")

    async def test_ctrl_c_reaches_the_command_once(self, shop: Watch) -> None:
        script = (
            "import signal, time\nn = []\nsignal.signal(signal.SIGINT, lambda *_: n.append(1))\n"
            "print('up', flush=True)\n"
            "while not n: time.sleep(0.01)\ntime.sleep(0.3)\nprint('times', len(n))\nraise SystemExit(6)"
        )
        async with shop.terminal("run", "--", PYTHON, "-c", script) as it:
            await it.until(b"up\n")
            it.press(b"\x03")
            assert await it.status() == 6
        assert b"times 1\n" in it.output

    async def test_the_size_follows(self, shop: Watch) -> None:
        script = (
            "import os, signal, time\ndef size(*_):\n"
            "    print(tuple(os.get_terminal_size(1)), tuple(os.get_terminal_size(2)), flush=True)\n"
            "signal.signal(signal.SIGWINCH, size)\nsize()\nwhile True: time.sleep(1)"
        )
        async with shop.terminal("run", "--", PYTHON, "-c", script, rows=30, columns=90) as it:
            await it.until(b"(90, 30) (90, 30)")
            it.resize(41, 101)
            await it.until(b"(101, 41) (101, 41)")

    async def test_ctrl_z_stops_both_and_fg_lets_both_go_on(self, shop: Watch) -> None:
        command = " ".join(shop.args("run", "--", "sh", "-c", "'echo up; read x; echo got $x'"))
        async with terminal(
            ["bash", "--norc", "--noediting", "-i"], cwd=shop.folder, env=shop.env | {"PS1": "$ "}
        ) as it:
            it.press(f"{command}\n".encode())
            await it.until(b"up\n")
            it.press(b"\x1a")
            await it.until(b"Stopped")
            it.press(b"jobs\n")
            await it.until(b"[1]+")
            it.output = b""
            it.press(b"fg\n")
            await it.until(b"got $x")  # the shell says what goes on
            it.press(b"word\n")
            await it.until(b"got word\n")
            it.press(b"exit\n")
            assert await it.status() == 0


class TestItsOwnServer:
    """Where none listens."""

    @staticmethod
    def alone(shop: Watch, port: int, *args: str) -> list[str]:
        return [PYTHON, "-m", "spectrix_lite", "run", "--port", str(port), *args]

    @staticmethod
    async def ended(shop: Watch, command: list[str], **env: str) -> tuple[int, bytes, bytes]:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=shop.folder, env={**shop.env, **env},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out, err

    @staticmethod
    def left(shop: Watch) -> list[dict[str, object]]:
        folder = shop.own / "spectrix-lite"
        return [
            json.loads(path.read_text()) for path in sorted(folder.glob("*.json")) if path.stem != str(shop.server.port)
        ]

    async def test_one_command_and_the_lines_are_there(self, shop: Watch) -> None:
        port = free_port()
        try:
            status, out, err = await self.ended(shop, self.alone(shop, port, "--", "echo", "hello"))
            assert (status, out, err) == (0, b"hello\n", b"")
            (serving,) = self.left(shop)
            assert serving["url"] == f"http://localhost:{port}"
            assert serving["db"] == str(shop.own / "spectrix-lite" / "spectrix.db")
            assert os.getpgid(int(str(serving["pid"]))) != os.getpgrp()
            # The next one finds it, under the same key.
            assert (await self.ended(shop, self.alone(shop, port, "--", "echo", "again")))[:2] == (0, b"again\n")
            assert self.left(shop) == [serving]
        finally:
            self.end_all(shop)

    async def test_two_at_once_share_one(self, shop: Watch) -> None:
        port = free_port()
        try:
            both = await asyncio.gather(
                self.ended(shop, self.alone(shop, port, "--", "echo", "one")),
                self.ended(shop, self.alone(shop, port, "--", "echo", "two")),
            )
            assert list(both) == [(0, b"one\n", b""), (0, b"two\n", b"")]
            assert len(self.left(shop)) == 1
        finally:
            self.end_all(shop)

    async def test_a_foreign_program_on_the_port(self, shop: Watch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as foreign:
            port = foreign.getsockname()[1]
            try:
                status, out, err = await self.ended(shop, self.alone(shop, port, "--", "echo", "hello"))
                assert (status, out) == (0, b"hello\n")
                (serving,) = self.left(shop)
                said = err.decode()
                assert f"another program listens on port {port}" in said
                assert str(serving["url"]).rpartition(":")[2] in said
            finally:
                self.end_all(shop)

    async def test_the_database_of_the_folder_is_used_and_one_server_has_it(self, shop: Watch) -> None:
        ports = free_port(), free_port()
        try:
            database = shop.folder / "here.db"
            status, out, _ = await self.ended(
                shop, self.alone(shop, ports[0], "--db", str(database), "--", "echo", "a")
            )
            assert (status, out, database.exists()) == (0, b"a\n", True)
            status, out, err = await self.ended(
                shop, self.alone(shop, ports[1], "--", "echo", "b"), SPECTRIX_DB=str(database)
            )
            assert (status, out) == (0, b"b\n")
            assert f"on port {ports[0]}" in err.decode()
        finally:
            self.end_all(shop)

    async def test_lines_wait_for_a_server_that_was_killed(self, shop: Watch) -> None:
        port = free_port()
        script = "echo one; read x; echo two; read x; echo three"
        try:
            await self.ended(shop, self.alone(shop, port, "--", "true"))
            (serving,) = self.left(shop)
            with shop.opened("run", "--port", str(port), "--", "sh", "-c", script) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                assert await asyncio.to_thread(process.stdout.readline) == b"one\n"
                os.kill(int(str(serving["pid"])), signal.SIGKILL)
                process.stdin.write(b"\n")
                process.stdin.flush()
                assert await asyncio.to_thread(process.stdout.readline) == b"two\n"
                # Another one on the same port and database.
                await self.ended(shop, self.alone(shop, port, "--", "true"))
                process.stdin.write(b"\n")
                process.stdin.flush()
                assert await asyncio.to_thread(process.stdout.readline) == b"three\n"
                assert await asyncio.to_thread(process.wait, 20) == 0
                assert process.stderr is not None
                assert process.stderr.read() == b""  # nothing that could not be sent
        finally:
            self.end_all(shop)

    async def test_a_file_of_a_process_that_is_gone_is_ignored(self, shop: Watch) -> None:
        port = free_port()
        gone = await asyncio.create_subprocess_exec("true")
        await gone.wait()
        path = shop.own / "spectrix-lite" / f"{port}.json"
        path.write_text(json.dumps({"pid": gone.pid, "url": f"http://localhost:{port}", "db": "/nowhere.db"}))
        path.chmod(0o600)
        try:
            assert (await self.ended(shop, self.alone(shop, port, "--", "true")))[0] == 0
            (serving,) = self.left(shop)
            assert serving["pid"] != gone.pid
        finally:
            self.end_all(shop)

    async def test_the_browser_gets_a_file_that_leads_to_the_link(self, shop: Watch) -> None:
        seen = shop.folder / "seen"
        browser = shop.folder / "browser"
        browser.write_text(f'#!/bin/sh\necho "$@" > {seen}.part; mv {seen}.part {seen}\n')
        browser.chmod(0o755)
        ended = await shop.run("run", "--", "true", CI="", BROWSER=str(browser), SSH_CONNECTION="", SSH_TTY="")
        assert ended.status == 0
        await shop.until(seen.exists)
        address = await asyncio.to_thread(seen.read_text)
        assert "token" not in address
        path = Path(address.strip().removeprefix("file://"))
        assert await asyncio.to_thread(is_private, path)
        (service,) = shop.server.context.authority.services()
        page = await asyncio.to_thread(path.read_text)
        assert f'href="{shop.server.base_url}/#token=' in page
        assert f"&amp;service={service.id}" in page
        listing = await asyncio.create_subprocess_exec("ps", "-eo", "args", stdout=subprocess.PIPE)
        assert b"#token=" not in (await listing.communicate())[0]

    def end_all(self, shop: Watch) -> None:
        for serving in self.left(shop):
            end(int(str(serving["pid"])))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
