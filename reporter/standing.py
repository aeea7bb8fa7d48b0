"""How everything stands, for `trapline status`: the queue, 30 days' submissions, our lead, the traps' hits.

Reads and counts, changes nothing. Days are counted back from `now`; what a trap's address is stands nowhere here.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, TypeVar, get_args

import sqlalchemy as sa

from trapline.reporter import lead, lookups, queue, reviews
from trapline.reporter.decisions.burnt import INNOCENT, is_burnt
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.lead import Lead, Reported
from trapline.reporter.learning.overview import Counts as Learning
from trapline.reporter.learning.overview import counts as learning
from trapline.reporter.listing import overview
from trapline.reporter.networks import remembered
from trapline.reporter.pace import Pace
from trapline.reporter.queue import State
from trapline.reporter.reviews import LastReview
from trapline.reporter.schema import blocklist_hits, messages, submissions
from trapline.reporter.schema import lookups as lookups_table
from trapline.reporter.schema import reviews as reviews_table
from trapline.reporter.sender import BUDGET_TIME

DAYS = timedelta(days=30)
TOP = 10  #: networks

_ANSWERED: tuple[State, ...] = ("accepted", "known", "refused")
_V6_PREFIX = 64  # what one sender is likely to hold; of IPv4 a /24

_Key = TypeVar("_Key")


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
    """The submissions of one kind, of 30 days. `submitted` is `listed`, `checked` and `pending` together."""

    kind: IndicatorKind
    submitted: int = 0  #: accepted by the portal
    listed: int = 0  #: by now in a dataset
    checked: int = 0  #: and not listed
    pending: int = 0  #: not checked yet
    known: int = 0  #: reported before, by us or by others
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Lookups:
    """Our own lookups of what was reported."""

    followed: int  #: submissions that are looked up again
    due: int  #: of them, by now
    questions_today: int  #: that were sent (UTC)


@dataclass(frozen=True, slots=True)
class TrapHits:
    """The caught messages to the traps of one label and kind, of 30 days."""

    label: str
    kind: str
    hits: int
    last: datetime
    spared: int = 0  #: of them from senders who are not listed here, since they are innocent
    burnt: bool = False  #: burnt, or planted on somebody (decisions/burnt.py)


@dataclass(frozen=True, slots=True)
class NetworkHits:
    """The caught messages from one network, of 30 days."""

    network: str  #: /24 or /64
    hits: int
    clients: int  #: different addresses in it
    last: datetime
    whose: str | None = None  #: "PILLS-NET (Pills Hosting), AS64500, NL", where RIPE Stat told lately


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that the store knows of how things stand."""

    queue: Queue
    messages: int  #: that were taken in within 30 days
    kinds: tuple[KindCounts, ...]
    portal: LastReview | None  #: None before the first review
    lead: tuple[Lead, ...]  #: by kind
    lookups: Lookups
    traps: tuple[TrapHits, ...]  #: the most hit first
    networks: tuple[NetworkHits, ...]  #: likewise, TOP of them
    learning: Learning  #: what the spam filter learns
    blocklist: overview.Counts


def standing(db: sa.Connection, now: datetime) -> Standing:
    """How things stand at `now`."""
    since, hits = now - DAYS, _Hits()
    columns = (messages.c.received_at, messages.c.client_address, messages.c.envelope)
    for row in db.execute(sa.select(*columns).where(messages.c.received_at > since)):
        hits.add(row.received_at, row.client_address, row.envelope)
    kinds = _kinds(db, since)
    return Standing(
        queue=_queue(db, now),
        messages=hits.messages,
        kinds=kinds,
        portal=reviews.last(db),
        lead=_lead(db, since, kinds),
        lookups=Lookups(*lookups.counts(db, now), lookups.asked(db, now)),
        traps=hits.traps(_spared(db, since)),
        networks=tuple(replace(one, whose=_whose(db, one.network, now)) for one in hits.networks()),
        learning=learning(db, now),
        blocklist=overview.counts(db),
    )


def _queue(db: sa.Connection, now: datetime) -> Queue:
    counts = queue.counts(db)
    pace: Pace = queue.load_pace(db, timedelta(0)).believable(now)
    until = pace.paused_until if pace.paused(now) else None
    return Queue(
        queued=counts["queued"] + counts["sending"],
        waiting=counts["waiting"],
        paused_until=until,
        sent_in_24_hours=queue.attempts_since(db, now - BUDGET_TIME),
        trouble=queue.trouble(db),
    )


def _kinds(db: sa.Connection, since: datetime) -> tuple[KindCounts, ...]:
    columns = (submissions.c.kind, submissions.c.state, reviews_table.c.state.label("review"))
    answered = submissions.c.state.in_(_ANSWERED) & (submissions.c.answered_at > since)
    of_30_days = sa.select(*columns, sa.func.count().label("number")).where(answered)
    found: Counter[tuple[str, str]] = Counter()
    for row in db.execute(of_30_days.select_from(submissions.outerjoin(reviews_table)).group_by(*columns)):
        found[row.kind, _column(row.state, row.review)] += row.number
    return tuple(_kind(kind, found) for kind in get_args(IndicatorKind))


def _column(state: State, review: str | None) -> str:
    return review or "pending" if state == "accepted" else state


def _kind(kind: IndicatorKind, found: Mapping[tuple[str, str], int]) -> KindCounts:
    listed, checked, pending = (found.get((kind, review), 0) for review in ("listed", "checked", "pending"))
    known, refused = found.get((kind, "known"), 0), found.get((kind, "refused"), 0)
    return KindCounts(kind, listed + checked + pending, listed, checked, pending, known, refused)


def _lead(db: sa.Connection, since: datetime, kinds: tuple[KindCounts, ...]) -> tuple[Lead, ...]:
    """What came of what was accepted; only those of which a listing is known are read one by one."""
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
    heard: dict[IndicatorKind, list[Reported]] = {kind: [] for kind in lead.KINDS}
    for row in db.execute(query.where(accepted, submissions.c.kind.in_(lead.KINDS), known)).mappings():
        heard[row["kind"]].append(Reported(**dict(row) | {"at_hit": bool(row["at_hit"])}))
    return tuple(lead.summary(one.kind, one.submitted, heard[one.kind]) for one in kinds if one.kind in heard)


def _spared(db: sa.Connection, since: datetime) -> Counter[str]:
    """By label, the messages from senders who were spared as innocent."""
    labels = sa.cast(blocklist_hits.c.labels, sa.Text)  # PostgreSQL groups by no JSON
    innocent = blocklist_hits.c.rule.in_(sorted(INNOCENT)) & (blocklist_hits.c.at > since)
    found: Counter[str] = Counter()
    for row in db.execute(
        sa.select(labels.label("labels"), sa.func.count().label("number")).where(innocent).group_by(labels)
    ):
        found.update(dict.fromkeys(json.loads(row.labels), row.number))
    return found


def _whose(db: sa.Connection, network: str, now: datetime) -> str | None:
    known = remembered(db, ip_address(network.partition("/")[0]), now)
    words = None if known is None else next(known.facts(), None)
    return None if words is None else words.removeprefix("network ")


class _Hits:
    """Counts messages by trap and by network."""

    def __init__(self) -> None:
        self.messages = 0
        self._traps: dict[tuple[str, str], tuple[int, datetime]] = {}
        self._networks: dict[str, tuple[int, datetime]] = {}
        self._clients: dict[str, set[str]] = {}

    def add(self, at: datetime, client: str | None, envelope: dict[str, Any]) -> None:
        self.messages += 1
        traps = (one for one in envelope.get("recipients", ()) if one.get("trap"))
        for trap in {(str(one.get("label") or "-"), str(one.get("kind") or "-")) for one in traps}:
            _count(self._traps, trap, at)
        if client is not None:
            network = _network(client)
            _count(self._networks, network, at)
            self._clients.setdefault(network, set()).add(client)

    def traps(self, spared: Mapping[str, int]) -> tuple[TrapHits, ...]:
        found = (
            TrapHits(label, kind, hits, last, spared.get(label, 0), is_burnt(kind, hits, spared.get(label, 0)))
            for (label, kind), (hits, last) in self._traps.items()
        )
        return tuple(sorted(found, key=lambda one: (-one.hits, one.label, one.kind)))

    def networks(self) -> tuple[NetworkHits, ...]:
        found = (NetworkHits(n, hits, len(self._clients[n]), last) for n, (hits, last) in self._networks.items())
        return tuple(sorted(found, key=lambda one: (-one.hits, one.network))[:TOP])


def _count(counts: dict[_Key, tuple[int, datetime]], key: _Key, at: datetime) -> None:
    hits, last = counts.get(key, (0, at))
    counts[key] = hits + 1, max(last, at)


def _network(client: str) -> str:
    if ":" not in client:  # without ip_network, which takes as long as all the rest
        return f"{client.rpartition('.')[0]}.0/24"
    return str(ip_network(f"{client.partition('%')[0]}/{_V6_PREFIX}", strict=False))
