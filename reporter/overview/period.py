"""What happened in a number of days, for `trapline report`: hits, where from, submissions, leads, the blocklist.

Reads and counts, changes nothing, and reads no message for it. What stands in mail is not in it: labels are the
operator's, names of networks are the registries'.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

import sqlalchemy as sa

from trapline.reporter import trap_days
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.listing import overview
from trapline.reporter.listing.over_time import ListDay, over_time
from trapline.reporter.overview import client_networks, countries
from trapline.reporter.overview.standing import (
    KindCounts,
    NetworkHits,
    TrapHits,
    caught_messages,
    first_moment,
    heard_of,
    kind_counts,
    network_hits,
    trap_hits,
)
from trapline.reporter.submission import lead
from trapline.reporter.submission.lead import AlreadyListed, Lead, NotListedYet, Reported
from trapline.reporter.trap_days import TrapDay, day_of

NETWORKS = 20  #: that are named

#: How long after our report a listing came, at most; the last one is open.
WITHIN: tuple[tuple[str, timedelta], ...] = (
    ("1 h", timedelta(hours=1)),
    ("6 h", timedelta(hours=6)),
    ("24 h", timedelta(hours=24)),
    ("3 days", timedelta(days=3)),
    ("7 days", timedelta(days=7)),
    ("later", timedelta.max),
)


@dataclass(frozen=True, slots=True)
class Leads:
    """What came of the submissions of one kind that were not listed when we reported them."""

    summary: Lead
    within: tuple[int, ...]  #: how many were listed so soon, each counted once, in the order of WITHIN


@dataclass(frozen=True, slots=True)
class Period:
    """Some days, each from midnight to midnight (UTC), today the last of them."""

    at: datetime  #: when it was counted
    days: tuple[date, ...]
    messages: int
    traps: tuple[TrapHits, ...]  #: by label and kind, the most hit first
    trap_days: tuple[TrapDay, ...]
    countries: tuple[tuple[str, int], ...]  #: messages by country, the most first; countries.UNKNOWN is one
    networks: tuple[NetworkHits, ...]  #: the most hits first, NETWORKS of them
    kinds: tuple[KindCounts, ...]
    leads: tuple[Leads, ...]
    listed: overview.Counts  #: by now
    blocklist: tuple[ListDay, ...]  #: each day


def period(db: sa.Connection, now: datetime, number: int) -> Period:
    """The last `number` days."""
    since = first_moment(now, number)
    first = day_of(since)
    kinds = kind_counts(db, since)
    return Period(
        at=now,
        days=tuple(first + timedelta(days=one) for one in range(number)),
        messages=caught_messages(db, since),
        traps=trap_hits(db, since),
        trap_days=trap_days.by_day(db, first),
        countries=tuple(_ordered(countries.countries(db, client_networks.clients(db, since)))),
        networks=network_hits(db, since, now, NETWORKS),
        kinds=kinds,
        leads=_leads(list(heard_of(db, since)), kinds),
        listed=overview.counts(db),
        blocklist=over_time(db, first, day_of(now)),
    )


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _leads(heard: list[Reported], kinds: tuple[KindCounts, ...]) -> tuple[Leads, ...]:
    submitted = {one.kind: one.submitted for one in kinds}
    return tuple(
        leads_of(kind, submitted[kind], [one for one in heard if one.kind == kind])
        for kind in get_args(IndicatorKind)
        if kind in lead.KINDS
    )


def leads_of(kind: IndicatorKind, number: int, heard: list[Reported]) -> Leads:
    """Of `number` submissions of `kind`; `heard` are those of them that are or were listed, as far as is known."""
    found = [0] * len(WITHIN)
    for one in map(lead.lead, heard):
        if not isinstance(one, AlreadyListed | NotListedYet):
            found[next(place for place, (_, longest) in enumerate(WITHIN) if one <= longest)] += 1
    return Leads(lead.summary(kind, number, heard), tuple(found))
