"""Our submissions one by one, as `trapline submissions` lists them. Of a mail sample only its message is told.

There may be a million of them. So first their ids are found, and then they are read page by page.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import pages
from trapline.reporter.storage.schema import lookups, reviews, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.portal_list import ReviewState
from trapline.reporter.submission.queue import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What Spamhaus made of it."""

    state: ReviewState
    datasets: tuple[str, ...]  #: of the listing; of the last one where it ended
    listed_since: datetime | None  #: the first check that found it listed
    checked_at: datetime | None  #: Spamhaus's last look
    seen_at: datetime  #: our last look at the portal's list


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What our own lookups in the DQS zones found."""

    at_hit: bool  #: a zone listed it already when it hit the trap
    clear_at: datetime | None  #: the last lookup that found it in no zone
    listed_at: datetime | None  #: the first that found it in one; None where it was listed at the hit
    codes: tuple[str, ...]  #: "zen 127.0.0.3", of the listing
    due_at: datetime | None  #: the next lookup


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
    looked_up: LookedUp | None  #: None of a URL, an email, and until the portal accepted it


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which submissions are wanted; None leaves a matter open."""

    kind: IndicatorKind | None = None
    state: State | None = None
    review: ReviewState | None = None  #: `pending` are also those that were accepted and not found yet
    listed: bool = False  #: only what is listed, as the portal says or as we found
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


_LOOKUP = ("at_hit", "clear_at", "listed_at", "codes", "due_at")
LOOKUP_COLUMNS = tuple(lookups.c[name].label(f"lookup_{name}") for name in _LOOKUP)  #: for `looked_up_of`


def looked_up_of(row: Any) -> LookedUp | None:
    """Our own lookups in a row with LOOKUP_COLUMNS; None where there are none."""
    if row.lookup_at_hit is None:
        return None
    facts = {name: getattr(row, f"lookup_{name}") for name in _LOOKUP}
    return LookedUp(**facts | {"codes": tuple(row.lookup_codes)})


def matching(db: sa.Connection, wanted: Filter, limit: int) -> Sequence[int]:
    """The ids of the newest `limit` submissions that `wanted` describes, newest first."""
    query = sa.select(submissions.c.id).select_from(_JOINED).where(*_conditions(wanted))
    newest = query.order_by(submissions.c.id.desc()).limit(limit)
    return array("q", db.execute(newest, execution_options={"yield_per": pages.PAGE}).scalars())


def submitted(store: Store, numbers: Sequence[int]) -> Iterator[Submitted]:
    """The submissions of these ids, newest first, as they are when their turn comes; without those that are gone."""
    return pages.by_key(store, numbers, _read)


_JOINED = submissions.outerjoin(reviews).outerjoin(lookups, lookups.c.submission_id == submissions.c.id)


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
    if wanted.listed:
        found.append((reviews.c.state == "listed") | lookups.c.listed_at.is_not(None) | lookups.c.at_hit)
    if wanted.containing is not None:
        part = submissions.c.value.icontains(wanted.containing, autoescape=True)
        found.append((submissions.c.kind != "email") & part)
    if wanted.message_id is not None:
        found.append(submissions.c.message_id == wanted.message_id)
    if wanted.since is not None:
        found.append(submissions.c.queued_at >= wanted.since)
    return found


def _read(db: sa.Connection, numbers: Sequence[int]) -> Iterable[Submitted]:
    columns = [column for column in submissions.c if column.name != "object"]  # samples are large
    query = sa.select(*columns, *REVIEW_COLUMNS, *LOOKUP_COLUMNS).select_from(_JOINED)
    newest = query.where(submissions.c.id.in_(numbers)).order_by(submissions.c.id.desc())
    return map(_submitted, db.execute(newest))


def _submitted(row: Any) -> Submitted:
    same = ("id", "kind", "message_id", "state", "queued_at", "answered_at", "attempts", "threat_type", "reason")
    facts = {name: getattr(row, name) for name in (*same, "answer", "portal_id")}
    value = None if row.kind == "email" else row.value
    return Submitted(value=value, review=review_of(row), looked_up=looked_up_of(row), **facts)
