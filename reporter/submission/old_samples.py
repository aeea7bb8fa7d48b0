"""The text of samples is removed with the mail that they were made of: in steps, each a transaction of its own.

Of what was settled, never of what waits to be sent. Rows are looked for without the right to write, since the first
look reads past all that were emptied before this reporter was started.
"""

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from trapline.reporter.storage.schema import submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue

MAX_SAMPLES = 500  #: whose text one step removes

_SETTLED = tuple(state for state in queue.STATES if state not in queue.OPEN)


class OldSamples:
    """Those in `store`; remembers how far it got, so that what is empty is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._emptied: dict[queue.State, datetime] = {}  # what was settled earlier is empty

    def empty(self, before: datetime) -> Iterator[None]:
        """Remove the text of all that were settled `before`; in the middle of it after each step."""
        for state in _SETTLED:
            while found := self._full(state, before):
                self._clear([number for number, _ in found])
                yield
                self._emptied[state] = found[-1][1]
            self._emptied[state] = before

    def _full(self, state: queue.State, before: datetime) -> list[tuple[int, datetime]]:
        """The next ones, and when they were settled, in that order."""
        columns = submissions.c
        where = (columns.state == state) & (columns.kind == "email") & (columns.answered_at < before)
        since = self._emptied.get(state)
        if since is not None and since <= before:  # else the clock was wrong
            where &= columns.answered_at >= since
        query = sa.select(columns.id, columns.answered_at).where(where, columns.object != "")
        with self._store.reading() as db:
            rows = db.execute(query.order_by(columns.answered_at).limit(MAX_SAMPLES))
            return [(row.id, row.answered_at) for row in rows]

    def _clear(self, numbers: list[int]) -> None:
        settled = submissions.c.state.in_(_SETTLED)
        with self._store.writing() as db:
            db.execute(submissions.update().where(submissions.c.id.in_(numbers), settled).values(object=""))
