"""Saved mail is read as it lies there, whoever wrote it and whenever he says that it was."""

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trapline.mailboxes.saved_mail import EARLIEST, Saved, UnreadableMail, read_all

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = b"Subject: offer\n\nhttps://pills-r-us.com/\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box"


def filed(path: Path) -> datetime:
    (saved,) = read_all(path, NOW)
    assert isinstance(saved, Saved)
    assert saved.message == TEXT
    return saved.filed


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ("Sat Nov 21 11:00:00 2026", datetime(2026, 11, 21, 11, 0, tzinfo=UTC)),
        ("Fri Dec 31 23:59:59 9999", NOW),
        ("Mon Jan  1 00:00:00 0001", EARLIEST),
    ],
)
def test_a_message_was_filed_when_it_can_have_been(box: Path, date: str, wanted: datetime) -> None:
    box.write_bytes(f"From news@pills.com {date}\n".encode() + TEXT)
    assert filed(box) == wanted


@pytest.mark.parametrize(("seconds", "wanted"), [(-(2**31), EARLIEST), (2**33, NOW), (2**45, EARLIEST)])
def test_a_file_may_have_any_time(box: Path, seconds: int, wanted: datetime) -> None:
    box.write_bytes(TEXT)
    os.utime(box, (seconds, seconds))
    if box.stat().st_mtime != seconds:
        pytest.skip("this file system keeps no such time")
    assert filed(box) == wanted


@pytest.mark.parametrize("maildir", [False, True])
def test_a_bad_file_is_said_and_keeps_no_other_of_its_folder_from_being_read(box: Path, maildir: bool) -> None:
    folder = box / "new" if maildir else box
    for path in (box, box / "cur", box / "new") if maildir else (box,):
        path.mkdir()
    (folder / "1").write_bytes(TEXT)
    (folder / "2").write_bytes(b"")
    (folder / "3").symlink_to("nowhere")
    (folder / "4").symlink_to("4")
    (folder / "5").mkdir()
    os.mkfifo(folder / "6")
    (folder / "7").write_bytes(TEXT)
    found = list(read_all(box, NOW))
    assert [one.name for one in found if isinstance(one, Saved)] == [str(folder / "1"), str(folder / "7")]
    assert [str(one) for one in found if isinstance(one, UnreadableMail)] == [
        f"{folder}/2: there is no message in it",
        f"{folder}/3: cannot be read: No such file or directory",
        f"{folder}/4: cannot be read: Too many levels of symbolic links",
        f"{folder}/5: folders in a folder are not looked into: name it as well",
    ]


def test_a_file_that_vanishes_while_its_folder_is_read_is_said(box: Path) -> None:
    box.mkdir()
    for name in ("1", "2", "3"):
        (box / name).write_bytes(TEXT)
    found = read_all(box, NOW)
    next(found)
    (box / "2").unlink()
    gone, last = found
    assert str(gone) == f"{box}/2: cannot be read: No such file or directory"
    assert isinstance(last, Saved)


LINE = b"From news@pills.com Sat Nov 21 11:00:00 2026\n"


def names(found: Iterable[Saved | UnreadableMail]) -> list[str]:
    """Of what was read its name, of what was not the error."""
    return [one.name if isinstance(one, Saved) else str(one) for one in found]


def test_a_folder_in_a_folder_is_said_and_those_of_a_maildir_are_folders_of_their_own(box: Path) -> None:
    for folder in ("mail/Junk.sbd", "maildir/cur", "maildir/new", "maildir/tmp", "maildir/.Junk/new"):
        (box / folder).mkdir(parents=True)
    (box / "mail" / "Junk").write_bytes(TEXT)
    message, problem = read_all(box / "mail", NOW)
    assert isinstance(message, Saved)
    assert str(problem) == f"{box}/mail/Junk.sbd: folders in a folder are not looked into: name it as well"
    assert list(read_all(box / "maildir", NOW)) == []


def test_an_empty_message_in_an_mbox_is_said_and_those_behind_it_are_read(box: Path) -> None:
    box.write_bytes(LINE + TEXT + b"\n" + LINE + b"\n\n" + LINE + TEXT)
    assert names(read_all(box, NOW)) == [f"{box}:1", f"{box}:2: there is no message in it", f"{box}:3"]


@pytest.mark.parametrize("at", [0, len(LINE + TEXT) + 1])
def test_an_mbox_that_is_cut_while_it_is_read_is_said(box: Path, at: int) -> None:
    box.write_bytes((LINE + TEXT + b"x" * 50_000 + b"\n\n") * 50)
    found = read_all(box, NOW)
    first = next(found)
    os.truncate(box, at)
    changed = f"{box}: it changed while it was read: add it again, what is there already counts once"
    assert names([first, *found]) == [f"{box}:1", changed]


def test_an_mbox_that_grows_while_it_is_read_is_said(box: Path) -> None:
    box.write_bytes(LINE + TEXT)
    found = read_all(box, NOW)
    next(found)
    with box.open("ab") as file:
        file.write(b"\n" + LINE + TEXT)
    assert names(found)[-1].startswith(f"{box}: it changed while it was read")


def test_an_mbox_that_another_program_works_on_is_left_alone(box: Path) -> None:
    box.write_bytes(LINE + TEXT)
    holding = "import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True)"
    command = [sys.executable, "-c", f"{holding}; sys.stdin.read()", str(box)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert names(read_all(box, NOW)) == [
            f"{box}: another program works on it and has it locked: add it again later"
        ]
        other.communicate()
    assert names(read_all(box, NOW)) == [f"{box}:1"]


def test_a_lock_file_beside_an_mbox_is_minded(box: Path) -> None:
    box.write_bytes(LINE + TEXT)
    lock = box.with_name("box.lock")
    lock.touch()
    assert names(read_all(box, NOW)) == [f"{box}: another program works on it: add it again once {lock} is gone"]
