import os
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from trapline.reporter.storage import sqlite
from trapline.reporter.storage.schema import failed_files, metadata, submissions
from trapline.reporter.storage.store import Store, StoreBusyError, StoreError, StoreSetupError, StoreUnavailableError

MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def keep(store: Store, file: str = "one", reason: str = "broken", at: datetime = MOMENT) -> None:
    with store.writing() as db:
        db.execute(failed_files.insert().values(file=file, failed_at=at, reason=reason))


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(store: Store) -> None:
    with store.reading() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


def test_opening_twice_keeps_what_is_there(database: str) -> None:
    first = Store.open(database)
    keep(first)
    first.close()
    second = Store.open(database)
    with second.reading() as db:
        assert db.execute(sa.select(failed_files.c.file)).scalars().all() == ["one"]
    second.close()


def test_opening_prints_and_logs_nothing(
    database: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    Store.open(database).close()
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_readers_do_not_wait_for_a_writer(database: str) -> None:
    writer, reader = Store.open(database), Store.open(database)
    with writer.writing() as db:
        db.execute(failed_files.insert().values(file="one", failed_at=MOMENT, reason="broken"))
        with reader.reading() as other:
            assert other.execute(sa.select(failed_files.c.file)).all() == []
    writer.close()
    reader.close()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreSetupError, match=rf"{tmp_path}/missing does not exist") as caught:
        Store.open(f"sqlite:///{tmp_path}/missing/store.db")
    assert caught.value.exit_code == 78


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///trapline.db",
        "nonsense",
        "mysql://anna:hush@db/x",
        "postgresql+pg8000://anna:hush@db/x",
        "postgresql://anna:hush@db:54x32/x",
        "postgresql://anna:hu@hush@db/x",
        "postgresql://anna:hu@u:hush@db/x",
    ],
)
def test_another_kind_of_database_is_refused_without_showing_its_url(url: str) -> None:
    with pytest.raises(StoreSetupError) as caught:
        Store.open(url)
    assert "hush" not in str(caught.value)


def test_a_file_that_is_no_database_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreSetupError, match="not a database"):
        Store.open(f"sqlite:///{tmp_path / 'store.db'}")


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    url, file = f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "store.db"
    Store.open(url).close()
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 60_000)
    with pytest.raises(StoreSetupError, match="is damaged, or no store: restore it from a backup, or move it away"):
        Store.open(url)


def test_a_locked_file_is_tried_again_by_systemd_and_is_no_error_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a backup locks it for a while."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    Store.open(url).close()
    backup = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    backup.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailableError, match="database is locked") as caught:
        Store.open(url)
    backup.close()
    assert caught.value.exit_code == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    """`trapline reporter --once`, run by root once, must not lock the reporter's user out."""
    os.chown(tmp_path, 4711, 4712)
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    store.claim()
    keep(store)
    owners = {file.name: (file.stat().st_uid, file.stat().st_gid) for file in tmp_path.iterdir()}
    store.close()
    assert set(owners) >= {"store.db", "store.db.lock", "store.db-wal"}
    assert set(owners.values()) == {(4711, 4712)}


def test_a_lock_that_may_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.db.lock").mkdir()
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreSetupError, match=r"cannot use .*store\.db\.lock"):
        store.claim()
    store.close()


def test_a_store_of_a_newer_trapline_is_left_alone(database: str, store: Store) -> None:
    with store.writing() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreSetupError, match="newer trapline"):
        Store.open(database)


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    def half_a_step() -> None:
        with store.writing() as db:
            db.execute(failed_files.insert().values(file="one", failed_at=MOMENT, reason="broken"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_a_step()
    with store.reading() as db:
        assert db.execute(sa.select(failed_files)).all() == []


def test_an_error_never_shows_what_was_being_written(store: Store) -> None:
    keep(store, reason="trap@mx.example")
    with pytest.raises(StoreError) as caught:
        keep(store, reason="trap@mx.example")
    assert "trap@mx.example" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_submission_belongs_to_a_message(store: Store) -> None:
    row = {"message_id": "nobody", "kind": "ip", "value": "v", "object": "o", "reason": "r", "state": "queued"}
    with pytest.raises(StoreError, match=r"(?i)foreign key"), store.writing() as db:
        db.execute(submissions.insert().values(**row, queued_at=MOMENT, attempts=0))


def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    keep(store, at=MOMENT.astimezone(timezone(timedelta(hours=9))))
    with store.reading() as db:
        moment = db.execute(sa.select(failed_files.c.failed_at)).scalar_one()
    assert moment == MOMENT
    assert moment.tzinfo is UTC


def test_a_time_without_its_zone_is_refused(store: Store) -> None:
    with pytest.raises(StoreError):
        keep(store, at=datetime(2026, 11, 21, 12, 0))  # noqa: DTZ001 - that is the case


def test_text_that_no_database_takes_is_kept_readable(store: Store) -> None:
    keep(store, reason="a\0b\udcffc")
    with store.reading() as db:
        assert db.execute(sa.select(failed_files.c.reason)).scalar_one() == "a\ufffdb\ufffdc"


def test_two_reporters_never_share_an_sqlite_file(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    store.claim()
    other = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    with pytest.raises(StoreBusyError, match="another trapline reporter"):
        other.claim()
    store.close()
    other.claim()
    other.close()


def test_a_store_of_the_first_version_is_brought_up_to_date_and_keeps_what_it_has(database: str, store: Store) -> None:
    with store.writing() as db:
        db.exec_driver_sql("ALTER TABLE messages DROP COLUMN host")
        db.exec_driver_sql("DROP TABLE failed_files")
        first = sa.Table(
            "failed_files",
            sa.MetaData(),
            sa.Column("file", sa.Text, nullable=False),
            sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("reason", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint("file", name="pk_failed_files"),
        )
        first.create(db)
        db.execute(first.insert().values(file="one", failed_at=MOMENT.replace(tzinfo=None), reason="broken"))
        db.exec_driver_sql("DROP INDEX ix_submissions_value")
        db.exec_driver_sql("CREATE INDEX ix_submissions_kind_value ON submissions (kind, value)")
        for table in ("trap_days", "lessons", "blocklist_hits", "blocklist_records", "blocklist"):
            db.exec_driver_sql(f"DROP TABLE {table}")
        for table in ("lookups", "sender_networks", "reviews", "networks", "contacts", "campaigns"):
            db.exec_driver_sql(f"DROP TABLE {table}")
        for index in (
            "attempts_submission_id",
            "messages_client_address_received_at",
            "submissions_state_answered_at_kind",
            "submissions_kind_queued_at",
        ):
            db.exec_driver_sql(f"DROP INDEX ix_{index}")
        db.exec_driver_sql("ALTER TABLE messages DROP COLUMN content")
        db.exec_driver_sql("ALTER TABLE submissions DROP COLUMN weight")
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    again = Store.open(database)
    with again.reading() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []
        assert db.execute(sa.select(failed_files.c.host, failed_files.c.file)).all() == [("", "one")]
    again.close()
