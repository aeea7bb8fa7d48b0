"""What leaves for the portal, with the token as it is now: sent, or shown only, or held while the token is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta

from trapline.config.clock import Clock
from trapline.config.errors import ConfigError
from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.reporter.enrichment.dnswl import Dnswl
from trapline.reporter.enrichment.ripe_stat import RipeStat
from trapline.reporter.progress import Progress
from trapline.reporter.storage import claims
from trapline.reporter.storage.store import Store
from trapline.reporter.submission.last_look import LastLook
from trapline.reporter.submission.networks import Networks
from trapline.reporter.submission.pacing import Wait
from trapline.reporter.submission.portal import Portal
from trapline.reporter.submission.preview import preview
from trapline.reporter.submission.reviewer import Reviewer
from trapline.reporter.submission.sender import Ending, Sender
from trapline.reporter.submission.summary import Summary
from trapline.reporter.telling import Say

REFUSED_TIME = timedelta(hours=1)  #: between tries with a token that was refused; a reload tries at once


class Dispatch:
    """Sender and reviewer of one store, for one token after the other; `close` ends it."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        token: str | None,
        clock: Clock,
        say: Say,
        *,
        read_token: Callable[[], str | None] | None = None,
        dnswl: Dnswl | None = None,
    ) -> None:
        """`token` None: nothing is submitted, as with `spamhaus.dry_run`; it is shown what would be.

        `read_token` gives the token as it is now; it may raise ConfigError. `dnswl` is asked before an address leaves.
        """
        self._store = store
        self._settings = settings
        self._clock = clock
        self._say = say
        self._read_token = read_token
        self._dnswl = dnswl
        self._sender: Sender | None = None
        self._refused_until: datetime | None = None
        self._previewed = 0  # id of the last submission that was shown instead of sent
        self._connect(token)

    def close(self) -> None:
        """Nothing leaves any more."""
        if self._sender is not None:
            self._portal.close()
            self._sender = None

    def reload(self, token: str | None) -> None:
        """Go on with `token`: the same one is tried again at once."""
        self._refused_until = None
        self._connect(token)

    def is_held(self) -> bool:
        """Whether the token was refused, and it is too early to try again. A clock that was wrong holds nothing."""
        now = self._clock()
        return self._refused_until is not None and now < self._refused_until <= now + REFUSED_TIME

    def look_for_another_token(self) -> None:
        """After it was refused: it may have been replaced meanwhile, without a reload."""
        if self._refused_until is None or self._read_token is None:
            return
        try:
            token = self._read_token()
        except ConfigError as error:
            self._say(Event("reload error", {"why": str(error)}, text=f"the old token is tried again: {error}"))
            return
        if token != self._token:
            self._connect(token)

    def run(self, summary: Summary, wait: Wait, patience: timedelta | None, progress: Progress) -> Ending:
        """Send what may be sent, and ask what came of it, as `Sender.run` does. Raises StoreError."""
        if self._sender is None:
            daemon = patience is not None  # its log has each line once; who runs one round sees all that waits
            self._previewed = preview(self._store, self._say, self._previewed, once=daemon)
            return Ending()
        ending = self._sender.run(summary, wait, patience, progress)
        self._refused_until = self._clock() + REFUSED_TIME if ending.refused else None
        if ending.refused:
            self._reviewer.let_go()
        elif not self._reviewer.run(wait, patience):
            ending.failed = True
        return ending

    def why_nothing_leaves(self) -> str | None:
        """In words; None: it does."""
        if self._sender is None:
            because = "dry_run" if self._settings.spamhaus.dry_run else "no token"
            return f"{because}: nothing is submitted"
        return None if self._refused_until is None else "the portal refuses the token, see the log"

    def _connect(self, token: str | None) -> None:
        """A sender with `token`; none where nothing is to be sent. A review begins anew."""
        self.close()
        self._token = token
        if token is not None and not self._settings.spamhaus.dry_run:
            self._make_sender(token)
        with self._store.writing() as db:
            claims.give_up(db, claims.REVIEW)

    def _make_sender(self, token: str) -> None:
        store, clock, say = self._store, self._clock, self._say
        spamhaus, ripe_stat = self._settings.spamhaus, self._settings.ripe_stat
        self._portal = Portal(spamhaus.api, token, timedelta(seconds=spamhaus.timeout_seconds))
        networks = Networks(store, RipeStat(ripe_stat.api), clock, say) if ripe_stat.enabled else None
        look = None if self._dnswl is None else LastLook(store, self._dnswl, clock)
        self._sender = Sender(store, self._portal, spamhaus, clock, say, networks=networks, last_look=look)
        self._reviewer = Reviewer(store, self._portal, spamhaus, clock, say)
