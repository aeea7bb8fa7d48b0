"""Saved mail is read as it lies there, whoever wrote it and whenever he says that it was."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trapline.mailboxes.saved_mail import EARLIEST, read_all

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEXT = b"Subject: offer\n\nhttps://pills-r-us.com/\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box"


def filed(path: Path) -> datetime:
    (saved,) = read_all(path, NOW)
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
