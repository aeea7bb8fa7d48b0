"""Who has written to the traps before, and what: a first message may be somebody's honest mistake.

Senders are kept as digests of how they are known: by the registered domain that From claims and by the client's
address, but not by what many share (a mail provider's domain or server). Each function is one step inside a
transaction of the store.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.config.names import address, domain_name, real_address
from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.judge import Context
from trapline.reporter.sketches import alike
from trapline.reporter.storage.schema import contacts
from trapline.reporter.suffixes import registered_domain
from trapline.spool.envelope import Client

KEPT = timedelta(days=90)  #: a second message that comes later is a first one again
MAX_COMPARED = 100  #: earlier messages of one sender


def add(db: sa.Connection, evidence: Evidence, now: datetime, context: Context) -> None:
    """Keep that this message came; and forget what is older than KEPT."""
    db.execute(contacts.delete().where(contacts.c.at < now - KEPT))
    row = {"message_id": evidence.envelope.id, "at": evidence.envelope.received, "sketch": evidence.sketch}
    rows = [{**row, "sender": sender} for sender in sorted(set(_senders(evidence, context)))]
    if rows:
        db.execute(contacts.insert(), rows)


def wrote_before(db: sa.Connection, evidence: Evidence, now: datetime, context: Context) -> bool:
    """Whether an earlier message of the same sender is known that says something else."""
    same = sa.select(contacts.c.sketch).where(
        contacts.c.sender.in_(set(_senders(evidence, context))),
        contacts.c.message_id != evidence.envelope.id,
        contacts.c.at >= now - KEPT,
    )
    earlier = db.execute(same.order_by(contacts.c.id.desc()).limit(MAX_COMPARED)).scalars()
    return any(not alike(sketch, evidence.sketch) for sketch in earlier)


def _senders(evidence: Evidence, context: Context) -> Iterator[str]:
    """How the sender is known, each way as a digest."""
    client = evidence.envelope.client
    if client.address is not None and not _is_shared(client, context):
        yield _digest(f"client {client.address}")
    for name in evidence.from_domains[:1]:
        if not context.lists.known_names(name):
            yield _digest(f"domain {registered_domain(name) or name}")
    if evidence.envelope.mail_from:
        yield _digest(f"address {address(evidence.envelope.mail_from)}")


def _is_shared(client: Client, context: Context) -> bool:
    """Whether many send from there: then it is not known who does."""
    if context.lists.known_names(domain_name(client.name or "") or ""):
        return True
    real = None if client.address is None else real_address(client.address)
    return real is not None and any(real in networks for _, networks in context.large_senders)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
