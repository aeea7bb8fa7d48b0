"""The account's threat types: when they are asked for, and what becomes of a kind that has none."""

from datetime import timedelta

import pytest

from tests.reporter.caught import TOKEN
from tests.reporter.submission.sending import Bench
from tests.servers.portal import Portal
from trapline.config.settings import Spamhaus
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.portal import Portal as Client
from trapline.reporter.submission.sender import Ending, Sender


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


def test_a_token_that_may_not_even_read_the_threat_types_stops_the_sending(bench: Bench) -> None:
    bench.portal.token = "another"
    bench.queue("11.0.0.1")
    ending = bench.run()
    assert ending.failed
    assert ending.refused
    assert bench.portal.submissions == []


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
