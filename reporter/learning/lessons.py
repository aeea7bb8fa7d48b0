"""The messages that a filter learns from, in the store: from the moment when each was caught until it is forgotten.

Each function is one step inside a transaction of the store; teacher.py makes them ready and talks with the filter. A
message belongs to the host that took it in, and is taught to that host's filter; a campaign, and what may be learned in
a day, count for all hosts together.

    caught ─ left                                      what no rule objects to, until it is made ready; or why not
       └─ waiting ─ declined                           for a person, where a person decides
             └─ due ─ unfit                            the filter can't learn it
                 └─ learned ─ to_forget ─ forgotten    or to_ham ─ ham
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from trapline.reporter.decisions.learning import Leave, Teaching
from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.learning.campaigns import Campaigns
from trapline.reporter.storage.recent import recent
from trapline.reporter.storage.schema import lessons, messages

State = Literal[
    "caught", "left", "waiting", "declined", "due", "unfit", "learned", "to_forget", "forgotten", "to_ham", "ham"
]

DAY = timedelta(days=1)
MAX_COMPARED = 5_000  #: earlier messages, the latest first, whose text is compared
LONGEST_REST = timedelta(hours=1)  #: for which the filter, or what it failed at, is left alone
JUST_NOW = 50  #: of them that another host may have made ready while we did one
WISHES: tuple[State, ...] = ("due", "to_forget", "to_ham")  #: what the filter is to be told
KNOWN: tuple[State, ...] = ("learned", "to_forget", "to_ham", "ham")  #: what it was told

_DONE: Mapping[State, State] = {"due": "learned", "to_forget": "forgotten", "to_ham": "ham"}  # what a wish becomes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that is to be made ready."""

    message_id: str
    file: str
    sketch: str


@dataclass(frozen=True, slots=True)
class Due:
    """What the filter is to be told."""

    message_id: str
    state: State  #: one of WISHES
    content: bytes
    attempts: int  #: in a row, without an answer
    again: bool  #: it may have been told so before: we were killed meanwhile, or it did not answer


def add(db: sa.Connection, evidence: Evidence, teaching: Teaching, now: datetime, host: str) -> None:
    """A message was taken in, and the rules say whether it may be taught."""
    state: State = "left" if isinstance(teaching, Leave) else "caught"
    why = teaching.reason if isinstance(teaching, Leave) else None
    row = {"message_id": evidence.envelope.id, "sketch": evidence.sketch, "host": host}
    db.execute(lessons.insert().values(state=state, why=why, changed_at=now, attempts=0, **row))


def move(
    db: sa.Connection, message_id: str, before: State, after: State, now: datetime, why: str | None = None
) -> bool:
    """From one state to another; False where somebody else was quicker."""
    row = lessons.update().where(lessons.c.message_id == message_id, lessons.c.state == before)
    return bool(db.execute(row.values(state=after, why=why, changed_at=now, attempts=0, not_before=None)).rowcount)


def campaigns(db: sa.Connection, number: int = MAX_COMPARED) -> Campaigns:
    """The texts that were made ready last."""
    latest = (
        sa.select(lessons.c.sketch).where(lessons.c.prepared_at.is_not(None)).order_by(lessons.c.prepared_at.desc())
    )
    return Campaigns(db.execute(latest.limit(number)).scalars())


def prepared_in_a_day(db: sa.Connection, now: datetime) -> int:
    """How many were made ready in the last 24 hours, on all hosts."""
    count = sa.select(sa.func.count()).select_from(lessons)
    return db.execute(count.where(recent(lessons.c.prepared_at, now, DAY))).scalar_one()


def begun_in_a_day(db: sa.Connection, now: datetime) -> int:
    """How many the filters were told to learn in the last 24 hours, on all hosts."""
    count = sa.select(sa.func.count()).select_from(lessons)
    return db.execute(count.where(recent(lessons.c.begun_at, now, DAY))).scalar_one()


def keep(
    db: sa.Connection, message_id: str, content: bytes, sender: str | None, now: datetime, *, review: bool
) -> None:
    """It is ready: for a person (`review`), or for the filter."""
    if move(db, message_id, "caught", "waiting" if review else "due", now):
        row = lessons.update().where(lessons.c.message_id == message_id)
        db.execute(row.values(content=content, sender=sender, prepared_at=now))


def was_undone(db: sa.Connection, sender: str | None) -> bool:
    """Whether a person undid what was learned of this sender: nothing more is learned of him."""
    undone = (lessons.c.sender == sender) & lessons.c.state.in_(("to_forget", "forgotten", "to_ham", "ham"))
    return sender is not None and db.execute(sa.select(lessons.c.message_id).where(undone)).first() is not None


def next_due(db: sa.Connection, host: str, pupil: str, now: datetime, per_day: int) -> Due | None:
    """What this host's filter is told next: what is to be undone before what is to be learned."""
    mine = (lessons.c.host == host) & (lessons.c.filter.is_(None) | (lessons.c.filter == pupil))
    not_before = lessons.c.not_before  # what lies too far ahead was written while the clock was wrong
    mine &= not_before.is_(None) | (not_before <= now) | (not_before > now + LONGEST_REST)
    columns = (lessons.c.message_id, lessons.c.state, lessons.c.content, lessons.c.attempts, lessons.c.begun_at)
    query = sa.select(*columns).where(mine, lessons.c.content.is_not(None)).order_by(lessons.c.changed_at).limit(1)
    row = db.execute(query.where(lessons.c.state.in_(("to_forget", "to_ham")))).first()
    if row is None:
        full = begun_in_a_day(db, now) >= per_day  # what was begun is of the day's number already
        begun = recent(lessons.c.begun_at, now, DAY) if full else sa.true()
        row = db.execute(query.where(lessons.c.state == "due", begun)).first()
    if row is None:
        return None
    return Due(row.message_id, row.state, row.content, row.attempts, again=row.begun_at is not None)


def begin(db: sa.Connection, due: Due, now: datetime) -> bool:
    """The filter is told now: whatever comes of it, it may know the message from now on.

    False where somebody wished otherwise meanwhile: it is not to be told.
    """
    row = lessons.update().where(lessons.c.message_id == due.message_id, lessons.c.state == due.state)
    begun = now if due.state == "due" else lessons.c.begun_at
    return bool(db.execute(row.values(begun_at=begun)).rowcount)


def done(db: sa.Connection, due: Due, pupil: str, now: datetime, why: str | None = None) -> None:
    """The filter did as it was told. What was wished meanwhile stays to be done."""
    move(db, due.message_id, due.state, _DONE[due.state], now, why)
    if due.state == "due":
        db.execute(lessons.update().where(lessons.c.message_id == due.message_id).values(filter=pupil))


def put_off(db: sa.Connection, due: Due, until: datetime, why: str) -> None:
    """The filter did not answer: again after `until`."""
    row = lessons.update().where(lessons.c.message_id == due.message_id, lessons.c.state == due.state)
    db.execute(row.values(attempts=due.attempts + 1, not_before=until, why=why))


def candidates(db: sa.Connection, host: str, limit: int) -> list[Candidate]:
    """The oldest messages that are to be made ready on this host."""
    query = sa.select(lessons.c.message_id, messages.c.file, lessons.c.sketch).join_from(lessons, messages)
    mine = query.where(lessons.c.state == "caught", lessons.c.host == host)
    return [Candidate(*row) for row in db.execute(mine.order_by(lessons.c.changed_at).limit(limit))]


def expire(db: sa.Connection, before: datetime, now: datetime, host: str, pupil: str) -> None:
    """Remove what was kept since `before`; what waited so long is left.

    Not what is still to be undone; unless another filter learned it than `pupil`, the one that `host` teaches now
    ("off": none), for then nobody would ever undo it.
    """
    old = lessons.c.changed_at < before
    wished = old & (lessons.c.host == host) & lessons.c.state.in_(("to_forget", "to_ham"))
    unheard = lessons.update().where(wished, sa.true() if pupil == "off" else lessons.c.filter != pupil)
    why = "it was to be undone, but its filter was not taught any more"
    db.execute(unheard.values(state="learned", why=why, content=None, changed_at=now))
    waited = lessons.update().where(old, lessons.c.state.in_(("caught", "waiting", "due")))
    db.execute(waited.values(state="left", why="it waited for too long", content=None, changed_at=now))
    kept = lessons.update().where(old, lessons.c.content.is_not(None), lessons.c.state.not_in(WISHES))
    db.execute(kept.values(content=None))
