"""The doctor's word on the database: looked at as it is, and left so."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers.postgresql import PostgreSQL
from trapline.cli.doctor import database
from trapline.cli.doctor.result import Result
from trapline.cli.doctor.site import Site
from trapline.config.settings import Settings
from trapline.reporter.storage import inspection
from trapline.reporter.storage.store import Store

HOLDS_A_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print(flush=True)
input()
"""


def looked(url: str) -> Result:
    settings = Settings.model_validate({"store": {"url": url}})
    (found,) = database.check(Site(settings, Path("/nowhere/trapline.toml")))
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store as the reporter makes it."""
    Store.open(f"sqlite:///{tmp_path}/x.db").close()
    return tmp_path / "x.db"


def test_a_store_that_is_up_to_date_is_right_and_nothing_is_made_beside_it(file: Path) -> None:
    assert looked(f"sqlite:///{file}").state == "ok"
    assert sorted(file.parent.iterdir()) == [file]


def test_a_store_that_a_reporter_works_with_is_read_too(file: Path) -> None:
    store = Store.open(f"sqlite:///{file}")
    with store.reading():
        assert looked(f"sqlite:///{file}").state == "ok"
    store.close()


def test_of_a_damaged_file_it_says_how_to_begin_anew(file: Path) -> None:
    file.write_bytes(b"no database" * 100)
    found = looked(f"sqlite:///{file}")
    assert (found.state, "move it away" in found.hint) == ("failed", True)


@pytest.mark.parametrize(
    ("version", "state", "seen", "hint"),
    [
        ("9999_future", "failed", "newer trapline (9999_future)", "install the version"),
        ("0001", "warning", "of version 0001, not yet", "systemctl restart trapline-reporter"),
    ],
)
def test_tables_of_another_version_are_told(file: Path, version: str, state: str, seen: str, hint: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    found = looked(f"sqlite:///{file}")
    assert (found.state, seen in found.seen, hint in found.hint) == (state, True, True), found


def test_who_keeps_it_locked_is_named(file: Path) -> None:
    command = [sys.executable, "-c", HOLDS_A_LOCK, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        found = looked(f"sqlite:///{file}")
        other.communicate(b"\n", timeout=20)
    assert found.state == "failed"
    assert f"process {other.pid} keeps it locked" in found.seen
    assert f"ps -p {other.pid}" in found.hint


def test_a_lock_that_is_given_up_meanwhile_is_no_fault(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_LOCK, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        found = inspection.inspect(f"sqlite:///{file}", lambda _seconds: other.communicate(b"\n", timeout=20))
    assert found.holder is None


def test_a_store_that_is_damaged_fails(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database" * 1000)
    found = looked(f"sqlite:///{tmp_path}/x.db")
    assert (found.state, "not a database" in found.seen) == ("failed", True)


def test_a_store_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    assert looked(f"sqlite:///{tmp_path}/x.db").state == "warning"
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_postgresql_is_left_as_it_is(postgresql: PostgreSQL) -> None:
    url = postgresql.new_database()
    empty = looked(url)
    assert not Store.exists(url)
    Store.open(url).close()
    assert (empty.state, looked(url).state) == ("warning", "ok")
    assert "no tables yet" in empty.seen


def test_a_writer_of_postgresql_that_keeps_all_others_waiting_is_told(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "STUCK_SECONDS", 0)  # a minute is too long for a test
    url = postgresql.new_database()
    store = Store.open(url)
    with store.writing():
        found = looked(url)
    store.close()
    assert (found.state, "all others wait" in found.seen) == ("failed", True)


def test_a_server_that_is_away_fails_without_its_password(postgresql: PostgreSQL) -> None:
    found = looked("postgresql://trapline:canarypassword@127.0.0.1:1/x")
    assert (found.state, "not available" in found.seen) == ("failed", True)
    assert "canarypassword" not in str(found)
