"""Lines are added to a trap file whole, once, and without touching what is there."""

import fcntl
import os
import stat
from pathlib import Path

import pytest

from trapline.config.durable import NotWritten
from trapline.traps.append import append
from trapline.traps.errors import NoTrapMade, TrapFileError
from trapline.traps.file import MAX_PATTERNS, read
from trapline.traps.line import new_line
from trapline.traps.matching import TrapSet

OLD = "# ours\nold@mx.com  web page  # planted in May\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "traps"
    file.write_text(OLD, encoding="utf-8")
    return file


def test_what_is_there_stays_byte_for_byte_and_the_line_comes_last(path: Path) -> None:
    append(path, [new_line("a@mx.com", "footer"), new_line("b@mx.com", "header", "typo")])
    assert path.read_text(encoding="utf-8") == OLD + "a@mx.com  footer\nb@mx.com  header  typo\n"


def test_a_last_line_without_its_line_break_is_not_glued_to_the_new_one(path: Path) -> None:
    path.write_text("old@mx.com x", encoding="utf-8")
    append(path, [new_line("a@mx.com", "y")])
    assert len(read(path)) == 2


def test_a_missing_file_is_made_for_owner_and_group_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        append(tmp_path / "new", [new_line("a@mx.com", "x")])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_new_file_of_roots_belongs_to_the_group_of_its_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 0, 12345)
    append(tmp_path / "new", [new_line("a@mx.com", "x")])
    assert ((tmp_path / "new").stat().st_uid, (tmp_path / "new").stat().st_gid) == (0, 12345)


def test_mode_stays_and_owner_too(path: Path) -> None:
    path.chmod(0o604)
    if os.geteuid() == 0:
        os.chown(path, 12345, 23456)
    before = path.stat()
    append(path, [new_line("a@mx.com", "x")])
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino, "it was replaced in one step, not written into"


def test_a_symbolic_link_stays_one(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path)
    append(link, [new_line("a@mx.com", "x")])
    assert link.is_symlink()
    assert len(read(path)) == 2


def test_nothing_is_left_beside(path: Path) -> None:
    append(path, [new_line("a@mx.com", "x")])
    assert list(path.parent.iterdir()) == [path]


def refused(path: Path, *what: str, others: tuple[Path, ...] = ()) -> str:
    before = path.read_bytes()
    with pytest.raises(NoTrapMade) as caught:
        append(path, [new_line(each, "again") for each in what], others)
    assert path.read_bytes() == before
    return str(caught.value)


def test_a_trap_that_stands_there_is_refused_by_its_label(path: Path) -> None:
    message = refused(path, "fresh@mx.com", "OLD@mx.com")
    assert "web page" in message
    assert "old@" not in message.lower()


def test_a_trap_of_another_configured_file_is_refused(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("elsewhere@mx.com  forum\n", encoding="utf-8")
    assert "forum" in refused(path, "elsewhere@mx.com", others=(path, other, tmp_path / "absent"))


def test_the_same_twice_in_one_go_is_refused(path: Path) -> None:
    assert "again" in refused(path, "a@mx.com", "A@mx.com")


def test_one_address_of_a_trapped_domain_may_have_a_label_of_its_own(path: Path) -> None:
    append(path, [new_line("@shop.com", "old shop"), new_line("a@shop.com", "its footer")])
    assert len(read(path)) == 3


def test_a_file_that_cannot_be_read_is_not_added_to(path: Path) -> None:
    path.write_text("canary\n", encoding="utf-8")
    with pytest.raises(TrapFileError, match="traps:1: ") as caught:
        append(path, [new_line("a@mx.com", "x")])
    assert "canary" not in str(caught.value)
    assert path.read_text(encoding="utf-8") == "canary\n"


def expressions(count: int, more: str = "") -> str:
    return "".join(f"/guess{number}{more}@mx\\.com/  guessed\n" for number in range(count))


def test_one_regular_expression_too_many_of_all_files_is_refused_with_the_limit(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(expressions(MAX_PATTERNS), encoding="utf-8")
    message = refused(path, "/new@mx\\.com/", others=(path, other))
    assert message == f"more than {MAX_PATTERNS} regular expressions; use plain lines: nothing was added"
    append(path, [new_line("a@mx.com", "x")], (path, other))
    assert len(TrapSet.load([path, other])) == MAX_PATTERNS + 2


def test_a_file_by_its_other_name_counts_once(path: Path) -> None:
    path.write_text(OLD + expressions(MAX_PATTERNS - 1), encoding="utf-8")
    link = path.with_name("link")
    link.symlink_to(path)
    append(link, [new_line("/new@mx\\.com/", "guessed")], (path,))
    assert len(read(path)) == MAX_PATTERNS + 1


def test_a_regular_expression_that_makes_them_too_large_together_is_refused(path: Path) -> None:
    path.write_text(OLD + expressions(900, ".{0,90}"), encoding="utf-8")
    message = refused(path, "/new@mx\\.com/")
    assert "too large together" in message
    assert message.endswith(": nothing was added")


def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotWritten, match="Create it first"):
        append(tmp_path / "absent" / "traps", [new_line("a@mx.com", "x")])
    assert not (tmp_path / "absent").exists()


def test_two_at_once_do_not_lose_each_others_lines(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(NotWritten, match="Try again"):
            append(path, [new_line("a@mx.com", "x")])
    finally:
        os.close(descriptor)
    append(path, [new_line("a@mx.com", "x")])
