"""How often the traps of each label were hit, counted day by day while messages are taken in.

So nobody who asks has to read every message of a month. A message counts once for each label and kind of trap that it
hit. Each function is one step inside a transaction of the store; days are UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa

from trapline.reporter.decisions.burnt import INNOCENT
from trapline.reporter.listing.hits import Heard
from trapline.reporter.storage.schema import trap_days
from trapline.spool.envelope import Envelope

MAX_LABEL = 200  #: characters of a label that tell it from others here: it is part of a key


@dataclass(frozen=True, slots=True)
class TrapTotal:
    """The messages to the traps of one label and kind."""

    label: str
    kind: str
    hits: int
    spared: int  #: of them from senders who are not listed here, since they are innocent
    last: datetime


@dataclass(frozen=True, slots=True)
class TrapDay:
    """The messages of one day to the traps of one label and kind."""

    day: date
    label: str
    kind: str
    hits: int


def day_of(at: datetime) -> date:
    """The day (UTC) that `at` is counted in."""
    return at.astimezone(UTC).date()


def add(db: sa.Connection, envelope: Envelope, heard: Heard, now: datetime) -> None:
    """Count a message that was just kept; `heard` is what its client's listing came to."""
    at = min(envelope.received, now)  # another host's clock
    spared = int(heard.rule in INNOCENT)
    for label, kind in {(_label(trap.label), trap.kind or "-") for trap in envelope.traps}:
        key = {"day": day_of(at), "label": label, "kind": kind}
        where = sa.and_(*(trap_days.c[name] == value for name, value in key.items()))
        before = db.execute(sa.select(trap_days).where(where)).one_or_none()
        if before is None:
            db.execute(trap_days.insert().values(**key, hits=1, spared=spared, last=at))
        else:
            more = {"hits": before.hits + 1, "spared": before.spared + spared, "last": max(before.last, at)}
            db.execute(trap_days.update().where(where).values(**more))


def totals(db: sa.Connection, first: date) -> tuple[TrapTotal, ...]:
    """From the day `first` on; the most hit first."""
    sums = [sa.func.sum(trap_days.c[name]).label(name) for name in ("hits", "spared")]
    columns = (trap_days.c.label, trap_days.c.kind)
    query = sa.select(*columns, *sums, sa.func.max(trap_days.c.last).label("last")).where(trap_days.c.day >= first)
    rows = db.execute(query.group_by(*columns))
    found = (TrapTotal(row.label, row.kind, row.hits, row.spared, row.last) for row in rows)
    return tuple(sorted(found, key=lambda one: (-one.hits, one.label, one.kind)))


def by_day(db: sa.Connection, first: date) -> tuple[TrapDay, ...]:
    """From the day `first` on, in the order of the days."""
    columns = [trap_days.c[name] for name in ("day", "label", "kind", "hits")]
    query = sa.select(*columns).where(trap_days.c.day >= first).order_by(*columns[:3])
    return tuple(TrapDay(*row) for row in db.execute(query))


def forget(db: sa.Connection, before: date) -> None:
    """Forget what lies before that day."""
    db.execute(trap_days.delete().where(trap_days.c.day < before))


def _label(label: str | None) -> str:
    return (label or "-")[:MAX_LABEL]
