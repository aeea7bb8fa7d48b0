"""What a person wishes about the messages that a filter learns from: yes, no, undo. The reporter does it.

Each function is one step inside a transaction of the store. Nothing is told to a filter here: the reporter of the host
that learned a message does that in its next rounds, so that nobody else needs the filter's password.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from trapline.reporter.learning.lessons import State, move
from trapline.reporter.storage.schema import lessons

_NOT_LEARNED: tuple[State, ...] = ("caught", "waiting")
_UNDONE = "what was learned of this sender was undone"
_REMOVED = "it can't be undone any more: what was learned is removed after learning.keep"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish about one message."""

    message_id: str
    done: bool  #: False: nothing was changed
    words: str
    due: bool = False  #: the reporter has yet to tell the filter


def learn(db: sa.Connection, message_id: str, now: datetime) -> Answer:
    """It is spam: the filter shall learn it."""
    row = _row(db, message_id)
    if row is None:
        return unknown(message_id)
    if row.state not in {"waiting", "declined", "forgotten", "ham"}:
        return Answer(message_id, False, f"it does not wait for an answer: {_now(row)}")
    if row.content is None:
        return Answer(message_id, False, "it can't be learned any more: its text is removed after learning.keep")
    move(db, message_id, row.state, "due", now)
    return Answer(message_id, True, "to be learned", due=True)


def decline(db: sa.Connection, message_id: str, now: datetime) -> Answer:
    """The filter shall not learn it."""
    row = _row(db, message_id)
    if row is None:
        return unknown(message_id)
    if row.state not in _NOT_LEARNED and not (row.state == "due" and row.begun_at is None):
        return Answer(message_id, False, f"it does not wait for an answer: {_now(row)}")
    move(db, message_id, row.state, "declined", now)
    return Answer(message_id, True, "not to be learned")


def undo(db: sa.Connection, message_id: str, pupil: str, now: datetime, *, as_ham: bool) -> Answer:
    """It was learned by mistake: the filter shall forget it, or (`as_ham`) learn the opposite.

    `pupil` is the filter that is taught now. What is ready of the same sender, and not learned yet, is not learned.
    """
    row = _row(db, message_id)
    if row is None:
        return unknown(message_id)
    if row.state == "declined" and row.why == _UNDONE:
        return Answer(message_id, True, "not to be learned")
    if row.state in _NOT_LEARNED or (row.state == "due" and row.begun_at is None):
        return decline(db, message_id, now)
    learned_by = row.filter or pupil
    if (why := _impossible(row, learned_by, pupil, as_ham=as_ham)) is not None:
        return Answer(message_id, False, why)
    move(db, message_id, row.state, "to_ham" if as_ham else "to_forget", now)
    for other in _ready_of(db, row.sender):
        move(db, other, "due", "declined", now, _UNDONE)
    return Answer(message_id, True, f"{learned_by} {'learns it as ham' if as_ham else 'forgets it'}", due=True)


def of_the_same_sender(db: sa.Connection, message_id: str) -> list[str]:
    """The messages with the same address in From of which something can be undone, itself among them.

    There are none where its sender is not known: From named the trap, or nobody.
    """
    same = sa.select(lessons.c.sender).where(lessons.c.message_id == message_id).scalar_subquery()
    open_ones = lessons.c.state.in_(("waiting", "due", "learned", "to_forget", "to_ham", "ham"))
    query = sa.select(lessons.c.message_id).where(lessons.c.sender == same, open_ones)
    return list(db.execute(query.order_by(lessons.c.changed_at)).scalars())


def unknown(message_id: str) -> Answer:
    """There is no such message."""
    return Answer(message_id, False, "no message with this ID was considered")


def _impossible(row: Any, learned_by: str, pupil: str, *, as_ham: bool) -> str | None:
    if row.state not in {"due", "learned", "to_forget", "to_ham", "ham", "forgotten"}:
        return f"it was not learned: {_now(row)}"
    if row.state == ("ham" if as_ham else "forgotten"):
        return "it is undone already"
    if row.content is None:
        return _REMOVED
    if learned_by != pupil or pupil == "off":
        by = row.filter or "a filter"
        return f'it was learned by {by}, and learning.filter is "{pupil}": set it back to undo this'
    if learned_by == "rspamd" and not as_ham:
        return "rspamd has no way to forget: undo it with --as-ham, which takes back what it learned"
    return None


def _ready_of(db: sa.Connection, sender: str | None) -> list[str]:
    """The messages of `sender` that the filter was not told of yet, though it is to be."""
    ready = (lessons.c.sender == sender) & (lessons.c.state == "due") & lessons.c.begun_at.is_(None)
    query = sa.select(lessons.c.message_id).where(ready)
    return [] if sender is None else list(db.execute(query).scalars())


def _row(db: sa.Connection, message_id: str) -> Any:
    return db.execute(sa.select(lessons).where(lessons.c.message_id == message_id).with_for_update()).one_or_none()


def _now(row: Any) -> str:
    return in_words(row.state) + (f" ({row.why})" if row.why else "")


_WORDS: dict[State, str] = {
    "caught": "to be made ready",
    "left": "left alone",
    "waiting": "waits for an answer",
    "declined": "declined",
    "due": "to be learned",
    "unfit": "the filter can't learn it",
    "learned": "learned as spam",
    "to_forget": "to be forgotten",
    "forgotten": "forgotten",
    "to_ham": "to be learned as ham",
    "ham": "learned as ham",
}


def in_words(state: State) -> str:
    """What a state means."""
    return _WORDS[state]
