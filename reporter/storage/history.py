"""The messages that were taken in and what was decided about them, in the store.

Each function is one step inside a transaction of the store. Recipients are kept by label and kind: nothing here holds
a trap's address, but for what a sender wrote into the envelope himself.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from trapline.reporter.evidence.evidence import Evidence
from trapline.reporter.indicators import Judged, Skip
from trapline.reporter.storage.schema import decisions, failed_files, messages
from trapline.spool.envelope import Envelope

SAME_WITHIN = timedelta(days=1)  #: a queue ID is only unique for a time (Postfix, enable_long_queue_ids)


def is_known(db: sa.Connection, envelope: Envelope, host: str) -> bool:
    """Whether the message was taken in before: by its id, or by the other way (spool and fallback).

    Postfix gives one message to the milter and, should that die at the wrong moment, to the fallback Maildir too, there
    once for each trap: same queue ID, client and sender within a day. Both on one host: another's queue IDs are others.
    """
    if db.execute(sa.select(messages.c.id).where(messages.c.id == envelope.id)).first():
        return True
    if envelope.queue_id is None:
        return False
    same = sa.select(messages.c.id).where(
        messages.c.queue_id == envelope.queue_id,
        messages.c.host == host,
        _is(messages.c.client_address, _address(envelope)),
        _is(messages.c.mail_from, envelope.mail_from),
        messages.c.received_at.between(envelope.received - SAME_WITHIN, envelope.received + SAME_WITHIN),
    )
    return db.execute(same).first() is not None


def add_message(
    db: sa.Connection, evidence: Evidence, subject: str | None, file: str, now: datetime, host: str
) -> None:
    """Keep a message, read from `file` on `host`; its decisions and submissions follow in the same transaction.

    `subject`, and the evidence's content, are what may be shown, without an address of ours in it.
    """
    envelope, auth = evidence.envelope, evidence.auth
    db.execute(
        messages.insert().values(
            id=envelope.id,
            source=envelope.source,
            received_at=envelope.received,
            taken_at=now,
            queue_id=envelope.queue_id,
            client_address=_address(envelope),
            mail_from=envelope.mail_from,
            subject=subject,
            envelope=_without_addresses(envelope),
            auth=None if auth is None else auth.results,
            content=evidence.content.to_json(),
            error=evidence.error,
            file=file,
            host=host,
        )
    )


def add_decisions(db: sa.Connection, message_id: str, decided: Iterable[tuple[Judged, int | None]]) -> None:
    """Keep what was decided about each indicator, and which submission it led to or repeats.

    All at once: a spammer may have written tens of thousands of links.
    """
    rows = [
        {
            "message_id": message_id,
            "kind": judged.indicator.kind,
            "value": judged.indicator.value,
            "sources": list(judged.indicator.sources),
            "decision": "skip" if isinstance(judged.decision, Skip) else "report",
            "reason": judged.decision.reason if isinstance(judged.decision, Skip) else None,
            "submission_id": submission_id,
        }
        for judged, submission_id in decided
    ]
    if rows:
        db.execute(decisions.insert(), rows)


def add_failed_file(db: sa.Connection, file: str, reason: str, now: datetime, host: str) -> None:
    """Keep why a file on `host` could not be read; once, however often it was tried."""
    forget_failed_file(db, file, host)
    db.execute(failed_files.insert().values(host=host, file=file, failed_at=now, reason=reason))


def forget_failed_file(db: sa.Connection, file: str, host: str) -> None:
    """It could be read after all."""
    db.execute(failed_files.delete().where(failed_files.c.host == host, failed_files.c.file == file))


def _address(envelope: Envelope) -> str | None:
    return None if envelope.client.address is None else str(envelope.client.address)


def _is(column: sa.ColumnElement[str | None], value: str | None) -> sa.ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _without_addresses(envelope: Envelope) -> dict[str, Any]:
    table = envelope.to_json()
    table["recipients"] = [{key: r[key] for key in ("trap", "label", "kind")} for r in table["recipients"]]
    return table
