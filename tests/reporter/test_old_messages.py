"""The rows of old messages: each goes with all that refers to it, and waits for what needs it."""

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import Column, Table

from tests.reporter.caught import Place, campaign
from tests.reporter.removing import from_today, rows
from tests.servers.portal import Portal
from trapline.reporter import old_messages
from trapline.reporter.storage.schema import messages, submissions
from trapline.reporter.storage.store import Store


@pytest.fixture
def place(place: Place) -> Place:
    return from_today(place)


def test_a_message_that_another_one_repeats_waits_for_it(place: Place) -> None:
    place.options["store"] = {"keep_days": 10}
    place.catch()
    place.once()
    place.clock.move(hours=20)
    place.catch()
    place.once()
    place.let_pass(days=9, hours=12)
    place.once()
    assert rows(place)["messages"] == 2
    place.let_pass(days=1)
    place.once()
    assert rows(place)["messages"] == 0


def test_what_is_kept_longer_is_not_looked_at_again_with_each_step(
    place: Place, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of it there is: each step looks at the next ones."""
    monkeypatch.setattr(old_messages, "MAX_MESSAGES", 2)
    place.options["spamhaus"] = {"api": portal.url, "per_day": 20}
    for number in range(4):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once()
    place.clock.move(hours=1)
    for number in range(4, 10):
        place.catch(campaign(number), client=f"11.{number}.0.1")
    place.once(None)
    place.let_pass(days=400)
    with closing(Store.open(place.url)) as store:
        removed = list(old_messages.remove(store, place.clock() - timedelta(days=365)))
    assert removed == [0, 0, 0, 2, 2, 0, 0, 0, 0, 0]
    assert rows(place)["messages"] == 6


def test_every_table_that_refers_to_a_message_is_emptied_with_it(place: Place, portal: Portal) -> None:
    place.catch()
    place.once()
    assert all(rows(place)[table] for table in ("messages", "decisions", "submissions", "attempts", "lookups"))
    place.let_pass(days=366)
    place.once()
    assert set(rows(place).values()) == {0}


def test_a_failure_in_the_middle_keeps_all_rows(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.catch()
    place.once()
    before, referring = rows(place), old_messages.referring
    place.let_pass(days=366)
    monkeypatch.setattr(old_messages, "referring", lambda table: 1 / 0 if table is messages else referring(table))
    with pytest.raises(ZeroDivisionError):
        place.once()
    assert rows(place) == before


@pytest.mark.parametrize("table", [messages, submissions], ids=["messages", "submissions"])
def test_whatever_refers_to_what_is_removed_has_an_index(table: Table) -> None:
    referring = list(old_messages.referring(table))
    assert referring
    for column in referring:
        assert _indexed(column), f"{column} makes removing slow"


def _indexed(column: Column[object]) -> bool:
    first = [next(iter(column.table.primary_key.columns)), *(index.columns[0] for index in column.table.indexes)]
    return any(one is column for one in first)
