"""The reporter at work: one round takes in all mail and sends what may be sent; the daemon does rounds until stopped.

Only composes: intake.py reads, submission/ sends and asks what came of it, storage/ remembers.
Signals belong to the command, which sets the stop event or calls `reload`.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from trapline.config.errors import ConfigError, TraplineError
from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.reporter.decisions.situation import LargeSenderNetworks
from trapline.reporter.enrichment.dnswl import Dnswl
from trapline.reporter.enrichment.large_senders import LargeSenders
from trapline.reporter.enrichment.ripe_stat import RipeStat
from trapline.reporter.enrichment.txt_records import TxtRecords
from trapline.reporter.intake import Enquiries, Intake
from trapline.reporter.learning.classroom import Classroom
from trapline.reporter.learning.pupil import Pupil
from trapline.reporter.listing.news import News
from trapline.reporter.listing.ours import take_off
from trapline.reporter.listing.publishing import Publishing
from trapline.reporter.progress import Lines, Progress, untold
from trapline.reporter.retention import Retention
from trapline.reporter.storage import claims
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.reporter.submission.follower import Follower
from trapline.reporter.submission.last_look import LastLook
from trapline.reporter.submission.networks import Networks
from trapline.reporter.submission.portal import Portal
from trapline.reporter.submission.preview import preview
from trapline.reporter.submission.reviewer import Reviewer
from trapline.reporter.submission.sender import Ending, Sender, Wait
from trapline.reporter.submission.summary import Summary
from trapline.reporter.telling import OnceWhileItLasts, Say, defect
from trapline.reporter.verification.verifier import verifier
from trapline.spool.maildir import SpoolError
from trapline.systemd.notify import Manager
from trapline.systemd.signalled import Signalled, Stop
from trapline.traps.watch import TrapFiles

REFUSED_TIME = timedelta(hours=1)  #: between tries with a token that was refused; a reload tries at once
PIECE_SECONDS = 10.0  #: of a longer wait between two rounds
TAKE_TIME = timedelta(seconds=15)  #: of a round for taking mail in; what may leave meanwhile leaves right after

_LOG = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


class Reporter:
    """The reporter with everything it needs. `once` or `run`, in one thread; `reload` from any."""

    def __init__(  # noqa: PLR0913 - all that is outside is handed in
        self,
        settings: Settings,
        token: str | None,
        database_url: str,
        traps: TrapFiles,
        say: Say,
        *,
        clock: Callable[[], datetime] = utc_now,
        dqs_key: str | None = None,
        read_token: Callable[[], str | None] | None = None,
        pupil: Pupil | None = None,
    ) -> None:
        """`token` None: nothing is submitted, as with `spamhaus.dry_run`. `say` gets the lines that `once` prints.

        `dqs_key` None: our own lookups of what was reported are not made. `read_token` gives the token as it is now,
        to be tried after it was refused for a while; it may raise ConfigError. `pupil`: the spam filter that is taught.
        """
        self._settings = settings
        self._token = token
        self._database_url = database_url
        self._traps = traps
        self._say = say
        self._clock = clock
        self._dqs_key = dqs_key
        self._read_token = read_token
        self._pupil = pupil
        self._progress: Progress = untold
        self._news = News()
        self._reloaded = Signalled()
        self._sender: Sender | None = None
        self._follower: Follower | None = None
        self._dnswl: Dnswl | None = None
        self._large_senders: LargeSenders | None = None
        self._refused_until: datetime | None = None
        self._verify = verifier(settings).check if settings.reporter.authentication == "self" else None
        self._previewed = 0  # id of the last submission that was shown instead of sent

    def once(self, stop: Stop | None = None, progress: Progress = untold) -> int:
        """Take in all mail there is, send all that may be sent; wait for the pace, not for a back-off.

        `progress` is told how far it is.
        Returns the exit code: 0, or 1 when something failed or the token was refused. Setting `stop` ends the waiting.
        Raises TraplineError: the store or the spool can't be used.
        """
        self._progress = progress
        stopping = threading.Event() if stop is None else stop
        with self._working() as store:
            summary = Summary()
            ending = self._round(store, summary, stopping.wait, patience=None)
            while not stopping.is_set() and self._follow():
                pass
            while not stopping.is_set() and self._retention.work(self._clock()):
                pass
            published = self._publishing().once()
            taught = self._classroom().once(stopping)
            self._say_all(store, summary)
        return 1 if summary.failed or ending.failed or not published or not taught else 0

    def run(self, stop: Stop, manager: Manager) -> None:
        """Do rounds, every `poll_seconds`, until `stop` is set. A failure is logged, once while it lasts.

        `manager` is told how it goes.

        Raises TraplineError: the store can't be opened at the start.
        """
        self._say = OnceWhileItLasts(_log)
        lines = Lines(_log)

        def progress(what: str, done: int, total: int) -> None:
            manager.alive()
            lines(what, done, total)

        def wait(seconds: float) -> bool:
            manager.alive()
            return stop.wait(seconds)

        self._progress = progress
        poll = self._settings.reporter.poll_seconds
        with self._working() as store, self._publishing(), self._classroom():
            complain = OnceWhileItLasts(_log)
            self._tell_manager(store, manager)
            manager.ready()
            while not stop.is_set():
                manager.alive()
                began = time.monotonic()
                try:
                    self._reload_if_told(store, manager)
                    self._round_of_daemon(store, wait, timedelta(seconds=poll))
                    self._tell_manager(store, manager)
                    complain.forget()
                except TraplineError as error:
                    complain(Event("failed", text=str(error), level=logging.ERROR))
                except Exception as error:  # noqa: BLE001 - the daemon outlives its own defects; the trace says where
                    complain(defect(error))
                _pause(max(0.0, began + poll - time.monotonic()), wait)
            manager.stopping()

    def reload(self, token: str | None) -> None:
        """Take another token (or the same: it is tried again at once) and read the traps again, in the next round."""
        self._token = token
        self._reloaded.set()

    @contextmanager
    def _working(self) -> Iterator[Store]:
        """The store, claimed while we work."""
        self._check_fallback()
        store = Store.open(self._database_url)
        try:
            store.claim()
            if self._settings.dnswl.enabled:
                self._dnswl = Dnswl(self._settings.dqs.nameservers, self._clock, self._say)
            if self._settings.large_senders.enabled:
                ask = TxtRecords(self._settings.dqs.nameservers).ask
                self._large_senders = LargeSenders(store, ask, self._clock, self._say)
            self._take_off_ours(store)
            self._retention = Retention(self._settings, store, self._say)
            if self._dqs_key is not None and self._settings.reporter.follow_listings:
                self._follower = Follower(store, self._settings.dqs, self._dqs_key, self._clock, self._say)
            self._connect(store)
            yield store
        finally:
            self._disconnect()
            if self._follower is not None:
                self._follower.close()
                self._follower = None
            if self._dnswl is not None:
                self._dnswl.close()
            store.close()

    def _publishing(self) -> Publishing:
        """The local blocklist, on its way to whoever asks it."""
        days = self._settings.store.keep_days
        keep = timedelta(days=days) if days else None
        return Publishing(self._database_url, self._settings.blocklist, keep, self._clock, self._say)

    def _classroom(self) -> Classroom:
        """The spam filter is taught there, where one is to be."""
        traps = self._traps
        return Classroom(self._settings, self._database_url, self._pupil, lambda: traps.current, self._clock, self._say)

    def _take_off_ours(self, store: Store) -> None:
        """Take off the blocklist who was made one of ours since; who reads its files knows nothing of that."""
        with store.writing() as db:
            networks = take_off(db, self._settings.own_networks, self._clock())
        for network in networks:
            self._say(f"blocklist: {network} is not listed any more: it is our own, exempt or allowlisted now")

    def _check_fallback(self) -> None:
        """Say where a fallback that was named is missing: Postfix makes it with its first delivery, where it may."""
        folder = self._settings.traps.fallback
        if "fallback" in self._settings.traps.model_fields_set and not folder.is_dir():
            self._say(
                f"traps.fallback: {folder} does not exist yet. Postfix makes it when it first delivers there, "
                "if its user (virtual_uid_maps) may write to the folder above"
            )

    def _connect(self, store: Store) -> None:
        """A sender with the token as it is now; none where nothing is to be sent. A review begins anew."""
        self._disconnect()
        if self._token is not None and not self._settings.spamhaus.dry_run:
            self._make_sender(store, self._token)
        with store.writing() as db:
            claims.give_up(db, claims.REVIEW)

    def _make_sender(self, store: Store, token: str) -> None:
        spamhaus = self._settings.spamhaus
        self._portal = Portal(spamhaus.api, token, timedelta(seconds=spamhaus.timeout_seconds))
        ripe_stat = self._settings.ripe_stat
        networks = Networks(store, RipeStat(ripe_stat.api), self._clock, self._say) if ripe_stat.enabled else None
        look = None if self._dnswl is None else LastLook(store, self._dnswl, self._clock)
        self._sender = Sender(store, self._portal, spamhaus, self._clock, self._say, networks=networks, last_look=look)
        self._reviewer = Reviewer(store, self._portal, spamhaus, self._clock, self._say)

    def _disconnect(self) -> None:
        if self._sender is not None:
            self._portal.close()
            self._sender = None

    def _round(self, store: Store, summary: Summary, wait: Wait, patience: timedelta | None) -> Ending:
        failure: SpoolError | None = None
        try:
            self._take_in(store, summary, wait, TAKE_TIME if patience is not None else None)
        except SpoolError as error:  # no reason to keep back what was taken in before
            failure = error
        ending = self._send(store, summary, wait, patience)
        if failure is not None:
            raise failure
        return ending

    def _send(self, store: Store, summary: Summary, wait: Wait, patience: timedelta | None) -> Ending:
        if self._sender is None:
            self._previewed = preview(store, self._say, self._previewed)
            return Ending()
        ending = self._sender.run(summary, wait, patience, self._progress)
        self._refused_until = self._clock() + REFUSED_TIME if ending.refused else None
        if ending.refused:
            self._reviewer.let_go()
        elif not self._reviewer.run(wait, patience):
            ending.failed = True
        return ending

    def _follow(self) -> bool:
        """Some of our own lookups of what was reported. Whether there may be more to be made now."""
        return self._follower is not None and self._follower.work()

    def _take_in(self, store: Store, summary: Summary, wait: Wait, patience: timedelta | None) -> None:
        """Take in what mail there is, until the reporter is to stop, or for `patience`."""
        shared: LargeSenderNetworks = ()
        if self._large_senders is not None:
            self._large_senders.refresh()
            shared = self._large_senders.networks
        enquiries = Enquiries(self._verify, self._dnswl, shared)
        intake = Intake(self._settings, store, self._traps.current, self._clock, self._say, enquiries, self._news)
        last = None if patience is None else self._clock() + patience

        def enough() -> bool:
            return wait(0.0) or (last is not None and self._clock() > last)

        try:
            intake.take_all(summary, self._progress, enough)
        finally:
            self._news.warn(self._clock())

    def _reload_if_told(self, store: Store, manager: Manager) -> None:
        if not self._reloaded.take():
            return
        manager.reloading()
        try:
            self._traps.reload()
            self._refused_until = None
            self._connect(store)
        finally:
            manager.ready()

    def _tell_manager(self, store: Store, manager: Manager) -> None:
        """For `systemctl status`: what waits, and whether it may leave."""
        with store.reading() as db:
            waiting = queue.waiting(db)
        why = ""
        if self._sender is None:
            because = "dry_run" if self._settings.spamhaus.dry_run else "no token"
            why = f"; {because}: nothing is submitted"
        elif self._refused_until is not None:
            why = "; the portal refuses the token, see the log"
        manager.status(f"{waiting} submissions wait{why}")

    def _round_of_daemon(self, store: Store, wait: Wait, patience: timedelta) -> None:
        summary = Summary()
        self._traps.reload_if_changed(time.monotonic())
        now = self._clock()
        if self._refused_until is not None and now < self._refused_until <= now + REFUSED_TIME:
            self._take_in(store, summary, wait, TAKE_TIME)
        else:
            self._take_another_token(store)
            self._round(store, summary, wait, patience)
        if summary.took:
            self._tell(store, summary)
        self._follow()
        self._retention.work(self._clock())

    def _take_another_token(self, store: Store) -> None:
        """After it was refused: it may have been replaced meanwhile, without a reload."""
        if self._refused_until is None or self._read_token is None:
            return
        try:
            token = self._read_token()
        except ConfigError as error:
            self._say(Event("reload error", {"why": str(error)}, text=f"the old token is tried again: {error}"))
            return
        if token != self._token:
            self._token = token
            self._connect(store)

    def _tell(self, store: Store, summary: Summary) -> None:
        with store.reading() as db:
            standing = queue.counts(db)
        self._say(summary.event(standing["queued"] + standing["sending"]))

    def _say_all(self, store: Store, summary: Summary) -> None:
        with store.reading() as db:
            standing = queue.counts(db)
        for line in summary.lines(standing):
            self._say(line)


def _pause(seconds: float, wait: Wait) -> None:
    """Wait, in pieces: `poll_seconds` may be an hour, and systemd wants a sign of life sooner."""
    while seconds > 0 and not wait(min(seconds, PIECE_SECONDS)):
        seconds -= PIECE_SECONDS


def _log(said: str | Event) -> None:
    _LOG.log(said.level if isinstance(said, Event) else logging.INFO, said)
