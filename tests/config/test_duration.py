"""Lengths of time are a number and its unit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.duration import duration, written


@pytest.mark.parametrize(("text", "length"), [("90s", timedelta(seconds=90)), ("7d", timedelta(days=7))])
def test_a_number_with_its_unit_is_a_length_of_time(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("value", ["24", "h", "1.5h", "-1h", "0h", "9999999d", "24 h", "٣h", 24, True, None])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        duration(value)


@given(st.integers(1, 3650 * 86_400))
def test_what_is_written_is_read_back(seconds: int) -> None:
    assert duration(written(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
