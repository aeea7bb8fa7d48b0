from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.reporter.caught import TOKEN, Clock, GoingClock, queued
from tests.servers.portal import Answer, Portal
from trapline.config.events import Event
from trapline.config.settings import Spamhaus
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import overdue, queue, without_token
from trapline.reporter.submission.pacing import Wait
from trapline.reporter.submission.portal import Portal as Client
from trapline.reporter.submission.preview import preview
from trapline.reporter.submission.sender import Ending, Sender
from trapline.reporter.submission.summary import Summary


@dataclass(slots=True)
class Bench:
    """A sender with a queue, a portal, and a clock that is moved by waiting."""

    store: Store
    portal: Portal
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)
    options: dict[str, Any] = field(default_factory=dict)

    def say(self, said: str | Event) -> None:
        self.said.append(str(said))

    def queue(self, *values: str, kind: Any = "ip") -> None:
        queued(self.store, self.clock, *values, kind=kind)

    def limits(self) -> Spamhaus:
        return Spamhaus(**{"per_minute": 15, "backoff_seconds": 60.0} | self.options)

    def run(self, patience: timedelta | None = None, wait: Wait | None = None, token: str = TOKEN) -> Ending:
        """As after a restart: everything but the store is new."""
        client = Client(self.portal.url, token, timedelta(seconds=5))
        sender = Sender(self.store, client, self.limits(), self.clock, self.say)
        try:
            return sender.run(self.summary, wait or self.clock.wait, patience)
        finally:
            client.close()

    def counts(self) -> dict[str, int]:
        with self.store.reading() as db:
            return {state: count for state, count in queue.counts(db).items() if count}


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


@contextmanager
def a_daemons(bench: Bench) -> Iterator[Callable[[], Ending]]:
    """The rounds of one sender, which remembers."""
    client = Client(bench.portal.url, TOKEN, timedelta(seconds=5))
    sender = Sender(bench.store, client, bench.limits(), bench.clock, bench.say)
    try:
        yield lambda: sender.run(bench.summary, bench.clock.wait)
    finally:
        client.close()


def addresses(number: int) -> list[str]:
    return [f"11.0.0.{last}" for last in range(1, number + 1)]


def test_what_is_queued_is_sent_in_order_with_the_accounts_threat_type(bench: Bench) -> None:
    bench.queue(*addresses(3))
    assert bench.run() == Ending()
    assert bench.portal.objects("ip") == addresses(3)
    assert {one.threat_type for one in bench.portal.submissions} == {"spam"}
    assert bench.counts() == {"accepted": 3}
    assert bench.summary.accepted == 3


def test_the_portal_is_left_alone_where_there_is_nothing_to_send(bench: Bench) -> None:
    bench.run()
    assert bench.portal.requests == []
    assert bench.said == []


def test_the_pace_is_waited_for_and_survives_a_restart(bench: Bench) -> None:
    bench.queue(*addresses(6))
    bench.run()
    assert [seconds for seconds in bench.clock.waited if seconds] == [4.0]
    bench.queue("11.0.0.9")
    bench.run()
    assert [seconds for seconds in bench.clock.waited if seconds] == [4.0, 4.0]


def test_a_daemon_waits_for_the_pace_only_as_long_as_its_round_lasts(bench: Bench) -> None:
    bench.queue(*addresses(20))
    bench.run(patience=timedelta(seconds=9))
    assert bench.summary.accepted == 7  # five at once, then one after 4 s and one after 8 s
    assert bench.counts()["queued"] == 13


def test_what_was_sent_while_the_clock_was_ahead_keeps_nothing_back_once_it_is_right_again(bench: Bench) -> None:
    bench.clock = GoingClock()
    bench.clock.move(days=11)
    bench.queue("11.0.0.1")
    bench.run()
    bench.clock.move(days=-11)
    bench.queue("11.0.0.2")
    bench.run(patience=timedelta(seconds=9))
    assert bench.portal.objects("ip") == ["11.0.0.1", "11.0.0.2"]


def test_a_stop_ends_the_waiting(bench: Bench) -> None:
    bench.queue(*addresses(6))
    bench.run(wait=lambda seconds: seconds > 0)
    assert bench.counts() == {"accepted": 5, "queued": 1}


def test_the_budget_of_a_day_ends_the_run_and_leaves_the_rest_queued(bench: Bench) -> None:
    bench.options["per_day"] = 3
    bench.queue(*addresses(5))
    assert not bench.run().failed
    assert bench.counts() == {"accepted": 3, "queued": 2}
    assert "budget of 3" in bench.said[-1]
    bench.clock.move(hours=23)
    bench.run()
    assert bench.counts()["queued"] == 2
    bench.clock.move(hours=1, seconds=1)
    bench.run()
    assert bench.counts() == {"accepted": 5}


def test_208_is_known(bench: Bench) -> None:
    bench.portal.script(Answer(208, body=b'{"status": 208}'))
    bench.queue("11.0.0.1")
    assert bench.run() == Ending()
    assert bench.counts() == {"known": 1}


@pytest.mark.parametrize("status", [400, 413])
def test_a_refusal_is_final_is_shown_and_holds_nothing_up(bench: Bench, status: int) -> None:
    bench.portal.script(Answer(status, body=b'{"message": "Invalid ip"}'))
    bench.queue("11.0.0.1", "11.0.0.2")
    assert bench.run() == Ending()
    assert bench.counts() == {"refused": 1, "accepted": 1}
    assert f"refused ip 11.0.0.1: HTTP {status}: Invalid ip" in bench.said
    bench.clock.move(days=2)
    bench.run()
    assert len(bench.portal.submissions) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_stops_the_sending_and_keeps_everything(bench: Bench, status: int) -> None:
    bench.portal.script(Answer(status))
    bench.queue(*addresses(3))
    ending = bench.run()
    assert ending.failed
    assert ending.refused
    assert len(bench.portal.submissions) == 1
    assert bench.counts() == {"queued": 3}
    assert "refuses the token" in bench.said[-1]
    bench.run()
    assert bench.counts() == {"accepted": 3}


def test_a_token_that_may_not_even_read_the_threat_types_stops_the_sending(bench: Bench) -> None:
    bench.portal.token = "another"
    bench.queue("11.0.0.1")
    ending = bench.run()
    assert ending.failed
    assert ending.refused
    assert bench.portal.submissions == []


def test_429_pauses_the_whole_account_as_long_as_asked_over_a_restart(bench: Bench) -> None:
    bench.portal.script(Answer.slow_down("600"))
    bench.queue(*addresses(3))
    assert not bench.run().failed  # slow down is no failure
    assert bench.counts() == {"waiting": 1, "queued": 2}
    bench.clock.move(seconds=599)
    bench.run()
    assert len(bench.portal.submissions) == 1
    assert "sending waits until 2026-11-21 12:10:00 UTC" in bench.said[-1]
    bench.clock.move(seconds=1)
    bench.run()
    assert bench.counts() == {"accepted": 3}


@pytest.mark.parametrize("queued", [1, 4], ids=["the same one", "each time another one"])
def test_429_that_does_not_say_how_long_doubles_each_time_whatever_was_sent(bench: Bench, queued: int) -> None:
    bench.portal.script(*[Answer.slow_down()] * 3)
    bench.queue(*addresses(queued))
    waits = []
    for _ in range(3):
        bench.run()
        start, sent = bench.clock.now, len(bench.portal.submissions)
        while len(bench.portal.submissions) == sent:
            bench.clock.move(seconds=5)
            bench.run()
        waits.append((bench.clock.now - start).total_seconds())
    for wait, doubled in zip(waits, (60, 120, 240), strict=True):
        assert doubled <= wait <= doubled * 1.25 + 5


@pytest.mark.parametrize("answer", [Answer(500), Answer(503), Answer.without_json()], ids=["500", "503", "no JSON"])
def test_trouble_with_one_submission_lets_the_others_go_on(bench: Bench, answer: Answer) -> None:
    bench.portal.script(answer)
    bench.queue(*addresses(3))
    ending = bench.run()
    assert ending.failed
    assert not ending.refused
    assert bench.counts() == {"waiting": 1, "accepted": 2}
    bench.clock.move(seconds=76)
    assert bench.run() == Ending()
    assert bench.counts() == {"accepted": 3}


def test_a_failure_counts_once_and_is_tried_again_by_the_reporter_that_goes_on(bench: Bench) -> None:
    def trouble() -> str | None:
        with bench.store.reading() as db:
            return queue.trouble(db)

    bench.portal.script(Answer(500))
    bench.queue("11.0.0.1")
    with a_daemons(bench) as run:
        for _ in range(3):
            run()
            assert trouble() == "HTTP 500: scripted"
            bench.clock.move(seconds=26)
        run()
    assert bench.counts() == {"accepted": 1}
    assert trouble() is None


def test_why_the_sending_waits_is_said_once_for_each_wait_however_many_rounds_there_are(bench: Bench) -> None:
    bench.options["per_day"] = 1
    bench.queue(*addresses(3))
    with a_daemons(bench) as run:
        for day in (1, 2):
            for _ in range(3):
                run()
            assert sum("the budget of 1 requests" in line for line in bench.said) == day
            bench.clock.move(hours=25)


@pytest.mark.parametrize("status", [500, 503])
def test_a_portal_that_says_how_long_it_is_away_is_left_alone_so_long(bench: Bench, status: int) -> None:
    bench.portal.script(Answer(status, {"Retry-After": "600"}))
    bench.queue(*addresses(3))
    assert bench.run().failed
    bench.clock.move(seconds=599)
    bench.run()
    assert len(bench.portal.submissions) == 1
    bench.clock.move(seconds=1)
    bench.run()
    assert bench.counts() == {"accepted": 3}


def test_a_portal_that_fails_three_times_in_a_row_is_left_alone(bench: Bench) -> None:
    bench.portal.script(*[Answer(500)] * 50)
    bench.queue(*addresses(20))
    bench.run()
    assert len(bench.portal.submissions) == 3
    assert bench.counts() == {"waiting": 3, "queued": 17}


def test_a_portal_that_fails_whatever_it_is_sent_is_asked_less_and_less_often(bench: Bench) -> None:
    """Each pause is twice the one before it, at most an hour; jitter makes it longer by a quarter at most."""
    bench.portal.script(*[Answer(500)] * 50)
    bench.queue(*addresses(20))
    bench.run()
    for seconds in (60, 120, 240):
        asked = len(bench.portal.submissions)
        bench.clock.move(seconds=seconds - 1)
        bench.run()
        assert len(bench.portal.submissions) == asked
        bench.clock.move(seconds=1 + seconds / 4)
        bench.run()
        assert len(bench.portal.submissions) == asked + 1


def test_no_connection_pauses_everything_and_loses_nothing(bench: Bench) -> None:
    bench.queue(*addresses(3))
    address, bench.portal.url = bench.portal.url, "http://127.0.0.1:1/portal"
    assert bench.run().failed
    assert bench.said[-1].startswith("the list of threat types could not be had, trying again later: no connection")
    bench.portal.url = address
    bench.run()
    assert bench.portal.requests == []  # the back-off holds
    bench.clock.move(seconds=76)
    bench.run()
    assert bench.counts() == {"accepted": 3}


def test_what_the_portal_says_is_left_is_obeyed(bench: Bench) -> None:
    bench.portal.script(Answer(200, {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "30"}, b'{"id": "1"}'))
    bench.queue(*addresses(2))
    bench.run()
    assert [seconds for seconds in bench.clock.waited if seconds] == [30.0]


def test_a_kind_without_a_threat_type_stays_queued_loudly_and_the_others_go_on(bench: Bench) -> None:
    bench.portal.threat_types = [{"code": "spam", "desc": "", "type": "ip"}]
    bench.queue("pills.com", kind="domain")
    bench.queue("11.0.0.1")
    ending = bench.run()
    assert ending.failed
    assert not ending.refused
    assert bench.counts() == {"queued": 1, "accepted": 1}
    assert any("offers no threat type for domain" in line for line in bench.said)


def test_a_kind_without_a_threat_type_is_tried_again_after_an_hour(bench: Bench) -> None:
    bench.portal.threat_types = [{"code": "spam", "desc": "", "type": "ip"}]
    bench.queue("pills.com", kind="domain")
    client = Client(bench.portal.url, TOKEN, timedelta(seconds=5))
    sender = Sender(bench.store, client, Spamhaus(), bench.clock, bench.say)
    assert sender.run(bench.summary, bench.clock.wait).failed
    bench.portal.threat_types = [{"code": "spam", "desc": "", "type": "*"}]
    assert sender.run(bench.summary, bench.clock.wait) == Ending()
    assert len(bench.portal.requests) == 1
    bench.clock.move(hours=1)
    sender.run(bench.summary, bench.clock.wait)
    client.close()
    assert bench.counts() == {"accepted": 1}


def test_a_kind_that_had_no_threat_type_while_the_clock_was_ahead_does_not_wait_until_then(bench: Bench) -> None:
    bench.portal.threat_types = [{"code": "spam", "desc": "", "type": "ip"}]
    bench.queue("pills.com", kind="domain")
    client = Client(bench.portal.url, TOKEN, timedelta(seconds=5))
    sender = Sender(bench.store, client, Spamhaus(), bench.clock, bench.say)
    bench.clock.move(days=20)
    assert sender.run(bench.summary, bench.clock.wait).failed
    bench.portal.threat_types = [{"code": "spam", "desc": "", "type": "*"}]
    bench.clock.move(days=-20, hours=1)
    sender.run(bench.summary, bench.clock.wait)
    client.close()
    assert bench.counts() == {"accepted": 1}


def test_the_threat_types_are_asked_once_a_day(bench: Bench) -> None:
    client = Client(bench.portal.url, TOKEN, timedelta(seconds=5))
    sender = Sender(bench.store, client, Spamhaus(), bench.clock, bench.say)
    asked = []
    for hours in (0, 23, 2):
        bench.clock.move(hours=hours)
        bench.queue(f"11.0.1.{hours}")
        sender.run(bench.summary, bench.clock.wait)
        asked.append(sum(request.method == "GET" for request in bench.portal.requests))
    client.close()
    assert asked == [1, 1, 2]


def test_a_restart_asks_for_no_threat_types_that_are_known_and_another_account_does(bench: Bench) -> None:
    def asked() -> int:
        return sum(request.method == "GET" for request in bench.portal.requests)

    for _ in range(2):
        bench.queue(f"11.0.1.{bench.clock.now.second}")
        bench.run()
        bench.clock.move(seconds=30)
    assert asked() == 1
    bench.portal.token = "another"
    bench.queue("11.0.1.9")
    bench.run(token="another")
    assert asked() == 2
    bench.clock.move(days=-30)  # the clock was wrong: what is kept for so long is not believed
    bench.queue("11.0.1.10")
    bench.run(token="another")
    assert asked() == 3


def test_what_is_older_than_a_day_when_a_token_comes_is_dropped(bench: Bench) -> None:
    bench.queue("11.0.0.1")
    preview(bench.store, bench.say)
    bench.clock.move(hours=25)
    bench.queue("11.0.0.2")
    bench.run()
    assert bench.counts() == {"dropped": 1, "accepted": 1}
    assert bench.summary.dropped == 1
    assert any(line.startswith("dropped 1 submissions: older than a day") for line in bench.said)
    assert bench.portal.objects("ip") == ["11.0.0.2"]


def test_a_year_without_a_token_is_dropped_in_steps_that_keep_nobody_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "MAX_AT_ONCE", 2)
    bench.queue(*addresses(5))
    preview(bench.store, bench.say)
    bench.clock.move(hours=25)
    with bench.store.writing() as db:
        assert without_token.drop_stale(db, bench.clock(), bench.store.host) == 2
    bench.run()
    assert bench.counts() == {"dropped": 5}
    assert bench.summary.dropped == 3
    bench.queue("11.0.0.9")
    bench.clock.move(hours=25)
    bench.run()
    assert bench.portal.objects("ip") == ["11.0.0.9"], "dropped, though there is a token"


def test_a_preview_says_each_once_and_sends_nothing(bench: Bench) -> None:
    bench.queue(*addresses(2))
    last = preview(bench.store, bench.say)
    assert bench.said == [f"would submit ip {one} as spam, else source-of-spam: hit" for one in addresses(2)]
    bench.queue("11.0.0.9")
    preview(bench.store, bench.say, last)
    assert len(bench.said) == 3
    assert bench.portal.requests == []
