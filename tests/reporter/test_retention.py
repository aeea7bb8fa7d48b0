"""How long caught mail and what is known of it is kept, and what is never removed."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.reporter.caught import MESSAGE, TOKEN, Place
from tests.reporter.removing import files, from_today, rows
from tests.servers.portal import Answer, Portal
from trapline.config.believed_clock import PROOF


@pytest.fixture
def place(place: Place) -> Place:
    return from_today(place)


def test_a_file_goes_after_a_month_and_its_rows_after_a_year(place: Place) -> None:
    place.catch()
    place.once()
    place.let_pass(days=29)
    place.once()
    assert files(place) == {"cur": 1}
    place.let_pass(days=2)
    place.once()
    assert files(place) == {}
    assert rows(place)["messages"] == 1
    assert "removed as old: 1 files of caught mail, 0 messages' rows" in place.said
    place.let_pass(days=335)
    assert place.once() == 0
    assert set(rows(place).values()) == {0}


def test_the_times_are_settings_and_0_keeps_for_ever(place: Place) -> None:
    place.options = {"spool": {"directory": str(place.folder / "spool"), "keep_days": 0}, "store": {"keep_days": 2}}
    place.catch()
    place.once()
    place.let_pass(days=3)
    place.once()
    assert files(place) == {"cur": 1}
    assert rows(place)["messages"] == 0
    place.options["spool"]["keep_days"], place.options["store"]["keep_days"] = 2, 0
    place.catch(MESSAGE.replace(b"landing", b"other"))
    place.once()
    place.let_pass(days=30_000)
    place.once()
    assert files(place) == {}
    assert rows(place)["messages"] == 1


def test_by_a_clock_that_jumped_nothing_is_removed_until_it_is_proven_right(place: Place) -> None:
    place.catch()
    place.once(None)
    place.clock.move(days=400)
    for _ in range(PROOF // timedelta(hours=1)):
        place.once(None)
        assert files(place) == {"cur": 1}
        assert set(place.states().values()) == {"queued"}
        place.clock.move(hours=1)
    place.once(None)
    assert files(place) == {}
    assert set(rows(place).values()) == {0}


def test_a_reporter_that_is_run_once_a_week_removes_what_is_old_every_third_time(place: Place) -> None:
    place.catch()
    place.once()
    left = []
    for _ in range(6):
        place.clock.move(days=7)
        place.once()
        left.append(files(place).get("cur", 0))
    assert left == [1, 1, 1, 1, 1, 0]  # old after the fifth week


def test_what_was_not_taken_in_yet_is_not_removed_however_old(place: Place) -> None:
    place.options["traps"] = {"files": [], "fallback": str(place.folder / "fallback")}
    place.fall_back()  # left alone without traps
    place.let_pass(days=3000)
    place.once()
    assert len(list((place.folder / "fallback" / "new").iterdir())) == 1


def test_what_waited_for_long_before_it_was_taken_in_is_kept_as_long_as_any(place: Place) -> None:
    place.catch()
    (waiting,) = place.spool.new()
    os.utime(waiting, (0, 0))
    place.once()
    assert files(place) == {"cur": 1}


def test_what_waits_to_be_sent_keeps_its_file_and_rows(place: Place, portal: Portal) -> None:
    portal.script(*[Answer.slow_down("600")] * 9)
    place.catch()
    place.once()
    assert set(place.states().values()) <= {"waiting", "queued"}
    place.let_pass(days=400)
    portal.script(*[Answer.slow_down("600")] * 9)
    place.once()
    assert files(place) == {"cur": 1}
    assert rows(place)["messages"] == 1


def test_what_could_not_be_handled_goes_with_its_reason(place: Place) -> None:
    place.options["store"] = {"keep_days": 30}
    place.spool.deliver([b"no envelope at all\n"])
    place.once()
    assert files(place) == {".failed/new": 1}
    place.let_pass(days=29)
    place.once()
    assert (files(place), rows(place)["failed_files"]) == ({".failed/new": 1}, 1)
    place.let_pass(days=2)
    place.once()
    assert (files(place), rows(place)["failed_files"]) == ({}, 0)
    assert any("(1 of them were never taken in)" in line for line in place.said)


def test_a_reason_stays_while_its_file_does(place: Place) -> None:
    place.options = {"spool": {"directory": str(place.folder / "spool"), "keep_days": 0}, "store": {"keep_days": 1}}
    place.spool.deliver([b"no envelope at all\n"])
    place.once()
    place.let_pass(days=100)
    place.once()
    assert (files(place), rows(place)["failed_files"]) == ({".failed/new": 1}, 1)


def test_the_fallback_maildir_is_emptied_too(place: Place) -> None:
    place.fall_back()
    place.once()
    place.let_pass(days=31)
    place.once()
    assert list((place.folder / "fallback" / "cur").iterdir()) == []


def test_what_a_killed_writer_left_in_tmp_goes_after_36_hours(place: Place) -> None:
    (place.folder / "spool" / "tmp" / "1.half").write_text("half")
    place.clock.move(hours=35)
    place.once()
    assert files(place) == {"tmp": 1}
    place.clock.move(hours=2)
    place.once()
    assert files(place) == {}


def test_neither_links_nor_hidden_files_nor_folders_are_touched(place: Place) -> None:
    outside = place.folder / "precious"
    outside.write_text("x")
    cur = place.folder / "spool" / "cur"
    (cur / "link").symlink_to(outside)
    (cur / ".hidden").write_text("x")
    (cur / "folder").mkdir()
    place.let_pass(days=100)
    place.once()
    assert sorted(path.name for path in cur.iterdir()) == [".hidden", "folder", "link"]
    assert outside.exists()


def forbidden(_: Path) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_file_that_cannot_be_removed_is_told_and_stops_nothing(
    place: Place, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.catch()
    place.once()
    place.let_pass(days=400)
    monkeypatch.setattr(Path, "unlink", forbidden)
    assert place.once(TOKEN) == 0
    assert any("1 old files could not be removed" in line for line in place.said)
    assert rows(place)["messages"] == 0
