"""Files of the same name on two hosts that share a store are told apart."""

from pathlib import Path
from typing import Any

from tests.reporter.caught import CLIENT, Place, RealClock, an_envelope, campaign, queued
from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.judge import Context, judge
from trapline.reporter.retention import _files_of_open
from trapline.reporter.set_aside import set_aside
from trapline.reporter.storage import history
from trapline.reporter.storage.store import Store


def evidence(**changes: Any) -> Evidence:
    return judge(b"", an_envelope(**{"id": "m"} | changes), Context()).evidence


def test_why_a_file_failed_is_told_on_its_own_host_only(tmp_path: Path, url: str) -> None:
    place = Place(tmp_path, database=url)
    (place.folder / "spool" / ".failed" / "new").mkdir(parents=True)
    (place.folder / "spool" / ".failed" / "new" / "1.V1.mx").write_bytes(b"junk")
    here, there = Store.open(url, "mx1"), Store.open(url, "mx2")
    for store, why in ((here, "broken"), (there, "something else")):
        with store.writing() as db:
            history.add_failed_file(db, "1.V1.mx", why, place.clock(), store.host)
    for store, why in ((here, "broken"), (there, "something else")):
        with store.reading() as db:
            assert [one.reason for one in set_aside(place.settings, db, store.host)] == [why]
    with here.writing() as db:
        history.forget_failed_file(db, "1.V1.mx", here.host)
    assert place.rows("SELECT host FROM failed_files") == [("mx2",)]
    here.close()
    there.close()


def test_the_same_file_name_in_two_fallbacks_is_two_messages(tmp_path: Path, url: str) -> None:
    for number in (1, 2):
        (tmp_path / f"mx{number}").mkdir()
        place = Place(tmp_path / f"mx{number}", database=url)
        place.fall_back(campaign(number), name="1.V1.mx", queue_id=f"4bX{number}")
        assert place.once(None) == 0
    assert place.rows("SELECT count(*) FROM messages") == [(2,)]


def test_the_same_queue_id_on_two_hosts_is_two_messages(url: str) -> None:
    here, there = Store.open(url, "mx1"), Store.open(url, "mx2")
    with here.writing() as db:
        history.add_message(db, evidence(queue_id="same"), None, "file", RealClock()(), here.host)
    twin = an_envelope(queue_id="same")
    for store, is_known in ((here, True), (there, False)):
        with store.reading() as db:
            assert history.is_known(db, twin, store.host) is is_known
        store.close()


def test_each_host_removes_its_own_files_and_keeps_none_for_anothers_sake(tmp_path: Path, url: str) -> None:
    here, there = Store.open(url, "mx1"), Store.open(url, "mx2")
    queued(here, RealClock(), CLIENT)
    for store, needed in ((here, frozenset({"file"})), (there, frozenset())):
        with store.reading() as db:
            assert _files_of_open(db, store.host) == needed
        store.close()
