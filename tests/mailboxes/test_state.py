"""What is remembered of a mailbox on this host, and for how long."""

import os
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trapline.mailboxes.state import KEPT, Locked, State, StateError, locked

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_what_was_dealt_with_is_known_to_the_next_run_of_the_same_folder_alone(tmp_path: Path) -> None:
    with State(tmp_path, "anna") as state:
        state.add_taken("Junk", "7", "1", "digest", NOW)
        state.add("Junk", "7", ["2"], "old", NOW)
    with State(tmp_path, "anna") as state:
        assert state.known("Junk", "7") == {"1": "taken", "2": "old"}
        assert state.known("Junk", "8") == state.known("INBOX", "7") == {}
    with State(tmp_path, "ben") as state:
        assert state.known("Junk", "7") == {}


def test_the_same_bytes_are_known_under_another_number_and_not_under_their_own(tmp_path: Path) -> None:
    with State(tmp_path, "anna") as state:
        state.add_taken("Junk", "7", "1", "digest", NOW)
        assert state.was_elsewhere("Junk", "8", "digest")
        assert state.was_elsewhere("INBOX", "7", "digest")
        assert not state.was_elsewhere("Junk", "7", "digest"), "two equal messages in one folder are two"
        assert not state.was_elsewhere("Junk", "8", "another")


def test_the_uids_of_the_same_bytes_are_told(tmp_path: Path) -> None:
    with State(tmp_path, "anna") as state:
        for uid, digest in (("1", "digest"), ("2", "digest"), ("3", "another")):
            state.add_taken("Junk", "7", uid, digest, NOW)
        assert state.uids_of("Junk", "7", "digest") == {"1", "2"}
        assert state.uids_of("Junk", "8", "digest") == state.uids_of("INBOX", "7", "digest") == set()


def test_a_new_uidvalidity_is_told_once(tmp_path: Path) -> None:
    with State(tmp_path, "anna") as state:
        assert [state.moved("Junk", number) for number in ("7", "7", "8", "8")] == [False, False, True, False]


def test_tries_are_counted_over_runs_until_the_server_hands_it_over(tmp_path: Path) -> None:
    for wanted in (1, 2):
        with State(tmp_path, "anna") as state:
            assert state.attempt("Junk", "7", "1", NOW) == wanted
    with State(tmp_path, "anna") as state:
        state.handed_over("Junk", "7", "1")
        assert state.attempts("Junk", "7") == {}


def test_tries_in_a_short_time_count_as_one(tmp_path: Path) -> None:
    hours = (0, 1, 5, 6, 7, 12)
    with State(tmp_path, "anna") as state:
        times = [
            state.attempt("Junk", "7", "1", NOW + timedelta(hours=hour), apart=timedelta(hours=6)) for hour in hours
        ]
    assert times == [1, 1, 1, 2, 2, 3]


def test_what_is_gone_from_its_folder_is_forgotten_after_a_while(tmp_path: Path) -> None:
    with State(tmp_path, "anna") as state:
        for uid in ("1", "2"):
            state.add_taken("Junk", "7", uid, uid, NOW)
        state.forget("Junk", "7", ["1"], NOW + KEPT - timedelta(days=1))
        assert set(state.known("Junk", "7")) == {"1", "2"}
        state.forget("Junk", "7", ["1"], NOW + KEPT + timedelta(days=1))
        assert set(state.known("Junk", "7")) == {"1"}, "what is still there is never forgotten"


def test_a_clock_that_jumps_is_doubted_by_the_next_run_too(tmp_path: Path) -> None:
    found = []
    for days in (0, 8, 8, 0):
        with State(tmp_path, "anna") as state:
            found.append(state.believes(NOW + timedelta(days=days)))
    assert found == [True, False, False, True]


def test_a_lock_is_free_again_once_its_run_has_ended(tmp_path: Path) -> None:
    with locked(tmp_path, "anna"):
        with pytest.raises(Locked), locked(tmp_path, "anna"):
            pass
        with locked(tmp_path, "ben"):
            pass
    with locked(tmp_path, "anna"):
        pass


def test_others_cannot_read_it(tmp_path: Path) -> None:
    with State(tmp_path / "state", "anna"):
        assert (tmp_path / "state").stat().st_mode & 0o077 == 0
        assert (tmp_path / "state" / "anna.db").stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "anna.db").write_text("no database" * 100)
    with pytest.raises(StateError, match=r"anna\.db: cannot be opened: file is not a database\. It is damaged: move"):
        State(tmp_path, "anna")


def test_what_is_to_be_done_about_a_damaged_file_is_said_and_helps(tmp_path: Path) -> None:
    with State(tmp_path, "anna") as state:
        state.add("Junk", "7", map(str, range(1_000)), "old", NOW)
    file = tmp_path / "anna.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StateError) as damaged, State(tmp_path, "anna") as state:
        state.known("Junk", "7")
    assert str(damaged.value).endswith(
        ". It is damaged: move it, with anna.db-wal and anna.db-shm if they are there, away. "
        "A new one is made, and what it does not know is taken again"
    )
    for path in tmp_path.glob("anna.db*"):
        path.unlink()
    with State(tmp_path, "anna") as state:
        assert state.known("Junk", "7") == {}


def test_a_file_that_is_all_right_but_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "anna.db").mkdir()
    with pytest.raises(StateError) as refused:
        State(tmp_path, "anna")
    assert "damaged" not in str(refused.value)


def test_what_failed_first_is_what_is_said(tmp_path: Path) -> None:
    """SQLite undoes a transaction by itself where the disk fails; that nothing was left to undo is no news."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with State(tmp_path, "anna") as state:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            with pytest.raises(StateError, match="cannot be used: disk I/O error"):
                state.add("Junk", "7", map(str, range(100_000)), "old", NOW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert state.known("Junk", "7") == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    """`trapline mailboxes --dry-run` and `trapline scan`, run by root, must not lock the service's user out."""
    os.chown(tmp_path, 4711, 4712)
    with locked(tmp_path / "scan", "anna"), State(tmp_path / "scan", "anna") as state:
        state.add("Junk", "7", ["1"], "old", NOW)
        made = [tmp_path / "scan", *(tmp_path / "scan").iterdir()]
        assert {path.name for path in made} >= {"scan", "anna.lock", "anna.db", "anna.db-wal"}
        assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(4711, 4712)}
