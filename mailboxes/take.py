"""Taking what is new in one folder: to the spool first, then marked on the server, then left, moved or deleted.

The order is what makes it safe to be killed at any moment: a message is marked only once it is on the disk, and one
that is taken twice has the same id, by which the reporter knows it. While the spool can't be written nothing is marked.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from trapline.config.clock import Clock
from trapline.config.events import Event, Fact
from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.mailboxes.answers import About
from trapline.mailboxes.envelopes import Place, envelope
from trapline.mailboxes.errors import Refused, SessionOver
from trapline.mailboxes.hidden import Hidden
from trapline.mailboxes.keywords import FAILED, are_kept
from trapline.mailboxes.look import Folder, Looks
from trapline.mailboxes.session import Session
from trapline.mailboxes.state import State, What
from trapline.mailboxes.tally import Tally
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir

ATTEMPTS = 5  #: after which a body that the server does not hand over is given up
ATTEMPTS_APART = timedelta(hours=6)  #: of those that count, so that a night without its disk costs nothing
MARKED_TOGETHER = 25  #: messages; a crash before they are marked costs as many duplicates, which the reporter knows

_LOG = logging.getLogger(__name__)


class Taker:
    """Takes from the folders of one mailbox, in one session."""

    def __init__(
        self,
        mailbox: Mailbox,
        session: Session,
        state: State,
        spool: Maildir,
        clock: Clock,
        *,
        host: str,
        own_networks: NetworkSet = NO_NETWORKS,
    ) -> None:
        """`host` is this server's name, for the Received line; clients in `own_networks` are ours."""
        self._mailbox = mailbox
        self._session = session
        self._state = state
        self._spool = spool
        self._clock = clock
        self._host = host
        self._own_networks = own_networks
        self._hidden = Hidden(mailbox)
        self._looks = Looks(mailbox, session, state, clock)

    def run(self, name: str, tally: Tally) -> None:
        """Take what is new in the folder `name`; `tally` counts it, also where an error ends the run.

        Raises Refused: there is no such folder, or nothing can be moved or deleted. Raises SessionOver, StateError,
        SpoolError.
        """
        self._state.believes(self._clock())  # also where nothing is new: it may have jumped when something is
        folder = self._looks.open(name, read_only=False)
        if folder.renumbered:
            why = "its UIDVALIDITY changed, or the account: what was taken before is known by its digest"
            _LOG.warning(self._event("mailbox renumbered", name, why=why))
        self._looks.read(folder)
        self._mark_what_was_not(folder)
        for start in range(0, len(folder.new), MARKED_TOGETHER):
            self._take_chunk(folder, folder.new[start : start + MARKED_TOGETHER], tally)
        for uid in folder.tried:  # last, and each alone: it may be the one that ends each session
            if self._may_try(folder, uid, tally):
                self._take_chunk(folder, [uid], tally)
        if folder.present:
            present = map(str, folder.present)
            self._state.forget(folder.name, folder.uidvalidity, present, self._clock())
        self._finish(folder.unfinished)  # last: a folder that is full or missing must not keep mail from being taken
        self._looks.is_done(folder)

    def has_news(self, name: str) -> bool:
        """Open the folder `name`: did something come since the last run? Raises as `run`."""
        return self._looks.has_news(name)

    def would_take(self, name: str) -> Iterator[tuple[About, bool]]:
        """The new messages, and whether each is too old to be taken; nothing is stored or marked. Raises as `run`."""
        folder = self._looks.open(name, read_only=True)
        self._looks.read(folder)
        for about in self._session.about([*folder.new, *folder.tried]):
            yield about, self._is_old(about)

    def _take_chunk(self, folder: Folder, uids: Sequence[int], tally: Tally) -> None:
        every = {about.uid: about for about in self._about(folder, uids)}
        old = [uid for uid, about in every.items() if self._is_old(about)]
        for uid in old:
            if uid in folder.tried:  # the server could tell of it: it was not the one
                self._state.handed_over(folder.name, folder.uidvalidity, str(uid))
        if old and self._state.believes(self._clock()):
            self._mark(folder, old, "old")
            tally.old += len(old)
        else:
            tally.doubted += len(old)
        done: list[int] = []
        with self._marking(folder, done):
            for uid in uids:
                if uid in old or not self._may_try(folder, uid, tally):
                    continue
                if uid in every:
                    self._take(folder, every[uid], done, tally)
                else:  # gone meanwhile, or the server does not say how large and old it is
                    tally.waiting += 1
        folder.unfinished += done

    def _about(self, folder: Folder, uids: Sequence[int]) -> list[About]:
        """Size and time of what the server can tell them of; where that fails, it was a try for each of `uids`."""
        try:
            return self._session.about(uids)
        except Refused as error:
            if len(uids) == 1:  # of several it is one, which the next look finds
                self._warn_of(folder, uids[0], error)
            return []
        except SessionOver:
            for uid in uids:
                self._try(folder, uid)
            raise

    def _try(self, folder: Folder, uid: int) -> int:
        """The server is asked for the message once more; how often that makes it."""
        return self._state.attempt(folder.name, folder.uidvalidity, str(uid), self._clock(), apart=ATTEMPTS_APART)

    def _may_try(self, folder: Folder, uid: int, tally: Tally) -> bool:
        """Whether the server is asked for the message once more; otherwise it is given up."""
        if self._try(folder, uid) <= ATTEMPTS:
            return True
        tally.failed += 1
        self._mark(folder, [uid], "failed")
        why = f"the server did not hand it over in {ATTEMPTS} tries, hours apart"
        _LOG.warning(self._event("mailbox message given up", folder.name, uid=uid, why=why))
        return False

    def _take(self, folder: Folder, about: About, done: list[int], tally: Tally) -> None:
        """Store one message; its UID is added to `done` once it is safe."""
        uid, limit = str(about.uid), self._mailbox.max_bytes
        try:
            raw = self._session.body(about.uid, limit, whole=about.size_bytes <= limit)
        except Refused as error:
            tally.waiting += 1
            self._warn_of(folder, about.uid, error)
            return
        truncated = about.size_bytes > limit or len(raw) == limit > about.size_bytes  # it may be wrong about the size
        message = raw.replace(b"\r\n", b"\n")
        found = self._envelope(folder, about, message, truncated=truncated)  # a defect here counts as a try
        self._state.handed_over(folder.name, folder.uidvalidity, uid)
        digest = hashlib.sha256(raw).hexdigest()
        if self._state.was_elsewhere(folder.name, folder.uidvalidity, digest):
            tally.known += 1
        else:
            self._spool.deliver((block.write(found, self._host), message), found.id)
            _LOG.info(self._event("mailbox taken", folder.name, uid=about.uid, id=found.id))
            tally.taken += 1
            tally.truncated += truncated
        self._state.add_taken(folder.name, folder.uidvalidity, uid, digest, self._clock())
        done.append(about.uid)

    def _warn_of(self, folder: Folder, uid: int, error: Refused) -> None:
        _LOG.warning(self._event("mailbox message refused", folder.name, uid=uid, why=str(error)))

    def _envelope(self, folder: Folder, about: About, message: bytes, *, truncated: bool) -> Envelope:
        place = Place(self._mailbox.name, folder.name, folder.uidvalidity, str(about.uid))
        received = min(about.received, self._clock())  # a program that filed it by its Date may have said anything
        return envelope(self._mailbox, place, received, message, truncated=truncated, own_networks=self._own_networks)

    @contextmanager
    def _marking(self, folder: Folder, done: list[int]) -> Iterator[None]:
        """What is in `done` is marked when the block ends, however it does; a lost session can't."""
        try:
            yield
        finally:
            if done and self._session.alive:
                self._mark(folder, done, "taken")

    def _mark_what_was_not(self, folder: Folder) -> None:
        """Messages that were dealt with before the server could be told."""
        for what in ("taken", "old", "failed"):
            uids = [uid for uid, known in folder.unmarked.items() if known == what]
            if uids:
                self._could_mark(folder, uids, what)

    def _mark(self, folder: Folder, uids: Sequence[int], what: What) -> None:
        """On the server where it keeps keywords, else here. What was taken stands here anyway."""
        if not self._could_mark(folder, uids, what) and what != "taken":
            self._state.add(folder.name, folder.uidvalidity, map(str, uids), what, self._clock())

    def _could_mark(self, folder: Folder, uids: Sequence[int], what: What) -> bool:
        """Set the keyword that says `what`. A folder that kept another one may still refuse it: it has its limits."""
        if not self._keeps_keywords(folder, uids[-1]):
            return False
        try:
            self._session.add_keyword(uids, FAILED if what == "failed" else self._mailbox.keyword)
        except Refused as error:
            folder.seen.keywords = False
            _LOG.warning(self._event("mailbox without keywords", folder.name, why=str(error)))
            return False
        return True

    def _keeps_keywords(self, folder: Folder, uid: int) -> bool:
        if folder.seen.keywords is None:
            folder.seen.keywords = are_kept(self._session, folder.selected, uid)
            if folder.seen.keywords is False:
                why = "the folder keeps none: what was taken is remembered on this host"
                _LOG.info(self._event("mailbox without keywords", folder.name, why=why))
        return bool(folder.seen.keywords)

    def _finish(self, uids: Sequence[int]) -> None:
        """What is to happen to messages that were taken and marked."""
        if uids and self._mailbox.afterwards == "delete":
            self._session.delete(uids)
        elif uids and self._mailbox.move_to is not None:
            self._session.move(uids, self._mailbox.move_to)

    def _is_old(self, about: About) -> bool:
        return about.received < self._clock() - timedelta(days=self._mailbox.max_age_days)

    def _event(self, what: str, folder: str, **facts: Fact) -> Event:
        about: dict[str, Fact] = {"mailbox": self._mailbox.name, "folder": self._hidden.shown(folder)}
        return Event(what, about | facts)
