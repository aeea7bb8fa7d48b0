"""Teaching this host's spam filter: what was caught is made ready, and the filter is told what is due.

So much at a time and no more, and beside the reporter's rounds (classroom.py): a filter may take a minute to answer.
A kill at any moment is harmless: a filter that is told the same again learns nothing new. A filter that is down is left
alone for a while, longer each time, and that is said once; one that fails at a message is asked again, and given up for
it after MAX_ATTEMPTS; what a person wishes to have undone is never given up.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from trapline.config.clock import Clock
from trapline.config.events import Event, Fact
from trapline.config.names import address
from trapline.config.settings import Settings
from trapline.filters.folder import Folder
from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Lesson, TooLargeError, UnableError
from trapline.reporter import fallback
from trapline.reporter.evidence.addresses import addresses
from trapline.reporter.judge import context
from trapline.reporter.learning import lessons
from trapline.reporter.learning.extract import extract
from trapline.reporter.learning.lessons import LONGEST_REST, Candidate, Due
from trapline.reporter.learning.pupil import Pupil
from trapline.reporter.parsing.message import parse
from trapline.reporter.redaction.redaction import ours
from trapline.reporter.retention import maildirs
from trapline.reporter.storage import claims
from trapline.reporter.storage.store import Store
from trapline.reporter.telling import Say
from trapline.spool import block
from trapline.spool.envelope import Envelope, EnvelopeError
from trapline.spool.maildir import unflagged
from trapline.traps.matching import TrapSet

CANDIDATES = 100  #: that are looked at in one step; one of them at most is made ready
LESSONS = 10  #: that the filter is told in one step
MAX_ATTEMPTS = 5  #: to teach it one message
FIRST_REST = timedelta(minutes=1)
TIDY_EVERY = timedelta(hours=1)

_OF_A_KNOWN_CAMPAIGN = "a message of this campaign was taken already"


class Teacher:
    """Teaches `pupil`, as `settings` say. Used by one thread."""

    def __init__(
        self, settings: Settings, store: Store, pupil: Pupil, traps: Callable[[], TrapSet], clock: Clock, say: Say
    ) -> None:
        self._settings = settings
        self._learning = settings.learning
        self._store = store
        self._pupil = pupil
        self._traps = traps
        self._clock = clock
        self._say = say
        self._rest = timedelta(0)
        self._rests_until: datetime | None = None
        self._tidy_at: datetime | None = None
        self.failed = False  #: something went wrong since the start

    def work(self) -> bool:
        """One step. True: there may be more to be done now. Raises StoreError."""
        with self._store.writing() as db:
            if not claims.take(db, claims.teaching(self._store.host)):
                return False
        self._tidy()
        more = self._prepare()
        return self._teach() or more

    def _tidy(self) -> None:
        """Remove the files of lessons that can't be undone any more; retention.py does so with the store's."""
        now = self._clock()
        if not isinstance(self._pupil, Folder) or (self._tidy_at and self._tidy_at - TIDY_EVERY <= now < self._tidy_at):
            return
        self._tidy_at = now + TIDY_EVERY
        try:
            self._pupil.tidy(now - self._learning.keep)
        except FilterDownError as error:
            self._rest_for_a_while(error)

    def _prepare(self) -> bool:
        """Leave the candidates that teach nothing new; make the first of the others ready."""
        with self._store.reading() as db:
            found = lessons.candidates(db, self._store.host, CANDIDATES)
            known = lessons.campaigns(db) if found else None
            room = lessons.prepared_in_a_day(db, self._clock()) < self._learning.per_day
        if known is None:
            return False
        chosen: Candidate | None = None
        left: list[tuple[Candidate, str]] = []
        for one in found:
            if known.knows(one.sketch):
                left.append((one, _OF_A_KNOWN_CAMPAIGN))
            elif not room:
                left.append((one, self._enough()))
            else:
                chosen = one
                break
        with self._store.writing() as db:
            for one, why in left:
                lessons.move(db, one.message_id, "caught", "left", self._clock(), why)
        if chosen is not None:
            self._make_ready(chosen)
        return True

    def _make_ready(self, one: Candidate) -> None:
        extracted = self._extracted(one)
        if isinstance(extracted, str):
            with self._store.writing() as db:
                lessons.move(db, one.message_id, "caught", "left", self._clock(), extracted)
            return
        sender = _sender(extracted)
        with self._store.writing() as db:
            now = self._clock()
            why = self._why_left(db, one, sender, now)
            if why is None:
                lessons.keep(db, one.message_id, extracted, sender, now, review=self._learning.mode == "review")
            else:
                lessons.move(db, one.message_id, "caught", "left", now, why)

    def _why_left(self, db: sa.Connection, one: Candidate, sender: str | None, now: datetime) -> str | None:
        """Why the filter shall not learn it, though it could; another host may have been quicker. None: it shall."""
        if lessons.was_undone(db, sender):
            return "what was learned of this sender was undone before"
        if lessons.campaigns(db, lessons.JUST_NOW).knows(one.sketch):
            return _OF_A_KNOWN_CAMPAIGN
        return self._enough() if lessons.prepared_in_a_day(db, now) >= self._learning.per_day else None

    def _enough(self) -> str:
        return f"{self._learning.per_day} in 24 hours already (learning.per_day)"

    def _extracted(self, one: Candidate) -> bytes | str:
        """What is learned of it; or why nothing is."""
        traps = self._traps()
        is_ours = ours(lambda text: traps.match(text) is not None, context(self._settings, traps.domains).own_domains)
        try:
            envelope, message = self._read(one, traps)
            return extract(message, envelope, is_ours, self._learning.max_bytes)
        except (OSError, EnvelopeError):
            return "its file is gone, or can't be read"
        except Exception as error:  # noqa: BLE001 - one message must never stop those behind it
            return f"a defect of trapline: {type(error).__name__}"

    def _read(self, one: Candidate, traps: TrapSet) -> tuple[Envelope, bytes]:
        spool, second = maildirs(self._settings)
        for maildir in (spool, second):
            path = maildir.find(one.file)
            if path is not None:
                raw = path.read_bytes()
                return block.parse(raw) if maildir is spool else self._read_fallback(raw, path, traps)
        raise FileNotFoundError(one.file)

    def _read_fallback(self, raw: bytes, path: Path, traps: TrapSet) -> tuple[Envelope, bytes]:
        return fallback.read(raw, unflagged(path.name), traps, self._settings.milter.exempt, self._clock())

    def _teach(self) -> bool:
        """Tell the filter what is due. Whether there may be more."""
        for _ in range(LESSONS):
            now = self._clock()
            if self._rests_until is not None and now < self._rests_until <= now + LONGEST_REST:
                return False
            with self._store.writing() as db:
                due = lessons.next_due(db, self._store.host, self._pupil.name, now, self._learning.per_day)
                if due is None:
                    return False
                begun = lessons.begin(db, due, now)
            if begun:
                self._tell_filter(due)
        return True

    def _tell_filter(self, due: Due) -> None:
        try:
            said = self._told(due)
        except FilterDownError as error:
            self._rest_for_a_while(error)
            return
        except (TooLargeError, UnableError) as error:
            self._give_up(due, str(error))
        except FilterError as error:
            self._put_off(due, str(error))
        else:
            self._keep(due, said)
        self._rest, self._rests_until = timedelta(0), None

    def _told(self, due: Due) -> Learnt:
        if due.state == "to_forget":
            return self._pupil.forget(due.content)
        lesson: Lesson = "ham" if due.state == "to_ham" else "spam"
        return self._pupil.learn(due.content, lesson)

    def _keep(self, due: Due, said: Learnt) -> None:
        if said is Learnt.TOO_SHORT:
            self._give_up(due, "too few words to learn from")
            return
        nothing = said is Learnt.NOTHING_NEW and not due.again
        why = (
            "nothing new to the filter: it knew that, or it learns nothing (has it a Bayes database?)"
            if nothing
            else None
        )
        with self._store.writing() as db:
            lessons.done(db, due, self._pupil.name, self._clock(), why)
        what = {"due": "learned as spam", "to_forget": "forgotten", "to_ham": "learned as ham"}[due.state]
        facts: dict[str, Fact] = {"id": due.message_id, "filter": self._pupil.name, "as": what}
        self._say(Event("learned", facts | ({"why": why} if why else {})))

    def _put_off(self, due: Due, why: str) -> None:
        if due.state == "due" and due.attempts + 1 >= MAX_ATTEMPTS:
            self._give_up(due, why)
            return
        self.failed = True
        with self._store.writing() as db:
            lessons.put_off(db, due, self._clock() + _grown(FIRST_REST, due.attempts), why)
        self._warn(due.message_id, f"{why}; it is tried again")

    def _give_up(self, due: Due, why: str) -> None:
        """The filter can't do it with this message, now or ever."""
        self.failed = True
        with self._store.writing() as db:
            if due.state == "due":
                lessons.move(db, due.message_id, "due", "unfit", self._clock(), why)
            else:
                lessons.put_off(db, due, self._clock() + LONGEST_REST, why)
        self._warn(due.message_id, why)

    def _warn(self, message_id: str, why: str) -> None:
        facts: dict[str, Fact] = {"id": message_id, "why": why}
        self._say(Event("learning error", facts, text=f"{message_id}: {why}", level=logging.WARNING))

    def _rest_for_a_while(self, error: FilterDownError) -> None:
        self.failed = True
        news = not self._rest
        self._rest = min(LONGEST_REST, self._rest * 2 or FIRST_REST)
        self._rests_until = self._clock() + self._rest
        if news:
            sentence = f"{error}. Nothing is learned or undone until it is there again"
            self._say(Event("learning error", {"why": str(error)}, text=sentence, level=logging.WARNING))


def _grown(first: timedelta, failures: int) -> timedelta:
    return min(LONGEST_REST, first * (1 << min(failures, 10)))


def _sender(ready: bytes) -> str | None:
    """The address in From; None where it names nobody, or named us."""
    raw = parse(ready).value("from")
    found = next((one for one in addresses(raw or b"") if one.domain), None)
    return None if found is None or not found.local else str(address(str(found)))
