"""What can not be taken in: it is set aside with its reason, or left where it is, and holds nothing up."""

import shutil
from datetime import UTC, datetime

import pytest

from tests.reporter.caught import MESSAGE, TRAP, Place, an_envelope, names
from trapline.reporter import planning
from trapline.reporter.storage.store import Store, StoreError
from trapline.spool import block
from trapline.spool.maildir import Maildir, SpoolError


def test_what_is_no_caught_message_goes_to_failed_with_its_reason_in_the_store(place: Place) -> None:
    path = place.spool.deliver([MESSAGE])
    assert place.once(None) == 1
    assert names(place.folder / "spool" / ".failed" / "new") == [path.name]
    ((file, reason),) = place.rows("SELECT file, reason FROM failed_files")
    assert file == path.name
    assert "no envelope" in reason
    assert place.said[-3] == "messages: 0 taken in, 1 failed"
    assert place.once(None) == 0


def test_one_bad_file_holds_nothing_up(place: Place) -> None:
    place.spool.deliver([b"junk"])
    place.catch()
    place.once(None)
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]


def test_a_defect_of_ours_sets_one_message_aside_without_telling_its_text(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(TRAP)

    place.catch()
    monkeypatch.setattr(planning, "prepare", broken)
    assert place.once(None) == 1
    ((reason,),) = place.rows("SELECT reason FROM failed_files")
    assert reason.startswith("a defect of trapline: ValueError at test_set_aside.py:")
    assert TRAP not in reason + "".join(place.said)


def test_a_time_that_no_rule_can_reckon_with_sets_one_message_aside_and_the_reporter_goes_on(place: Place) -> None:
    place.catch(received=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    place.catch(received=datetime(1, 1, 1, tzinfo=UTC))
    place.catch()
    assert place.once(None) == 1
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert all(why.startswith("a defect of trapline: OverflowError at ") for (why,) in _failures(place))
    assert len(_failures(place)) == 2
    assert place.once(None) == 0


def _failures(place: Place) -> list[tuple[str]]:
    return place.rows("SELECT reason FROM failed_files")


def test_a_file_that_cannot_be_filed_away_is_not_taken_twice(place: Place) -> None:
    place.catch()
    cur = place.folder / "spool" / "cur"
    cur.rmdir()
    assert place.once(None) == 1
    cur.mkdir()
    assert place.once(None) == 0
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]
    assert len(names(cur)) == 1


def test_a_store_that_fails_leaves_the_file_where_it_is(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.catch()
    place.once(None)  # makes the tables
    Maildir(place.folder / "spool").deliver([block.write(an_envelope(), "mx.trap-mx.com"), MESSAGE])
    store = Store.open(place.url)
    with store.writing() as db:
        db.exec_driver_sql("ALTER TABLE decisions RENAME TO gone")
    store.close()
    with pytest.raises(StoreError):
        place.once(None)
    assert len(names(place.folder / "spool" / "new")) == 1
    assert place.rows("SELECT count(*) FROM messages") == [(1,)]


def test_a_spool_that_is_not_there_is_an_error(place: Place) -> None:
    shutil.rmtree(place.folder / "spool")
    with pytest.raises(SpoolError, match="cannot read the spool"):
        place.once(None)
