"""Reading one mailbox over IMAP: connect, find its folders, take what is new, wait for more.

Only composes: session.py speaks, folders.py chooses, take.py takes, watch.py begins anew when something fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trapline.config.clock import Clock
from trapline.config.mailbox_secrets import login
from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.mailboxes.answers import About
from trapline.mailboxes.errors import Refused
from trapline.mailboxes.folders import wanted
from trapline.mailboxes.session import Session, open_session
from trapline.mailboxes.state import State, locked
from trapline.mailboxes.take import Taker
from trapline.mailboxes.tally import Tally
from trapline.mailboxes.told import Told
from trapline.mailboxes.watch import Round, Watch
from trapline.spool.maildir import Maildir

SHORTEST_WAIT_SECONDS = 1.0  #: between two looks, whatever a server says


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all mailboxes share."""

    spool: Maildir
    state: Path  #: the folder of what is remembered
    clock: Clock
    host: str
    own_networks: NetworkSet = NO_NETWORKS


class Reader:
    """Reads one mailbox over IMAP, in one thread."""

    def __init__(self, mailbox: Mailbox, around: Surroundings) -> None:
        self.mailbox = mailbox
        self._around = around
        self._watch = Watch(mailbox.name)

    @property
    def failing(self) -> bool:
        """Whether the last look failed."""
        return self._watch.failing

    def once(self) -> Round:
        """One look into each folder. Raises TraplineError: the mailbox, the spool or the state can't be used."""
        with self._connected() as (session, taker):
            return self._round(session, taker)

    def would_take(self) -> Iterator[tuple[str, About, bool]]:
        """Folder and message of what is new, and whether it is too old; nothing is marked. Raises as `once`."""
        with open_session(self.mailbox, login(self.mailbox)) as session, self._state() as state:
            taker = self._taker(session, state)
            names, missing = wanted(self.mailbox, session.folders())
            for name in names:
                yield from ((name, about, old) for about, old in taker.would_take(name))
            if missing:
                raise Refused(missing[0])

    def run(self, told: Told) -> None:
        """Read until told to stop; whatever fails is said and tried again."""
        self._watch.run(lambda: self._session(told), told)

    def _session(self, told: Told) -> None:
        with self._connected() as (session, taker):
            while not told.is_set():
                done = self._round(session, taker)
                self._watch.say(done)
                self._wait(session, taker, done, told)

    def _round(self, session: Session, taker: Taker) -> Round:
        names, problems = wanted(self.mailbox, session.folders())
        tally = Tally()
        for name in names:
            try:
                taker.run(name, tally)
            except Refused as error:
                problems.append(str(error))
        return Round(tuple(names), tally, tuple(problems))

    def _wait(self, session: Session, taker: Taker, done: Round, told: Told) -> None:
        """Until something may be new. IDLE watches one folder, the first; the others wait for the next look."""
        seconds = self.mailbox.poll_seconds
        if not done.folders or done.problems or not session.has("IDLE"):
            if not told.wait(seconds):
                session.noop()
            return
        if not taker.has_news(done.folders[0]):  # else it came while we looked: IDLE would not tell
            session.idle(seconds, told.from_now())
        told.wait(SHORTEST_WAIT_SECONDS)  # a server may say something all the time

    @contextmanager
    def _connected(self) -> Iterator[tuple[Session, Taker]]:
        with (
            locked(self._around.state, self.mailbox.name),
            self._state() as state,
            open_session(self.mailbox, login(self.mailbox)) as session,
        ):
            yield session, self._taker(session, state)

    def _state(self) -> State:
        return State(self._around.state, self.mailbox.name)

    def _taker(self, session: Session, state: State) -> Taker:
        around = self._around
        return Taker(
            self.mailbox,
            session,
            state,
            around.spool,
            around.clock,
            host=around.host,
            own_networks=around.own_networks,
        )
