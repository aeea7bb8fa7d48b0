"""Teaching the scanners from folders that a person fills: `learn_spam` holds spam, `learn_ham` what is none.

Each message is taught once, to every scanner that can learn, and then left, moved, flagged or deleted as configured.
"""

from collections.abc import Callable

from trapline.filters.scanner import FilterDownError, FilterError, Learnt, Lesson, TooLargeError
from trapline.mailboxes.answers import About
from trapline.mailboxes.errors import Refused, SessionOver
from trapline.mailboxes.folders import target
from trapline.mailboxes.scan_job import PATIENCE, SLACK_BYTES, Job, ScannerGone, Taught, Trouble
from trapline.mailboxes.scan_memory import Memory
from trapline.mailboxes.scan_new import new_messages
from trapline.mailboxes.session import Session
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
            _teach_folder(_School(session, job, state, lesson, folder), say)


def _teach_folder(school: "_School", say: Say) -> None:
    failures = 0
    messages = school.new()
    for number, about in enumerate(messages, 1):
        taught = school.teach(about)
        say(taught, number, len(messages))
        failures = failures + 1 if taught.troubles and not taught.results else 0
        if failures == PATIENCE < len(messages):
            raise ScannerGone(f"{failures} messages in succession failed: {taught.troubles[0].text}")


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
        if results:
            self._memory.answered()
            try:
                if any(said is not Learnt.TOO_SHORT for said in results.values()):
                    self._put_away(about.uid)
                self._memory.remember(about.uid)
            except Refused as error:
                troubles = (*troubles, Trouble("imap", str(error)))
        return Taught(uid=about.uid, lesson=self._lesson, results=results, troubles=troubles)

    def _learn(self, about: About) -> tuple[dict[str, Learnt], tuple[Trouble, ...]]:
        """What each scanner made of it; none where one of them has to be asked again."""
        if about.size_bytes > self._job.settings.max_bytes:
            self._memory.remember(about.uid)
            return {}, (Trouble("scanner", f"not taught: {about.size_bytes} bytes are more than scan.max_bytes"),)
        try:
            message = self._session.body(about.uid, about.size_bytes + SLACK_BYTES, whole=True)
        except SessionOver:  # whatever it is in this message: it must not stand in the way of the others for ever
            self._memory.failed(about.uid)
            raise
        except Refused as error:
            self._memory.failed(about.uid)
            return {}, (Trouble("imap", str(error)),)
        if self._lesson == "ham":
            self._memory.called_ham(message)
        try:
            return self._ask(message)
        except FilterDownError as error:
            raise ScannerGone(str(error)) from None
        except FilterError as error:
            self._memory.unanswered(about.uid)
            return {}, (Trouble("scanner", str(error)),)

    def _ask(self, message: bytes) -> tuple[dict[str, Learnt], tuple[Trouble, ...]]:
        """Raises FilterError: one of the scanners has to be asked again."""
        results: dict[str, Learnt] = {}
        troubles: list[Trouble] = []
        for name in self._job.settings.teachers:
            try:
                results[name] = self._job.scanners[name].learn(message, self._lesson)
            except TooLargeError as error:
                troubles.append(Trouble("scanner", str(error)))
        if not results:
            raise FilterError(troubles[0].text)
        return results, tuple(troubles)

    def _put_away(self, uid: int) -> None:
        match self._job.settings.learnt:
            case "move":
                self._session.move([uid], self._target)
            case "flag":
                self._session.add_keyword([uid], "\\Flagged")
            case "delete":
                self._session.delete([uid])
