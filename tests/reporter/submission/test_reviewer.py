"""The portal's list is read at intervals, page by page, and each submission of ours gets its state."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.reporter.caught import NOON, TOKEN, Clock, GoingClock, queued
from tests.servers.portal import Answer, Portal
from trapline.config.events import Event
from trapline.config.settings import Spamhaus
from trapline.reporter.storage.schema import reviews as table
from trapline.reporter.storage.schema import submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import portal, reviews
from trapline.reporter.submission.portal import Portal as Client
from trapline.reporter.submission.reviewer import Reviewer
from trapline.reporter.submission.sender import Sender
from trapline.reporter.submission.summary import Summary

LATER = timedelta(hours=4)
PAGE_ITEMS = 8  #: instead of the real number, since sending as many as that takes long


@dataclass(slots=True)
class Bench:
    """A store, a portal, a sender and a reviewer, and a clock that is moved by waiting."""

    store: Store
    portal: Portal
    client: Client
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    reviewer: Reviewer = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, **options: Any) -> None:
        """A reviewer that knows nothing but the store."""
        limits = Spamhaus(**{"per_minute": 60_000} | options)
        self.reviewer = Reviewer(self.store, self.client, limits, self.clock, self.say)
        self.reviewer.page_items = PAGE_ITEMS

    def say(self, said: str | Event) -> None:
        self.said.append(str(said))

    def submit(self, *values: str, kind: Any = "ip") -> None:
        queued(self.store, self.clock, *values, kind=kind)
        limits = Spamhaus(per_minute=60_000, per_day=1_000_000)
        Sender(self.store, self.client, limits, self.clock, self.say).run(Summary(), self.clock.wait)

    def review(self, patience: timedelta | None = None) -> None:
        self.reviewer.run(self.clock.wait, patience)

    def states(self) -> dict[str, str]:
        joined = sa.select(submissions.c.value, table.c.state).select_from(submissions.join(table))
        with self.store.reading() as db:
            return {row.value: row.state for row in db.execute(joined.order_by(submissions.c.id))}

    def row(self) -> Any:
        with self.store.reading() as db:
            return db.execute(sa.select(table)).one()

    def asked(self, path: str = "/submissions/list") -> list[str]:
        return [request.path for request in self.portal.requests if path in request.path]


@pytest.fixture
def bench(store: Store, portal: Portal) -> Iterator[Bench]:
    client = Client(portal.url, TOKEN, timedelta(seconds=5))
    yield Bench(store, portal, client)
    client.close()


def test_a_review_is_not_kept_back_by_what_was_sent_while_the_clock_was_ahead(bench: Bench) -> None:
    bench.clock = GoingClock()
    bench.restart()
    bench.submit("11.0.0.1")
    bench.clock.move(days=11)
    bench.submit("11.0.0.2")
    bench.clock.now = NOON + LATER * 2
    bench.review(patience=timedelta(seconds=9))
    assert bench.states() == {"11.0.0.1": "pending", "11.0.0.2": "pending"}


def test_every_submission_gets_its_state(bench: Bench) -> None:
    bench.submit("11.0.0.1", "11.0.0.2", "11.0.0.3")
    bench.portal.review("11.0.0.1", ["SBL", "XBL"], NOON + timedelta(hours=1))
    bench.portal.review("11.0.0.2", [])
    bench.clock.now += LATER
    bench.said.clear()
    bench.review()
    assert bench.states() == {"11.0.0.1": "listed", "11.0.0.2": "checked", "11.0.0.3": "pending"}
    assert bench.said == [
        "listed ip 11.0.0.1: in SBL, XBL",
        "review: 1 listed, 1 checked and not listed, 1 pending; the portal counts 1 of 3 as matched",
    ]
    with bench.store.reading() as db:
        assert reviews.last(db) == reviews.LastReview(NOON + LATER, total=3, matched=1)


def test_since_when_it_is_listed_is_told_by_the_check_that_found_it_and_stays(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.portal.review("11.0.0.1", ["SBL"], NOON + timedelta(hours=1))
    bench.clock.now += LATER
    bench.review()
    bench.portal.review("11.0.0.1", ["SBL", "DROP"], NOON + timedelta(hours=5))
    bench.clock.now += LATER
    bench.review()
    row = bench.row()
    assert (row.listed_since, row.checked_at) == (NOON + timedelta(hours=1), NOON + timedelta(hours=5))
    assert row.datasets == ["SBL", "DROP"]
    assert [line for line in bench.said if line.startswith("listed")] == ["listed ip 11.0.0.1: in SBL"]


@pytest.mark.parametrize("check", [None, NOON + timedelta(days=9)], ids=["without a check", "a check in the future"])
def test_a_listing_without_a_time_that_can_be_believed_began_when_we_saw_it(
    bench: Bench, check: datetime | None
) -> None:
    bench.submit("11.0.0.1")
    bench.portal.review("11.0.0.1", ["SBL"], check, checked=check is not None)
    bench.clock.now += LATER
    bench.review()
    assert bench.row().listed_since == NOON + LATER


def test_a_listing_that_ended_is_told_and_what_it_was_is_kept(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.portal.review("11.0.0.1", ["SBL"], NOON)
    bench.clock.now += LATER
    bench.review()
    bench.portal.review("11.0.0.1", [], NOON + timedelta(hours=6))
    bench.clock.now += LATER
    bench.review()
    row = bench.row()
    assert (row.state, row.datasets, row.listed_since) == ("checked", ["SBL"], NOON)


def test_the_list_is_read_at_intervals_over_restarts_too(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.review()
    assert bench.asked() == []  # nobody can have looked at it yet
    bench.clock.now += LATER
    bench.review()
    bench.restart()
    bench.clock.now += LATER - timedelta(seconds=1)
    bench.review()
    assert len(bench.asked()) == 1
    bench.clock.now += timedelta(seconds=1)
    bench.review()
    assert len(bench.asked()) == 2


def test_the_interval_is_configured_and_0_is_never(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.restart(review_minutes=0)
    bench.clock.now += timedelta(days=2)
    bench.review()
    assert bench.asked() == []
    bench.restart(review_minutes=30)
    bench.review()
    bench.clock.now += timedelta(minutes=30)
    bench.review()
    assert len(bench.asked()) == 2


def test_the_portal_is_left_alone_where_nothing_of_ours_is_in_its_list(bench: Bench) -> None:
    bench.portal.invalid["11.0.0.1"] = "Invalid ip"
    bench.submit("11.0.0.1")
    bench.submit("11.0.0.2")
    bench.clock.now += timedelta(days=31)
    bench.review()
    assert bench.asked("/submissions/count") == []


def test_a_long_list_is_read_to_its_end(bench: Bench) -> None:
    many = [f"11.0.{number // 250}.{number % 250 + 1}" for number in range(2 * PAGE_ITEMS + 2)]
    bench.submit(*many)
    bench.portal.review(many[0], ["SBL"])  # the oldest stands last
    bench.clock.now += LATER
    bench.review()
    assert len(bench.states()) == len(many)
    assert bench.states()[many[0]] == "listed"
    assert [path.partition("?")[2] for path in bench.asked()] == [f"items=8&page={page}" for page in (1, 2, 3)]


def test_it_reads_no_further_than_where_all_is_known(bench: Bench) -> None:
    many = [f"11.0.{number // 250}.{number % 250 + 1}" for number in range(PAGE_ITEMS + 1)]
    bench.submit(*many)
    bench.portal.review(many[0], ["SBL"])
    bench.clock.now += LATER
    bench.review()
    bench.clock.now += LATER
    bench.review()
    assert len(bench.asked()) == 2 + 1


def test_large_pages_are_asked_for_in_smaller_parts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    mails = [f"Subject: {number}\n\n{'x' * 20_000}\n" for number in range(20)]
    bench.submit(*mails, kind="email")
    bench.submit("11.0.0.1")
    for mail in mails:
        bench.portal.review(mail, [])
    for module in (portal, __import__("trapline.reporter.submission.reviewer", fromlist=["x"])):
        monkeypatch.setattr(module, "MAX_LIST_BYTES", 100_000)
    bench.clock.now += LATER
    bench.review()
    assert set(bench.states().values()) == {"checked", "pending"}
    assert len(bench.states()) == 21
    assert len(bench.asked()) < 20


def test_one_item_that_is_too_large_by_itself_hides_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.submit("11.0.0.1")
    bench.submit("x" * 20_000, kind="email")
    bench.submit("11.0.0.2")
    monkeypatch.setattr(portal, "MAX_LIST_BYTES", 10_000)
    bench.clock.now += LATER
    bench.review()
    assert bench.states() == {"11.0.0.1": "pending", "11.0.0.2": "pending"}
    assert bench.said[-1].startswith("review: 0 listed")


def test_a_portal_that_knows_no_pages_is_not_asked_for_ever(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    item = '{"id": "foreign-%d"}'
    body = "[" + ",".join(item % number for number in range(PAGE_ITEMS)) + "]"
    bench.portal.reading["/submissions/list"] = Answer(200, body=body.encode())
    bench.clock.now += LATER
    bench.review()
    assert len(bench.asked()) == 2
    assert bench.states() == {}


def test_what_was_known_already_is_found_by_its_content(bench: Bench) -> None:
    """A reporter that was killed before it had the answer has no id: the portal answers 208 to the second try."""
    bench.submit("11.0.0.1")
    with bench.store.writing() as db:
        db.execute(submissions.update().values(state="known", portal_id=None))
    bench.portal.review("11.0.0.1", ["SBL"])
    bench.clock.now += LATER
    bench.review()
    assert bench.states() == {"11.0.0.1": "listed"}


def test_submissions_of_another_program_are_none_of_ours(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.client.submit("ip", "spam", "by hand", "11.0.0.9")
    bench.clock.now += LATER
    bench.review()
    assert bench.states() == {"11.0.0.1": "pending"}


def test_it_keeps_the_accounts_pace_and_goes_on_in_the_next_round(bench: Bench) -> None:
    many = [f"11.0.{number // 250}.{number % 250 + 1}" for number in range(PAGE_ITEMS * 6)]
    bench.submit(*many)
    bench.restart(per_minute=15)
    bench.clock.now += LATER
    bench.review(patience=timedelta(seconds=5))
    assert len(bench.asked()) == 5  # with the count six: five at once, and one after 4 s
    assert bench.said[-1].startswith("accepted")
    bench.review(patience=timedelta(seconds=5))
    assert len(bench.asked()) == 6
    assert bench.said[-1].startswith("review: ")


def test_a_stop_ends_the_waiting(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.clock.now += LATER
    bench.reviewer.run(lambda _: True)
    assert bench.asked("GET") == bench.asked() == []


@pytest.mark.parametrize("path", ["/submissions/list", "/submissions/count"])
@pytest.mark.parametrize("answer", [Answer(500), Answer(403), Answer(404), Answer.without_json()])
def test_a_review_that_fails_stops_no_sending_and_is_tried_again(bench: Bench, answer: Answer, path: str) -> None:
    bench.submit("11.0.0.1")
    bench.clock.now += LATER
    bench.portal.reading[path] = answer
    bench.review()
    assert "could not be read" in bench.said[-1]
    bench.submit("11.0.0.2")
    assert bench.portal.objects("ip") == ["11.0.0.1", "11.0.0.2"]
    del bench.portal.reading[path]
    asked = len(bench.portal.requests)
    bench.review()
    assert len(bench.portal.requests) == asked
    bench.clock.now += timedelta(hours=1)
    bench.review()
    assert bench.states()["11.0.0.1"] == "pending"


def test_a_review_that_failed_while_the_clock_was_ahead_does_not_wait_until_then(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.clock.move(days=20)
    bench.portal.reading["/submissions/list"] = Answer(500)
    bench.review()
    del bench.portal.reading["/submissions/list"]
    bench.clock.move(days=-20, hours=4)
    bench.review()
    assert bench.states() == {"11.0.0.1": "pending"}


def test_slow_down_is_the_whole_accounts(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.clock.now += LATER
    bench.portal.reading["/submissions/list"] = Answer.slow_down("600")
    bench.review()
    bench.portal.reading.clear()
    bench.submit("11.0.0.2")
    assert bench.portal.objects("ip") == ["11.0.0.1"]
    bench.clock.now += timedelta(seconds=600)
    bench.review()
    assert bench.states() == {"11.0.0.1": "pending"}


def test_slow_down_that_does_not_say_how_long_doubles_each_time(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.clock.now += LATER
    bench.portal.reading["/submissions/list"] = Answer.slow_down()
    bench.review()
    for seconds in (60, 120, 240):
        asked = len(bench.asked())
        bench.clock.now += timedelta(seconds=seconds - 1)
        bench.review()
        assert len(bench.asked()) == asked
        bench.clock.now += timedelta(seconds=1 + seconds / 4)
        bench.review()
        assert len(bench.asked()) == asked + 1


def test_one_run_reads_the_list_once_however_short_the_interval(bench: Bench) -> None:
    bench.submit("11.0.0.1")
    bench.restart(review_minutes=0.000001)
    bench.clock.now += LATER
    bench.reviewer.run(lambda seconds: bench.clock.wait(seconds + 1))
    assert len(bench.asked()) == 1
