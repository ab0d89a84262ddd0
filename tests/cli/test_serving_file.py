"""The file by which `run` finds a server: private, taken back, ignored where it is stale."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from spectrix_lite.cli import serving_file


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def test_it_is_its_owners_only_and_goes_with_its_process(folders: Path) -> None:
    left = serving_file.leave(4000, "http://localhost:4000", "spectrix.db")
    assert left.path == folders / "XDG_RUNTIME_DIR" / "spectrix-lite" / "4000.json"
    assert left.path.stat().st_mode & 0o777 == 0o600
    assert left.path.parent.stat().st_mode & 0o777 == 0o700
    found = serving_file.find(4000)
    assert found == serving_file.Serving(os.getpid(), "http://localhost:4000", str(Path("spectrix.db").resolve()))
    assert list(serving_file.all_serving()) == [found]
    serving_file.take_back(left)
    assert serving_file.find(4000) is None
    assert not left.path.exists()


def test_a_server_without_a_runtime_folder_is_found_by_a_run_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("XDG_RUNTIME_DIR")
        left = serving_file.leave(4000, "http://localhost:4000", "spectrix.db")
    assert "XDG_STATE_HOME" in left.path.parts
    assert serving_file.find(4000) is not None


def test_one_whose_process_is_gone_is_ignored() -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = serving_file.leave(4000, "http://localhost:4000", "spectrix.db")
    left.path.write_text(json.dumps({"pid": gone.pid, "url": "http://localhost:4000", "db": "/x"}))
    assert serving_file.find(4000) is None


def test_one_that_others_could_have_read_or_made_is_ignored() -> None:
    left = serving_file.leave(4000, "http://localhost:4000", "spectrix.db")
    left.path.chmod(0o644)
    assert serving_file.find(4000) is None
    other = left.path.with_name("other")
    left.path.chmod(0o600)
    left.path.rename(other)
    left.path.symlink_to(other)
    assert serving_file.find(4000) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": -1, "url": "", "db": ""}'])
def test_one_that_cannot_be_read_is_ignored(text: str) -> None:
    left = serving_file.leave(4000, "http://localhost:4000", "spectrix.db")
    left.path.write_text(text)
    assert serving_file.find(4000) is None


def test_another_servers_is_not_taken_back() -> None:
    left = serving_file.leave(4000, "http://localhost:4000", "spectrix.db")
    serving_file.take_back(serving_file.Left(left.path, left.pid + 1))
    assert serving_file.find(4000) is not None
