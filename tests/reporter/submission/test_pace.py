from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.submission.pace import CAPACITY, LONGEST_PAUSE, LONGEST_REST, PATIENCE, Pace, back_off, refill

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NONE = timedelta(0)


def spend_all(pace: Pace) -> Pace:
    for _ in range(CAPACITY):
        assert pace.wait(NOW) == NONE
        pace = pace.spend(NOW)
    return pace


def test_fifteen_a_minute_are_one_in_four_seconds() -> None:
    assert refill(15) == 4 * SECOND


def test_after_a_quiet_time_one_messages_worth_leaves_at_once_and_then_one_in_four_seconds() -> None:
    pace = spend_all(Pace())
    assert pace.wait(NOW) == 4 * SECOND
    assert pace.wait(NOW + 3 * SECOND) == SECOND
    assert pace.wait(NOW + 4 * SECOND) == NONE
    assert pace.spend(NOW + 4 * SECOND).wait(NOW + 4 * SECOND) == 4 * SECOND


@given(st.lists(st.integers(0, 60), max_size=60))
def test_in_no_minute_leave_more_than_the_rate_and_the_saved_up(gaps: list[int]) -> None:
    now, pace, left = NOW, Pace(), []
    for gap in gaps:
        now += gap * SECOND
        now += pace.wait(now)
        pace = pace.spend(now)
        left.append(now)
    for start in left:
        assert sum(start <= moment < start + timedelta(minutes=1) for moment in left) <= 15 + CAPACITY


def test_when_the_portal_says_that_nothing_is_left_one_waits_until_it_is_refilled() -> None:
    assert Pace().rest(NOW, 30 * SECOND).wait(NOW) == 30 * SECOND


def test_a_reset_of_unknown_unit_is_believed_for_five_minutes_at_most() -> None:
    assert Pace().rest(NOW, timedelta(days=20)).wait(NOW) == LONGEST_REST


def test_a_failure_of_the_whole_account_pauses_everything() -> None:
    pace = Pace().failed(NOW, 60 * SECOND, everyone=True)
    assert pace.paused(NOW + 59 * SECOND)
    assert not pace.paused(NOW + 60 * SECOND)


def test_single_failures_pause_everything_only_when_they_come_in_a_row() -> None:
    pace = Pace()
    for number in range(1, PATIENCE + 1):
        pace = pace.failed(NOW, 60 * SECOND, everyone=False)
        assert pace.paused(NOW) == (number == PATIENCE)


def test_a_real_answer_ends_the_row() -> None:
    pace = Pace().failed(NOW, 60 * SECOND, everyone=True).answered()
    assert not pace.paused(NOW)
    assert pace.failures == 0


@pytest.mark.parametrize(("failures", "seconds"), [(1, 60), (2, 120), (3, 240), (7, 3600), (10_000, 3600)])
def test_each_failure_doubles_the_wait_up_to_an_hour(failures: int, seconds: int) -> None:
    assert back_off(failures, 60 * SECOND, 0.0) == seconds * SECOND


@given(st.integers(1, 50), st.floats(0, 1))
def test_jitter_makes_it_longer_never_shorter_and_never_past_the_hour(failures: int, jitter: float) -> None:
    plain, shaken = back_off(failures, 60 * SECOND, 0.0), back_off(failures, 60 * SECOND, jitter)
    assert plain <= shaken <= min(plain * 1.25, LONGEST_PAUSE)


def test_who_configures_a_longer_first_wait_gets_it() -> None:
    assert back_off(4, timedelta(hours=6), 1.0) == timedelta(hours=6)


def test_a_pace_that_was_written_while_the_clock_was_ahead_stops_nothing() -> None:
    ahead = (
        Pace().spend(NOW + timedelta(days=3650)).failed(NOW + timedelta(days=3650), timedelta(hours=1), everyone=True)
    )
    now_it_is = ahead.believable(NOW)
    assert not now_it_is.paused(NOW)
    assert now_it_is.wait(NOW) == NONE


def test_an_ordinary_pause_is_believed() -> None:
    pace = Pace().spend(NOW).failed(NOW, timedelta(hours=1), everyone=True)
    assert pace.believable(NOW) == pace
