"""How everything stands, for `trapline status`: the queue, 30 days' submissions, our lead, the traps' hits.

What is counted by days is also counted for the periods of `trapline report`. Reads and counts, changes nothing, and
reads no message for it. The days are whole ones (UTC), today the last of them; what a trap's address is stands nowhere
here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import get_args

import sqlalchemy as sa

from trapline.reporter import trap_days
from trapline.reporter.decisions.burnt import is_burnt
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.learning.overview import Counts as Learning
from trapline.reporter.learning.overview import counts as learning
from trapline.reporter.listing import overview
from trapline.reporter.overview import client_networks
from trapline.reporter.storage.schema import lookups as lookups_table
from trapline.reporter.storage.schema import messages, submissions
from trapline.reporter.storage.schema import reviews as reviews_table
from trapline.reporter.submission import lead, lookups, queue, reviews
from trapline.reporter.submission.lead import Lead, Reported
from trapline.reporter.submission.networks import remembered
from trapline.reporter.submission.pace import Pace
from trapline.reporter.submission.queue import State
from trapline.reporter.submission.reviews import LastReview
from trapline.reporter.submission.sender import BUDGET_TIME

DAYS = 30
TOP = 10  #: networks

_ANSWERED: tuple[State, ...] = ("accepted", "known", "refused")


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits to be sent."""

    queued: int  #: with the one under way
    waiting: int  #: for another try
    paused_until: datetime | None  #: nothing is sent before; None where nothing holds it up
    sent_in_24_hours: int  #: requests, of the day's budget
    trouble: str | None  #: why nothing could be sent when it was last tried; None where something was


@dataclass(frozen=True, slots=True)
class KindCounts:
    """The submissions of one kind, of some days. `submitted` is `listed`, `checked` and `pending` together."""

    kind: IndicatorKind
    submitted: int = 0  #: accepted by the portal
    listed: int = 0  #: by now in a dataset
    checked: int = 0  #: and not listed
    pending: int = 0  #: not checked yet
    known: int = 0  #: reported before, by us or by others
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Caught:
    """Whether anything comes in."""

    in_24_hours: int  #: messages
    last: datetime | None  #: when the last one came


@dataclass(frozen=True, slots=True)
class Lookups:
    """Our own lookups of what was reported."""

    followed: int  #: submissions that are looked up again
    due: int  #: of them, by now
    questions_today: int  #: that were sent (UTC)


@dataclass(frozen=True, slots=True)
class TrapHits:
    """The caught messages to the traps of one label and kind, of some days."""

    label: str
    kind: str
    hits: int
    last: datetime
    spared: int = 0  #: of them from senders who are not listed here, since they are innocent
    burnt: bool = False  #: burnt, or planted on somebody (decisions/burnt.py)


@dataclass(frozen=True, slots=True)
class NetworkHits:
    """The caught messages from one network, of some days."""

    network: str  #: /24 or /64
    hits: int
    clients: int  #: different addresses in it
    last: datetime
    whose: str | None = None  #: "PILLS-NET (Pills Hosting), AS64500, NL", where RIPE Stat told lately


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that the store knows of how things stand."""

    queue: Queue
    caught: Caught
    messages: int  #: that were taken in within 30 days
    kinds: tuple[KindCounts, ...]
    portal: LastReview | None  #: None before the first review
    lead: tuple[Lead, ...]  #: by kind
    lookups: Lookups
    traps: tuple[TrapHits, ...]  #: the most hit first
    networks: tuple[NetworkHits, ...]  #: likewise, TOP of them
    learning: Learning  #: what the spam filter learns
    blocklist: overview.Counts


def first_moment(now: datetime, days: int) -> datetime:
    """When the first of `days` days began, of which today is the last (UTC)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


def standing(db: sa.Connection, now: datetime) -> Standing:
    """How things stand at `now`."""
    since = first_moment(now, DAYS)
    kinds = kind_counts(db, since)
    return Standing(
        queue=_queue(db, now),
        caught=Caught(caught_messages(db, now - timedelta(days=1)), _last_caught(db)),
        messages=caught_messages(db, since),
        kinds=kinds,
        portal=reviews.last(db),
        lead=_lead(db, since, kinds),
        lookups=Lookups(*lookups.counts(db, now), lookups.asked(db, now)),
        traps=trap_hits(db, since),
        networks=network_hits(db, since, now, TOP),
        learning=learning(db, now),
        blocklist=overview.counts(db),
    )


def caught_messages(db: sa.Connection, since: datetime) -> int:
    """How many messages came from `since` on."""
    return db.execute(sa.select(sa.func.count()).where(messages.c.received_at >= since)).scalar_one()


def trap_hits(db: sa.Connection, since: datetime) -> tuple[TrapHits, ...]:
    """The traps by label and kind, the most hit first."""
    return tuple(
        TrapHits(one.label, one.kind, one.hits, one.last, one.spared, is_burnt(one.kind, one.hits, one.spared))
        for one in trap_days.totals(db, trap_days.day_of(since))
    )


def network_hits(db: sa.Connection, since: datetime, now: datetime, number: int) -> tuple[NetworkHits, ...]:
    """The `number` networks with the most hits."""
    return tuple(
        NetworkHits(one.network, one.hits, one.clients, one.last, _whose(db, one.network, now))
        for one in client_networks.busiest(db, since, number)
    )


def _last_caught(db: sa.Connection) -> datetime | None:
    last: datetime | None = db.execute(sa.select(sa.func.max(messages.c.received_at))).scalar_one()
    return last


def _queue(db: sa.Connection, now: datetime) -> Queue:
    counts = queue.counts(db)
    pace: Pace = queue.load_pace(db, timedelta(0)).believable(now)
    until = pace.paused_until if pace.paused(now) else None
    return Queue(
        queued=counts["queued"] + counts["sending"],
        waiting=counts["waiting"],
        paused_until=until,
        sent_in_24_hours=queue.attempts_within(db, now, BUDGET_TIME),
        trouble=queue.trouble(db),
    )


def kind_counts(db: sa.Connection, since: datetime) -> tuple[KindCounts, ...]:
    """What came of the submissions that were answered from `since` on, by kind."""
    columns = (submissions.c.kind, submissions.c.state, reviews_table.c.state.label("review"))
    answered = submissions.c.state.in_(_ANSWERED) & (submissions.c.answered_at > since)
    counted = sa.select(*columns, sa.func.count().label("number")).where(answered)
    found: Counter[tuple[str, str]] = Counter()
    for row in db.execute(counted.select_from(submissions.outerjoin(reviews_table)).group_by(*columns)):
        found[row.kind, _column(row.state, row.review)] += row.number
    return tuple(_kind(kind, found) for kind in get_args(IndicatorKind))


def _column(state: State, review: str | None) -> str:
    return review or "pending" if state == "accepted" else state


def _kind(kind: IndicatorKind, found: Mapping[tuple[str, str], int]) -> KindCounts:
    listed, checked, pending = (found.get((kind, review), 0) for review in ("listed", "checked", "pending"))
    known, refused = found.get((kind, "known"), 0), found.get((kind, "refused"), 0)
    return KindCounts(kind, listed + checked + pending, listed, checked, pending, known, refused)


def _lead(db: sa.Connection, since: datetime, kinds: tuple[KindCounts, ...]) -> tuple[Lead, ...]:
    heard: dict[IndicatorKind, list[Reported]] = {kind: [] for kind in lead.KINDS}
    for one in heard_of(db, since):
        heard[one.kind].append(one)
    return tuple(lead.summary(one.kind, one.submitted, heard[one.kind]) for one in kinds if one.kind in heard)


def heard_of(db: sa.Connection, since: datetime) -> Iterator[Reported]:
    """What was accepted from `since` on and is, or was, known to be listed; the rest is not read one by one."""
    columns = (
        lookups_table.c.at_hit,
        lookups_table.c.clear_at,
        lookups_table.c.listed_at,
        reviews_table.c.listed_since,
    )
    both = submissions.outerjoin(lookups_table).outerjoin(
        reviews_table, reviews_table.c.submission_id == submissions.c.id
    )
    accepted = (submissions.c.answered_at > since) & (submissions.c.state == "accepted")
    known = lookups_table.c.at_hit | lookups_table.c.listed_at.is_not(None) | reviews_table.c.listed_since.is_not(None)
    query = sa.select(submissions.c.kind, submissions.c.answered_at.label("reported_at"), *columns).select_from(both)
    for row in db.execute(query.where(accepted, submissions.c.kind.in_(lead.KINDS), known)).mappings():
        yield Reported(**dict(row) | {"at_hit": bool(row["at_hit"])})


def _whose(db: sa.Connection, network: str, now: datetime) -> str | None:
    known = remembered(db, ip_network(network), now)
    words = None if known is None else next(known.facts(), None)
    return None if words is None else words.removeprefix("network ")
