"""The folder that sa-learn reads: what lies there is whole, whenever the power goes."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.filters.messages import SPAM
from trapline.filters.folder import Folder
from trapline.filters.scanner import FilterDownError, Learnt


def lessons(folder: Path) -> list[str]:
    """Where a message lies, for each that sa-learn sees."""
    return sorted(file.parent.name for file in folder.glob("*/[!.]*"))


def test_a_lesson_is_on_the_disk_before_it_has_its_name_and_the_name_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is what a power cut can't break; it is seen here at the system calls."""
    steps: list[tuple[bytes | None, list[str]]] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}")
        steps.append((target.read_bytes() if target.is_file() else None, lessons(tmp_path)))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert Folder(tmp_path).learn(SPAM, "spam") is Learnt.LEARNT
    assert steps == [(SPAM, []), (None, ["spam"])]


def test_a_message_lies_in_one_folder_and_the_world_can_not_read_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "learning")
    assert folder.learn(SPAM, "spam") is Learnt.LEARNT
    assert folder.learn(SPAM, "spam") is Learnt.NOTHING_NEW
    assert folder.forget(SPAM) is Learnt.LEARNT
    assert lessons(tmp_path / "learning") == ["forget"]
    (file,) = (tmp_path / "learning").glob("forget/*")
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_can_not_be_written_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "learning").write_bytes(b"no folder")
    with pytest.raises(FilterDownError, match=r"learning \(learning\.folder\) can't be used"):
        Folder(tmp_path / "learning").learn(SPAM, "spam")


def test_what_a_crash_left_behind_is_removed_with_the_lessons(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.learn(SPAM, "spam")
    (file,) = (tmp_path / "spam").iterdir()
    (tmp_path / "spam" / f".{file.name}.new").write_bytes(b"half of it")
    folder.tidy(datetime.now(UTC) + timedelta(hours=1))
    assert list((tmp_path / "spam").iterdir()) == []
