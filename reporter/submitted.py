"""Our submissions one by one, as `trapline submissions` lists them. Of a mail sample only its message is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.portal_list import ReviewState
from trapline.reporter.queue import State
from trapline.reporter.schema import reviews, submissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What Spamhaus made of it."""

    state: ReviewState
    datasets: tuple[str, ...]  #: of the listing; of the last one where it ended
    listed_since: datetime | None  #: the first check that found it listed
    checked_at: datetime | None  #: Spamhaus's last look
    seen_at: datetime  #: our last look at the portal's list


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """One submission."""

    id: int
    kind: IndicatorKind
    value: str | None  #: what is reported; None for an email, which is somebody's mail
    message_id: str
    state: State
    queued_at: datetime
    answered_at: datetime | None
    attempts: int
    threat_type: str | None
    reason: str
    answer: str | None  #: the portal's words, or why it waits or was dropped
    portal_id: str | None
    review: Review | None  #: None until it is found in the portal's list


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which submissions are wanted; None leaves a matter open."""

    kind: IndicatorKind | None = None
    state: State | None = None
    review: ReviewState | None = None  #: `pending` are also those that were accepted and not found yet
    containing: str | None = None  #: a part of the value; no email has it
    message_id: str | None = None
    since: datetime | None = None  #: queued then or later


_REVIEW = ("state", "datasets", "listed_since", "checked_at", "seen_at")
REVIEW_COLUMNS = tuple(reviews.c[name].label(f"review_{name}") for name in _REVIEW)  #: for `review_of`


def review_of(row: Any) -> Review | None:
    """The review in a row with REVIEW_COLUMNS; None where there is none (yet)."""
    if row.review_state is None:
        return None
    facts = {name: getattr(row, f"review_{name}") for name in _REVIEW}
    return Review(**facts | {"datasets": tuple(row.review_datasets)})


def submitted(db: sa.Connection, wanted: Filter, limit: int) -> list[Submitted]:
    """The newest `limit` submissions that `wanted` describes, newest first."""
    columns = [column for column in submissions.c if column.name != "object"]  # samples are large
    query = sa.select(*columns, *REVIEW_COLUMNS).select_from(submissions.outerjoin(reviews)).where(*_conditions(wanted))
    return [_submitted(row) for row in db.execute(query.order_by(submissions.c.id.desc()).limit(limit))]


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(submissions.c.kind == wanted.kind)
    if wanted.state is not None:
        found.append(submissions.c.state == wanted.state)
    if wanted.review == "pending":
        found.append((reviews.c.state == "pending") | (reviews.c.state.is_(None) & (submissions.c.state == "accepted")))
    elif wanted.review is not None:
        found.append(reviews.c.state == wanted.review)
    if wanted.containing is not None:
        part = submissions.c.value.icontains(wanted.containing, autoescape=True)
        found.append((submissions.c.kind != "email") & part)
    if wanted.message_id is not None:
        found.append(submissions.c.message_id == wanted.message_id)
    if wanted.since is not None:
        found.append(submissions.c.queued_at >= wanted.since)
    return found


def _submitted(row: Any) -> Submitted:
    same = ("id", "kind", "message_id", "state", "queued_at", "answered_at", "attempts", "threat_type", "reason")
    facts = {name: getattr(row, name) for name in (*same, "answer", "portal_id")}
    return Submitted(value=None if row.kind == "email" else row.value, review=review_of(row), **facts)
