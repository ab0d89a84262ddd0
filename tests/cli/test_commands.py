"""The commands beside the server: what they print, what they change, how they refuse."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from spectrix_lite.cli import main
from spectrix_lite.cli.access import opened
from spectrix_lite.core.config import Config
from spectrix_lite.core.errors import LinkUsed, WrongPassword
from spectrix_lite.history.snapshot import ServiceState, SnapshotHeader
from spectrix_lite.history.snapshot_file import SnapshotFile

from ..support.serving import Server

Cli = Callable[..., tuple[int, str, str]]
KEY = re.compile(r"spx_v1_live_[0-9A-Za-z]{48}")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder: its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    for name in ("SPECTRIX_DB", "SPECTRIX_HOST", "SPECTRIX_PORT", "SPECTRIX_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str, text: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        status = main(args)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_services_from_first_to_last(cli: Cli) -> None:
    status, out, _ = cli("services", "add", "Payment Service")
    assert status == 0
    service_id = out.strip()
    assert cli("services", "rename", "payment service", "Payments")[:2] == (
        0,
        "Payment Service is now called Payments.\n",
    )
    head, row = cli("services", "list")[1].splitlines()
    assert head.split() == ["NAME", "ID", "KEYS", "CREATED"]
    assert row.split()[:3] == ["Payments", service_id, "0"]
    assert cli("services", "remove", service_id, "--yes") == (0, "Payments is removed.\n", "")
    assert cli("services", "list")[:2] == (0, "")


def test_removing_a_service_asks_for_its_name(cli: Cli) -> None:
    cli("services", "add", "Shop")
    status, _, err = cli("services", "remove", "Shop", text="Ship\n")
    assert status == 1
    assert "nothing was removed" in err
    assert cli("services", "remove", "Shop", text="")[0] == 130  # nobody there to answer
    assert "Shop" in cli("services", "list")[1]
    assert cli("services", "remove", "Shop", text="Shop\n")[0] == 0


def test_a_removed_service_is_taken_out_of_the_snapshot(cli: Cli, tmp_path: Path) -> None:
    """Its words are on no disk from then on, also where the server never starts again."""
    cli("services", "add", "Shop")
    file = SnapshotFile(tmp_path / "spectrix.db")
    service_id = cli("services", "list")[1].splitlines()[1].split()[1]
    state = ServiceState(service_id, "epoch", 1, 0, 0, 0, (0, 0, 0, 0), None, [], [])
    file.write(SnapshotHeader("database", 1), [(state, [])])
    assert service_id.encode() in file.path.read_bytes()
    assert cli("services", "remove", "Shop", "--yes")[0] == 0
    assert service_id.encode() not in file.path.read_bytes()


def test_what_cannot_be_done_is_one_line(cli: Cli) -> None:
    cli("services", "add", "Shop")
    for args, part in (
        (("services", "add", "SHOP"), "exists"),
        (("services", "add", "a\x1b[31m"), "control character"),
        (("services", "rename", "Ship", "Boat"), "There are: Shop."),
        (("keys", "create", "Ship"), "There are: Shop."),
        (("keys", "revoke", "Shop", "none"), "keys list"),
        (("tail", "Ship"), "There are: Shop."),
        (("backup", "spectrix.db"), "exists"),
        (("example-db", "spectrix.db"), "exists"),
        (("frobnicate",), "frobnicate"),
        (("keys", "create"), "SERVICE"),
    ):
        status, out, err = cli(*args)
        assert status in (1, 2)
        assert out == ""
        assert part in err
        assert err.count("\n") == 1
        assert "\x1b" not in err


@pytest.mark.parametrize(
    "args",
    [("services", "list"), ("keys", "list"), ("tokens", "list"), ("tail", "x"), ("demo",), ("backup", "copy.db")],
)
def test_a_command_that_only_looks_makes_no_database(cli: Cli, tmp_path: Path, args: tuple[str, ...]) -> None:
    status, _, err = cli(*args)
    assert status == 2
    assert "There is no database spectrix.db" in err
    assert list(tmp_path.iterdir()) == []


def test_tokens_from_first_to_last(cli: Cli) -> None:
    cli("services", "add", "Shop")
    status, out, _ = cli("tokens", "create", "CI", "--service", "shop", "--days", "7")
    assert status == 0
    assert re.fullmatch(r"spx_v1_read_[0-9A-Za-z]{48}\n", out)  # and nothing else: `SPECTRIX_TOKEN=$(...)`
    listed = cli("tokens", "list")[1]
    assert "Shop" in listed
    assert out.strip() not in listed
    assert "is revoked" in cli("tokens", "revoke", "CI")[1]
    assert "tokens list" in cli("tokens", "revoke", "CI")[2]
    assert re.search(r"CI .*revoked \d", cli("tokens", "list")[1])
    for _ in range(2):
        cli("tokens", "create", "twice")
    assert "give an id" in cli("tokens", "revoke", "twice")[2]
    assert re.search(r"twice .* all .*until \d", cli("tokens", "list")[1])
    assert "There is no service" in cli("tokens", "create", "CI", "--service", "none")[2]


def test_keys_from_first_to_last(cli: Cli) -> None:
    cli("services", "add", "Shop")
    status, out, _ = cli("keys", "create", "Shop", "--name", "web")
    assert status == 0
    assert KEY.fullmatch(out.strip())  # and nothing else: `KEY=$(spectrix-lite keys create Shop)`
    listed = cli("keys", "list", "shop")[1]
    assert "web" in listed
    assert KEY.search(listed) is None
    assert "is revoked" in cli("keys", "revoke", "Shop", "web")[1]
    assert cli("keys", "revoke", "Shop", "web")[0] == 1
    assert "spx_v1_hook_" in cli("keys", "create", "Shop", "--name", "alerts", "--hook")[1]
    assert "is off" in cli("keys", "off", "Shop", "alerts")[1]
    assert re.search(r"alerts .*off$", cli("keys", "list", "Shop")[1], re.MULTILINE)
    assert "is on" in cli("keys", "on", "Shop", "alerts")[1]
    assert re.search(r"alerts .*on$", cli("keys", "list", "Shop")[1], re.MULTILINE)
    for _ in range(2):
        cli("keys", "create", "Shop", "--name", "twice")
    assert "give an id" in cli("keys", "revoke", "Shop", "twice")[2]


def test_the_link_is_printed_with_the_address_that_people_open(cli: Cli) -> None:
    for args, base in (
        ((), "http://localhost:4000/"),
        (("--port", "5000"), "http://localhost:5000/"),
        (("--host", "::1"), "http://[::1]:4000/"),
        (("--host", "0.0.0.0"), "http://localhost:4000/"),  # noqa: S104  shown, not bound
        (("--public-url", "https://logs.example.org/"), "https://logs.example.org/"),
    ):
        status, out, _ = cli("url", *args)
        assert status == 0
        assert re.fullmatch(re.escape(base) + r"#token=[\w-]{43}\n", out)


def test_the_password_comes_from_standard_input(cli: Cli, tmp_path: Path) -> None:
    assert "at least 8" in cli("password", text="short\n")[2]
    assert cli("password", text="correct horse\n")[0] == 0

    async def check() -> None:
        async with opened(Config(db=str(tmp_path / "spectrix.db"))) as authority:
            await authority.operator.login("correct horse", "test")
            with pytest.raises(WrongPassword):
                await authority.operator.login("battery staple", "test")

    asyncio.run(check())


def test_backup_is_whole(cli: Cli, tmp_path: Path) -> None:
    """case 73"""
    cli("services", "add", "Shop")
    assert cli("backup", "copy.db")[0] == 0
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM services").fetchall() == [("Shop",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_running_server_sees_what_commands_do(server: Server) -> None:
    """New services and keys work at once, a revoked key stops within a second, a link signs in once."""
    config = server.context.config
    async with opened(config) as beside:
        service = await beside.create_service("From the command line")
        shown, key = await beside.create_stream_key(service.id, "new")
        link = await beside.operator.new_link()
        async with server.anyone() as client:
            headers = {"Authorization": f"Bearer {key}"}
            async with client.post("/api/v1/ingest/logs", json={"logs": [{"message": "m"}]}, headers=headers) as answer:
                assert answer.status == 200
            async with client.post("/api/v1/auth/token", json={"token": link}) as answer:
                assert answer.status == 204
            with pytest.raises(LinkUsed):
                await beside.operator.claim_link(link)
            await beside.revoke_stream_key(service.id, shown.id)
            await server.context.authority.refresh()  # which its own watch does every half second
            async with client.post("/api/v1/ingest/logs", json={"logs": [{"message": "m"}]}, headers=headers) as answer:
                assert answer.status == 401
