"""The client's network in the reason of a submission: asked of RIPE Stat when the submission is about to leave.

So nobody is told of a client that is not reported: not in a dry run, not for what is skipped or repeats. Only the
address of the SMTP client is ever asked about, only a public one, and once for its whole network: answers are kept in
the store, for a time and in a bounded number. A submission never waits longer than ripe_stat.PATIENCE, and leaves
without these facts where they can't be had; after a failure nothing is asked for a while.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import sqlalchemy as sa

from trapline.config.clock import Clock
from trapline.config.events import Event
from trapline.config.names import IpAddress, is_public, real_address
from trapline.config.networks import Network as Prefix
from trapline.reporter.enrichment.network import SMALLEST, Network
from trapline.reporter.enrichment.ripe_stat import Asked, RipeStat
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import messages, networks, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.queue import Submission
from trapline.reporter.submission.reasons import with_network
from trapline.reporter.telling import Say

GOOD = timedelta(days=7)  #: how long an answer is believed; networks change hands seldom
UNKNOWN = timedelta(days=1)  #: how long it is believed that nothing is known
IN_PART = timedelta(hours=1)  #: how long half an answer is believed, where the other half failed
REST = timedelta(minutes=15)  #: in which nothing is asked, after a failure
MAX_NETWORKS = 10_000  #: that are remembered

_FACTS = ("name", "holder", "as_number", "country")  # fields of a Network, and columns
_RESTS_UNTIL = "ripe_stat_rests_until"  # a note: an ISO 8601 time; kept, so that each `--once` need not find out again


class Networks:
    """What is known of clients' networks, in `store`, and asked of `ripe_stat` where it is not."""

    def __init__(self, store: Store, ripe_stat: RipeStat, clock: Clock, say: Say) -> None:
        self._store = store
        self._ripe_stat = ripe_stat
        self._clock = clock
        self._say = say

    def describe(self, submission: Submission) -> Submission:
        """`submission` with the client's network in its reason, in the store too; as it was where nothing is known.

        Raises StoreError.
        """
        with self._store.reading() as db:
            client = _client(db, submission)
        network = None if client is None else self._network(client)
        if network is None:
            return submission
        reason = with_network(submission.reason, network)
        if reason == submission.reason:
            return submission
        with self._store.writing() as db:
            db.execute(submissions.update().where(submissions.c.id == submission.id).values(reason=reason))
        return replace(submission, reason=reason)

    def _network(self, client: IpAddress) -> Network | None:
        now = self._clock()
        with self._store.reading() as db:
            known = remembered(db, ip_network(client), now)
            resting = _rests(db, now)
        if known is not None or resting:
            return known
        asked = self._ripe_stat.ask(client)
        self._keep(asked, now)
        return asked.network

    def _keep(self, asked: Asked, now: datetime) -> None:
        length = _believed_for(asked)
        with self._store.writing() as db:
            if length is None:
                _rest(db, now + REST)
            else:
                _remember(db, asked.network, now, length)
        if asked.failure is not None:
            facts = {"why": asked.failure}
            sentence = f"RIPE Stat: {asked.failure}; reasons do without the network's name"
            self._say(Event("ripe stat", facts, text=sentence))


def _believed_for(asked: Asked) -> timedelta | None:
    """How long the answer is believed; None: nothing was learned, and nothing is asked until REST is over."""
    if next(asked.network.facts(), None) is None:
        return UNKNOWN if asked.failure is None else None
    return GOOD if asked.failure is None else IN_PART


def _client(db: sa.Connection, submission: Submission) -> IpAddress | None:
    """The public address of the SMTP client behind `submission`; None where there is none."""
    query = sa.select(messages.c.client_address).where(messages.c.id == submission.message_id)
    text = db.execute(query).scalar()
    address = None if text is None else real_address(ip_address(text))
    return address if address is not None and is_public(address) else None


def remembered(db: sa.Connection, part: Prefix, now: datetime) -> Network | None:
    """The smallest network of which we know that holds all of `part`."""
    lengths = range(SMALLEST[part.version], part.prefixlen + 1)
    around = [str(part.supernet(new_prefix=length)) for length in lengths]
    # What is believed for longer than GOOD was written while the clock was wrong.
    fresh = networks.c.good_until.between(now, now + GOOD)
    rows = db.execute(sa.select(networks).where(networks.c.prefix.in_(around), fresh)).mappings()
    found = [Network(prefix=ip_network(row["prefix"]), **{name: row[name] for name in _FACTS}) for row in rows]
    return max(found, key=lambda one: one.prefix.prefixlen, default=None)


def _remember(db: sa.Connection, network: Network, now: datetime, length: timedelta) -> None:
    """Keep it; forget what is past, and, where there are too many, what ends first."""
    prefix = str(network.prefix)
    db.execute(networks.delete().where((networks.c.prefix == prefix) | (networks.c.good_until < now)))
    many = db.execute(sa.select(sa.func.count()).select_from(networks)).scalar_one() - MAX_NETWORKS + 1
    if many > 0:
        first = sa.select(networks.c.prefix).order_by(networks.c.good_until, networks.c.prefix).limit(many)
        db.execute(networks.delete().where(networks.c.prefix.in_(first)))
    row = {name: getattr(network, name) for name in _FACTS}
    db.execute(networks.insert().values(prefix=prefix, **row, good_until=now + length))


def _rests(db: sa.Connection, now: datetime) -> bool:
    text = notes.read(db, _RESTS_UNTIL)
    return text is not None and now < datetime.fromisoformat(text) <= now + REST


def _rest(db: sa.Connection, until: datetime) -> None:
    notes.write(db, _RESTS_UNTIL, until.isoformat())
