"""Taking caught mail in: read a file, judge it, keep everything in one transaction, then file it away.

The order is what makes it safe to be killed at any moment: a file leaves `new/` only after the commit, and a message
that the store knows is filed away without a second look. What a file says is judged elsewhere (judge.py, sample.py);
what can't be read goes to `.failed/`, its reason to the store.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from trapline.config.settings import Settings
from trapline.reporter import fallback, history, queue
from trapline.reporter.indicators import Decision, IndicatorKind, Judged, Report, Skip
from trapline.reporter.judge import Context, Judgement, context, judge
from trapline.reporter.reasons import reason
from trapline.reporter.recipient_forms import mentions_recipient
from trapline.reporter.redaction import MAX_ADDRESSES, IsOurs, Redactor, TooManyAddressesError, addresses_of_ours, ours
from trapline.reporter.sample import Sample, prepare
from trapline.reporter.store import Store
from trapline.reporter.summary import Summary
from trapline.spool import block
from trapline.spool.envelope import Envelope, EnvelopeError
from trapline.spool.maildir import Maildir, SpoolError
from trapline.traps.matching import TrapSet

MAX_FILE_BYTES = 64 * 1024 * 1024  #: of a message that are read; more is treated as cut off

MAX_OF_A_KIND = 20  #: submissions of one message: a sender who writes a thousand links must not use up the day's budget

_ORDER: tuple[IndicatorKind, ...] = ("ip", "domain", "url", "email")  # in which a message's submissions leave
_LOG = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Reader = Callable[[bytes, Path], tuple[Envelope, bytes]]


@dataclass(frozen=True, slots=True)
class Planned:
    """One indicator, what became of its decision here, and what would be submitted."""

    judged: Judged
    value: str = ""  #: what makes it the same as another submission
    content: str = ""  #: the object of the submission
    reason: str = ""


class Intake:
    """Reads the spool, and the fallback Maildir where there is one, into `store`."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        traps: TrapSet,
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._traps = traps
        self._clock = clock
        self._say = say
        self._context: Context = context(settings, traps.domains)
        self._is_ours: IsOurs = ours(lambda text: traps.match(text) is not None, self._context.own_domains)

    def take_all(self, summary: Summary) -> None:
        """Take in all mail there is. What one file does never stops the others.

        Raises SpoolError: a folder can't be read. Raises StoreError: nothing of the message at hand was kept.
        """
        for maildir, read in self._sources():
            for path in maildir.new():
                try:
                    self._take(maildir, path, read, summary)
                except (OSError, SpoolError) as error:
                    summary.failed += 1
                    self._say(f"{path.name}: stays where it is: {getattr(error, 'strerror', None) or error}")

    def _sources(self) -> Iterator[tuple[Maildir, Reader]]:
        spool, second = self._settings.spool.directory, self._settings.traps.fallback
        if (spool / "new").is_dir() or not spool.is_dir():  # the milter makes it at its first start
            yield Maildir(spool), lambda raw, _: block.parse(raw)
        if (second / "new").is_dir():  # Postfix makes it with its first delivery
            yield Maildir(second), self._read_fallback

    def _read_fallback(self, raw: bytes, path: Path) -> tuple[Envelope, bytes]:
        file = path.name.partition(":")[0]
        return fallback.read(raw, file, self._traps, self._settings.milter.exempt, self._clock())

    def _take(self, maildir: Maildir, path: Path, read: Reader, summary: Summary) -> None:
        raw, whole = _contents(path)
        try:
            envelope, message = read(raw, path)
        except EnvelopeError as error:
            self._fail(maildir, path, str(error), summary)
            return
        if not whole:
            envelope = replace(envelope, truncated=True)
        try:
            judgement = judge(message, envelope, self._context)
            plans = [self._plan(judged, judgement, message) for judged in judgement.judged]
        except Exception as error:  # noqa: BLE001 - one message must never stop the mail behind it, whatever it does
            # Neither its text nor its trace: they may hold what the sender wrote, or whom to.
            self._fail(maildir, path, f"a defect of trapline: {_place(error)}", summary)
            return
        self._keep(judgement, plans, path.name, summary)
        maildir.take(path)

    def _fail(self, maildir: Maildir, path: Path, why: str, summary: Summary) -> None:
        with self._store.writing() as db:
            history.add_failed_file(db, path.name, why, self._clock())
        maildir.fail(path)
        summary.failed += 1
        self._say(f"{path.name}: put aside in {maildir.path}/.failed: {why}")

    def _plan(self, judged: Judged, judgement: Judgement, message: bytes) -> Planned:
        """What is to be done about one indicator; its decision may still become a Skip."""
        envelope, indicator = judgement.evidence.envelope, judged.indicator
        if isinstance(judged.decision, Skip):
            return Planned(judged)
        if envelope.client.authenticated or envelope.client.exempt:
            return _skipped(judged, "sent by an authenticated or exempt client of ours")
        value = content = indicator.value
        if indicator.kind == "email":
            sample = prepare(message, envelope, self._is_ours)
            if not isinstance(sample, Sample):
                return Planned(replace(judged, decision=sample))
            value, content = hashlib.sha256(message).hexdigest(), sample.text
        elif self._names_ours(content, envelope):
            return _skipped(judged, "an address of ours is in it")
        return Planned(judged, value, content, self._reason(judged, judgement))

    def _names_ours(self, text: str, envelope: Envelope) -> bool:
        mentions = mentions_recipient((), (recipient.address for recipient in envelope.recipients))
        try:
            return mentions(text) or bool(addresses_of_ours(text.encode("utf-8", "surrogateescape"), self._is_ours))
        except TooManyAddressesError:
            return True

    def _reason(self, judged: Judged, judgement: Judgement) -> str:
        """For the analyst. A sender who puts the trap into his HELO is not quoted."""
        evidence = judgement.evidence
        quoting = reason(evidence.envelope, evidence.auth, judged.indicator)
        mentions = mentions_recipient(recipient.address for recipient in evidence.envelope.recipients)
        labels = [trap.label for trap in evidence.envelope.traps if trap.label]
        if mentions(quoting) or any(label in quoting for label in labels):
            return reason(evidence.envelope, evidence.auth, judged.indicator, quote=False)
        return quoting

    def _subject(self, judgement: Judgement) -> str | None:
        """As it may be shown: senders greet their recipients by address."""
        subject, recipients = judgement.evidence.subject, judgement.evidence.envelope.recipients
        if subject is None:
            return None
        redactor = Redactor(recipient.address for recipient in recipients[:MAX_ADDRESSES])
        shown = redactor.redact(subject.encode("utf-8", "replace")).decode("utf-8", "replace")
        return "[redacted]" if redactor.leaks(shown) else shown

    def _keep(self, judgement: Judgement, plans: list[Planned], file: str, summary: Summary) -> None:
        """Message, decisions and submissions: all of it, or none."""
        now, envelope = self._clock(), judgement.evidence.envelope
        counts = Summary(taken=1)
        with self._store.writing() as db:
            if history.is_known(db, envelope):
                summary.repeated += 1
                return
            history.add_message(db, judgement.evidence, self._subject(judgement), file, now)
            for plan in _bounded(sorted(plans, key=lambda plan: _ORDER.index(plan.judged.indicator.kind))):
                decision, submission_id = self._queue(db, envelope, plan, now)
                history.add_decision(db, envelope.id, replace(plan.judged, decision=decision), submission_id)
                counts.report += isinstance(decision, Report)
                counts.skip += isinstance(decision, Skip)
        summary.add(counts)
        self._tell(envelope)

    def _queue(
        self, db: sa.Connection, envelope: Envelope, plan: Planned, now: datetime
    ) -> tuple[Decision, int | None]:
        if isinstance(plan.judged.decision, Skip):
            return plan.judged.decision, None
        indicator = plan.judged.indicator
        queued = queue.add(
            db,
            message_id=envelope.id,
            kind=indicator.kind,
            value=plan.value,
            content=plan.content,
            reason=plan.reason,
            now=now,
        )
        if isinstance(queued, queue.Repeats):
            return Skip(f"submitted within 24 hours already (submission {queued.id})"), queued.id
        return plan.judged.decision, queued.id

    def _tell(self, envelope: Envelope) -> None:
        labels = ", ".join(sorted({trap.label or "-" for trap in envelope.traps}))
        client, name = envelope.client, envelope.queue_id or envelope.id
        if client.authenticated or client.exempt:
            who = "an authenticated" if client.authenticated else "an exempt"
            _LOG.warning(
                "%s: trap (%s) was hit by %s client of ours, %s: kept, not reported. A stolen account?",
                *(name, labels, who, client.address or "this host"),
            )


def _contents(path: Path) -> tuple[bytes, bool]:
    """What is in the file, and whether that is all."""
    with path.open("rb") as file:
        raw = file.read(MAX_FILE_BYTES + 1)
    return raw[:MAX_FILE_BYTES], len(raw) <= MAX_FILE_BYTES


def _bounded(plans: list[Planned]) -> Iterator[Planned]:
    """`plans`, those past MAX_OF_A_KIND as skips."""
    number: Counter[IndicatorKind] = Counter()
    for plan in plans:
        kind = plan.judged.indicator.kind
        number[kind] += isinstance(plan.judged.decision, Report)
        many = number[kind] > MAX_OF_A_KIND and isinstance(plan.judged.decision, Report)
        yield _skipped(plan.judged, f"more than {MAX_OF_A_KIND} of its kind in one message") if many else plan


def _skipped(judged: Judged, why: str) -> Planned:
    return Planned(replace(judged, decision=Skip(why)))


def _place(error: Exception) -> str:
    """What was raised and where, without what it says."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = "" if last is None else f" at {Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
    return f"{type(error).__name__}{where}"
