import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table

from tests.reporter.caught import MESSAGE, TOKEN, Place, campaign
from tests.reporter.storage.test_plans import asked, plans
from tests.servers.portal import Answer, Portal
from tests.servers.processes import until
from trapline.config.believed_clock import PROOF
from trapline.reporter import old_messages, retention
from trapline.reporter.storage.schema import messages, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import old_samples, overdue

ROOT = Path(__file__).parents[2]
FOLDERS = ("new", "cur", "tmp", ".failed/new", ".failed/cur")


@pytest.fixture
def place(place: Place) -> Place:
    """Files have the machine's times, so the clock begins there."""
    place.clock.now = datetime.now(UTC)
    return place


def files(place: Place) -> dict[str, int]:
    """How many files lie in each folder of the spool."""
    return {folder: number for folder in FOLDERS if (number := len(list((place.folder / "spool" / folder).glob("*"))))}


def rows(place: Place) -> dict[str, int]:
    tables = ("messages", "decisions", "submissions", "attempts", "lookups", "failed_files")
    return {table: place.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}  # noqa: S608 - our own names


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


def test_what_no_token_ever_came_for_is_dropped_when_its_time_is_over(place: Place) -> None:
    place.catch()
    place.once(None)
    place.let_pass(days=29)
    place.once(None)
    assert set(place.states().values()) == {"queued"}
    place.let_pass(days=2)
    place.once(None)
    assert set(place.states().values()) == {"dropped"}
    assert files(place) == {}
    assert place.rows("SELECT object FROM submissions WHERE kind = 'email'") == [("",)]
    assert (
        "removed as old: 1 files of caught mail, 0 messages' rows, 4 submissions that nobody sent in time" in place.said
    )
    place.let_pass(days=335)
    place.once(None)
    assert rows(place)["submissions"] == 0


def test_what_the_budget_never_leaves_room_for_is_dropped_when_its_time_is_over(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"api": portal.url, "per_day": 1}
    place.catch()
    place.once()
    place.let_pass(days=31)
    place.once()
    assert sorted(place.states().values()) == ["accepted", "accepted", "dropped", "dropped"]
    assert files(place) == {}


def test_what_waits_is_dropped_in_steps_that_keep_nobody_waiting(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "MAX_AT_ONCE", 3)
    place.catch()
    place.once(None)
    place.let_pass(days=31)
    with in_steps(place) as kept:
        kept.work(place.clock())
        assert sorted(place.states().values()) == ["dropped", "dropped", "dropped", "queued"]
        while kept.work(place.clock()):
            assert not any(line.startswith("removed as old") for line in place.said)
    assert place.said[-1].endswith(", 4 submissions that nobody sent in time")


def test_a_message_that_another_one_repeats_waits_for_it(place: Place) -> None:
    place.options["store"] = {"keep_days": 10}
    place.catch()
    place.once()
    place.clock.move(hours=20)
    place.catch()
    place.once()
    place.let_pass(days=9, hours=12)
    place.once()
    assert rows(place)["messages"] == 2
    place.let_pass(days=1)
    place.once()
    assert rows(place)["messages"] == 0


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


@contextmanager
def in_steps(place: Place) -> Iterator[retention.Retention]:
    """A retention that has time for one step in a round."""
    place.said.clear()
    ticks = count()
    with closing(Store.open(place.url)) as store:
        yield retention.Retention(place.settings, store, lambda said: place.said.append(str(said)), lambda: next(ticks))


def test_one_round_removes_so_much_and_the_next_one_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MAX_FILES", 2)
    monkeypatch.setattr(old_messages, "MAX_MESSAGES", 2)
    for number in range(5):
        place.catch(MESSAGE.replace(b"landing", b"landing%d" % number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=400)
    left = []
    with in_steps(place) as kept:
        while kept.work(place.clock()):
            left.append((files(place).get("cur", 0), rows(place)["messages"]))
        place.catch()
        assert kept.work(place.clock()) is False, "it rests for an hour once nothing is left"
    assert list(dict.fromkeys(left)) == [(3, 5), (1, 5), (0, 5), (0, 3), (0, 1), (0, 0)]
    assert (files(place), rows(place)["messages"]) == ({"new": 1}, 0)


def test_what_is_queued_again_between_two_rounds_keeps_its_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """`trapline retry` queues what was refused."""
    monkeypatch.setattr(retention, "MAX_FILES", 1)
    for number in range(3):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=100)
    with in_steps(place) as kept, closing(Store.open(place.url)) as store:
        assert kept.work(place.clock()) is True
        with store.writing() as db:
            db.execute(submissions.update().values(state="queued"))
        while kept.work(place.clock()):
            pass
    assert files(place) == {"cur": 2}


def test_one_line_tells_what_all_rounds_removed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_messages, "MAX_MESSAGES", 2)
    for number in range(5):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=400)
    with in_steps(place) as kept:
        while kept.work(place.clock()):
            assert place.said == []
    assert place.said == ["removed as old: 5 files of caught mail, 5 messages' rows"]


def test_who_is_stopped_in_the_middle_tells_what_is_removed_by_then(place: Place) -> None:
    place.catch()
    place.once()
    place.let_pass(days=400)
    with in_steps(place) as kept:
        assert kept.work(place.clock()) is True
        kept.close()
    assert place.said == ["removed as old: 1 files of caught mail, 0 messages' rows"]


def test_what_is_kept_longer_is_not_looked_at_again_with_each_step(
    place: Place, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of it there is: each step looks at the next ones."""
    monkeypatch.setattr(old_messages, "MAX_MESSAGES", 2)
    place.options["spamhaus"] = {"api": portal.url, "per_day": 20}
    for number in range(4):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.clock.move(hours=1)
    for number in range(4, 10):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once(None)
    place.let_pass(days=400)
    with closing(Store.open(place.url)) as store:
        removed = list(old_messages.remove(store, place.clock() - timedelta(days=365)))
    assert removed == [0, 0, 0, 2, 2, 0, 0, 0, 0, 0]
    assert rows(place)["messages"] == 6


def test_every_table_that_refers_to_a_message_is_emptied_with_it(place: Place, portal: Portal) -> None:
    place.catch()
    place.once()
    assert all(rows(place)[table] for table in ("messages", "decisions", "submissions", "attempts", "lookups"))
    place.let_pass(days=366)
    place.once()
    assert set(rows(place).values()) == {0}


# Killed at any moment.

_RUN = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tests.reporter.caught import Clock, Place
from trapline.reporter import old_messages, retention
retention.MAX_FILES, old_messages.MAX_MESSAGES = 4, 2  # many small steps: many moments to be killed in
place = Place(Path(sys.argv[1]), sys.argv[2], sys.argv[3], clock=Clock(datetime.now(UTC) + timedelta(days=400)))
place.options["spamhaus"] = {"review_minutes": 0}
sys.exit(place.once())
"""


def test_killed_again_and_again_only_what_is_old_goes_and_all_of_it(place: Place, portal: Portal) -> None:
    """What comes meanwhile is taken in and sent once."""
    for number in range(24):
        place.catch(campaign(number), client=f"11.0.1.{number + 1}")
    place.once()
    place.let_pass()
    sent = len(portal.submissions)
    for left in (20, 11, 3):
        process = start(place)
        until("so much to be removed", lambda left=left: rows(place)["messages"] <= left)  # type: ignore[misc]
        process.kill()
        process.wait()
        assert orphans(place) == 0
    young = place.catch(campaign(30), client="11.9.9.9", received=datetime.now(UTC) + timedelta(days=399))
    assert start(place).wait() == 0
    assert place.rows("SELECT id FROM messages") == [(young.id,)]
    assert set(files(place)) <= {"cur"}
    assert [one.object for one in portal.submissions[sent:] if one.kind == "ip"] == ["11.9.9.9"]
    assert orphans(place) == 0


def orphans(place: Place) -> int:
    """The rows whose message or submission is gone."""
    of_messages = "SELECT count(*) FROM submissions WHERE message_id NOT IN (SELECT id FROM messages)"
    of_submissions = "SELECT count(*) FROM lookups WHERE submission_id NOT IN (SELECT id FROM submissions)"
    return sum(place.rows(query)[0][0] for query in (of_messages, of_submissions))


def start(place: Place) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _RUN, str(place.folder), place.api, place.url]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})


def forbidden(_: Path) -> None:
    raise PermissionError(13, "Permission denied")


def test_the_text_of_a_sample_goes_with_the_mail_that_it_was_made_of(place: Place) -> None:
    place.catch()
    place.once()
    place.let_pass(days=31)
    place.once()
    objects = dict(place.rows("SELECT kind, object FROM submissions"))
    assert (objects["email"], objects["domain"]) == ("", "landing-pills.com")


def test_the_text_of_a_sample_that_waits_stays(place: Place, portal: Portal) -> None:
    portal.script(*[Answer.slow_down("600")] * 9)
    place.catch()
    place.once()
    place.let_pass(days=31)
    portal.script(*[Answer.slow_down("600")] * 9)
    place.once()
    assert place.rows("SELECT count(*) FROM submissions WHERE kind = 'email' AND object != ''") == [(1,)]


def test_however_many_samples_are_old_at_once_they_all_go_and_are_read_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_samples, "MAX_SAMPLES", 2)
    for number in range(5):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.let_pass(days=31)
    with in_steps(place) as kept, asked() as statements:
        while kept.work(place.clock()):
            pass
        assert place.rows("SELECT count(*) FROM submissions WHERE object = ''") == [(5,)]
        assert len(updates(statements)) == 3
        place.clock.move(hours=2)
        statements.clear()
        while kept.work(place.clock()):
            pass
        assert updates(statements) == []
        looked = [one for one in statements if "submissions.object != " in one[0]]
    assert looked
    if place.database:
        return
    for _, step in plans(place.url, looked):
        assert "ix_submissions_state_answered_at_kind (state=? AND answered_at>? AND answered_at<?)" in step


def updates(statements: list[tuple[str, Any]]) -> list[str]:
    """Those that empty samples; not what drops submissions."""
    return [one for one, _ in statements if one.startswith("UPDATE submissions") and "answered_at" not in one]


def test_a_failure_in_the_middle_keeps_all_rows(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.catch()
    place.once()
    before, referring = rows(place), old_messages.referring
    place.let_pass(days=366)
    monkeypatch.setattr(old_messages, "referring", lambda table: 1 / 0 if table is messages else referring(table))
    with pytest.raises(ZeroDivisionError):
        place.once()
    assert rows(place) == before


@pytest.mark.parametrize("table", [messages, submissions], ids=["messages", "submissions"])
def test_whatever_refers_to_what_is_removed_has_an_index(table: Table) -> None:
    referring = list(old_messages.referring(table))
    assert referring
    for column in referring:
        assert _indexed(column), f"{column} makes removing slow"


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


def _indexed(column: Column[object]) -> bool:
    first = [next(iter(column.table.primary_key.columns)), *(index.columns[0] for index in column.table.indexes)]
    return any(one is column for one in first)
