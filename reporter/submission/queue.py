"""The submissions that wait, and what came of them, in the store.

    queued -> sending -> accepted | known | refused | waiting (until not_before) -> sending …;  queued -> dropped

Each function is one step inside a transaction of the store; when to take it is sender.py's business. What was
`sending` when a reporter was killed is queued again: the portal may see that one twice, and answers 208.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa

from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import claims, notes
from trapline.reporter.storage.recent import recent
from trapline.reporter.storage.schema import attempts, messages, pace, submissions
from trapline.reporter.submission.pace import LONGEST_WAIT, Pace
from trapline.reporter.submission.weights import REST

WINDOW = timedelta(hours=24)  #: the same indicator is submitted once in it
STALE = timedelta(days=1)  #: evidence that waited longer for a token is no news to anybody
MAX_HELD = 10_000  #: that one step puts off
TURN_OF_THE_OLD = 10  #: requests, of which one is for what has waited longer than STALE, whatever it is worth

State = Literal["queued", "sending", "accepted", "known", "refused", "waiting", "dropped"]
STATES: tuple[State, ...] = get_args(State)

_TROUBLE = "trouble"  # a note: why nothing is sent

OPEN: tuple[State, ...] = ("queued", "sending", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One row, as far as sending it goes."""

    id: int
    message_id: str
    kind: IndicatorKind
    object: str
    reason: str
    attempts: int  #: so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One row, as far as showing it goes: of a sample only its size, since it is large and somebody's mail."""

    id: int
    message_id: str
    kind: IndicatorKind
    value: str  #: the object itself, but for an email
    reason: str
    size: int  #: of the object, in characters
    subject: str | None  #: of the message that it came from


@dataclass(frozen=True, slots=True)
class Added:
    """It is queued."""

    id: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """The same indicator was submitted, or is about to be, within the window."""

    id: int  #: of that submission


def add(  # noqa: PLR0913 - a row
    db: sa.Connection,
    *,
    message_id: str,
    kind: IndicatorKind,
    value: str,
    content: str,
    reason: str,
    weight: int = REST,
    now: datetime,
    window: timedelta = WINDOW,
) -> Added | Repeats:
    """Queue a submission of `content` (what is sent as the object), unless the same `value` was within the `window`.

    `value` is what makes it the same as another one: the object itself, or for an email the message's digest.
    """
    same = sa.select(submissions.c.id).where(
        submissions.c.kind == kind,
        submissions.c.value == value,
        submissions.c.state != "dropped",
        submissions.c.state.in_(OPEN)
        | recent(submissions.c.queued_at, now, window)
        | recent(submissions.c.attempted_at, now, window),
    )
    earlier = db.execute(same.order_by(submissions.c.id.desc()).limit(1)).scalar()
    if earlier is not None:
        return Repeats(earlier)
    row = {
        "message_id": message_id,
        "kind": kind,
        "value": value,
        "object": content,
        "reason": reason,
        "weight": weight,
    }
    result = db.execute(submissions.insert().values(**row, state="queued", queued_at=now, attempts=0))
    assert result.inserted_primary_key is not None  # noqa: S101 - SQLAlchemy's type allows None, an insert gives one
    return Added(result.inserted_primary_key[0])


def requeue_interrupted(db: sa.Connection) -> int:
    """Queue again what was under way when a reporter was killed, or its store failed. How many there were.

    To be called while this reporter sends nothing: its own are meant too. Not what other reporters are sending.
    """
    stuck = submissions.update().where(submissions.c.state == "sending", claims.nobody_elses(db))
    return db.execute(stuck.values(state="queued", answer="interrupted; sent again")).rowcount


def next_due(db: sa.Connection, now: datetime, kinds: frozenset[IndicatorKind]) -> Submission | None:
    """The submission of one of `kinds` that may be sent at `now`; None where there is none.

    Of those that were tried least, since one that always fails must not stand in the way of the others, the one that
    is worth most, and of equals the oldest. So that nothing starves where the budget is short for long, one request in
    TURN_OF_THE_OLD is for what has waited longest since it was queued or tried, where that is longer than STALE. A row
    that somebody's transaction has locked, a person's at the database perhaps, is passed over.
    """
    where = _due(now) & submissions.c.kind.in_(kinds)
    number = _of_the_old(db, where, now) or _first(
        db, where, submissions.c.attempts, submissions.c.weight.desc(), submissions.c.id
    )
    columns = [submissions.c[name] for name in ("id", "message_id", "kind", "object", "reason", "attempts")]
    row = db.execute(sa.select(*columns).where(submissions.c.id == number)).mappings().first()
    return None if row is None else Submission(**row)


def _due(now: datetime) -> sa.ColumnElement[bool]:
    not_before = submissions.c.not_before  # what lies too far ahead was written while the clock was wrong
    rested = (submissions.c.state == "waiting") & ((not_before <= now) | (not_before > now + LONGEST_WAIT))
    return (submissions.c.state == "queued") | rested


def _of_the_old(db: sa.Connection, where: sa.ColumnElement[bool], now: datetime) -> int | None:
    """Where it is its turn: the submission that has been left alone longest."""
    begun = db.execute(sa.select(sa.func.max(attempts.c.id))).scalar() or 0
    if begun % TURN_OF_THE_OLD != TURN_OF_THE_OLD - 1:
        return None
    alone_since = sa.func.coalesce(
        submissions.c.attempted_at, submissions.c.queued_at, type_=submissions.c.queued_at.type
    )
    return _first(db, where & (alone_since < now - STALE), alone_since, submissions.c.id)


def _first(db: sa.Connection, where: sa.ColumnElement[bool], *order: sa.ColumnElement[Any]) -> int | None:
    """The id alone: samples are large, and what is sorted is carried along."""
    first = sa.select(submissions.c.id).where(where).order_by(*order).limit(1)
    return db.execute(first.with_for_update(skip_locked=True)).scalar()


def unsent(db: sa.Connection, after: int = 0, limit: int = 1000) -> list[Preview]:
    """What waits to be sent, oldest first, from the id after `after`."""
    ids: list[int] = []
    for state in OPEN:  # each by the index: of a long queue no more than a page is read for each page
        one = sa.select(submissions.c.id).where(submissions.c.state == state, submissions.c.id > after)
        ids += db.execute(one.order_by(submissions.c.id).limit(limit)).scalars()
    columns = [submissions.c[name] for name in ("id", "message_id", "kind", "value", "reason")]
    size = sa.func.length(submissions.c.object).label("size")
    query = sa.select(*columns, size, messages.c.subject).join_from(submissions, messages)
    page = query.where(submissions.c.id.in_(sorted(ids)[:limit])).order_by(submissions.c.id)
    rows = db.execute(page).mappings()
    return [Preview(**row) for row in rows]


def begin(db: sa.Connection, submission_id: int, threat_type: str, now: datetime) -> bool:
    """It is about to be sent, and claimed. Committed before the request, so that a kill can be told from a rest.

    False: another reporter was faster, and nothing was done.
    """
    mine = submissions.c.id == submission_id
    due = sa.select(submissions.c.id).where(mine, _due(now)).with_for_update(skip_locked=True)
    if db.execute(due).first() is None or not claims.take(db, claims.sending(submission_id)):
        return False
    sending = {"state": "sending", "threat_type": threat_type, "attempted_at": now, "not_before": None}
    db.execute(submissions.update().where(mine).values(**sending, attempts=submissions.c.attempts + 1))
    db.execute(attempts.insert().values(submission_id=submission_id, at=now))
    return True


def is_ours(db: sa.Connection, submission_id: int) -> bool:
    """Whether an answer to it is ours to keep: it is still open, and nobody else is sending it.

    Our connection, and the claim with it, may have been lost while the portal had the request.
    """
    state = db.execute(sa.select(submissions.c.state).where(submissions.c.id == submission_id)).scalar()
    return state in OPEN and claims.take(db, claims.sending(submission_id))


def settle(
    db: sa.Connection,
    submission_id: int,
    state: State,
    now: datetime,
    *,
    answer: str | None = None,
    portal_id: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """What came of it. That ends the claim."""
    mine = submissions.update().where(submissions.c.id == submission_id)
    row = {"state": state, "answer": answer, "portal_id": portal_id, "not_before": not_before}
    db.execute(mine.values(**row, answered_at=now))
    claims.give_up(db, claims.sending(submission_id))


def drop(db: sa.Connection, submission_id: int, now: datetime, answer: str) -> None:
    """Drop what is due and was not begun; nothing where somebody has begun it meanwhile."""
    due = (submissions.c.id == submission_id) & submissions.c.state.in_(("queued", "waiting"))
    row = {"state": "dropped", "answer": answer, "not_before": None, "answered_at": now}
    db.execute(submissions.update().where(due).values(**row))


def hold_kind(db: sa.Connection, kind: IndicatorKind, now: datetime, answer: str, until: datetime) -> None:
    """Put off what is due of one kind, MAX_HELD at most: all others wait meanwhile."""
    due = sa.select(submissions.c.id).where(_due(now), submissions.c.kind == kind).limit(MAX_HELD)
    some = submissions.update().where(submissions.c.id.in_(due.with_for_update(skip_locked=True)))
    db.execute(some.values(state="waiting", answer=answer, not_before=until, answered_at=now))


def attempts_within(db: sa.Connection, now: datetime, length: timedelta) -> int:
    """How many requests were begun in the last `length`."""
    return db.execute(sa.select(sa.func.count()).where(recent(attempts.c.at, now, length))).scalar_one()


def counts(db: sa.Connection) -> dict[State, int]:
    """How many submissions are in each state."""
    query = sa.select(submissions.c.state, sa.func.count().label("number")).group_by(submissions.c.state)
    found: dict[State, int] = {row.state: row.number for row in db.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def waiting(db: sa.Connection) -> int:
    """How many submissions have no answer yet. Counted by the index: cheap at any size of the store."""
    query = sa.select(sa.func.count()).select_from(submissions).where(submissions.c.state.in_(OPEN))
    return int(db.execute(query).scalar_one())


def note_trouble(db: sa.Connection, why: str | None) -> None:
    """Remember why nothing is sent just now, for `trapline status`; None: something was."""
    if why is None:
        notes.remove(db, _TROUBLE)
    else:
        notes.write(db, _TROUBLE, why)


def trouble(db: sa.Connection) -> str | None:
    """Why nothing could be sent when it was last tried; None where something was."""
    return notes.read(db, _TROUBLE)


def load_pace(db: sa.Connection, refill: timedelta) -> Pace:
    """The account's pace, as it was left."""
    row = db.execute(sa.select(pace)).one_or_none()
    return Pace(refill=refill) if row is None else Pace(row.empty_at, row.paused_until, row.failures, refill)


def save_pace(db: sa.Connection, now_it_is: Pace) -> None:
    """Keep it."""
    row = {name: getattr(now_it_is, name) for name in ("empty_at", "paused_until", "failures")}
    if not db.execute(pace.update().values(**row)).rowcount:
        db.execute(pace.insert().values(id=1, **row))
