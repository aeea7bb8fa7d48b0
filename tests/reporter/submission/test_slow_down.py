from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.reporter.submission.pace import LONGEST_PAUSE, LONGEST_REST
from trapline.reporter.submission.slow_down import rest, retry_after


@given(st.text(max_size=30) | st.integers().map(str))
def test_whatever_the_portal_says_no_wait_is_longer_than_an_hour(text: str) -> None:
    wait = retry_after({"Retry-After": text})
    assert wait is None or timedelta(seconds=1) <= wait <= LONGEST_PAUSE


@given(st.text(max_size=30) | st.integers().map(str))
def test_whatever_a_reset_says_no_rest_is_longer_than_five_minutes(text: str) -> None:
    wait = rest({"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": text})
    assert wait is None or timedelta(0) <= wait <= LONGEST_REST


@pytest.mark.parametrize("text", ["Sat, 21 Nov 1970 12:00:00 GMT", "Sat, 21 Nov 1970 12:00:00"])
def test_a_date_that_has_passed_is_the_shortest_wait(text: str) -> None:
    assert retry_after({"Retry-After": text}) == timedelta(seconds=1)


def test_without_the_field_there_is_no_wish() -> None:
    assert retry_after({}) is None
    assert rest({}) is None
