"""What one client may have of a day's budgets: who writes to the traps all day must not leave the others without.

A sender with domains to waste can give every message a link of its own, and each would be evidence as good as anybody
else's. Counted for an IPv4 address or an IPv6 /64, as the blocklist does. A step inside a transaction of the store.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.blocklist.entry import listed_network
from trapline.reporter.indicators import IndicatorKind
from trapline.reporter.storage.recent import recent
from trapline.reporter.storage.schema import blocklist_hits, submissions
from trapline.spool.envelope import Envelope

DAY = timedelta(days=1)
OF_ALL = 10  #: a client's share is one part in so many
LEAST = 10  #: but of a small budget so many
MAX_LOOKED_AT = 1_000  #: messages of one client, the latest


def share(budget: int) -> int:
    """How many of a day's `budget` are for one client.

    >>> share(1000), share(20)
    (100, 10)
    """
    return max(budget // OF_ALL, LEAST)


def queued(db: sa.Connection, envelope: Envelope, now: datetime) -> dict[IndicatorKind, int]:
    """How many submissions of each kind the client's messages of the last 24 hours led to; none where it is unknown."""
    if envelope.client.address is None:
        return {}
    latest = (
        sa.select(blocklist_hits.c.message_id)
        .where(
            blocklist_hits.c.network == listed_network(envelope.client.address),
            recent(blocklist_hits.c.at, now, DAY),
        )
        .order_by(blocklist_hits.c.at.desc())
        .limit(MAX_LOOKED_AT)
        .subquery()
    )
    each = sa.select(submissions.c.kind, sa.func.count().label("number")).join(
        latest, latest.c.message_id == submissions.c.message_id
    )
    return {row.kind: row.number for row in db.execute(each.group_by(submissions.c.kind))}
