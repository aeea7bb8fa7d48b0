"""A file is written whole or not at all, and never over another that nobody meant."""

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from trapline.config.durable import Beside, NewFile, NotWritten, create, create_all, replace


def test_a_new_file_is_not_for_the_world(tmp_path: Path) -> None:
    create(tmp_path / "new", b"text\n")
    assert (tmp_path / "new").read_bytes() == b"text\n"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("there", ["a file", "a broken link"])
def test_what_is_there_is_never_overwritten(tmp_path: Path, there: str) -> None:
    path = tmp_path / "there"
    path.write_bytes(b"old") if there == "a file" else path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(NotWritten, match="not overwritten"):
        create(path, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["there"]
    if there == "a file":
        assert path.read_bytes() == b"old"


def test_of_several_new_files_all_are_made_or_none(tmp_path: Path) -> None:
    first, second = NewFile(tmp_path / "first", b"1"), NewFile(tmp_path / "second", b"canary", 0o600)
    with pytest.raises(NotWritten, match="absent: there is no such folder"):
        create_all([first, second, NewFile(tmp_path / "absent" / "third", b"3")])
    assert list(tmp_path.iterdir()) == []
    create_all([first, second])
    assert [(file.path.read_bytes(), stat.S_IMODE(file.path.stat().st_mode)) for file in (first, second)] == [
        (b"1", 0o640),
        (b"canary", 0o600),
    ]
    assert "canary" not in repr(second)


def test_what_was_there_before_several_new_files_stays(tmp_path: Path) -> None:
    (tmp_path / "second").write_bytes(b"mine")
    with pytest.raises(NotWritten, match="second: exists already"):
        create_all([NewFile(tmp_path / "first", b"1"), NewFile(tmp_path / "second", b"2")])
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("second", b"mine")]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten, match="No space left"):
        replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_file_to_be_replaced_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="No such file"):
        replace(tmp_path / "absent", b"")
    with pytest.raises(NotWritten, match="Create it first"):
        create(tmp_path / "absent" / "file", b"")


def test_a_file_beside_takes_its_place_at_once_and_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"old")
    with Beside(path, 0o644) as beside:
        beside.file.write(b"new")
        beside.sync()
        assert path.read_bytes() == b"old"
        beside.put()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_beside_that_is_not_put_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "list"
    with suppress(ZeroDivisionError), Beside(path, 0o644) as beside:
        beside.file.write(b"new")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_crash_left_beside_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "list"
    (tmp_path / ".list.new").write_bytes(b"half of a long file")
    with Beside(path, 0o644) as beside:
        beside.file.write(b"new")
        beside.sync()
        beside.put()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_of_two_that_write_the_same_file_the_second_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "list"
    with Beside(path, 0o644) as first:
        with pytest.raises(NotWritten, match="another process is writing it"), Beside(path, 0o644):
            pass
        first.file.write(b"first")
        first.sync()
        first.put()
    assert path.read_bytes() == b"first"
