"""Taking caught mail in: read a file, judge it, keep everything in one transaction, then file it away.

The order is what makes it safe to be killed at any moment: a file leaves `new/` only after the commit, and a message
that the store knows is filed away without a second look. What a file says is judged elsewhere (planning.py), what is
submitted of it too (queueing.py); what can't be read goes to `.failed/`, its reason to the store.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from trapline.config.clock import Clock
from trapline.config.events import Event, Fact
from trapline.config.missing import is_missing
from trapline.config.settings import Settings
from trapline.reporter import contacts, fallback, trap_days
from trapline.reporter.decisions.addresses import on_dnswl
from trapline.reporter.decisions.learning import teaching
from trapline.reporter.decisions.listing import ListHere, by_dnswl
from trapline.reporter.decisions.situation import LargeSenderNetworks
from trapline.reporter.enrichment.dnswl import Dnswl
from trapline.reporter.indicators import Judged, Skip
from trapline.reporter.judge import context
from trapline.reporter.learning import lessons
from trapline.reporter.listing.hits import hear
from trapline.reporter.listing.news import News
from trapline.reporter.planning import Planned, Planner, Taken, Verify
from trapline.reporter.progress import Progress, untold
from trapline.reporter.queueing import Queueing
from trapline.reporter.storage import history
from trapline.reporter.storage.store import Store, StoreError
from trapline.reporter.submission.summary import Summary
from trapline.reporter.telling import Say
from trapline.spool import block
from trapline.spool.contents import contents
from trapline.spool.envelope import Envelope, EnvelopeError
from trapline.spool.maildir import GoneError, Maildir, SpoolError, unflagged
from trapline.traps.matching import TrapSet

_LOG = logging.getLogger(__name__)

Reader = Callable[[bytes, Path], tuple[Envelope, bytes]]


@dataclass(frozen=True, slots=True)
class Enquiries:
    """What is asked of others about a message, where the operator wants that; None where he does not."""

    verify: Verify | None = None  #: SPF, DKIM and DMARC, checked by us
    dnswl: Dnswl | None = None
    large_senders: LargeSenderNetworks = ()


class Intake:
    """Reads the spool, and the fallback Maildir where there is one, into `store`."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        traps: TrapSet,
        clock: Clock,
        say: Say,
        enquiries: Enquiries,
        news: News,
    ) -> None:
        self._settings = settings
        self._store = store
        self._traps = traps
        self._clock = clock
        self._say = say
        self._news = news
        self._dnswl = enquiries.dnswl
        self._queueing = Queueing(settings)
        self._context = replace(context(settings, traps.domains), large_senders=enquiries.large_senders)
        labels = settings.spamhaus.trap_labels
        self._planner = Planner(self._context, traps, trap_labels=labels, verify=enquiries.verify)

    def take_all(
        self, summary: Summary, progress: Progress = untold, enough: Callable[[], bool] = lambda: False
    ) -> None:
        """Take in all mail there is, until it is `enough` for now: that is asked before each message.

        What one file does never stops the others; one that is gone was taken by another.

        Raises SpoolError: a folder can't be read (what is in the other one was taken in).
        Raises StoreError: nothing of the message at hand was kept.
        """
        failure: SpoolError | None = None
        for maildir, read in self._sources():
            try:
                paths = tuple(maildir.new())
            except SpoolError as error:  # the other one may be all right
                failure = failure or error
                continue
            for number, path in enumerate(paths, 1):
                if enough():
                    return
                self._try(maildir, path, read, summary)
                progress("messages", number, len(paths))
        if failure is not None:
            raise failure

    def _try(self, maildir: Maildir, path: Path, read: Reader, summary: Summary) -> None:
        try:
            self._take(maildir, path, read, summary)
        except (FileNotFoundError, GoneError) as error:
            if path.exists():  # the folder that it is to be moved to is missing
                self._stays(path, error, summary)
        except (OSError, SpoolError) as error:
            self._stays(path, error, summary)

    def _stays(self, path: Path, error: OSError | SpoolError, summary: Summary) -> None:
        summary.failed += 1
        self._say(_failed(path, "stays where it is", getattr(error, "strerror", None) or str(error)))

    def _sources(self) -> Iterator[tuple[Maildir, Reader]]:
        spool, second = self._settings.spool.directory, self._settings.traps.fallback
        if not is_missing(spool / "new") or is_missing(spool):  # the milter makes it at its first start
            yield Maildir(spool), lambda raw, _: block.parse(raw)
        if is_missing(second / "new"):  # Postfix makes it with its first delivery
            return
        if len(self._traps):
            yield Maildir(second), self._read_fallback
        elif any(Maildir(second).new()):
            self._say(f"{second}: left alone: no traps are configured (traps.files)")

    def _read_fallback(self, raw: bytes, path: Path) -> tuple[Envelope, bytes]:
        return fallback.read(raw, unflagged(path.name), self._traps, self._settings.milter.exempt, self._clock())

    def _take(self, maildir: Maildir, path: Path, read: Reader, summary: Summary) -> None:
        raw, whole = contents(path)
        try:
            taken = self._planner.plan(*read(raw, path), whole=whole)
            is_new = self._keep(self._asked_about(taken), path.name, summary)
        except EnvelopeError as error:
            self._fail(maildir, path, str(error), summary)
            return
        except (OSError, StoreError):  # disk and database: not what this message has done
            raise
        except Exception as error:  # noqa: BLE001 - one message must never stop the mail behind it, whatever it does
            # Neither its text nor its trace: they may hold what the sender wrote, or whom to.
            self._fail(maildir, path, f"a defect of trapline: {_place(error)}", summary)
            return
        maildir.take(path)
        summary.repeated += not is_new  # once it is out of the way: else it would be counted in each round

    def _fail(self, maildir: Maildir, path: Path, why: str, summary: Summary) -> None:
        with self._store.writing() as db:
            history.add_failed_file(db, path.name, why, self._clock(), self._store.host)
        maildir.fail(path)
        summary.failed += 1
        self._say(_failed(path, f"put aside in {maildir.path}/.failed", why))

    def _asked_about(self, taken: Taken) -> Taken:
        """What dnswl.org says of the client that would be reported or listed. Before the transaction: it takes a while.

        Where it says nothing the address is queued: it waits there for an answer (submission/last_look.py).
        """
        client = taken.evidence.envelope.client.address
        reported = any(plan.judged.indicator.kind == "ip" and not _is_skipped(plan) for plan in taken.plans)
        wanted = self._settings.blocklist.enabled or self._settings.learning.filter != "off"
        listed = wanted and isinstance(taken.listing, ListHere)
        if self._dnswl is None or client is None or not (reported or listed):
            return taken
        finding = self._dnswl.ask(client)
        plans = tuple(_spared(plan, on_dnswl(finding)) for plan in taken.plans)
        spare = by_dnswl(finding) if listed else None
        return replace(taken, plans=plans, listing=spare or taken.listing)

    def _keep(self, taken: Taken, file: str, summary: Summary) -> bool:
        """Message, decisions and submissions: all of it, or none. False: it is known already."""
        now, envelope, host = self._clock(), taken.evidence.envelope, self._store.host
        with self._store.writing() as db:
            history.forget_failed_file(db, file, host)
            if history.is_known(db, envelope, host):
                return False
            history.add_message(db, taken.evidence, taken.subject, file, now, host)
            decided = self._decided(db, taken, now)
            history.add_decisions(db, envelope.id, decided)
            if self._settings.learning.filter != "off":
                lessons.add(db, taken.evidence, teaching(taken.evidence, taken.listing), now, host)
            heard = hear(db, envelope, taken.listing, self._settings.blocklist, now)
            trap_days.add(db, envelope, heard, now)
        skipped = sum(isinstance(judged.decision, Skip) for judged, _ in decided)
        summary.add(Summary(taken=1, report=len(decided) - skipped, skip=skipped))
        if envelope.client.is_ours:
            _LOG.warning(_stolen_account(envelope))
        self._news.tell(envelope, heard)
        return True

    def _decided(self, db: sa.Connection, taken: Taken, now: datetime) -> list[tuple[Judged, int | None]]:
        """What becomes of all that is planned; that the sender wrote is kept, since a next message is his second."""
        second = contacts.wrote_before(db, taken.evidence, now, self._context)
        contacts.add(db, taken.evidence, now, self._context)
        return self._queueing.add_all(db, taken, now, second=second)


def _stolen_account(envelope: Envelope) -> Event:
    """That one of our own clients hit a trap: perhaps somebody else sends with its password."""
    labels = tuple(sorted({trap.label or "-" for trap in envelope.traps}))
    client, name = envelope.client, envelope.queue_id or envelope.id
    who = "an authenticated" if client.authenticated else "an exempt"
    sentence = (
        f"{name}: trap ({', '.join(labels)}) was hit by {who} client of ours, {client.address or 'this host'}: "
        "kept, not reported. A stolen account?"
    )
    facts: dict[str, Fact] = {"id": envelope.id, "label": labels}
    facts |= {"queue_id": envelope.queue_id} if envelope.queue_id else {}
    facts |= {"client_address": str(client.address)} if client.address else {}
    return Event("own client", facts, text=sentence, level=logging.WARNING)


def _is_skipped(plan: Planned) -> bool:
    return isinstance(plan.judged.decision, Skip)


def _spared(plan: Planned, skip: Skip | None) -> Planned:
    """`plan`, its address left alone where there is a reason to `skip` it."""
    if skip is None or plan.judged.indicator.kind != "ip" or _is_skipped(plan):
        return plan
    return Planned(replace(plan.judged, decision=skip))


def _failed(path: Path, what: str, why: str) -> Event:
    facts: dict[str, Fact] = {"file": path.name, "why": why}
    return Event("failed file", facts, text=f"{path.name}: {what}: {why}", level=logging.WARNING)


def _place(error: Exception) -> str:
    """What was raised and where, without what it says."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = "" if last is None else f" at {Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
    return f"{type(error).__name__}{where}"
