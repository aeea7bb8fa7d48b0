"""What Spamhaus made of our submissions, in the store.

Each function is one step inside a transaction of the store; when the portal is asked is reviewer.py's business. A
submission is followed as long as the portal's own list reaches back. One that was `known` (208) has no id and is
looked for by its content: it is ours after all where a reporter was killed before it had the first answer.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import reviews, submissions
from trapline.reporter.submission.answers import Counts
from trapline.reporter.submission.portal_list import Reviewed, digest

REACH = timedelta(days=30)  #: of `submissions/list` and `submissions/count`

_LAST = "last_review"  # a note: when the list was last read to its end, and the portal's counts then
_FOLLOWED = ("accepted", "known")


@dataclass(frozen=True, slots=True)
class LastReview:
    """The last time that the portal's list was read."""

    at: datetime
    total: int  #: as the portal counts, 30 days
    matched: int


@dataclass(slots=True)
class Followed:
    """Our submissions that the list may tell something about. Mutable: what was found is taken off."""

    by_id: dict[str, int]  #: the portal's id, and ours
    by_content: dict[tuple[str, str], int]  #: kind and digest of those without an id, and ours
    open: set[int]  #: ours that are not known to be listed, and were not found yet

    def find(self, item: Reviewed) -> int | None:
        """Which of ours `item` is, once each; None where it is none of them."""
        mine = self.by_id.pop(item.portal_id, None)
        if mine is None:
            mine = self.by_content.pop((item.kind, item.digest), None)
        if mine is not None:
            self.open.discard(mine)
        return mine


def last(db: sa.Connection) -> LastReview | None:
    """The last review; None before the first."""
    text = notes.read(db, _LAST)
    if text is None:
        return None
    table = json.loads(text)
    return LastReview(datetime.fromisoformat(table["at"]), table["total"], table["matched"])


def is_due(db: sa.Connection, now: datetime, interval: timedelta) -> bool:
    """Whether the last review, and the answer to a submission that is to be followed, are `interval` old."""
    before = last(db)
    if before is not None and now - interval < before.at <= now:
        return False
    answered = submissions.c.answered_at.between(now - REACH, now - interval)
    return db.execute(sa.select(submissions.c.id).where(_followed(), answered).limit(1)).first() is not None


def followed(db: sa.Connection, now: datetime) -> Followed:
    """What is to be looked for in the list."""
    recent = _followed() & (submissions.c.answered_at > now - REACH)
    columns = (submissions.c.id, submissions.c.portal_id, reviews.c.state)
    rows = sa.select(*columns).select_from(submissions.outerjoin(reviews)).where(recent)
    found = Followed({}, {}, set())
    for row in db.execute(rows.order_by(submissions.c.id)):
        if row.portal_id is not None:
            found.by_id[row.portal_id] = row.id
            found.open |= set() if row.state == "listed" else {row.id}
    content = sa.select(submissions.c.id, submissions.c.kind, submissions.c.object)
    for row in db.execute(content.where(recent, submissions.c.portal_id.is_(None)).order_by(submissions.c.id)):
        found.by_content[row.kind, digest(row.object)] = row.id  # somebody else's may never be found: not `open`
    return found


def keep(db: sa.Connection, submission_id: int, item: Reviewed, now: datetime) -> bool:
    """Keep what the portal says of one of ours. Whether it is a listing that was not known before."""
    mine = reviews.c.submission_id == submission_id
    before = db.execute(sa.select(reviews).where(mine)).one_or_none()
    since = None if before is None else before.listed_since
    is_news = item.state == "listed" and since is None
    if is_news:
        checked_at = item.checked_at
        since = checked_at if checked_at is not None and checked_at <= now else now
    datasets = list(item.datasets) or (before.datasets if before is not None else [])
    row = {"state": item.state, "datasets": datasets, "listed_since": since}
    row |= {"checked_at": item.checked_at, "seen_at": now}
    if before is None:
        db.execute(reviews.insert().values(submission_id=submission_id, **row))
    else:
        db.execute(reviews.update().where(mine).values(**row))
    return is_news


def finish(db: sa.Connection, began: datetime, counts: Counts) -> None:
    """The list was read to its end, or to where nothing of ours was left to be found."""
    table = {"at": began.isoformat(), "total": counts.total, "matched": counts.matched}
    notes.write(db, _LAST, json.dumps(table))


def described(db: sa.Connection, submission_id: int) -> tuple[IndicatorKind, str, str]:
    """Kind, value and message of a submission, to tell somebody about it."""
    columns = (submissions.c.kind, submissions.c.value, submissions.c.message_id)
    row = db.execute(sa.select(*columns).where(submissions.c.id == submission_id)).one()
    return row.kind, row.value, row.message_id


def _followed() -> sa.ColumnElement[bool]:
    return submissions.c.state.in_(_FOLLOWED)
