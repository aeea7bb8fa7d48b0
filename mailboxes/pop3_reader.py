"""Reading one mailbox over POP3: a session for each look, and everything stays on the server.

POP3 has neither keywords nor folders nor the time at which a message came: what was taken is remembered on this host by
its UIDL, and the time is that of the topmost Received field, which the mailbox's own side wrote last.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trapline.config.events import Event, Fact
from trapline.config.mailbox_secrets import login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.answers import About
from trapline.mailboxes.envelopes import Place, envelope
from trapline.mailboxes.errors import Refused
from trapline.mailboxes.pop3 import Pop3Session
from trapline.mailboxes.reader import Surroundings
from trapline.mailboxes.state import State, locked
from trapline.mailboxes.take import ATTEMPTS, ATTEMPTS_APART
from trapline.mailboxes.tally import Tally
from trapline.mailboxes.watch import Round, Watch
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.header import split_header
from trapline.spool.origin import read_received, received_fields
from trapline.systemd.signalled import Stop

FOLDER = "INBOX"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Look:
    """One look into the mailbox."""

    session: Pop3Session
    state: State
    there: dict[str, int]  #: number by UIDL's id; neither changes in a session (RFC 1939, 3)
    tally: Tally = field(default_factory=Tally)


class Pop3Reader:
    """Reads one mailbox over POP3, in one thread."""

    def __init__(self, mailbox: Mailbox, around: Surroundings) -> None:
        self.mailbox = mailbox
        self._around = around
        self._watch = Watch(mailbox.name)
        self._numbering = f"{mailbox.account}-pop3"  # in the place of UIDVALIDITY: UIDL's ids last as the mailbox does

    @property
    def failing(self) -> bool:
        """Whether the last look failed."""
        return self._watch.failing

    def once(self) -> Round:
        """One look. Raises TraplineError: the mailbox, the spool or the state can't be used."""
        with locked(self._around.state, self.mailbox.name), self._connected() as look:
            look.state.believes(self._around.clock())
            for uid, number, size_bytes in self._new(look):
                self._take(look, uid, number, size_bytes)
            look.state.forget(FOLDER, self._numbering, look.there, self._around.clock())
        return Round((FOLDER,), look.tally)

    def would_take(self) -> Iterator[tuple[str, About, bool]]:
        """The messages that are new, and whether each is too old; nothing is stored. Raises as `once`."""
        with self._connected() as look:
            for _, number, size_bytes in self._new(look):
                about = self._about(look.session, number, size_bytes)
                yield FOLDER, about, self._is_old(about)

    def run(self, stop: Stop) -> None:
        """Read until `stop` is set; whatever fails is said and tried again."""

        def work() -> None:
            while not stop.is_set():
                self._watch.say(self.once())
                stop.wait(self.mailbox.poll_seconds)

        self._watch.run(work, stop)

    @contextmanager
    def _connected(self) -> Iterator[_Look]:
        session = Pop3Session(self.mailbox, login(self.mailbox))
        try:
            with State(self._around.state, self.mailbox.name) as state:
                yield _Look(session, state, session.uids())
        finally:
            session.close()

    def _new(self, look: _Look) -> Iterator[tuple[str, int, int]]:
        """UIDL's id, number and size in bytes of each new message; what failed before comes last."""
        known, attempts = look.state.known(FOLDER, self._numbering), look.state.attempts(FOLDER, self._numbering)
        sizes = look.session.sizes()
        for uid in sorted((uid for uid in look.there if uid not in known), key=lambda uid: attempts.get(uid, 0)):
            number = look.there[uid]
            yield uid, number, sizes.get(number, 0)

    def _about(self, session: Pop3Session, number: int, size_bytes: int) -> About:
        """What is known of a message without its text. Raises SessionOver: also where its header can't be read."""
        return About(number, size_bytes, self._received(session, number, size_bytes))

    def _received(self, session: Pop3Session, number: int, size_bytes: int) -> datetime:
        try:
            fields, _ = split_header(session.header(number, size_bytes))
        except Refused:
            return self._around.clock()
        times = (read_received(text).received for _, text in received_fields(fields))
        return next((time for time in times if time is not None), self._around.clock())

    def _is_old(self, about: About) -> bool:
        return about.received < self._around.clock() - timedelta(days=self.mailbox.max_age_days)

    def _take(self, look: _Look, uid: str, number: int, size_bytes: int) -> None:
        """A try is counted before anything of the message is read: its header may already end the session."""
        if look.state.attempt(FOLDER, self._numbering, uid, self._around.clock(), apart=ATTEMPTS_APART) > ATTEMPTS:
            self._give_up(look, uid, f"the server did not hand it over in {ATTEMPTS} tries, hours apart")
            return
        about = self._about(look.session, number, size_bytes)
        if self._is_old(about):
            self._leave(look, uid)
        else:
            self._store(look, uid, about)

    def _leave(self, look: _Look, uid: str) -> None:
        """What is too old is left alone for good; by a clock that is not believed, until it is."""
        state, now = look.state, self._around.clock()
        state.handed_over(FOLDER, self._numbering, uid)  # no try was in vain
        if state.believes(now):
            state.add(FOLDER, self._numbering, [uid], "old", now)
            look.tally.old += 1
        else:
            look.tally.doubted += 1

    def _store(self, look: _Look, uid: str, about: About) -> None:
        truncated = about.size_bytes > self.mailbox.max_bytes
        try:
            message = self._read(look.session, about, truncated=truncated)
        except Refused:
            look.tally.waiting += 1
            return
        found = self._envelope(uid, about, message, truncated=truncated)  # a defect here counts as a try
        look.state.handed_over(FOLDER, self._numbering, uid)
        digest = hashlib.sha256(message).hexdigest()
        if self._was_taken(look, digest):
            look.tally.known += 1
        else:
            self._around.spool.deliver((block.write(found, self._around.host), message), found.id)
            _LOG.info(self._event("mailbox taken", id=found.id))
            look.tally.taken += 1
            look.tally.truncated += truncated
        look.state.add_taken(FOLDER, self._numbering, uid, digest, self._around.clock())

    def _read(self, session: Pop3Session, about: About, *, truncated: bool) -> bytes:
        if truncated:
            return session.beginning(about.uid, about.size_bytes, self.mailbox.max_bytes)
        return session.message(about.uid, about.size_bytes)

    def _was_taken(self, look: _Look, digest: str) -> bool:
        """Whether the same bytes were taken under another id, which is gone: a server that was moved gives new ones."""
        if look.state.was_elsewhere(FOLDER, self._numbering, digest):  # its name changed as well
            return True
        return not look.state.uids_of(FOLDER, self._numbering, digest) <= look.there.keys()

    def _envelope(self, uid: str, about: About, message: bytes, *, truncated: bool) -> Envelope:
        place = Place(self.mailbox.name, FOLDER, self._numbering, uid)
        own = self._around.own_networks
        received = min(about.received, self._around.clock())  # a server that filed it by its Date may say anything
        return envelope(self.mailbox, place, received, message, truncated=truncated, own_networks=own)

    def _give_up(self, look: _Look, uid: str, why: str) -> None:
        look.state.add(FOLDER, self._numbering, [uid], "failed", self._around.clock())
        look.tally.failed += 1
        _LOG.warning(self._event("mailbox message given up", why=why))

    def _event(self, name: str, **facts: Fact) -> Event:
        about: dict[str, Fact] = {"mailbox": self.mailbox.name, "folder": FOLDER}
        return Event(name, about | facts)
