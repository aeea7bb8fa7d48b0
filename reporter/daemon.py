"""The reporter at work: one round takes in all mail and sends what may be sent; the daemon does rounds until stopped.

Only composes: intake.py reads, submission/ sends and asks what came of it, storage/ remembers.
Signals belong to the command, which sets the stop event or calls `reload`.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from trapline.config.clock import Clock, utc_now
from trapline.config.errors import TraplineError
from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.reporter.decisions.situation import LargeSenderNetworks
from trapline.reporter.enrichment.dnswl import Dnswl
from trapline.reporter.enrichment.large_senders import LargeSenders
from trapline.reporter.enrichment.txt_records import TxtRecords
from trapline.reporter.intake import Enquiries, Intake
from trapline.reporter.learning.classroom import Classroom
from trapline.reporter.learning.pupil import Pupil
from trapline.reporter.listing.news import News
from trapline.reporter.listing.ours import take_off
from trapline.reporter.listing.publishing import Publishing
from trapline.reporter.progress import Lines, Progress, untold
from trapline.reporter.retention import Retention
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.reporter.submission.dispatch import Dispatch
from trapline.reporter.submission.follower import Follower
from trapline.reporter.submission.pacing import Wait
from trapline.reporter.submission.sender import Ending
from trapline.reporter.submission.summary import Summary
from trapline.reporter.telling import OnceEach, OnceWhileItLasts, Say, defect, to_log
from trapline.reporter.verification.verifier import verifier
from trapline.spool.maildir import SpoolError
from trapline.systemd.notify import Manager
from trapline.systemd.signalled import Signalled, Stop
from trapline.traps.watch import TrapFiles

PIECE_SECONDS = 10.0  #: of a longer wait between two rounds
TAKE_TIME = timedelta(seconds=15)  #: of a round for taking mail in; what may leave meanwhile leaves right after


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
        clock: Clock = utc_now,
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
        self._say_of_file = OnceEach(say)
        self._clock = clock
        self._dqs_key = dqs_key
        self._read_token = read_token
        self._pupil = pupil
        self._progress: Progress = untold
        self._news = News()
        self._reloaded = Signalled()
        self._follower: Follower | None = None
        self._dnswl: Dnswl | None = None
        self._large_senders: LargeSenders | None = None
        self._verify = verifier(settings).check if settings.reporter.authentication == "self" else None

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
        self._say = OnceWhileItLasts(to_log)
        self._say_of_file = OnceEach(self._say)
        lines = Lines(to_log)

        def progress(what: str, done: int, total: int) -> None:
            manager.alive()
            lines(what, done, total)

        def wait(seconds: float) -> bool:
            manager.alive()
            return stop.wait(seconds)

        self._progress = progress
        poll = self._settings.reporter.poll_seconds
        with self._working() as store, self._publishing(), self._classroom():
            complain = OnceWhileItLasts(to_log)
            self._tell_manager(store, manager)
            manager.ready()
            while not stop.is_set():
                manager.alive()
                began = time.monotonic()
                try:
                    self._reload_if_told(manager)
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
        self.reload_traps()

    def reload_traps(self) -> None:
        """Read the traps again in the next round; the token stays."""
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
            with closing(self._make_dispatch(store)) as self._dispatch, closing(self._retention):
                yield store
        finally:
            if self._follower is not None:
                self._follower.close()
                self._follower = None
            if self._dnswl is not None:
                self._dnswl.close()
            store.close()

    def _make_dispatch(self, store: Store) -> Dispatch:
        return Dispatch(
            store, self._settings, self._token, self._clock, self._say, read_token=self._read_token, dnswl=self._dnswl
        )

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
        """Take whoever was made one of ours meanwhile off the blocklist: its files' readers know nothing of that."""
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

    def _round(self, store: Store, summary: Summary, wait: Wait, patience: timedelta | None) -> Ending:
        failure: SpoolError | None = None
        try:
            self._take_in(store, summary, wait, TAKE_TIME if patience is not None else None)
        except SpoolError as error:  # no reason to keep back what was taken in before
            failure = error
        ending = self._dispatch.run(summary, wait, patience, self._progress)
        if failure is not None:
            raise failure
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
        self._say_of_file.begin()
        say = self._say_of_file
        intake = Intake(self._settings, store, self._traps.current, self._clock, say, enquiries, self._news)
        last = None if patience is None else self._clock() + patience

        def enough() -> bool:
            return wait(0.0) or (last is not None and self._clock() > last)

        try:
            intake.take_all(summary, self._progress, enough)
        finally:
            self._news.warn(self._clock())

    def _reload_if_told(self, manager: Manager) -> None:
        if not self._reloaded.take():
            return
        manager.reloading()
        try:
            self._traps.reload()
            self._dispatch.reload(self._token)
        finally:
            manager.ready()

    def _tell_manager(self, store: Store, manager: Manager) -> None:
        """For `systemctl status`: what waits, and whether it may leave."""
        with store.reading() as db:
            waiting = queue.waiting(db)
        why = self._dispatch.why_nothing_leaves()
        manager.status(f"{waiting} submissions wait" + (f"; {why}" if why else ""))

    def _round_of_daemon(self, store: Store, wait: Wait, patience: timedelta) -> None:
        summary = Summary()
        self._traps.reload_if_changed(time.monotonic())
        if self._dispatch.is_held():
            self._take_in(store, summary, wait, TAKE_TIME)
        else:
            self._dispatch.look_for_another_token()
            self._round(store, summary, wait, patience)
        if summary.took:
            self._tell(store, summary)
        self._follow()
        self._retention.work(self._clock())

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
