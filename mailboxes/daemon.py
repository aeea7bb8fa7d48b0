"""All mailboxes: a thread each, until stopped; or one look into each, and a summary.

A thread that waits for its server costs nothing, and one mailbox that fails or hangs holds up no other. Being killed at
any point is safe (take.py), so a thread that does not end in time is left to the end of the process.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterable

from trapline.config.clock import Clock, utc_now
from trapline.config.errors import ConfigError, TraplineError
from trapline.config.events import Event
from trapline.config.mailboxes import Mailbox
from trapline.config.networks import NetworkSet
from trapline.config.settings import Settings
from trapline.config.shipped import shipped
from trapline.mailboxes.answers import About
from trapline.mailboxes.pop3_reader import Pop3Reader
from trapline.mailboxes.reader import Reader, Surroundings
from trapline.mailboxes.told import Told
from trapline.mailboxes.watch import defect
from trapline.spool.maildir import Maildir
from trapline.systemd.notify import Manager
from trapline.systemd.signalled import Signalled, Stop

TURN_SECONDS = 1.0  #: between two looks at our own threads and signals
ENDING_SECONDS = 5.0  #: that threads are waited for once they are to stop

_LOG = logging.getLogger(__name__)

Say = Callable[[str], None]
AnyReader = Reader | Pop3Reader


class Mailboxes:
    """Every mailbox that is read; one without a role is only scanned."""

    def __init__(self, settings: Settings, say: Say, *, clock: Clock = utc_now) -> None:
        """`say` gets the lines of `once` and `dry_run`. Raises ConfigError: no mailbox is configured."""
        read = [one for one in settings.mailboxes if one.role is not None]
        if not read:
            example = shipped("examples", "trapline.toml")
            raise ConfigError(f"no [[mailboxes]] with a role are configured: {example} shows one")
        self._say = say
        self._spool = Maildir(settings.spool.directory)
        around = Surroundings(
            spool=self._spool,
            state=settings.mailbox_state.directory,
            clock=clock,
            host=socket.gethostname(),
            own_networks=NetworkSet(settings.internal_networks),
        )
        self._readers: list[AnyReader] = [
            (Pop3Reader if one.protocol == "pop3" else Reader)(one, around) for one in read
        ]

    def run(self, stop: Stop, reload: Signalled, manager: Manager) -> None:
        """Read all of them until `stop` is set; at `reload` those that wait look again, with passwords read anew.

        `manager` is told how it goes. Raises SpoolError: there is no spool at the start.
        """
        self._spool.create()
        names = tuple(one.mailbox.name for one in self._readers)
        _LOG.info(Event("started", {"mailboxes": names}))
        told = Told()
        threads = [
            threading.Thread(target=one.run, args=(told,), name=one.mailbox.name, daemon=True) for one in self._readers
        ]
        for thread in threads:
            thread.start()
        manager.status(self._status())
        manager.ready()
        while not stop.wait(TURN_SECONDS):
            if reload.take():
                manager.reloading()
                told.again()
                manager.ready()
            manager.status(self._status())
            if all(thread.is_alive() for thread in threads):
                manager.alive()
        manager.stopping()
        told.stop()
        for thread in threads:
            thread.join(ENDING_SECONDS / len(threads))
        _LOG.info(Event("stopped"))

    def _status(self) -> str:
        """For `systemctl status`."""
        failing = [one.mailbox.name for one in self._readers if one.failing]
        return f"Mailboxes: {len(self._readers)}" + (f"; failing, see the log: {', '.join(failing)}" if failing else "")

    def once(self) -> int:
        """One look into each; the exit code: 1 if something failed. Raises SpoolError."""
        self._spool.create()
        return self._each(self._once)

    def dry_run(self) -> int:
        """Say what would be taken; nothing is stored or marked. The exit code: 1 if something failed."""
        return self._each(self._would_take)

    def _each(self, work: Callable[[AnyReader], bool]) -> int:
        failed = False
        for reader in self._readers:
            try:
                failed |= not work(reader)
            except TraplineError as error:
                failed = True
                self._say(_named(reader.mailbox, str(error)))
            except Exception as error:  # noqa: BLE001 - one mailbox must not end the others; the trace says where
                failed = True
                _LOG.error(defect(reader.mailbox.name, error))
        return 1 if failed else 0

    def _once(self, reader: AnyReader) -> bool:
        done = reader.once()
        self._say(_named(reader.mailbox, str(done.tally)))
        self._say_all(reader.mailbox, done.problems)
        return not done.problems and not done.tally.failed and not done.tally.waiting

    def _would_take(self, reader: AnyReader) -> bool:
        number = 0
        for folder, about, old in reader.would_take():
            number += 1
            self._say(_named(reader.mailbox, _line(folder, about, old=old)))
        if not number:
            self._say(_named(reader.mailbox, "nothing new"))
        return True

    def _say_all(self, mailbox: Mailbox, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self._say(_named(mailbox, sentence))


def _named(mailbox: Mailbox, sentence: str) -> str:
    return sentence if sentence.startswith(f"{mailbox.name}:") else f"{mailbox.name}: {sentence}"


def _line(folder: str, about: About, *, old: bool) -> str:
    what = "too old, would be marked" if old else "would be taken"
    return f"{folder}: message {about.uid} of {about.received:%Y-%m-%d %H:%M} UTC, {about.size_bytes} bytes: {what}"
