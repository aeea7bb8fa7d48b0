"""The messages that a filter learns from, for a person to look at: enough of each to judge it, and how many there are.

Reads, changes nothing. The words of a message are those that are learned, so without the trap; MAIL FROM is not shown,
since senders write their recipient into it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trapline.reporter.evidence.html import hunt
from trapline.reporter.learning.lessons import State, begun_in_a_day
from trapline.reporter.parsing.message import parse
from trapline.reporter.storage.schema import lessons, messages

TEXT_CHARS = 400  #: of its text that are shown

_COLUMNS = (
    lessons.c.message_id,
    lessons.c.state,
    lessons.c.why,
    lessons.c.filter,
    lessons.c.host,
    lessons.c.changed_at,
    lessons.c.sender,
    lessons.c.content,
    messages.c.received_at,
    messages.c.subject,
    messages.c.envelope,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message."""

    id: str
    state: State
    why: str | None  #: it is left, or what the filter said
    changed: datetime  #: its state
    received: datetime
    sender: str | None  #: the address in From; None where it names nobody, or us
    subject: str | None
    client: str | None  #: address, and verified name
    traps: tuple[str, ...]  #: their labels
    text: str  #: the start of it; "" once what was learned is removed
    filter: str | None  #: that learned it
    host: str  #: whose filter that is; "" where only one host uses the store
    kept: bool  #: so that it can be undone, or learned


@dataclass(frozen=True, slots=True)
class Counts:
    """How the learning stands."""

    waiting: int = 0  #: for a person
    due: int = 0  #: to be learned
    to_undo: int = 0
    learned: int = 0  #: and not undone
    begun_in_24_hours: int = 0  #: that the filters were told to learn, on all hosts


def shown(db: sa.Connection, states: Iterable[State], limit: int, *, oldest_first: bool = False) -> list[Shown]:
    """The messages in one of these states, the last changed first. A few are read at a time: each may be long."""
    order = lessons.c.changed_at if oldest_first else lessons.c.changed_at.desc()
    query = sa.select(*_COLUMNS).join_from(lessons, messages).where(lessons.c.state.in_(list(states)))
    rows = db.execute(query.order_by(order, lessons.c.message_id).limit(limit), execution_options={"yield_per": 50})
    return [_shown(row) for row in rows]


def shown_one(db: sa.Connection, message_id: str) -> Shown | None:
    """The message with this id; None where it was not considered."""
    query = sa.select(*_COLUMNS).join_from(lessons, messages).where(lessons.c.message_id == message_id)
    row = db.execute(query).one_or_none()
    return None if row is None else _shown(row)


def counts(db: sa.Connection, now: datetime) -> Counts:
    """How many messages there are in the states that matter."""
    query = sa.select(lessons.c.state, sa.func.count().label("number")).where(lessons.c.state != "left")
    found = {row.state: row.number for row in db.execute(query.group_by(lessons.c.state))}
    return Counts(
        waiting=found.get("waiting", 0),
        due=found.get("due", 0),
        to_undo=found.get("to_forget", 0) + found.get("to_ham", 0),
        learned=found.get("learned", 0),
        begun_in_24_hours=begun_in_a_day(db, now),
    )


def _shown(row: Any) -> Shown:
    client, traps = row.envelope["client"], row.envelope["recipients"]
    named = f"{client['address']} ({client['name']})" if client["name"] else client["address"]
    return Shown(
        id=row.message_id,
        state=row.state,
        why=row.why,
        changed=row.changed_at,
        received=row.received_at,
        sender=row.sender,
        subject=row.subject,
        client=named,
        traps=tuple(dict.fromkeys(str(trap["label"]) for trap in traps if trap["trap"])),
        text="" if row.content is None else _text_start(row.content),
        filter=row.filter,
        host=row.host,
        kept=row.content is not None,
    )


def _text_start(content: bytes) -> str:
    """The start of a message's text as a reader sees it, on one line."""
    for part in parse(content).texts:
        words = " ".join((hunt(part.text).shown if part.html else part.text).split())
        if words:
            return words[:TEXT_CHARS]
    return ""
