"""What was reported is looked up in the DQS zones, until a zone lists it or a week is over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.reporter.caught import NOON, Clock, an_envelope, queued
from tests.servers.rbldnsd import Rbldnsd
from trapline.config.dqs import Dqs
from trapline.config.events import Event
from trapline.dnsbl.findings import Listed
from trapline.reporter.judge import Context, judge
from trapline.reporter.storage import history
from trapline.reporter.storage.schema import lookups as table
from trapline.reporter.storage.schema import submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import follower, lookups, queue
from trapline.reporter.submission.follower import Follower, allowance

ADDRESS = "11.0.1.7"  #: listed nowhere
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Bench:
    """A store, a name server, a follower, and a clock that is moved by hand."""

    store: Store
    dns: Rbldnsd
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    follower: Follower = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self, **options: Any) -> None:
        dqs = Dqs.model_validate({"nameservers": [self.dns.nameserver], **options})
        self.follower = Follower(self.store, dqs, self.dns.key, self.clock, self.say)

    def restart(self, **options: Any) -> None:
        """A follower that knows nothing but the store."""
        self.follower.close()
        self.start(**options)

    def say(self, said: str | Event) -> None:
        self.said.append(str(said))

    def report(self, *values: str, kind: Any = "ip") -> None:
        """Have the portal accept them."""
        queued(self.store, self.clock, *values, kind=kind)
        self.accept()

    def accept(self) -> None:
        with self.store.writing() as db:
            waiting = db.execute(sa.select(submissions.c.id).where(submissions.c.state == "queued")).scalars()
            for number in list(waiting):
                queue.settle(db, number, "accepted", self.clock(), portal_id=f"p{number}")
                lookups.schedule(db, number, self.clock())

    def look(self, at: timedelta | None = None) -> int:
        """Do all that is due, `at` so long after the report; how many questions that took."""
        if at is not None:
            self.clock.now = NOON + at
        before = self.follower._proven.sent
        while self.follower.work():
            pass
        return self.follower._proven.sent - before

    def row(self) -> Any:
        with self.store.reading() as db:
            return db.execute(sa.select(table)).one()

    def due(self) -> datetime | None:
        due: datetime | None = self.row().due_at
        return due


@pytest.fixture(scope="module")
def dns() -> Iterator[Rbldnsd]:
    with Rbldnsd() as running:
        yield running


@pytest.fixture
def bench(store: Store, dns: Rbldnsd) -> Iterator[Bench]:
    bench = Bench(store, dns)
    yield bench
    bench.follower.close()


def test_it_is_looked_up_when_it_is_reported_and_four_times_after_that(bench: Bench) -> None:
    bench.report(ADDRESS)
    looked = [hours for hours in (0, 0.9, 1, 5, 6, 23, 24, 167, 168, 400) if bench.look(hours * HOUR)]
    assert looked == [0, 1, 6, 24, 168]
    assert (bench.due(), bench.row().clear_at, bench.row().listed_at) == (None, NOON + 168 * HOUR, None)


def test_the_first_lookup_that_finds_it_listed_tells_when_and_where_and_is_the_last(store: Store) -> None:
    with Rbldnsd() as dns:
        bench = Bench(store, dns)
        bench.report("summit-pills.com", kind="domain")
        bench.look()
        dns.add("dbl", "summit-pills.com", "127.0.1.2")
        bench.look(HOUR)
        row = bench.row()
        assert (row.clear_at, row.listed_at, row.codes, row.due_at) == (NOON, NOON + HOUR, ["dbl 127.0.1.2"], None)
        assert bench.said == ["listed domain summit-pills.com: in dbl 127.0.1.2, 1 h after our report at the latest"]
        bench.follower.close()


def test_what_was_listed_already_when_it_was_reported_is_no_news(bench: Bench) -> None:
    bench.report("11.0.0.3")
    bench.look()
    assert (bench.row().clear_at, bench.row().listed_at, bench.said) == (None, NOON, [])


def test_what_was_listed_when_it_hit_the_trap_is_not_looked_up(bench: Bench) -> None:
    hit = an_envelope(received=NOON, listings=(Listed("zen", ADDRESS, ("127.0.0.3",)),))
    with bench.store.writing() as db:
        history.add_message(db, judge(b"", hit, Context()).evidence, None, "file", NOON, "")
        row = {"message_id": hit.id, "kind": "ip", "value": ADDRESS, "content": ADDRESS, "reason": "hit"}
        queue.add(db, **row, now=NOON)  # type: ignore[arg-type]
    bench.accept()
    assert bench.look() == 0
    assert (bench.row().at_hit, bench.row().codes) == (True, ["zen 127.0.0.3"])


def test_urls_and_mail_are_not_looked_up(bench: Bench) -> None:
    bench.report("http://summit-pills.com/x", kind="url")
    bench.report("mail", kind="email")
    assert bench.look() == 0


def test_the_policy_list_is_no_listing_and_a_new_domain_neither(bench: Bench) -> None:
    """PBL: networks whose hosts should not send mail themselves. ZRD: a domain that is hours old."""
    bench.report("11.0.0.10")
    bench.report("just-hatched-deals.com", kind="domain")
    bench.look()
    with bench.store.reading() as db:
        assert [row.listed_at for row in db.execute(sa.select(table))] == [None, None]


def test_an_abused_legitimate_domain_is_a_listing_here(bench: Bench) -> None:
    bench.report("abused-homepages.com", kind="domain")
    bench.look()
    assert bench.row().codes == ["dbl 127.0.1.102"]


def test_times_that_were_missed_are_made_up_once_over_a_restart(bench: Bench) -> None:
    bench.report(ADDRESS)
    bench.look()
    bench.restart()
    assert bench.look(30 * HOUR) == 1 + 2  # the zone's test takes two
    assert bench.look() == 0
    assert bench.due() == NOON + timedelta(days=7)


def test_no_answer_is_asked_again_and_says_nothing(store: Store) -> None:
    with Rbldnsd() as dns:
        bench = Bench(store, dns)
        bench.report(ADDRESS)
        dns.stop()
        bench.look()
        row = bench.row()
        assert (row.clear_at, row.listed_at, row.failures) == (None, None, 1)
        assert bench.said[-1].startswith("our own lookups of what was reported had no answer")
        bench.look(timedelta(minutes=11))
        assert bench.row().failures == 2
        assert len(bench.said) == 1, "it is said once, while it lasts"
        dns.start()
        assert bench.look(timedelta(minutes=14)) == 0  # it rests
        bench.restart()
        bench.look(timedelta(minutes=31))
        assert bench.row().clear_at == NOON + timedelta(minutes=31)
        bench.follower.close()


def test_what_never_has_an_answer_is_given_up_after_two_weeks(store: Store) -> None:
    with Rbldnsd(without={"zen": ["127.0.0.2"]}) as dns:
        bench = Bench(store, dns)
        bench.report(ADDRESS)
        hours = 0
        while bench.due() is not None:
            bench.restart()
            bench.look(hours * HOUR)
            hours += 7
        assert hours * HOUR >= timedelta(days=13)
        assert (bench.row().clear_at, bench.row().listed_at) == (None, None)
        bench.follower.close()


def test_a_reporter_that_is_killed_in_a_lookup_leaves_it_to_the_next_one(bench: Bench) -> None:
    bench.report(ADDRESS)
    with bench.store.writing() as db:
        assert len(lookups.claim(db, NOON, 9)) == 1
    bench.restart()
    assert bench.look(timedelta(minutes=9)) == 0
    assert bench.look(timedelta(minutes=10)) == 1 + 2


def test_no_more_is_asked_than_a_tenth_of_the_accounts_questions(bench: Bench) -> None:
    bench.report(*(f"11.0.1.{number}" for number in range(1, 41)))
    bench.restart(queries_per_day=100)
    first = bench.look()
    bench.restart(queries_per_day=100)  # what was asked is remembered
    assert 0 < first + bench.look(HOUR) <= 10
    assert bench.look(2 * HOUR) == 0
    assert bench.look(timedelta(days=1)) > 0
    assert allowance(Dqs()) == follower.MOST_A_DAY


def test_a_round_makes_so_many_lookups_and_says_that_there_may_be_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "BATCH", 3)
    bench.report(*(f"11.0.1.{number}" for number in range(1, 8)))
    assert [bench.follower.work() for _ in range(3)] == [True, True, False]


def test_a_time_that_was_written_while_the_clock_was_ahead_stops_nothing(bench: Bench) -> None:
    bench.clock.now = NOON + timedelta(days=400)
    bench.report(ADDRESS)
    assert bench.look(timedelta(0)) == 1 + 2


def test_the_key_is_told_nowhere(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    bench.report(ADDRESS, "11.0.0.3")
    bench.look()
    assert bench.dns.key not in "".join(bench.said) + caplog.text + repr(bench.follower._zones)
