"""Teaching the scanners from folders that a person fills: `learn_spam` holds spam, `learn_ham` what is none.

Each message is taught once, to every scanner that can learn, and then left, moved, flagged or deleted as configured.
"""

from collections.abc import Callable

from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Lesson, TooLargeError
from trapline.mailboxes.folders import target
from trapline.mailboxes.scan_job import SLACK_BYTES, Job, ScannerGone, Taught, Trouble
from trapline.mailboxes.scan_memory import Memory
from trapline.mailboxes.scan_new import new_messages
from trapline.mailboxes.session import About, Refused, Session
from trapline.mailboxes.state import State

Say = Callable[[Taught, int, int], None]  #: told of each message: what came of it, its number, and of how many


def teach(session: Session, job: Job, state: State, say: Say) -> None:
    """Teach what is new in the folders for it, newest first, at most as many of each as the limit.

    Raises NoFolder, Refused, SessionOver: a folder can't be used, or the connection is gone. Raises ScannerGone: a
    scanner takes no lessons. Raises StateError.
    """
    lessons: tuple[tuple[Lesson, str | None], ...] = (
        ("spam", job.settings.learn_spam),
        ("ham", job.settings.learn_ham),
    )
    for lesson, folder in lessons:
        if folder is not None:
            school = _School(session, job, state, lesson, folder)
            messages = school.new()
            for number, about in enumerate(messages, 1):
                say(school.teach(about), number, len(messages))


class _School:
    """A folder for one lesson, open in a session."""

    def __init__(self, session: Session, job: Job, state: State, lesson: Lesson, folder: str) -> None:
        self._session = session
        self._job = job
        self._lesson: Lesson = lesson
        settings, there = job.settings, session.folders()
        self._target = ""
        if settings.learnt == "move":
            wanted = settings.learnt_spam_folder if lesson == "spam" else settings.learnt_ham_folder
            self._target = target(there, wanted)
        selected = session.select(target(there, folder), read_only=job.dry_run)
        self._memory = Memory(state, job.clock, selected, keeps=not job.dry_run)

    def new(self) -> list[About]:
        """What was not taught yet, and is not marked as deleted."""
        return new_messages(self._session, self._memory, self._job.settings.limit)

    def teach(self, about: About) -> Taught:
        """One message. Raises SessionOver, ScannerGone, StateError."""
        if self._job.dry_run:
            return Taught(uid=about.uid, lesson=self._lesson)
        results, troubles = self._learn(about)
        if not results:
            self._memory.failed(about.uid)
        else:
            try:
                self._put_away(about.uid)
                self._memory.remember(about.uid)
            except Refused as error:
                troubles = (*troubles, Trouble("imap", str(error)))
        return Taught(uid=about.uid, lesson=self._lesson, results=results, troubles=troubles)

    def _learn(self, about: About) -> tuple[dict[str, Learnt], tuple[Trouble, ...]]:
        """What each scanner made of it; none where one of them has to be asked again."""
        if about.size_bytes > self._job.settings.max_bytes:
            return {}, (Trouble("scanner", f"{about.size_bytes} bytes are more than scan.max_bytes"),)
        results: dict[str, Learnt] = {}
        troubles: list[Trouble] = []
        try:
            message = self._session.body(about.uid, about.size_bytes + SLACK_BYTES, whole=True)
            for name in self._job.settings.teachers:
                try:
                    results[name] = self._job.scanners[name].learn(message, self._lesson)
                except TooLargeError as error:
                    troubles.append(Trouble("scanner", str(error)))
        except FilterDownError as error:
            raise ScannerGone(str(error)) from None
        except FilterError as error:
            return {}, (Trouble("scanner", str(error)),)
        except Refused as error:
            return {}, (Trouble("imap", str(error)),)
        return results, tuple(troubles)

    def _put_away(self, uid: int) -> None:
        match self._job.settings.learnt:
            case "move":
                self._session.move([uid], self._target)
            case "flag":
                self._session.add_keyword([uid], "\\Flagged")
            case "delete":
                self._session.delete([uid])
