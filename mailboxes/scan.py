"""One mailbox's inbox is scanned: the new messages are handed to the scanners, and spam is sorted out as wished for.

A message that can't be read or scanned never ends the run. What a message was found to be is remembered only after all
was done with it that was wished for; whatever fails leaves it in the inbox.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import HeaderParser

from trapline.filters.scanner import FilterDownError, FilterError, Score, TooLargeError
from trapline.mailboxes.answers import About
from trapline.mailboxes.errors import Refused, SessionOver
from trapline.mailboxes.folders import NoFolder, target
from trapline.mailboxes.scan_job import PATIENCE, SLACK_BYTES, Job, Scanned, ScannerGone, Trouble
from trapline.mailboxes.scan_memory import Memory
from trapline.mailboxes.scan_new import new_messages
from trapline.mailboxes.scan_report import with_report
from trapline.mailboxes.scan_steps import FILING, Step
from trapline.mailboxes.scan_verdict import verdict
from trapline.mailboxes.session import Session
from trapline.mailboxes.state import State

MAX_SHOWN_HEADER_BYTES = 64_000  #: of a message's header that sender and subject are read from
MAX_SHOWN = 120  #: characters of each

Say = Callable[[Scanned, int, int], None]  #: told of each message: what came of it, its number, and of how many


def scan_inbox(session: Session, job: Job, state: State, say: Say) -> None:
    """Scan what is new in the mailbox's folder, newest first.

    Raises NoFolder, Refused, SessionOver: a folder can't be used, or the connection is gone. Raises ScannerGone: the
    deciding scanner can't be used. Raises StateError. What was said until then was done.
    """
    inbox = _Inbox(session, job, state)
    failures = 0
    messages = inbox.new()
    for number, about in enumerate(messages, 1):
        scanned = inbox.scan(about)
        say(scanned, number, len(messages))
        failures = failures + 1 if scanned.verdict == "failed" else 0
        if failures == PATIENCE < len(messages):
            raise ScannerGone(f"{failures} messages in succession failed: {scanned.troubles[0].text}")


class _Inbox:
    """The folder that is scanned, open in a session."""

    def __init__(self, session: Session, job: Job, state: State) -> None:
        self._session = session
        self._job = job
        self._target = _target(session, job)
        self._down: set[str] = set()  # scanners that were found to be of no use, and do not decide
        changes = bool({*job.wishes.steps("spam"), *job.wishes.steps("certain")}) and not job.dry_run
        selected = session.select(job.settings.folder, read_only=not changes)
        self._memory = Memory(state, job.clock, selected, keeps=not job.dry_run)

    def new(self) -> list[About]:
        """What is to be scanned, newest first."""
        return new_messages(self._session, self._memory, self._job.settings.limit, again=self._job.again)

    def scan(self, about: About) -> Scanned:
        """One message. Raises SessionOver, ScannerGone, StateError."""
        if about.size_bytes > self._job.settings.max_bytes:
            return self._too_large(about)
        try:
            message = self._session.body(about.uid, about.size_bytes + SLACK_BYTES, whole=True)
        except SessionOver:  # whatever it is in this message: it must not stand in the way of the others for ever
            self._memory.failed(about.uid)
            raise
        except Refused as error:
            return _failed(about, Trouble("imap", str(error)), given_up=self._memory.failed(about.uid))
        return self._judged(about, message)

    def _judged(self, about: About, message: bytes) -> Scanned:
        sender, subject = _shown(message)
        if self._is_wanted(about, message):
            self._memory.remember(about.uid)
            return Scanned(uid=about.uid, size_bytes=about.size_bytes, verdict="ham", sender=sender, subject=subject)
        try:
            scores, troubles = self._ask(message)
        except TooLargeError:
            return self._too_large(about)
        deciding = scores.get(self._job.settings.deciding)
        if deciding is None:
            return _failed(about, *troubles, given_up=self._memory.unanswered(about.uid), message=message)
        self._memory.answered()
        found = verdict(deciding, self._job.settings)
        steps: Sequence[Step] = self._job.wishes.steps(found)
        if not self._job.dry_run:
            if Step.MOVE in steps:
                self._memory.moves(about, message)
            steps, refused = self._perform(about, message, deciding, steps)
            if refused is None:
                self._memory.remember(about.uid)
            else:  # it is tried again in each run
                troubles = (*troubles, refused)
        return Scanned(
            uid=about.uid,
            size_bytes=about.size_bytes,
            verdict=found,
            scores=scores,
            steps=tuple(steps),
            sender=sender,
            subject=subject,
            troubles=troubles,
        )

    def _is_wanted(self, about: About, message: bytes) -> bool:
        """Whether a person taught it as ham, or put it back into the inbox: no scanner knows better."""
        if self._memory.is_called_ham(message):
            return True
        return not self._job.again and self._memory.is_brought_back(about, message)

    def _ask(self, message: bytes) -> tuple[dict[str, Score], tuple[Trouble, ...]]:
        """What each scanner says, the one that decides first; and what went wrong.

        Raises ScannerGone, TooLargeError: the one that decides can't go on, or is not given so large a message.
        """
        settings, seen = self._job.settings, self._job.see(message)
        scores: dict[str, Score] = {}
        troubles: list[Trouble] = []
        for name in sorted(set(settings.scanners) - self._down, key=lambda one: (one != settings.deciding, one)):
            try:
                scores[name] = self._job.scanners[name].scan(message, seen)
            except TooLargeError:
                if name == settings.deciding:
                    raise
            except FilterDownError as error:
                if name == settings.deciding:
                    raise ScannerGone(str(error)) from None
                self._down.add(name)
                troubles.append(Trouble("scanner", str(error)))
            except FilterError as error:
                troubles.append(Trouble("scanner", str(error)))
        return scores, tuple(troubles)

    def _perform(
        self, about: About, message: bytes, score: Score, steps: Sequence[Step]
    ) -> tuple[list[Step], Trouble | None]:
        """The steps that were done, and why none was tried after them, if so. Raises SessionOver."""
        done: list[Step] = []
        try:
            for step in self._left(steps, about):
                self._do(step, about, message, score)
                if step in FILING:
                    self._memory.filed(about.uid)
                done.append(step)
        except Refused as error:
            return done, Trouble("imap", str(error))
        return done, None

    def _left(self, steps: Sequence[Step], about: About) -> Sequence[Step]:
        """Those of `steps` that an earlier run has not done which came no further, unless all are asked for again."""
        if self._job.again or FILING.isdisjoint(steps) or not self._memory.is_filed(about.uid):
            return steps
        return [step for step in steps if step not in FILING]

    def _do(self, step: Step, about: About, message: bytes, score: Score) -> None:
        """Raises Refused, SessionOver."""
        match step:
            case Step.FLAG:
                self._session.add_keyword([about.uid], "\\Flagged")
            case Step.COPY:
                self._session.copy([about.uid], self._target)
            case Step.REPORT:
                report = with_report(message, self._job.settings.deciding, score)
                self._session.append(self._target, report, (), about.received)
            case Step.MOVE:
                self._session.move([about.uid], self._target)
            case Step.DELETE:
                self._session.add_keyword([about.uid], "\\Deleted")
            case Step.EXPUNGE if self._session.has("UIDPLUS"):
                self._session.expunge([about.uid])
            case Step.EXPUNGE:
                raise Refused("the server can't remove single messages (UIDPLUS): it stays, marked as deleted")

    def _too_large(self, about: About) -> Scanned:
        self._memory.remember(about.uid)
        return Scanned(uid=about.uid, size_bytes=about.size_bytes, verdict="too large")


def _failed(about: About, *troubles: Trouble, given_up: bool, message: bytes = b"") -> Scanned:
    if given_up:
        troubles = (*troubles, Trouble("scanner", "it is left alone from now on"))
    sender, subject = _shown(message)
    return Scanned(
        uid=about.uid,
        size_bytes=about.size_bytes,
        verdict="failed",
        sender=sender,
        subject=subject,
        troubles=troubles,
    )


def _target(session: Session, job: Job) -> str:
    """Where spam is filed; "" where none is to be filed. Raises NoFolder: there is none, or it is scanned itself."""
    steps = {*job.wishes.steps("spam"), *job.wishes.steps("certain")}
    if steps.isdisjoint({Step.COPY, Step.REPORT, Step.MOVE}):
        return ""
    there = session.folders()
    found = target(there, job.settings.spam_folder)
    if found == target(there, job.settings.folder):
        raise NoFolder(f'the folder for spam is the one that is scanned: "{found}"')
    return found


def _shown(message: bytes) -> tuple[str, str]:
    """Sender and subject, as people read them; the sender's words, so whoever prints them must make them harmless."""
    text = message[:MAX_SHOWN_HEADER_BYTES].decode("utf-8", "replace")  # as RFC 6532 has it, and many a spammer
    header = HeaderParser().parsestr(text)
    return _decoded(str(header.get("From", ""))), _decoded(str(header.get("Subject", "")))


def _decoded(value: str) -> str:
    value = value[: 10 * MAX_SHOWN]
    with suppress(ValueError, LookupError, MessageError):  # a broken encoded word is shown as it stands
        value = str(make_header(decode_header(value)))
    return " ".join(value.split())[:MAX_SHOWN]
