from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from spectrix_lite.core.errors import StartupError
from spectrix_lite.storage.lock import ServeLock


def test_a_second_one_is_refused_in_one_line_that_names_the_first(tmp_path: Path) -> None:
    """case 72"""
    lock = ServeLock.take(tmp_path / "x.db")
    with pytest.raises(StartupError) as refused:
        ServeLock.take(tmp_path / "x.db")
    lock.release()
    assert f"process {os.getpid()}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_released_it_can_be_taken_again(tmp_path: Path) -> None:
    first = ServeLock.take(tmp_path / "x.db")
    first.release()
    first.release()
    ServeLock.take(tmp_path / "x.db").release()


def test_it_is_a_file_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    lock = ServeLock.take(tmp_path / "x.db")
    assert stat.S_IMODE((tmp_path / "x.db.lock").stat().st_mode) == 0o600
    assert not (tmp_path / "x.db").exists()
    lock.release()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot be made"):
        ServeLock.take(tmp_path / "missing" / "x.db")
