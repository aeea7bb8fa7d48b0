"""How fast a sender sends: the account's pace and the day's budget, over restarts too."""

from datetime import timedelta

import pytest

from tests.reporter.caught import GoingClock
from tests.reporter.submission.sending import Bench, a_daemons, addresses
from tests.servers.portal import Answer, Portal
from trapline.reporter.storage.store import Store


@pytest.fixture
def bench(store: Store, portal: Portal) -> Bench:
    return Bench(store, portal)


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


def test_what_the_portal_says_is_left_is_obeyed(bench: Bench) -> None:
    bench.portal.script(Answer(200, {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "30"}, b'{"id": "1"}'))
    bench.queue(*addresses(2))
    bench.run()
    assert [seconds for seconds in bench.clock.waited if seconds] == [30.0]


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


def test_why_the_sending_waits_is_said_once_for_each_wait_however_many_rounds_there_are(bench: Bench) -> None:
    bench.options["per_day"] = 1
    bench.queue(*addresses(3))
    with a_daemons(bench) as run:
        for day in (1, 2):
            for _ in range(3):
                run()
            assert sum("the budget of 1 requests" in line for line in bench.said) == day
            bench.clock.move(hours=25)
