from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reporter.caught import NOON, an_envelope
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.judge import Context, judge
from trapline.reporter.storage import history
from trapline.reporter.storage.recent import AHEAD
from trapline.reporter.storage.schema import attempts, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue, without_token
from trapline.reporter.submission.pace import Pace
from trapline.reporter.submission.queue import Added, Repeats
from trapline.reporter.submission.weights import AUTHENTICATED, REST, SAMPLE, UNLISTED

DAY = timedelta(days=1)
ALL: frozenset[IndicatorKind] = frozenset({"ip", "domain", "url", "email"})


@pytest.fixture
def db(store: Store) -> Any:
    with store.writing() as connection:
        history.add_message(connection, judge(b"", an_envelope(id="m"), Context()).evidence, None, "file", NOON, "")
        yield connection


def add(
    db: sa.Connection,
    value: str = "11.0.0.1",
    now: Any = NOON,
    kind: IndicatorKind = "ip",
    message_id: str = "m",
    weight: int = REST,
) -> Added | Repeats:
    return queue.add(
        db, message_id=message_id, kind=kind, value=value, content=value, reason="r", weight=weight, now=now
    )


def sent(db: sa.Connection, now: Any = NOON) -> str | None:
    """What is due, and accepted at once; None where nothing is."""
    due = queue.next_due(db, now, ALL)
    if due is None:
        return None
    queue.begin(db, due.id, "spam", now)
    queue.settle(db, due.id, "accepted", now)
    return due.object


def state(db: sa.Connection, number: int) -> str:
    return str(db.execute(sa.select(submissions.c.state).where(submissions.c.id == number)).scalar_one())


def test_the_same_indicator_is_submitted_once_in_24_hours(db: sa.Connection) -> None:
    assert add(db) == Added(1)
    queue.settle(db, 1, "accepted", NOON)
    assert add(db, now=NOON + DAY - timedelta(seconds=1)) == Repeats(1)
    assert add(db, now=NOON + DAY) == Added(2)


def test_the_same_value_of_another_kind_is_another_indicator(db: sa.Connection) -> None:
    add(db, "pills.com", kind="domain")
    assert add(db, "pills.com", kind="url") == Added(2)


@pytest.mark.parametrize("waits", ["queued", "sending", "waiting"])
def test_what_is_still_to_be_sent_is_not_queued_twice_however_old_it_is(db: sa.Connection, waits: queue.State) -> None:
    add(db)
    queue.settle(db, 1, waits, NOON)
    assert add(db, now=NOON + 30 * DAY) == Repeats(1)


def test_the_window_counts_from_the_sending_where_that_was_later(db: sa.Connection) -> None:
    add(db)
    queue.begin(db, 1, "spam", NOON + 3 * DAY)
    queue.settle(db, 1, "accepted", NOON + 3 * DAY)
    assert add(db, now=NOON + 3 * DAY + timedelta(hours=23)) == Repeats(1)


def test_a_window_ends_though_it_began_while_the_clock_was_ahead(db: sa.Connection) -> None:
    add(db, now=NOON + 60 * DAY)
    queue.begin(db, 1, "spam", NOON + 60 * DAY)
    queue.settle(db, 1, "accepted", NOON + 60 * DAY)
    assert add(db, now=NOON) == Added(2)


def test_what_was_dropped_was_never_submitted(db: sa.Connection) -> None:
    add(db)
    queue.settle(db, 1, "dropped", NOON)
    assert add(db, now=NOON) == Added(2)


def test_the_oldest_goes_first_and_a_waiting_one_not_before_its_time(db: sa.Connection) -> None:
    add(db, "11.0.0.1")
    add(db, "11.0.0.2")
    queue.settle(db, 1, "waiting", NOON, not_before=NOON + timedelta(minutes=1))
    first = queue.next_due(db, NOON, ALL)
    assert first is not None
    assert first.object == "11.0.0.2"
    later = queue.next_due(db, NOON + timedelta(minutes=1), ALL)
    assert later is not None
    assert later.object == "11.0.0.1"


def test_a_kind_that_cannot_be_sent_holds_nothing_else_up(db: sa.Connection) -> None:
    add(db, "11.0.0.1")
    add(db, "pills.com", kind="domain")
    found = queue.next_due(db, NOON, ALL - {"ip"})
    assert found is not None
    assert found.kind == "domain"
    assert queue.next_due(db, NOON, frozenset()) is None


def test_what_was_under_way_at_a_kill_is_queued_again(db: sa.Connection) -> None:
    add(db)
    queue.begin(db, 1, "spam", NOON)
    assert state(db, 1) == "sending"
    assert queue.next_due(db, NOON, ALL) is None
    assert queue.requeue_interrupted(db) == 1
    assert state(db, 1) == "queued"


def test_when_a_token_comes_what_is_older_than_a_day_and_never_tried_is_dropped_with_that_reason(
    db: sa.Connection,
) -> None:
    later = an_envelope(id="later", received=NOON + timedelta(hours=1))
    history.add_message(db, judge(b"", later, Context()).evidence, None, "file", later.received, "")
    add(db, "11.0.0.1", NOON)
    add(db, "11.0.0.2", later.received, message_id="later")
    add(db, "11.0.0.3", NOON)
    queue.begin(db, 3, "spam", NOON)
    queue.requeue_interrupted(db)
    without_token.note(db, "")
    assert without_token.drop_stale(db, NOON + DAY + timedelta(minutes=1), "") == 1
    assert [state(db, number) for number in (1, 2, 3)] == ["dropped", "queued", "queued"]
    answer = db.execute(sa.select(submissions.c.answer).where(submissions.c.id == 1)).scalar_one()
    assert answer == "older than a day when a token came"


def test_what_was_caught_more_than_a_day_ago_is_dropped_though_it_was_read_only_now(db: sa.Connection) -> None:
    add(db, "11.0.0.1", NOON + 2 * DAY)
    without_token.note(db, "")
    assert without_token.drop_stale(db, NOON + 2 * DAY, "") == 1


def test_what_waited_for_the_portal_and_not_for_a_token_is_kept(db: sa.Connection) -> None:
    add(db)
    assert without_token.drop_stale(db, NOON + 5 * DAY, "") == 0
    assert state(db, 1) == "queued"


def test_a_token_comes_only_once(db: sa.Connection) -> None:
    without_token.note(db, "")
    without_token.note(db, "")
    without_token.drop_stale(db, NOON, "")
    add(db)
    assert without_token.drop_stale(db, NOON + 5 * DAY, "") == 0


def test_every_request_counts_for_the_budget_repeated_ones_too(db: sa.Connection) -> None:
    add(db)
    for minutes in (0, 10, 20):
        assert queue.begin(db, 1, "spam", NOON + timedelta(minutes=minutes))
        queue.settle(db, 1, "queued", NOON)
    assert queue.attempts_within(db, NOON + timedelta(minutes=20), timedelta(minutes=20)) == 2


def test_what_was_sent_while_the_clock_was_ahead_uses_up_no_budget(db: sa.Connection) -> None:
    add(db)
    queue.begin(db, 1, "spam", NOON + 60 * DAY)
    assert queue.attempts_within(db, NOON, DAY) == 0
    assert queue.attempts_within(db, NOON + 60 * DAY - AHEAD, DAY) == 1, "another host's clock"


def test_the_pace_is_read_as_it_was_saved(db: sa.Connection) -> None:
    second = timedelta(seconds=1)
    assert queue.load_pace(db, second) == Pace(refill=second)
    for pace in (Pace(NOON, NOON + second, 3, second), Pace(NOON + second, None, 0, second)):
        queue.save_pace(db, pace)
        assert queue.load_pace(db, second) == pace


def test_a_sample_is_shown_by_size_and_subject_only(db: sa.Connection) -> None:
    queue.add(db, message_id="m", kind="email", value="digest", content="Dear Anna", reason="r", now=NOON)
    (shown,) = queue.unsent(db)
    assert "Dear Anna" not in repr(shown)
    assert (shown.size, shown.message_id) == (9, "m")
    assert queue.unsent(db, after=shown.id) == []


def test_what_waits_is_shown_in_pages_oldest_first_whatever_its_state(db: Any) -> None:
    for number in range(1, 10):
        add(db, f"11.0.0.{number}")
    for number, state in ((1, "waiting"), (3, "accepted"), (5, "sending"), (6, "waiting")):
        db.execute(submissions.update().where(submissions.c.id == number).values(state=state))
    pages = ([row.id for row in queue.unsent(db, after, 3)] for after in (0, 4, 7, 9))
    assert list(pages) == [[1, 2, 4], [5, 6, 7], [8, 9], []]


def test_one_that_always_fails_goes_behind_the_others(db: sa.Connection) -> None:
    add(db, "11.0.0.1", NOON)
    add(db, "11.0.0.2", NOON)
    queue.begin(db, 1, "spam", NOON)
    queue.settle(db, 1, "queued", NOON, answer="HTTP 403")
    following = queue.next_due(db, NOON, frozenset({"ip"}))
    assert following is not None
    assert following.object == "11.0.0.2"


def test_the_best_evidence_goes_first_and_of_equals_the_oldest(db: sa.Connection) -> None:
    for value, weight in (("a", REST), ("b", AUTHENTICATED), ("c", UNLISTED), ("d", SAMPLE), ("e", UNLISTED)):
        add(db, value, weight=weight)
    assert [sent(db) for _ in range(6)] == ["c", "e", "d", "b", "a", None]


def test_the_best_evidence_that_always_fails_goes_behind_the_rest(db: sa.Connection) -> None:
    add(db, "best", weight=UNLISTED)
    add(db, "rest", weight=REST)
    queue.begin(db, 1, "spam", NOON)
    queue.settle(db, 1, "queued", NOON, answer="HTTP 403")
    assert [sent(db), sent(db)] == ["rest", "best"]


def test_what_has_waited_for_a_day_has_one_request_in_ten(db: sa.Connection) -> None:
    add(db, "old", NOON - DAY - timedelta(minutes=1))
    add(db, "not so old", NOON - DAY + timedelta(minutes=1))
    for number in range(30):
        add(db, f"best {number}", weight=UNLISTED)
    every = [sent(db) for _ in range(30)]
    assert every.index("old") == 9
    assert "not so old" not in every


def test_an_old_one_that_always_fails_stands_in_no_other_ones_way(db: sa.Connection) -> None:
    for value in ("fails", "second"):
        add(db, value, NOON - 2 * DAY)
    for number in range(30):
        add(db, f"best {number}", weight=UNLISTED)
    taken = []
    for _ in range(30):
        due = queue.next_due(db, NOON, ALL)
        assert due is not None
        queue.begin(db, due.id, "spam", NOON)
        queue.settle(db, due.id, "queued" if due.object == "fails" else "accepted", NOON)
        taken.append(due.object)
    assert [taken[9], taken[19]] == ["fails", "second"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weights=st.lists(st.sampled_from([UNLISTED, SAMPLE, AUTHENTICATED, REST, REST // 2]), max_size=30))
def test_everything_is_sent_once_whatever_it_is_worth(db: sa.Connection, weights: list[int]) -> None:
    db.execute(sa.delete(attempts))
    db.execute(sa.delete(submissions))
    for number, weight in enumerate(weights):
        add(db, str(number), weight=weight)
    order = [int(value) for value in iter(lambda: sent(db), None)]
    assert sorted(order) == list(range(len(weights)))
    assert [weights[number] for number in order] == sorted(weights, reverse=True)
