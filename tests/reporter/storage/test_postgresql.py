"""What PostgreSQL needs of us that SQLite does not, and how its failures are told."""

import os
from contextlib import nullcontext
from ipaddress import ip_network

import pytest

from tests.reporter.caught import NOON, RealClock, an_envelope, queued
from tests.servers.postgresql import PASSWORD, PostgreSQL
from trapline.reporter.enrichment import large_senders
from trapline.reporter.enrichment.network import Network
from trapline.reporter.judge import Context, judge
from trapline.reporter.storage import history
from trapline.reporter.storage.schema import failed_files
from trapline.reporter.storage.store import Store, StoreError, StoreSetupError, StoreUnavailableError
from trapline.reporter.submission import networks, queue
from trapline.reporter.submission.submitted import Filter, matching, submitted


def test_a_server_that_is_not_there_is_tried_again_by_systemd_and_is_no_error_of_the_configuration(url: str) -> None:
    nowhere = url.replace("127.0.0.1:", "127.0.0.1:1").rpartition("/")[0].rpartition(":")[0] + ":9/x"
    with pytest.raises(StoreUnavailableError) as caught:
        Store.open(nowhere)
    assert caught.value.exit_code == 1
    assert "refused" in str(caught.value)
    assert str(caught.value).endswith("accepting TCP/IP connections? Nothing of this step was kept")


def test_a_wrong_password_is_told_without_showing_it(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="password authentication failed") as caught:
        Store.open(url.replace(PASSWORD, "wrong-hush"))
    assert "wrong-hush" not in str(caught.value)


def test_the_servers_details_are_not_told_since_they_quote_what_was_being_written(url: str) -> None:
    store = Store.open(url)
    for told in (None, "duplicate key"):
        with pytest.raises(StoreError, match=told) if told else nullcontext() as caught, store.writing() as db:
            db.execute(failed_files.insert().values(file="trap@mx.example", failed_at=RealClock()(), reason="r"))
    assert caught is not None
    assert "trap@mx.example" not in str(caught.value)
    store.close()


def test_a_database_that_cannot_keep_every_text_is_refused(postgresql: PostgreSQL) -> None:
    with pytest.raises(StoreSetupError, match="encoding is LATIN1"):
        Store.open(postgresql.new_database("LATIN1"))


def test_a_url_of_any_length_is_queued_and_recognised(url: str) -> None:
    store = Store.open(url)
    link = "http://pills.com/" + os.urandom(3_900).hex()
    with store.writing() as db:
        history.add_message(db, judge(b"", an_envelope(id="m"), Context()).evidence, None, "file", RealClock()(), "")
        for answer in (queue.Added(1), queue.Repeats(1)):
            now = RealClock()()
            assert queue.add(db, message_id="m", kind="url", value=link, content=link, reason="r", now=now) == answer
    store.close()


def test_what_is_wanted_by_a_part_of_it_is_found_in_upper_and_lower_case(store: Store) -> None:
    queued(store, RealClock(), "Pills.com", kind="domain")
    with store.reading() as db:
        found = matching(db, Filter(containing="pILLS"), 9)
    assert [one.value for one in submitted(store, found)] == ["Pills.com"]


def test_a_row_that_an_administrator_holds_is_passed_over(postgresql: PostgreSQL, url: str) -> None:
    store = Store.open(url)
    queued(store, RealClock(), "11.0.0.1", "11.0.0.2")
    with postgresql.connect(url) as administrator, administrator.transaction():
        administrator.execute("SELECT FROM submissions WHERE id = 1 FOR UPDATE")
        with store.writing() as db:
            due = queue.next_due(db, RealClock()(), frozenset({"ip"}))
            assert due is not None
            assert due.id == 2
            assert not queue.begin(db, 1, "spam", RealClock()())
    store.close()


def test_what_is_known_of_networks_and_large_senders_is_kept(url: str) -> None:
    """As often as it is kept: what was kept before is replaced."""
    store = Store.open(url)
    network = Network(prefix=ip_network("11.0.0.0/8"), name="PILLS-NET", as_number=4_200_000_000)
    for _ in range(2):
        with store.writing() as db:
            networks._remember(db, network, NOON, networks.GOOD)
            large_senders._keep(db, "pills.com", NOON, [ip_network("11.0.0.0/8")])
    with store.reading() as db:
        assert networks.remembered(db, ip_network("11.7.7.7"), NOON) == network
        assert list(large_senders._held(db)) == ["pills.com"]
    store.close()
