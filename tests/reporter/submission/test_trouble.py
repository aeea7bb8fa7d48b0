"""When the portal is slow, away or broken: what is tried again, when, and what goes on meanwhile."""

import pytest

from tests.reporter.submission.sending import Bench, a_daemons, addresses
from tests.servers.portal import Answer, Portal
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.reporter.submission.sender import Ending


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


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
