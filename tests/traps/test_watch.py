"""The traps in force follow their files, and survive a bad one."""

import os
from pathlib import Path

import pytest

from tests.servers.processes import no_more_files
from trapline.config.settings import Traps
from trapline.traps.errors import TrapFileError
from trapline.traps.watch import TrapFiles


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "traps"
    file.write_text("a@mx.com x\n", encoding="utf-8")
    return file


def watched(path: Path) -> TrapFiles:
    return TrapFiles(Traps(files=(path,)))


def test_a_changed_file_is_read_again_within_ten_seconds(path: Path) -> None:
    files = watched(path)
    files.reload_if_changed(now=100.0)
    path.write_text("a@mx.com x\nb@mx.com y\n", encoding="utf-8")
    files.reload_if_changed(now=104.9)
    assert files.current.match("b@mx.com") is None
    files.reload_if_changed(now=105.0)
    assert files.current.match("b@mx.com") is not None


def test_an_unchanged_file_is_not_read_again(path: Path) -> None:
    files = watched(path)
    before = files.current
    files.reload_if_changed(now=100.0)
    assert files.current is before


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_text("canary\n")])
def test_a_bad_file_leaves_the_old_traps_standing_and_says_so(
    path: Path, spoil: object, caplog: pytest.LogCaptureFixture
) -> None:
    files = watched(path)
    assert callable(spoil)
    spoil(path)
    files.reload()
    assert files.current.match("a@mx.com") is not None
    assert "the old traps (1 lines) stay in force" in caplog.text
    assert "canary" not in caplog.text


def test_a_bad_file_is_said_at_every_reload_and_once_for_each_change(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = watched(path)
    path.write_text("nonsense\n", encoding="utf-8")
    for now in (100.0, 110.0, 120.0):
        files.reload_if_changed(now)
    assert caplog.text.count("stay in force") == 1
    files.reload()
    files.reload()
    assert caplog.text.count("stay in force") == 3
    path.write_text("a@mx.com x\nb@mx.com y\n", encoding="utf-8")
    files.reload_if_changed(130.0)
    assert files.current.match("b@mx.com") is not None


def test_a_file_whose_mode_was_mended_is_read_again(path: Path) -> None:
    """An admin writes it unreadable for the milter, sees the error, and runs chmod: neither time nor size change."""
    files = watched(path)
    path.write_text("a@mx.com x\nb@mx.com y\n", encoding="utf-8")
    files.reload()
    before = files.current
    path.chmod(0o600)
    files.reload_if_changed(100.0)
    assert files.current is not before


def test_a_file_that_could_not_be_read_at_one_moment_is_read_again_a_minute_later(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Too many open files, an error of the disk: the file itself will not change."""
    files = watched(path)
    path.write_text("a@mx.com x\nb@mx.com y\n", encoding="utf-8")
    with no_more_files(os.getpid()):
        assert not files.reload_if_changed(100.0)
        assert files.reload_if_changed(165.0), "nothing new is wrong"
    assert caplog.text.count("stay in force") == 1
    files.reload_if_changed(220.0)
    assert files.current.match("b@mx.com") is None
    files.reload_if_changed(226.0)
    assert files.current.match("b@mx.com") is not None


def test_a_bad_file_at_the_start_is_an_error(path: Path) -> None:
    path.write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(TrapFileError):
        watched(path)
