"""Who else saw a client: a trap, a honeypot, or another mailbox. A step inside a transaction of the store."""

import sqlalchemy as sa

from trapline.reporter.decisions.mailboxes import WITNESS_WITHIN
from trapline.reporter.storage.schema import messages
from trapline.spool.envelope import Envelope

MAX_LOOKED_AT = 1_000  #: messages of one client, the latest


def seen_elsewhere(db: sa.Connection, envelope: Envelope) -> bool:
    """Whether somebody else saw the client of `envelope` shortly before."""
    if envelope.client.address is None:
        return False
    others = (
        sa.select(messages.c.envelope)
        .where(
            messages.c.client_address == str(envelope.client.address),
            messages.c.id != envelope.id,
            messages.c.received_at >= envelope.received - WITNESS_WITHIN,
        )
        .order_by(messages.c.received_at.desc())
        .limit(MAX_LOOKED_AT)
    )
    return any(
        other.get("role") != "junk" or other.get("mailbox") != envelope.mailbox
        for other in db.execute(others).scalars()
    )
