"""What was kept long enough is removed: caught mail (files, samples) by `spool.keep_days`, rows by `store.keep_days`,
what a filter learned by `learning.keep`, though none may be taught any more.

Never what is not taken in yet (`new/`), and never what still waits to be sent: neither its file nor its rows; but what
has waited for its first turn as long as this is dropped (submission/overdue.py). So much at once and no more, so that
mail is not kept waiting; each row goes with all that refers to it, in one transaction, and a kill at any moment leaves
only what the next round removes.
Source: cr.yp.to/proto/maildir.html (what lies in tmp/ for 36 hours is no message that is being delivered).
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.reporter import trap_days
from trapline.reporter.learning import lessons
from trapline.reporter.storage import schema
from trapline.reporter.storage.schema import decisions, failed_files, messages, metadata, networks, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import overdue, queue
from trapline.reporter.telling import Say
from trapline.spool.maildir import Maildir, unflagged

EVERY = timedelta(hours=1)  #: how often it is looked for what is old
MAX_FILES = 1000  #: that one round removes
MAX_MESSAGES = 200  #: that one round removes, with all that belongs to them
MAX_SAMPLES = 500  #: whose text one round removes
ABANDONED = timedelta(hours=36)  #: after which a file in tmp/ is nobody's work any more


@dataclass(slots=True)
class _Removed:
    """What one round removed."""

    files: int = 0
    failed: int = 0  #: of them: what was never taken in
    messages: int = 0
    submissions: int = 0  #: that were dropped
    stuck: int = 0  #: files that could not be removed

    @property
    def more(self) -> bool:
        """Whether there may be more of it: what went lets something else go, as a message the one that it repeated."""
        return self.files >= MAX_FILES or self.messages > 0 or self.submissions > 0


class Retention:
    """Removes what is old, from the folders of `settings` and from `store`."""

    def __init__(self, settings: Settings, store: Store, say: Say) -> None:
        self._spool_time = _days(settings.spool.keep_days)
        self._store_time = _days(settings.store.keep_days)
        self._learning = settings.learning
        self._maildirs = maildirs(settings)
        self._store = store
        self._say = say
        self._due: datetime | None = None

    def work(self, now: datetime) -> bool:
        """One round, where one is due. True: there is more to be removed.

        Raises SpoolError, StoreError: a folder can't be read, the store failed.
        """
        if self._due is not None and self._due - EVERY <= now < self._due:
            return False
        self._due = now + EVERY
        removed = _Removed()
        self._drop_overdue(now, removed)
        self._remove_files(now, removed)
        self._remove_rows(now, removed)
        self._tell(removed)
        if removed.more:
            self._due = None
        return removed.more

    def _drop_overdue(self, now: datetime, removed: _Removed) -> None:
        times = [time for time in (self._spool_time, self._store_time) if time is not None]
        if times:
            with self._store.writing() as db:
                removed.submissions = overdue.drop(db, self._store.host, now - min(times), now)

    def _remove_files(self, now: datetime, removed: _Removed) -> None:
        with self._store.reading() as db:
            needed = _files_of_open(db, self._store.host)
        old = (path for path in self._old_files(now) if unflagged(path.name) not in needed)
        for path in islice(old, MAX_FILES):
            try:
                path.unlink()
            except FileNotFoundError:  # `trapline retry` has taken it
                continue
            except OSError:
                removed.stuck += 1
                continue
            removed.files += 1
            removed.failed += path.parent.parent in {maildir.failed.path for maildir in self._maildirs}

    def _old_files(self, now: datetime) -> Iterator[Path]:
        for maildir in self._maildirs:
            yield from maildir.unchanged_since("tmp", (now - ABANDONED).timestamp())
            if self._spool_time is not None:
                moment = (now - self._spool_time).timestamp()
                yield from maildir.unchanged_since("cur", moment)
                for folder in ("new", "cur"):
                    yield from maildir.failed.unchanged_since(folder, moment)

    def _remove_rows(self, now: datetime, removed: _Removed) -> None:
        with self._store.writing() as db:
            db.execute(networks.delete().where(networks.c.good_until < now))
            lessons.expire(db, now - self._learning.keep, now, self._store.host, self._learning.filter)
            if self._spool_time is not None:
                _empty_samples(db, now - self._spool_time)
            if self._store_time is None:
                return
            before = now - self._store_time
            identities = _finished(db, before)
            _delete(db, identities)
            removed.messages = len(identities)
            trap_days.forget(db, trap_days.day_of(before))
            self._forget_failed(db, before)

    def _forget_failed(self, db: sa.Connection, before: datetime) -> None:
        """Forget why a file failed, once it is gone."""
        ours = failed_files.c.host == self._store.host
        old = db.execute(sa.select(failed_files.c.file).where(ours, failed_files.c.failed_at < before)).scalars()
        gone = [file for file in islice(old, MAX_FILES) if not self._lies_failed(file)]
        db.execute(failed_files.delete().where(ours, failed_files.c.file.in_(gone)))

    def _lies_failed(self, file: str) -> bool:
        return any((maildir.failed.path / "new" / unflagged(file)).exists() for maildir in self._maildirs)

    def _tell(self, removed: _Removed) -> None:
        if removed.files or removed.messages or removed.submissions:
            facts = {name: getattr(removed, name) for name in ("files", "failed", "messages", "submissions")}
            failed = f" ({removed.failed} of them were never taken in)" if removed.failed else ""
            files = f"{removed.files} files of caught mail{failed}"
            dropped = f", {removed.submissions} submissions that nobody sent in time" if removed.submissions else ""
            sentence = f"removed as old: {files}, {removed.messages} messages' rows{dropped}"
            level = logging.WARNING if removed.failed else logging.INFO
            self._say(Event("removed", facts, text=sentence, level=level))
        if removed.stuck:
            why = "check who owns the folders of the spool and of the fallback Maildir"
            sentence = f"{removed.stuck} old files could not be removed: {why}"
            self._say(Event("not removed", {"files": removed.stuck}, text=sentence, level=logging.WARNING))


def maildirs(settings: Settings) -> tuple[Maildir, Maildir]:
    """The two that caught mail lies in: the spool and the fallback."""
    return Maildir(settings.spool.directory), Maildir(settings.traps.fallback)


def _days(number: int) -> timedelta | None:
    return timedelta(days=number) if number else None


def _files_of_open(db: sa.Connection, host: str) -> frozenset[str]:
    """The files on `host` of messages of which something still waits to be sent."""
    query = sa.select(messages.c.file).join_from(submissions, messages)
    waiting = query.where(submissions.c.state.in_(queue.OPEN), messages.c.host == host)
    return frozenset(map(unflagged, db.execute(waiting.distinct()).scalars()))


def _empty_samples(db: sa.Connection, before: datetime) -> None:
    """Remove the text of samples that were settled `before`: they are caught mail, as the files are."""
    settled = submissions.c.state.not_in(queue.OPEN) & (submissions.c.answered_at < before)
    full = sa.select(submissions.c.id).where(submissions.c.kind == "email", settled, submissions.c.object != "")
    old = submissions.update().where(submissions.c.id.in_(full.limit(MAX_SAMPLES)))
    db.execute(old.values(object=""))


def _finished(db: sa.Connection, before: datetime) -> list[str]:
    """The messages that were taken in, and done with, `before`; the oldest of them, MAX_MESSAGES at most.

    A message whose submission a younger one repeats waits until that one goes; so does one that a filter learned, until
    that can't be undone any more.
    """
    mine = submissions.c.message_id == messages.c.id
    live = submissions.c.state.in_(queue.OPEN) | (submissions.c.attempted_at >= before)
    repeated = sa.exists().where(
        mine, decisions.c.submission_id == submissions.c.id, decisions.c.message_id != messages.c.id
    )
    old = (messages.c.received_at < before) & (messages.c.taken_at < before)
    taught = schema.lessons
    learned = sa.exists().where(taught.c.message_id == messages.c.id, taught.c.content.is_not(None))
    query = sa.select(messages.c.id).where(old, ~sa.exists().where(mine, live), ~repeated, ~learned)
    return list(db.execute(query.order_by(messages.c.received_at).limit(MAX_MESSAGES)).scalars())


def _delete(db: sa.Connection, identities: list[str]) -> None:
    """Delete messages with all rows that refer to them or to their submissions, whichever table these are in."""
    sent = sa.select(submissions.c.id).where(submissions.c.message_id.in_(identities))
    for column in _referring(submissions):
        db.execute(sa.delete(column.table).where(column.in_(sent)))
    for column in _referring(messages):
        db.execute(sa.delete(column.table).where(column.in_(identities)))
    db.execute(messages.delete().where(messages.c.id.in_(identities)))


def _referring(table: sa.Table) -> Iterator[sa.Column[object]]:
    """The columns that refer to `table`; those of tables that others refer to come last."""
    for other in reversed(metadata.sorted_tables):
        for key in other.foreign_keys:
            if key.column.table is table:
                yield key.parent
