"""Several mail servers' reporters, each a process with a spool of its own, on one PostgreSQL database."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.caught import CLIENT, MESSAGE, TOKEN, Place, RealClock, campaign, queued
from tests.servers.portal import Portal
from tests.servers.postgresql import PASSWORD, PostgreSQL
from tests.servers.processes import until
from trapline.config.settings import Spamhaus
from trapline.reporter.storage import claims
from trapline.reporter.storage.schema import submissions
from trapline.reporter.storage.store import Store, StoreUnavailableError
from trapline.reporter.submission import overdue, queue, without_token
from trapline.reporter.submission.pace import Pace
from trapline.reporter.submission.portal import Portal as Client
from trapline.reporter.submission.sender import Ending, Sender
from trapline.reporter.submission.summary import Summary
from trapline.systemd.notify import Manager

ROOT = Path(__file__).parents[2]

_RUN = """
import json, sys
from pathlib import Path
from tests.reporter.caught import Place, RealClock
place = Place(Path(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), clock=RealClock())
print("ready", flush=True)
sys.stdin.readline()
sys.exit(place.once())
"""


class Worker:
    """A reporter's process. It waits at the start until it is let go, so that several begin at the same moment."""

    def __init__(self, place: Place) -> None:
        arguments = [str(place.folder), place.api, place.url, json.dumps(place.options)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUN, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ready(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def code(self) -> int:
        return self._process.wait(60)

    def kill(self) -> None:
        """At once, as kill -9 does."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


def servers(folder: Path, api: str, url: str, number: int = 3, **options: Any) -> list[Place]:
    """So many mail servers."""
    found = []
    for place in range(number):
        (folder / f"mx{place}").mkdir()
        found.append(Place(folder / f"mx{place}", api, url, options, clock=RealClock()))
    return found


def wait_until_nothing_is_claimed(postgresql: PostgreSQL, url: str) -> None:
    """The server notices the end of a connection a moment after it."""
    with postgresql.connect(url) as connection:
        locks = "SELECT FROM pg_locks WHERE locktype = 'advisory'"
        until("all claims to end", lambda: not connection.execute(locks).fetchall())


@contextmanager
def started(places: list[Place]) -> Iterator[list[Worker]]:
    workers = [Worker(place) for place in places]
    try:
        for worker in workers:
            worker.ready()
        yield workers
    finally:
        for worker in workers:
            worker.close()


def at_once(places: list[Place]) -> list[int]:
    """All work at the same moment, until each is done; their exit codes."""
    with started(places) as workers:
        for worker in workers:
            worker.go()
        return [worker.code() for worker in workers]


def test_one_campaign_at_three_servers_is_submitted_once_and_has_one_sample(
    tmp_path: Path, portal: Portal, url: str
) -> None:
    places = servers(tmp_path, portal.url, url)
    for place in places:
        for number in range(5):
            place.catch(campaign(number), client=f"11.0.5.{number}")
    assert at_once(places) == [0, 0, 0]
    sent = Counter((one.kind, one.object) for one in portal.submissions if one.kind != "email")
    assert len(sent) == 15
    assert set(sent.values()) == {1}
    assert len(portal.objects("email")) == 5
    assert places[0].rows("SELECT count(*) FROM messages") == [(15,)]
    assert places[0].rows("SELECT count(*) FROM decisions WHERE decision = 'report'") == [(20,)]
    assert not any(list(place.spool.new()) for place in places)


def test_several_reporters_at_one_spool_take_each_message_in_once(tmp_path: Path, portal: Portal, url: str) -> None:
    (place,) = servers(tmp_path, portal.url, url, 1)
    for number in range(20):
        place.catch(campaign(number), client=f"11.0.5.{number}")
    assert at_once([place, place, place]) == [0, 0, 0]
    assert place.rows("SELECT count(*) FROM messages") == [(20,)]
    assert set(Counter((one.kind, one.object) for one in portal.submissions).values()) == {1}
    assert len(portal.submissions) == 80
    assert len(list(place.spool.cur())) == 20


def test_the_budget_of_a_day_and_the_pace_hold_for_all_together(tmp_path: Path, portal: Portal, url: str) -> None:
    limits = {"api": portal.url, "per_minute": 600, "per_day": 13}
    places = servers(tmp_path, portal.url, url, spamhaus=limits, reporter={"samples_per_day": 2})
    for number, place in enumerate(places):
        for message in range(4):
            place.catch(campaign(10 * number + message), client=f"11.0.{number}.{message}")
    assert at_once(places) == [0, 0, 0]
    assert len(portal.submissions) == 13
    assert places[0].rows("SELECT count(*) FROM submissions WHERE kind = 'email'") == [(2,)]
    times = sorted(one.at for one in portal.submissions)
    for first, last in zip(times, times[7:], strict=False):  # five at once, then one each 100 ms
        assert last - first >= timedelta(milliseconds=200)


def test_what_one_is_sending_is_left_alone_until_it_is_killed_and_then_taken_over(
    tmp_path: Path, portal: Portal, postgresql: PostgreSQL, url: str
) -> None:
    one, other = servers(tmp_path, portal.url, url, 2)
    one.catch()
    held = portal.hold()
    with started([one]) as (worker,):
        worker.go()
        assert held.reached.wait(30)
        in_flight = portal.submissions[-1]
        assert other.once() == 0
        assert len(portal.submissions) == 4
        assert one.rows("SELECT kind FROM submissions WHERE state = 'sending'") == [(in_flight.kind,)]
        worker.kill()
        held.release()
        wait_until_nothing_is_claimed(postgresql, url)
        assert other.once() == 0
    assert portal.submissions[-1].object == in_flight.object
    assert one.rows("SELECT DISTINCT state FROM submissions ORDER BY state") == [("accepted",), ("known",)]
    assert one.rows("SELECT count(*) FROM attempts") == [(5,)]


def a_sender(store: Store, portal: Portal, limits: Spamhaus | None = None) -> Sender:
    client = Client(portal.url, TOKEN, timedelta(seconds=30))
    return Sender(store, client, limits or Spamhaus(), RealClock(), lambda _: None)


def wait(seconds: float) -> bool:
    return seconds > 1


@contextmanager
def in_flight(sender: Sender, portal: Portal) -> Iterator[Future[Ending]]:
    """While the block runs, the portal has the sender's request and has not answered."""
    held = portal.hold()
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(sender.run, Summary(), wait)
        assert held.reached.wait(30)
        try:
            yield run
        finally:
            held.release()
            wait_for([run])


def test_an_answer_is_kept_though_the_connection_was_ended_while_it_was_waited_for(
    portal: Portal, postgresql: PostgreSQL, url: str
) -> None:
    store = Store.open(url)
    queued(store, RealClock(), CLIENT)
    with in_flight(a_sender(store, portal), portal) as run:
        assert postgresql.end_connections(url) == 1
    assert not run.result().failed
    with store.reading() as db:
        assert queue.counts(db)["accepted"] == 1
    store.close()


def test_an_answer_is_kept_until_a_server_that_was_away_is_back(
    portal: Portal, postgresql: PostgreSQL, url: str
) -> None:
    store = Store.open(url)
    queued(store, RealClock(), CLIENT)
    sender = a_sender(store, portal)
    with in_flight(sender, portal) as run:
        postgresql.stop()
    with pytest.raises(StoreUnavailableError, match="not available"):
        run.result()
    with pytest.raises(StoreUnavailableError, match="not available") as caught:
        sender.run(Summary(), wait)
    assert PASSWORD not in str(caught.value)
    postgresql.start()
    sender.run(Summary(), wait)
    with store.reading() as db:
        assert queue.counts(db)["accepted"] == 1
    assert len(portal.submissions) == 1
    store.close()


def test_a_database_that_is_away_is_told_once_and_nothing_is_lost(
    tmp_path: Path, portal: Portal, postgresql: PostgreSQL, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> int:
        return sum("the database of store.url is not available" in record.getMessage() for record in caplog.records)

    (place,) = servers(tmp_path, portal.url, url, 1)
    stop = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        run = thread.submit(place.reporter().run, stop, Manager({}))
        try:
            place.catch()
            until("the first to be sent", lambda: len(portal.accepted()) == 4)
            postgresql.stop()
            try:
                place.catch(campaign(1), client="11.0.0.77")
                until("it to be told", lambda: told() > 0)
            finally:
                postgresql.start()
            until("the second to be sent", lambda: len(portal.accepted()) == 8)
        finally:
            stop.set()
        run.result(30)
    assert len(portal.submissions) == 8
    assert PASSWORD not in caplog.text


def test_one_whose_submission_was_taken_over_does_not_overwrite_what_came_of_it(
    postgresql: PostgreSQL, url: str
) -> None:
    one, other = Store.open(url), Store.open(url)
    queued(one, RealClock(), CLIENT)
    with one.writing() as db:
        assert queue.begin(db, 1, "spam", RealClock()())
    with other.writing() as db:
        assert not queue.begin(db, 1, "spam", RealClock()())
        assert queue.requeue_interrupted(db) == 0
    one.close()
    wait_until_nothing_is_claimed(postgresql, url)
    again = Store.open(url)
    with other.writing() as db:
        assert queue.requeue_interrupted(db) == 1
    with again.writing() as db:
        assert queue.is_ours(db, 1), "nobody has begun it again: an answer that came late is as good"
        assert queue.begin(db, 1, "spam", RealClock()())
    with other.writing() as db:
        assert not queue.is_ours(db, 1)
    with again.writing() as db:
        queue.settle(db, 1, "accepted", RealClock()())
    with other.writing() as db:
        assert not queue.is_ours(db, 1)
    for store in (other, again):
        store.close()


def test_what_one_put_off_another_may_send(url: str) -> None:
    """A claim that outlived the answer would hold it, and a lock of the server, as long as the first is up."""
    one, other = Store.open(url), Store.open(url)
    queued(one, RealClock(), CLIENT)
    now = RealClock()()
    with one.writing() as db:
        assert queue.begin(db, 1, "spam", now)
        queue.settle(db, 1, "waiting", now, not_before=now)
    with other.writing() as db:
        assert queue.begin(db, 1, "spam", now)
    for store in (one, other):
        store.close()


@pytest.mark.parametrize("used_up", ["the budget", "the pace", "the submission"])
def test_what_another_used_up_while_one_waited_is_not_used_again(portal: Portal, url: str, used_up: str) -> None:
    one, other = Store.open(url), Store.open(url)
    limits = Spamhaus(per_day=1 if used_up == "the budget" else 1000, per_minute=15)
    queued(one, RealClock(), "11.0.0.1", "11.0.0.2")
    if used_up != "the budget":
        with one.writing() as db:
            db.execute(submissions.delete().where(submissions.c.id == 2))
    waits = iter([used_up])

    def meanwhile(seconds: float) -> bool:
        now = RealClock()()
        with other.writing() as db:
            match next(waits, None):
                case "the budget":
                    assert queue.begin(db, 2, "spam", now)
                case "the pace":
                    queue.save_pace(db, Pace(now))
                case "the submission":
                    assert queue.begin(db, 1, "spam", now)
        return wait(seconds)

    a_sender(one, portal, limits).run(Summary(), meanwhile)
    assert portal.submissions == []
    one.close()
    other.close()


def test_a_step_that_fails_gives_up_what_it_had_claimed(postgresql: PostgreSQL, url: str) -> None:
    def half_a_step() -> None:
        with one.writing() as db:
            assert queue.begin(db, 1, "spam", RealClock()())
            raise ZeroDivisionError

    one, other = Store.open(url), Store.open(url)
    queued(one, RealClock(), CLIENT)
    with pytest.raises(ZeroDivisionError):
        half_a_step()
    wait_until_nothing_is_claimed(postgresql, url)
    with other.writing() as db:
        assert queue.begin(db, 1, "spam", RealClock()())
    one.close()
    other.close()


def test_one_of_them_reads_the_portals_list(tmp_path: Path, portal: Portal, postgresql: PostgreSQL, url: str) -> None:
    limits = {"api": portal.url, "per_minute": 60_000, "review_minutes": 0.000001}
    places = servers(tmp_path, portal.url, url, spamhaus=limits)
    places[0].options = {"spamhaus": limits | {"review_minutes": 0}}
    places[0].catch()
    assert places[0].once() == 0
    reader = Store.open(url)
    with reader.writing() as db:
        assert claims.take(db, claims.REVIEW)
    assert places[1].once() == 0
    assert asked(portal) == 0
    reader.close()
    wait_until_nothing_is_claimed(postgresql, url)
    assert places[1].once() == 0
    assert asked(portal) == 1
    assert places[2].once() == 0, "it was given up"
    assert asked(portal) == 2


def asked(portal: Portal) -> int:
    """How many reviews were begun."""
    return sum("submissions/count" in one.path for one in portal.requests)


def test_two_that_open_an_empty_database_at_once_make_the_tables_once(
    tmp_path: Path, portal: Portal, postgresql: PostgreSQL
) -> None:
    places = servers(tmp_path, portal.url, postgresql.new_database(), 2)
    assert at_once(places) == [0, 0]


def test_what_another_host_queued_is_not_dropped(tmp_path: Path, portal: Portal, url: str) -> None:
    """Its own reporter does that, when its time is over."""
    one, other = servers(tmp_path, portal.url, url, 2, spamhaus={"api": portal.url, "per_day": 1})
    one.catch(MESSAGE)
    assert one.once() == 0
    stores = [Store.open(url, "mx1"), Store.open(url, "mx2")]
    for store in stores:
        with store.writing() as db:
            without_token.note(db, store.host)
            late = RealClock()() + timedelta(days=2)
            assert without_token.drop_stale(db, late, store.host) == 0
            assert overdue.drop(db, store.host, late, late) == 0
        store.close()
    assert other.rows("SELECT count(*) FROM submissions WHERE state = 'queued'") == [(3,)]
