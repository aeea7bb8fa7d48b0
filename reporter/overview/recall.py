"""What the store knows of one message, for `trapline show`: what was seen, what was decided, what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trapline.reporter.learning.overview import Shown, shown_one
from trapline.reporter.listing.overview import PastHit, of_message
from trapline.reporter.storage.schema import decisions, lookups, messages, reviews, submissions
from trapline.reporter.submission.submitted import (
    LOOKUP_COLUMNS,
    REVIEW_COLUMNS,
    LookedUp,
    Review,
    looked_up_of,
    review_of,
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """One decision, and the submission that it led to."""

    kind: str
    value: str
    sources: tuple[str, ...]
    decision: str  #: report, skip
    reason: str | None
    submission: int | None
    state: str | None  #: of the submission: queued, sending, accepted, known, refused, waiting, dropped
    answer: str | None  #: what the portal said, or why it waits or was dropped
    review: Review | None  #: what Spamhaus made of it
    looked_up: LookedUp | None  #: what our own lookups found
    told: str | None  #: the reason that the analyst reads beside it
    weight: int | None  #: what it is worth (submission/weights.py)


@dataclass(frozen=True, slots=True)
class RecalledMessage:
    """One message."""

    id: str
    received: datetime
    file: str
    host: str  #: where that is; "" where only one host uses the store
    subject: str | None
    error: str | None
    envelope: dict[str, Any]  #: as the contract has it, without the recipients' addresses
    auth: dict[str, Any] | None
    content: dict[str, Any] | None  #: as evidence/content.py has it; None for messages of before it was kept
    decisions: tuple[Recalled, ...]
    lesson: Shown | None  #: what the spam filter learns of it; None where none was taught when it was taken in
    listing: PastHit | None  #: what was decided about listing its client here; None for messages of before


def recall(db: sa.Connection, identity: str) -> RecalledMessage | None:
    """The message with this id; None where there is none."""
    row = db.execute(sa.select(messages).where(messages.c.id == identity)).one_or_none()
    if row is None:
        return None
    return RecalledMessage(
        id=row.id,
        received=row.received_at,
        file=row.file,
        host=row.host,
        subject=row.subject,
        error=row.error,
        envelope=row.envelope,
        auth=row.auth,
        content=row.content,
        decisions=_decisions(db, identity),
        lesson=shown_one(db, identity),
        listing=of_message(db, identity),
    )


def _decisions(db: sa.Connection, identity: str) -> tuple[Recalled, ...]:
    columns = (
        decisions.c.kind,
        decisions.c.value,
        decisions.c.sources,
        decisions.c.decision,
        decisions.c.reason,
        decisions.c.submission_id,
        submissions.c.state,
        submissions.c.answer,
        submissions.c.reason.label("told"),
        submissions.c.weight,
    )
    joined = decisions.outerjoin(submissions, decisions.c.submission_id == submissions.c.id)
    for table in (reviews, lookups):
        joined = joined.outerjoin(table, table.c.submission_id == submissions.c.id)
    found = (
        sa.select(*columns, *REVIEW_COLUMNS, *LOOKUP_COLUMNS)
        .select_from(joined)
        .where(decisions.c.message_id == identity)
        .order_by(decisions.c.id)
    )
    return tuple(
        Recalled(
            row.kind,
            row.value,
            tuple(row.sources),
            row.decision,
            row.reason,
            row.submission_id,
            row.state,
            row.answer,
            review_of(row),
            looked_up_of(row),
            row.told,
            row.weight,
        )
        for row in db.execute(found)
    )
