"""Our own lookups of what we reported, in the store: when each is due, and when a zone began to list it.

Each function is one step inside a transaction of the store; follower.py asks the zones. An address or domain is looked
up when the portal has accepted it, and after 1 h, 6 h, 24 h and 7 days. Times that were missed are made up by one
lookup, a lookup without an answer is made again, and with the first listing they end: when it came is known then.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from trapline.config.names import is_below
from trapline.dnsbl.zones import ADDRESS_ZONES
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import lookups, messages, submissions

AFTER = tuple(timedelta(hours=hours) for hours in (0, 1, 6, 24, 7 * 24))  #: the report, in which each is looked up
LAST = timedelta(days=14)  #: after the report; what never had an answer by then is given up
AGAIN = timedelta(minutes=10)  #: after a lookup without an answer, doubling, to LONGEST_AGAIN
LONGEST_AGAIN = timedelta(hours=6)
CLAIM = timedelta(minutes=10)  #: after which what a reporter began to look up, and was killed, is due again

_ASKED = "dqs_lookups"  # a note: the questions of a day


@dataclass(frozen=True, slots=True)
class Due:
    """One lookup that is to be made."""

    submission_id: int
    kind: IndicatorKind
    value: str
    message_id: str
    reported_at: datetime
    failures: int  #: in a row, so far
    clear_at: datetime | None  #: the last lookup that found it in no zone


@dataclass(frozen=True, slots=True)
class Clear:
    """Every zone answered, and none lists it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A zone lists it."""

    codes: tuple[str, ...]  #: "zen 127.0.0.3"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No zone is known to list it, and not each answered."""


Look = Clear | Found | NoAnswer


def next_due(reported_at: datetime, looked_at: datetime) -> datetime | None:
    """The first time of AFTER that a lookup at `looked_at` does not answer; None after the last one."""
    return next((reported_at + after for after in AFTER if reported_at + after > looked_at), None)


def again(failures: int) -> timedelta:
    """How long after the `failures`th lookup in a row without an answer (from 1) the next one follows."""
    return min(LONGEST_AGAIN, AGAIN * (1 << min(max(failures, 1) - 1, 10)))


def listed_at_hit(kind: IndicatorKind, value: str, envelope: dict[str, Any]) -> tuple[str, ...]:
    """Where the zones listed it when it hit the trap, as the milter kept it; a new domain (ZRD) is no listing."""
    found = (listing for listing in envelope.get("listings", ()) if _is_about(kind, value, listing))
    return tuple(f"{listing['zone']} {code}" for listing in found for code in listing["codes"])


def schedule(db: sa.Connection, submission_id: int, now: datetime) -> None:
    """The portal has accepted it at `now`. What was listed already when it hit the trap is not looked up."""
    columns = (submissions.c.kind, submissions.c.value, messages.c.envelope)
    row = db.execute(
        sa.select(*columns).join_from(submissions, messages).where(submissions.c.id == submission_id)
    ).one()
    if row.kind not in {"ip", "domain"}:
        return
    codes = listed_at_hit(row.kind, row.value, row.envelope)
    facts = {"reported_at": now, "at_hit": bool(codes), "due_at": None if codes else now + AFTER[0]}
    db.execute(lookups.insert().values(submission_id=submission_id, failures=0, codes=list(codes), **facts))


def claim(db: sa.Connection, now: datetime, limit: int) -> list[Due]:
    """The lookups that are due at `now`, `limit` at most, the longest due first; nobody else gets them for CLAIM."""
    columns = (
        lookups.c.submission_id,
        submissions.c.kind,
        submissions.c.value,
        submissions.c.message_id,
        lookups.c.reported_at,
        lookups.c.failures,
        lookups.c.clear_at,
    )
    due = sa.select(*columns).join_from(lookups, submissions).where(_is_due(now))
    rows = db.execute(due.order_by(lookups.c.due_at).limit(limit).with_for_update(skip_locked=True, of=lookups))
    found = [Due(*row) for row in rows]
    mine = lookups.update().where(lookups.c.submission_id.in_([one.submission_id for one in found]))
    db.execute(mine.values(due_at=now + CLAIM))
    return found


def keep(db: sa.Connection, due: Due, look: Look, now: datetime) -> None:
    """What a lookup at `now` found."""
    row: dict[str, Any]
    match look:
        case Found(codes):
            row = {"due_at": None, "failures": 0, "listed_at": now, "codes": list(codes)}
        case Clear():
            row = {"due_at": next_due(due.reported_at, now), "failures": 0, "clear_at": now}
        case NoAnswer():
            later = now + again(due.failures + 1)
            row = {"due_at": later if later < due.reported_at + LAST else None, "failures": due.failures + 1}
    db.execute(lookups.update().where(lookups.c.submission_id == due.submission_id).values(**row))


def give_up(db: sa.Connection, ids: Iterable[int]) -> None:
    """No zone can be asked about these."""
    db.execute(lookups.update().where(lookups.c.submission_id.in_(list(ids))).values(due_at=None))


def counts(db: sa.Connection, now: datetime) -> tuple[int, int]:
    """How many submissions are still followed, and how many of them are due."""
    open_ones = sa.select(sa.func.count()).select_from(lookups).where(lookups.c.due_at.is_not(None))
    return db.execute(open_ones).scalar_one(), db.execute(open_ones.where(_is_due(now))).scalar_one()


def asked(db: sa.Connection, now: datetime) -> int:
    """The questions that were sent on the day of `now` (UTC)."""
    noted = notes.read(db, _ASKED)
    table = {} if noted is None else json.loads(noted)
    return int(table["sent"]) if table.get("day") == _day(now) else 0


def count_asked(db: sa.Connection, sent: int, now: datetime) -> None:
    """Add `sent` questions to the day's."""
    notes.write(db, _ASKED, json.dumps({"day": _day(now), "sent": asked(db, now) + sent}))


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    """What lies too far ahead was written while the clock was wrong."""
    return (lookups.c.due_at <= now) | (lookups.c.due_at > now + max(AFTER))


def _is_about(kind: IndicatorKind, value: str, listing: dict[str, Any]) -> bool:
    if kind == "ip":
        return listing["zone"] in ADDRESS_ZONES and bool(listing["object"] == value)
    asked_about = str(listing["object"])
    return listing["zone"] == "dbl" and (is_below(asked_about, value) or is_below(value, asked_about))


def _day(now: datetime) -> str:
    return str(now.astimezone(UTC).date())
