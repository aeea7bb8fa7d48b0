"""What waits for its first turn as long as caught mail is kept is dropped."""

import pytest

from tests.reporter.caught import Place
from tests.reporter.removing import files, from_today, in_steps, rows
from tests.servers.portal import Portal
from trapline.reporter.submission import overdue


@pytest.fixture
def place(place: Place) -> Place:
    return from_today(place)


def test_what_no_token_ever_came_for_is_dropped_when_its_time_is_over(place: Place) -> None:
    place.catch()
    place.once(None)
    place.let_pass(days=29)
    place.once(None)
    assert set(place.states().values()) == {"queued"}
    place.let_pass(days=2)
    place.once(None)
    assert set(place.states().values()) == {"dropped"}
    assert files(place) == {}
    assert place.rows("SELECT object FROM submissions WHERE kind = 'email'") == [("",)]
    assert (
        "removed as old: 1 files of caught mail, 0 messages' rows, 4 submissions that nobody sent in time" in place.said
    )
    place.let_pass(days=335)
    place.once(None)
    assert rows(place)["submissions"] == 0


def test_what_the_budget_never_leaves_room_for_is_dropped_when_its_time_is_over(place: Place, portal: Portal) -> None:
    place.options["spamhaus"] = {"api": portal.url, "per_day": 1}
    place.catch()
    place.once()
    place.let_pass(days=31)
    place.once()
    assert sorted(place.states().values()) == ["accepted", "accepted", "dropped", "dropped"]
    assert files(place) == {}


def test_what_waits_is_dropped_in_steps_that_keep_nobody_waiting(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "MAX_AT_ONCE", 3)
    place.catch()
    place.once(None)
    place.let_pass(days=31)
    with in_steps(place) as kept:
        kept.work(place.clock())
        assert sorted(place.states().values()) == ["dropped", "dropped", "dropped", "queued"]
        while kept.work(place.clock()):
            assert not any(line.startswith("removed as old") for line in place.said)
    assert place.said[-1].endswith(", 4 submissions that nobody sent in time")
