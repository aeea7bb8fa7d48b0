from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reporter.caught import NOON
from trapline.reporter.submission.lookups import AFTER, LONGEST_AGAIN, again, listed_at_hit, next_due

HOUR = timedelta(hours=1)


def test_what_was_reported_is_looked_up_at_once_and_after_1_h_6_h_24_h_and_7_days() -> None:
    times, looked = [], NOON
    while (due := next_due(NOON, looked)) is not None:
        times.append(due - NOON)
        looked = due
    assert times == [HOUR, 6 * HOUR, 24 * HOUR, timedelta(days=7)]
    assert AFTER[0] == timedelta(0)


@given(st.timedeltas(timedelta(0), timedelta(days=9)))
def test_times_that_were_missed_are_made_up_by_one_lookup(late: timedelta) -> None:
    due = next_due(NOON, NOON + late)
    assert due == next((NOON + after for after in AFTER if after > late), None)


def test_a_lookup_without_an_answer_is_made_again_ever_more_seldom() -> None:
    waits = [again(failures) for failures in range(1, 12)]
    assert waits[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert waits[-1] == LONGEST_AGAIN


def hit(zone: str, value: str, *codes: str) -> dict[str, object]:
    return {"listings": [{"zone": zone, "object": value, "codes": list(codes)}]}


@pytest.mark.parametrize(
    ("kind", "value", "envelope", "codes"),
    [
        ("ip", "11.0.0.3", hit("zen", "11.0.0.3", "127.0.0.2", "127.0.0.3"), ("zen 127.0.0.2", "zen 127.0.0.3")),
        ("ip", "11.0.0.4", hit("zen", "11.0.0.3", "127.0.0.3"), ()),
        ("domain", "pills.com", hit("dbl", "mail.pills.com", "127.0.1.2"), ("dbl 127.0.1.2",)),
        ("domain", "mail.pills.com", hit("dbl", "pills.com", "127.0.1.2"), ("dbl 127.0.1.2",)),
        ("domain", "pills.com", hit("dbl", "notpills.com", "127.0.1.2"), ()),
        ("domain", "pills.com", hit("zrd", "pills.com", "127.0.2.4"), ()),
        ("ip", "11.0.0.3", {}, ()),
    ],
    ids=["address", "another address", "a host of it", "the name above", "another name", "merely new", "old envelope"],
)
def test_the_envelope_tells_where_it_was_listed_when_it_hit_the_trap(
    kind: str, value: str, envelope: dict[str, object], codes: tuple[str, ...]
) -> None:
    assert listed_at_hit(kind, value, envelope) == codes  # type: ignore[arg-type]
