"""The messages that were caught last, for whoever watches. One step inside a reading transaction of the store."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage.schema import decisions, messages


@dataclass(frozen=True, slots=True)
class Latest:
    """One caught message, in short."""

    id: str
    at: datetime
    client: str | None
    labels: tuple[str, ...]  #: of the traps that it hit
    reported: int  #: what it led to: addresses, domains, URLs, the message itself


def latest(db: sa.Connection, number: int) -> tuple[Latest, ...]:
    """The last `number` messages, the newest first."""
    columns = (messages.c.id, messages.c.received_at, messages.c.client_address, messages.c.envelope)
    rows = db.execute(sa.select(*columns).order_by(messages.c.received_at.desc()).limit(number)).all()
    ids = [row.id for row in rows]
    reported = (decisions.c.message_id.in_(ids)) & (decisions.c.decision == "report")
    counts = (
        sa.select(decisions.c.message_id, sa.func.count().label("number"))
        .where(reported)
        .group_by(decisions.c.message_id)
    )
    led_to = {one.message_id: one.number for one in db.execute(counts)}
    return tuple(
        Latest(row.id, row.received_at, row.client_address, _labels(row.envelope), led_to.get(row.id, 0))
        for row in rows
    )


def _labels(envelope: dict[str, object]) -> tuple[str, ...]:
    recipients = envelope.get("recipients")
    traps = [one for one in recipients if one.get("trap")] if isinstance(recipients, list) else []
    return tuple(dict.fromkeys(str(one.get("label") or "-") for one in traps))
