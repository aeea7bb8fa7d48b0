"""What was kept long enough is removed: caught mail (files, samples) by `spool.keep_days`, rows by `store.keep_days`,
what a filter learned by `learning.keep`, though none may be taught any more.

Never what is not taken in yet (`new/`), and never what still waits to be sent: neither its file nor its rows; but what
has waited for its first turn as long as this is dropped (submission/overdue.py). And only by a clock that is believed
(config/believed_clock.py): a jump ahead would remove all of it at once. It is done in small steps, for a moment in each
round, so that neither mail nor another reporter is kept waiting; each row goes with all that refers to it
(old_messages.py), and a kill at any moment leaves only what is removed later.
Source: cr.yp.to/proto/maildir.html (what lies in tmp/ for 36 hours is no message that is being delivered).
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from trapline.config import believed_clock
from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.reporter import old_messages, trap_days
from trapline.reporter.learning import lessons
from trapline.reporter.storage import notes
from trapline.reporter.storage.schema import failed_files, messages, networks, submissions
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import overdue, queue
from trapline.reporter.submission.old_samples import OldSamples
from trapline.reporter.telling import Say
from trapline.spool.maildir import Maildir, unflagged

EVERY = timedelta(hours=1)  #: how often it is looked for what is old
ROUND_SECONDS = 1.0  #: of one round, for removing: then mail is taken in, and sent, before it goes on
MAX_FILES = 1000  #: that one step removes
ABANDONED = timedelta(hours=36)  #: after which a file in tmp/ is nobody's work any more

_CLOCK = "retention_clock"  # a note of each host: what is known of the time


@dataclass(slots=True)
class _Removed:
    """What was removed since that was last told."""

    files: int = 0
    failed: int = 0  #: of them: what was never taken in
    messages: int = 0
    submissions: int = 0  #: that were dropped
    stuck: int = 0  #: files that could not be removed


class Retention:
    """Removes what is old, from the folders of `settings` and from `store`; `close` ends it."""

    def __init__(self, settings: Settings, store: Store, say: Say, tick: Callable[[], float] = time.monotonic) -> None:
        self._spool_time = _days(settings.spool.keep_days)
        self._store_time = _days(settings.store.keep_days)
        self._learning = settings.learning
        self._maildirs = maildirs(settings)
        self._samples = OldSamples(store)
        self._store = store
        self._say = say
        self._tick = tick
        self._due: datetime | None = None
        self._steps: Iterator[None] | None = None  # what was begun when it was due, and is not done yet
        self._removed = _Removed()

    def work(self, now: datetime) -> bool:
        """One round, where it is due or not done yet. True: there is more to be removed.

        Raises SpoolError, StoreError: a folder can't be read, the store failed. It begins anew when it is due again.
        """
        if self._steps is None:
            if self._due is not None and self._due - EVERY <= now < self._due:
                return False
            self._due = now + EVERY
            if not self._believes(now):
                return False
            self._steps = self._all_steps(now)
        until = self._tick() + ROUND_SECONDS
        try:
            for _ in self._steps:
                if self._tick() >= until:
                    return True
        except BaseException:
            self.close()
            raise
        self.close()
        return False

    def close(self) -> None:
        """No more steps. What they removed is told: once for all of them, however many rounds they took."""
        self._steps = None
        removed, self._removed = self._removed, _Removed()
        self._tell(removed)

    def _believes(self, now: datetime) -> bool:
        """Whether this host's clock is to be believed."""
        note = f"{_CLOCK} {self._store.host}".rstrip()
        with self._store.writing() as db:
            text = notes.read(db, note)
            before = None if text is None else believed_clock.from_text(text)
            known, believed = believed_clock.look(before, now)
            if known != before:
                notes.write(db, note, known.text())
        return believed

    def _all_steps(self, now: datetime) -> Iterator[None]:
        """Each after what it depends on: what is dropped keeps neither its file nor its rows any more."""
        yield from self._drop_overdue(now)
        yield from self._remove_files(now)
        if self._spool_time is not None:
            yield from self._samples.empty(now - self._spool_time)
        self._remove_rows(now)
        yield
        if self._store_time is not None:
            for number in old_messages.remove(self._store, now - self._store_time):
                self._removed.messages += number
                yield

    def _drop_overdue(self, now: datetime) -> Iterator[None]:
        times = [time for time in (self._spool_time, self._store_time) if time is not None]
        while times:
            with self._store.writing() as db:
                dropped = overdue.drop(db, self._store.host, now - min(times), now)
            self._removed.submissions += dropped
            if not dropped:
                return
            yield

    def _remove_files(self, now: datetime) -> Iterator[None]:
        old = self._old_files(now)
        while some := tuple(islice(old, MAX_FILES)):
            with self._store.reading() as db:  # at each step: `trapline retry` may have queued something meanwhile
                needed = _files_of_open(db, self._store.host)
            for path in some:
                if unflagged(path.name) not in needed:
                    self._remove_file(path)
            yield

    def _remove_file(self, path: Path) -> None:
        try:
            path.unlink()
        except FileNotFoundError:  # `trapline retry` has taken it
            return
        except OSError:
            self._removed.stuck += 1
            return
        self._removed.files += 1
        self._removed.failed += path.parent.parent in {maildir.failed.path for maildir in self._maildirs}

    def _old_files(self, now: datetime) -> Iterator[Path]:
        for maildir in self._maildirs:
            yield from maildir.unchanged_since("tmp", (now - ABANDONED).timestamp())
            if self._spool_time is not None:
                moment = (now - self._spool_time).timestamp()
                yield from maildir.unchanged_since("cur", moment)
                for folder in ("new", "cur"):
                    yield from maildir.failed.unchanged_since(folder, moment)

    def _remove_rows(self, now: datetime) -> None:
        """Those that belong to no message; of lessons only what is learned."""
        with self._store.writing() as db:
            db.execute(networks.delete().where(networks.c.good_until < now))
            lessons.expire(db, now - self._learning.keep, now, self._store.host, self._learning.filter)
            if self._store_time is not None:
                before = now - self._store_time
                trap_days.forget(db, trap_days.day_of(before))
                self._forget_failed(db, before)

    def _forget_failed(self, db: sa.Connection, before: datetime) -> None:
        """Forget why a file failed, once it is gone."""
        ours = failed_files.c.host == self._store.host
        old = db.execute(sa.select(failed_files.c.file).where(ours, failed_files.c.failed_at < before)).scalars()
        gone = [file for file in islice(old, MAX_FILES) if not self._lies_failed(file)]
        db.execute(failed_files.delete().where(failed_files.c.host == self._store.host, failed_files.c.file.in_(gone)))

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
