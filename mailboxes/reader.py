"""Reading one mailbox: connect, find its folders, take what is new, wait for more; and begin anew when that fails.

Only composes: session.py speaks, folders.py chooses, take.py takes. A failure is said once while it lasts; the waits
between tries grow, so that a server is not pestered and an account not locked.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from trapline.config.errors import TraplineError
from trapline.config.events import Event, kind, trace
from trapline.config.mailbox_secrets import login
from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NO_NETWORKS, NetworkSet
from trapline.mailboxes.folders import wanted
from trapline.mailboxes.session import About, LoginRefused, Refused, Session, open_session
from trapline.mailboxes.state import State, locked
from trapline.mailboxes.take import Taker, Tally
from trapline.spool.maildir import Maildir

FIRST_WAIT_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 1800.0
AFTER_REFUSED_LOGIN_SECONDS = 300.0  #: providers lock accounts after a few wrong passwords

_LOG = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all mailboxes share."""

    spool: Maildir
    state: Path  #: the folder of what is remembered
    clock: Clock
    host: str
    own_networks: NetworkSet = NO_NETWORKS


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one look into every folder."""

    folders: tuple[str, ...]
    tally: Tally
    problems: tuple[str, ...]  #: a sentence for each folder that could not be read; the others were


class Reader:
    """Reads one mailbox over IMAP, in one thread."""

    def __init__(self, mailbox: Mailbox, around: Surroundings) -> None:
        self.mailbox = mailbox
        self._around = around
        self._said: str | None = None

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

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set; whatever fails is said and tried again."""
        failures = 0
        while not stop.is_set():
            try:
                with self._connected() as (session, taker):
                    while not stop.is_set():
                        done = self._round(session, taker)
                        failures = 0
                        self._say(done)
                        self._wait(session, done, stop)
            except TraplineError as error:
                failures += 1
                self._complain(str(error))
                stop.wait(_pause(failures, refused=isinstance(error, LoginRefused)))
            except Exception as error:  # noqa: BLE001 - one mailbox must not end the others; the trace says where
                failures += 1
                self._complain_of_defect(error)
                stop.wait(_pause(failures, refused=False))

    def _round(self, session: Session, taker: Taker) -> Round:
        names, problems = wanted(self.mailbox, session.folders())
        tally = Tally()
        for name in names:
            try:
                tally.add(taker.run(name))
            except Refused as error:
                problems.append(str(error))
        return Round(tuple(names), tally, tuple(problems))

    def _wait(self, session: Session, done: Round, stop: threading.Event) -> None:
        """Until something may be new. IDLE watches one folder, the first; the others wait for the next look."""
        seconds = self.mailbox.poll_seconds
        if done.folders and not done.problems and session.has("IDLE"):
            session.select(done.folders[0])
            session.idle(seconds, stop.is_set)
        elif not stop.wait(seconds):
            session.noop()

    def _say(self, done: Round) -> None:
        if done.tally:
            _LOG.info(Event("mailbox read", self._facts(what=str(done.tally))))
        if done.problems:
            self._complain("; ".join(done.problems))
        elif self._said is not None:
            _LOG.info(Event("mailbox back", self._facts()))
            self._said = None

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

    def _facts(self, **facts: str) -> dict[str, str]:
        return {"mailbox": self.mailbox.name} | facts

    def _complain(self, why: str) -> None:
        """Say it, but not again while it is the same."""
        if why != self._said:
            _LOG.error(Event("mailbox failed", self._facts(why=why), level=logging.ERROR))
        self._said = why

    def _complain_of_defect(self, error: Exception) -> None:
        if kind(error) != self._said:
            facts = self._facts(error=kind(error))
            _LOG.error(Event("defect", facts, trace=trace(error), level=logging.ERROR))
        self._said = kind(error)


def _pause(failures: int, *, refused: bool) -> float:
    first = AFTER_REFUSED_LOGIN_SECONDS if refused else FIRST_WAIT_SECONDS
    return float(min(LONGEST_WAIT_SECONDS, first * 2.0 ** min(failures - 1, 20)))
