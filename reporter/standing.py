"""How everything stands, for `trapline status`: the queue, the last 30 days, the portal's counts, the traps' hits.

Reads and counts, changes nothing. Days are counted back from `now`; what a trap's address is stands nowhere here.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, TypeVar, get_args

import sqlalchemy as sa

from trapline.reporter import queue, reviews
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.pace import Pace
from trapline.reporter.queue import State
from trapline.reporter.reviews import LastReview
from trapline.reporter.schema import messages, submissions
from trapline.reporter.schema import reviews as reviews_table
from trapline.reporter.sender import BUDGET_TIME

DAYS = timedelta(days=30)
TOP = 10  #: networks

_V4_PREFIX, _V6_PREFIX = 24, 64  #: what one sender is likely to hold

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits to be sent."""

    queued: int  #: with the one under way
    waiting: int  #: for another try
    paused_until: datetime | None  #: nothing is sent before; None where nothing holds it up
    sent_in_24_hours: int  #: requests, of the day's budget


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
class TrapHits:
    """The caught messages to the traps of one label and kind, of 30 days."""

    label: str
    kind: str
    hits: int
    last: datetime


@dataclass(frozen=True, slots=True)
class NetworkHits:
    """The caught messages from one network, of 30 days."""

    network: str  #: /24 or /64
    hits: int
    clients: int  #: different addresses in it
    last: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that the store knows of how things stand."""

    queue: Queue
    messages: int  #: that were taken in within 30 days
    kinds: tuple[KindCounts, ...]
    portal: LastReview | None  #: None before the first review
    traps: tuple[TrapHits, ...]  #: the most hit first
    networks: tuple[NetworkHits, ...]  #: likewise, TOP of them


def standing(db: sa.Connection, now: datetime) -> Standing:
    """How things stand at `now`."""
    since = now - DAYS
    hits = _Hits()
    columns = (messages.c.received_at, messages.c.client_address, messages.c.envelope)
    for row in db.execute(sa.select(*columns).where(messages.c.received_at > since)):
        hits.add(row.received_at, row.client_address, row.envelope)
    return Standing(_queue(db, now), hits.messages, _kinds(db, since), reviews.last(db), hits.traps(), hits.networks())


def _queue(db: sa.Connection, now: datetime) -> Queue:
    counts = queue.counts(db)
    pace: Pace = queue.load_pace(db, timedelta(0)).believable(now)
    until = pace.paused_until if pace.paused(now) else None
    return Queue(
        counts["queued"] + counts["sending"], counts["waiting"], until, queue.attempts_since(db, now - BUDGET_TIME)
    )


def _kinds(db: sa.Connection, since: datetime) -> tuple[KindCounts, ...]:
    columns = (submissions.c.kind, submissions.c.state, reviews_table.c.state.label("review"))
    of_30_days = sa.select(*columns, sa.func.count().label("number")).where(submissions.c.answered_at > since)
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

    def traps(self) -> tuple[TrapHits, ...]:
        found = (TrapHits(label, kind, hits, last) for (label, kind), (hits, last) in self._traps.items())
        return tuple(sorted(found, key=lambda one: (-one.hits, one.label, one.kind)))

    def networks(self) -> tuple[NetworkHits, ...]:
        found = (NetworkHits(n, hits, len(self._clients[n]), last) for n, (hits, last) in self._networks.items())
        return tuple(sorted(found, key=lambda one: (-one.hits, one.network))[:TOP])


def _count(counts: dict[_Key, tuple[int, datetime]], key: _Key, at: datetime) -> None:
    hits, last = counts.get(key, (0, at))
    counts[key] = hits + 1, max(last, at)


def _network(client: str) -> str:
    prefix = _V6_PREFIX if ":" in client else _V4_PREFIX
    return str(ip_network(f"{client.partition('%')[0]}/{prefix}", strict=False))
