"""How the local blocklist grew and shrank, day by day, from the record of its entries' changes.

One step inside a reading transaction of the store.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from trapline.reporter.storage.schema import blocklist_records
from trapline.reporter.trap_days import day_of

_LISTS = frozenset({"listed", "added"})  # the changes that begin a listing; any other one ends it


@dataclass(slots=True)
class ListDay:
    """One day of the list. Mutable: counted up."""

    day: date
    by_hits: int = 0  #: entries that hits made
    by_hand: int = 0  #: entries that a person made
    held: int = 0  #: entries that wait for a person
    entries: int = 0  #: that are listed at the end of the day


def over_time(db: sa.Connection, first: date, last: date) -> tuple[ListDay, ...]:
    """Each day from `first` to `last`. What was listed before the record begins is not known."""
    days = {day: ListDay(day) for day in _days(first, last)}
    network = sa.type_coerce(blocklist_records.c.network, sa.LargeBinary)  # making networks takes as long as the rest
    query = sa.select(blocklist_records.c.at, network.label("network"), blocklist_records.c.what)
    listed: set[bytes] = set()
    at_the_end: dict[date, int] = {}
    for row in db.execute(query.order_by(blocklist_records.c.at, blocklist_records.c.id)):
        day = day_of(row.at)
        if row.what in _LISTS:
            listed.add(bytes(row.network))
        else:
            listed.discard(bytes(row.network))
        at_the_end[day] = len(listed)
        if day in days:
            _count(days[day], row.what)
    entries = next((at_the_end[day] for day in sorted(at_the_end, reverse=True) if day < first), 0)
    for day, one in days.items():
        entries = at_the_end.get(day, entries)
        one.entries = entries
    return tuple(days.values())


def _count(day: ListDay, what: str) -> None:
    day.by_hits += what == "listed"
    day.by_hand += what == "added"
    day.held += what == "held"


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
