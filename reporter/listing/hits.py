"""What a caught message leads to on the local blocklist, in the transaction in which the message itself is kept.

Nobody else writes meanwhile (storage/store.py), so of two hits at once each counts. A message that the store knows
already never comes here: it is one hit, whichever ways it came. What was decided is kept with the message, for
`trapline show`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.blocklist.entry import listed_network
from trapline.blocklist.listing import (
    Counted,
    Hit,
    Kept,
    Outcome,
    Room,
    area,
    counted_since,
    needs_counting,
    outcome,
    within_limits,
)
from trapline.config.blocklist import Blocklist
from trapline.config.networks import Network
from trapline.reporter.decisions.listing import ListHere, Listing, Spare
from trapline.reporter.listing import rows
from trapline.reporter.storage.recent import recent
from trapline.reporter.storage.schema import blocklist, blocklist_hits
from trapline.spool.envelope import Envelope

HOUR = timedelta(hours=1)
MAX_COUNTED = 1000  #: hits that are looked at: no setting asks for more

_DISABLED = Spare("disabled", "nobody is listed: blocklist.enabled is false")


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one message's hit."""

    what: str  #: listed, extended, held, waiting, kept off, spared
    network: Network | None  #: None where no client is known
    labels: tuple[str, ...]
    why: str
    rule: str | None = None  #: that spared it, or wanted a second trap
    kept: Kept | None = None  #: the entry, where it changed
    new: bool = False  #: its state changed, too


def hear(db: sa.Connection, envelope: Envelope, listing: Listing, rules: Blocklist, now: datetime) -> Heard:
    """Decide about the client of a message that was just kept, and keep that."""
    address = envelope.client.address
    network = None if address is None else listed_network(address)
    labels = _labels(envelope)
    if isinstance(listing, ListHere) and not rules.enabled:
        listing = _DISABLED
    match listing:
        case ListHere(traps, why, rule) if network is not None:
            heard = replace(_hit(db, Hit(network, envelope.received, labels, traps, why), rules, now), rule=rule)
        case ListHere():
            heard = Heard("spared", None, labels, "its client is not known", "unseen_client")
        case Spare(rule, reason):
            heard = Heard("spared", network, labels, reason, rule)
    _keep(db, envelope.id, heard, min(envelope.received, now))
    return heard


def _labels(envelope: Envelope) -> tuple[str, ...]:
    """Of the traps that tell of a spammer: beside a pristine one, those that were somebody's say nothing.

    Protects mailing lists: they may have had that subscriber honestly, before anybody put a trap on them.
    """
    pristine = tuple(trap for trap in envelope.traps if not trap.once_somebodys)
    return tuple(dict.fromkeys(trap.label or "-" for trap in pristine or envelope.traps))


def _hit(db: sa.Connection, hit: Hit, rules: Blocklist, now: datetime) -> Heard:
    kept = rows.find(db, hit.network)
    counted = _counted(db, hit, kept, rules, now)
    found = outcome(hit, kept, _put_off_above(db, hit.network, now), counted, rules, now)
    if found.what == "listed":
        found = within_limits(found, _room(db, hit.network, now), rules)
    if found.kept is None:
        return Heard(found.what, hit.network, hit.labels, found.why)
    rows.save(db, [found.kept])
    new = kept is None or kept.state != found.kept.state or found.what == "listed"
    if new:
        rows.record(db, [hit.network], rows.Change(found.what, rows.OURSELVES, _record(found), now))
    return Heard(found.what, hit.network, hit.labels, found.why, kept=found.kept, new=new)


def _record(found: Outcome) -> str:
    labels = () if found.kept is None else found.kept.entry.labels
    return f"{found.why} ({', '.join(labels)})" if labels else found.why


def _counted(db: sa.Connection, hit: Hit, kept: Kept | None, rules: Blocklist, now: datetime) -> Counted:
    """The hits that count towards what is needed, where one may not be enough; the newest MAX_COUNTED of them."""
    if not needs_counting(hit, rules):
        return Counted(1, frozenset(hit.labels))
    since = counted_since(kept, min(hit.at, now), rules)
    earlier = sa.select(blocklist_hits.c.labels).where(
        blocklist_hits.c.network == hit.network,
        blocklist_hits.c.at > since,
        blocklist_hits.c.at <= now,
        blocklist_hits.c.outcome != "spared",
    )
    found = db.execute(earlier.order_by(blocklist_hits.c.at.desc()).limit(MAX_COUNTED)).scalars().all()
    return Counted(len(found) + 1, frozenset(hit.labels).union(*found))


def _put_off_above(db: sa.Connection, network: Network, now: datetime) -> Kept | None:
    """The narrowest wider network that a person has put off or holds."""
    above = rows.covering(db, network)
    return next((one for one in above if one.state in {"off", "held"} and one.lasts(now)), None)


def _room(db: sa.Connection, network: Network, now: datetime) -> Room:
    number = sa.select(sa.func.count()).select_from(blocklist)
    listed = blocklist.c.state == "listed"
    in_hour = sa.select(blocklist.c.network).where(recent(blocklist.c.listed_at, now, HOUR))
    new = sum(one.version == network.version for one in db.execute(in_hour).scalars())
    in_area = number.where(blocklist.c.area == area(network), blocklist.c.network != network, listed)
    return Room(new, db.execute(in_area).scalar_one())


def _keep(db: sa.Connection, message_id: str, heard: Heard, at: datetime) -> None:
    facts = {"outcome": heard.what, "rule": heard.rule, "why": heard.why, "labels": list(heard.labels)}
    db.execute(blocklist_hits.insert().values(message_id=message_id, at=at, network=heard.network, **facts))
