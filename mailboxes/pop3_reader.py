"""Reading one mailbox over POP3: a session for each look, and everything stays on the server.

POP3 has neither keywords nor folders nor the time at which a message came: what was taken is remembered on this host by
its UIDL, and the time is that of the topmost Received field, which the mailbox's own side wrote last.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
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
from trapline.spool.header import split_header
from trapline.spool.origin import read_received, received_fields
from trapline.systemd.signalled import Stop

FOLDER = "INBOX"

_LOG = logging.getLogger(__name__)


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
        tally = Tally()
        with locked(self._around.state, self.mailbox.name), self._connected() as (session, state):
            for uid, about in self._new(session, state):
                self._take(session, state, uid, about, tally)
            state.forget(FOLDER, self._numbering, session.uids(), self._around.clock())
        return Round((FOLDER,), tally)

    def would_take(self) -> Iterator[tuple[str, About, bool]]:
        """The messages that are new, and whether each is too old; nothing is stored. Raises as `once`."""
        with self._connected() as (session, state):
            for _, about in self._new(session, state):
                yield FOLDER, about, self._is_old(about)

    def run(self, stop: Stop) -> None:
        """Read until `stop` is set; whatever fails is said and tried again."""

        def work() -> None:
            while not stop.is_set():
                self._watch.say(self.once())
                stop.wait(self.mailbox.poll_seconds)

        self._watch.run(work, stop)

    @contextmanager
    def _connected(self) -> Iterator[tuple[Pop3Session, State]]:
        session = Pop3Session(self.mailbox, login(self.mailbox))
        try:
            with State(self._around.state, self.mailbox.name) as state:
                yield session, state
        finally:
            session.close()

    def _new(self, session: Pop3Session, state: State) -> Iterator[tuple[str, About]]:
        """UIDL's id of each new message, and number, size and time of it; what failed before comes last."""
        known, attempts = state.known(FOLDER, self._numbering), state.attempts(FOLDER, self._numbering)
        there, sizes = session.uids(), session.sizes()
        for uid in sorted((uid for uid in there if uid not in known), key=lambda uid: attempts.get(uid, 0)):
            number = there[uid]
            yield uid, About(number, sizes.get(number, 0), self._received(session, number))

    def _received(self, session: Pop3Session, number: int) -> datetime:
        try:
            fields, _ = split_header(session.header(number))
        except Refused:
            return self._around.clock()
        times = (read_received(text).received for _, text in received_fields(fields))
        return next((time for time in times if time is not None), self._around.clock())

    def _is_old(self, about: About) -> bool:
        return about.received < self._around.clock() - timedelta(days=self.mailbox.max_age_days)

    def _take(self, session: Pop3Session, state: State, uid: str, about: About, tally: Tally) -> None:
        if self._is_old(about):
            state.add(FOLDER, self._numbering, [uid], "old", self._around.clock())
            tally.old += 1
        elif about.size_bytes > self.mailbox.max_bytes:
            self._give_up(
                state, uid, f"larger than max_bytes ({about.size_bytes} bytes): POP3 has no part of it", tally
            )
        elif state.attempt(FOLDER, self._numbering, uid, self._around.clock(), apart=ATTEMPTS_APART) > ATTEMPTS:
            self._give_up(state, uid, f"the server did not hand it over in {ATTEMPTS} tries, hours apart", tally)
        else:
            self._store(session, state, uid, about, tally)

    def _store(self, session: Pop3Session, state: State, uid: str, about: About, tally: Tally) -> None:
        try:
            message = session.message(about.uid, about.size_bytes)
        except Refused:
            tally.waiting += 1
            return
        state.handed_over(FOLDER, self._numbering, uid)
        place = Place(self.mailbox.name, FOLDER, self._numbering, uid)
        own = self._around.own_networks
        received = min(about.received, self._around.clock())  # a server that filed it by its Date may say anything
        found = envelope(self.mailbox, place, received, message, own_networks=own)
        self._around.spool.deliver((block.write(found, self._around.host), message), place.id)
        digest = hashlib.sha256(message).hexdigest()
        state.add_taken(FOLDER, self._numbering, uid, digest, self._around.clock())
        tally.taken += 1
        _LOG.info(self._event("mailbox taken", id=place.id))

    def _give_up(self, state: State, uid: str, why: str, tally: Tally) -> None:
        state.add(FOLDER, self._numbering, [uid], "failed", self._around.clock())
        tally.failed += 1
        _LOG.warning(self._event("mailbox message given up", why=why))

    def _event(self, name: str, **facts: Fact) -> Event:
        about: dict[str, Fact] = {"mailbox": self.mailbox.name, "folder": FOLDER}
        return Event(name, about | facts)
