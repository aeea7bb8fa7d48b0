"""Our lead: how long after our report a listing came.

Pure. Two witnesses: our own lookups, and the portal's word of when a check first found it listed; both say when it was
listed at the latest, so the earlier one counts. What was listed already is no lead: a zone listed it when it hit the
trap, the first lookup found it listed, or the portal's check is older than the report. Of what was never looked up (a
URL; everything, where there is no DQS key) there is only the portal's word, which may be of an older listing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from trapline.reporter.indicators import IndicatorKind

KINDS: tuple[IndicatorKind, ...] = ("ip", "domain", "url")  #: a mail is in no zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One submission that the portal accepted, and what was heard of it since."""

    kind: IndicatorKind
    reported_at: datetime
    at_hit: bool = False  #: a zone listed it when it hit the trap
    clear_at: datetime | None = None  #: our last lookup that found it in no zone
    listed_at: datetime | None = None  #: our first lookup that found it in one
    listed_since: datetime | None = None  #: the first check that found it listed, as the portal says


@dataclass(frozen=True, slots=True)
class AlreadyListed:
    """It was listed, or may have been, when we reported it."""


@dataclass(frozen=True, slots=True)
class NotListedYet:
    """It was not, and is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """What came of one kind of submission."""

    kind: IndicatorKind
    new: int = 0  #: not known to have been listed when we reported it
    listed: int = 0  #: of these, by now
    share: float | None = None  #: of these, 0 to 1; None where nothing was new
    median_seconds: float | None = None  #: of the leads; None where there is none
    already: int = 0  #: listed already


def lead(one: Reported) -> timedelta | AlreadyListed | NotListedYet:
    """How long after our report a listing came, at the latest."""
    if one.at_hit or (one.listed_at is not None and one.clear_at is None):
        return AlreadyListed()
    if one.listed_since is not None and one.listed_since <= one.reported_at:
        return AlreadyListed()
    times = [at for at in (one.listed_at, one.listed_since) if at is not None]
    return min(times) - one.reported_at if times else NotListedYet()


def summary(kind: IndicatorKind, number: int, heard: Iterable[Reported]) -> Lead:
    """Of `number` submissions of `kind`; `heard` are those of them that are or were listed, as far as is known."""
    found = [lead(one) for one in heard]
    leads = [one.total_seconds() for one in found if isinstance(one, timedelta)]
    already = sum(isinstance(one, AlreadyListed) for one in found)
    new = number - already
    return Lead(
        kind=kind,
        new=new,
        listed=len(leads),
        share=len(leads) / new if new else None,
        median_seconds=median(leads) if leads else None,
        already=already,
    )
