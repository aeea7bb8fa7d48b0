"""The milter as a process: start, signals, reload, stop, and several processes behind one socket where configured.

libmilter swallows the usual signals and would never let a Python handler run on its thread, so it gets a thread of its
own and the main thread waits for signals. SIGHUP reads the traps again, SIGTERM and SIGINT end it.
"""

import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

import milter

from trapline.config.names import IpAddress
from trapline.config.settings import Settings
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.zones import Zone
from trapline.milter import listening
from trapline.milter.conversation import Conversation
from trapline.milter.daemon import Daemon
from trapline.milter.rules import Rules
from trapline.spool.maildir import Maildir
from trapline.traps.watch import TrapFiles

STOP_SECONDS = 5.0  #: how long messages under way may go on after SIGTERM
WANTED_FILES = 8192  #: open at once: one for each session, one for each lookup under way
SLICE_SECONDS = 0.25  #: how long a signal may go unnoticed

_log = logging.getLogger(__name__)


def serve(settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir) -> int:
    """Listen until a signal ends it; returns the exit code.

    Raises ConfigError: the socket can't be opened.
    """
    _allow_files()
    service = _Service(settings, zones, traps, spool)
    tags = any(zone.action == "tag" for zone in settings.dqs.zones().values())
    daemon = Daemon(service.converse, tags=tags)
    daemon.register()
    with _signals() as told:  # before the socket is there: whoever sees it may send one
        listening.open_socket(settings.milter)
        try:
            if settings.milter.workers > 1:
                parent = os.getpid()
                return _Workers(lambda: _work_below(parent, service, daemon), settings.milter.workers).run(told)
            return _work(service, daemon, told)
        finally:
            listening.remove_socket(settings.milter)


def _allow_files() -> None:
    """Raise a shell's 1,024 open files, too few for 500 sessions and their lookups. The unit's own limit is higher:
    there nothing is to be changed, and its filter of system calls would not let us.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _work_below(parent: int, service: "_Service", daemon: Daemon) -> int:
    """The work of one of several processes."""
    with _signals(parent) as told:
        return _work(service, daemon, told)


def _work(service: "_Service", daemon: Daemon, told: "_Told") -> int:
    """Serve the open socket in this process."""
    listener = threading.Thread(target=_listen, name="libmilter", daemon=True)
    with closing(service.engine):
        listener.start()
        _log.info("milter ready: %s", service)
        while listener.is_alive() and not told.stop:
            told.wait()
            service.engine.sweep()
            service.refresh(force=told.take_reload())
        if not told.stop:
            _log.error("libmilter ended by itself")
            return 1
        # libmilter's own stop takes seconds and leaves open sessions unanswered, so it is not told: new clients find
        # no socket, and the process ends once no message is under way.
        listening.remove_socket(service.settings.milter)
        if not daemon.wait_until_idle(STOP_SECONDS):
            _log.warning("milter stops while a message is under way: Postfix goes on without it")
    _log.info("milter stopped")
    return 0


def _listen() -> None:
    try:
        milter.main()
    except milter.error:
        _log.exception("libmilter ended with an error")


class _Service:
    """What conversations need: this process's engine, and the rules, replaced as a whole when traps have changed."""

    def __init__(self, settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir) -> None:
        self.settings = settings
        self._zones = zones
        self._traps = traps
        self._spool = spool
        self._rules = Rules.of(settings, zones, traps.current)
        self.engine = Engine(zones, settings.dqs.nameservers, settings.milter.deadline_seconds)

    def __str__(self) -> str:
        listen, zones = self.settings.milter.listen, ",".join(self._zones)
        return f"listen={listen}, zones={zones}, mode={self.settings.dqs.mode}, trap_lines={len(self._traps.current)}"

    def converse(self, address: IpAddress | None, name: str | None, daemon_name: str, host: str) -> Conversation:
        """A conversation with a client that has connected."""
        return Conversation(self._rules, self.engine, self._spool, address, name, daemon_name, host)

    def refresh(self, *, force: bool) -> None:
        """Read the trap files again where they have changed, or in any case."""
        if force:
            self._traps.reload()
        else:
            self._traps.reload_if_changed(time.monotonic())
        if self._traps.current is not self._rules.traps:
            self._rules = Rules.of(self.settings, self._zones, self._traps.current)


class _Told:
    """What signals have told us; a worker is told by the death of its `parent`, too."""

    def __init__(self, parent: int | None = None) -> None:
        self.stop = False
        self._reload = False
        self._event = threading.Event()
        self._parent = parent

    def on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop = True
        self._event.set()

    def on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._reload = True
        self._event.set()

    def wait(self) -> None:
        """Wait for a signal for a moment: one that another thread was given does not wake this one."""
        self._event.wait(SLICE_SECONDS)
        self._event.clear()
        if self._parent is not None and os.getppid() != self._parent:
            self.stop = True  # a worker does not outlive its parent

    def take_reload(self) -> bool:
        told, self._reload = self._reload, False
        return told


@contextmanager
def _signals(parent: int | None = None) -> Iterator[_Told]:
    told = _Told(parent)
    handlers = {signal.SIGTERM: told.on_stop, signal.SIGINT: told.on_stop, signal.SIGHUP: told.on_reload}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Workers:
    """Several processes that accept on one socket: forked before any thread exists, replaced when one dies."""

    def __init__(self, work: Callable[[], int], number: int) -> None:
        self._work = work
        self._number = number
        self._children: set[int] = set()

    def run(self, told: "_Told") -> int:
        while not told.stop:
            while len(self._children) < self._number:
                self._children.add(self._fork())
            told.wait()
            if told.take_reload():
                self._tell(signal.SIGHUP)
            self._bury()
        self._tell(signal.SIGTERM)
        for child in self._children:
            os.waitpid(child, 0)
        return 0

    def _fork(self) -> int:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = self._work()
            finally:
                logging.shutdown()
                sys.stderr.flush()
                os._exit(code)
        return child

    def _bury(self) -> None:
        """Forget the children that have died; `run` replaces them."""
        for child in tuple(self._children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                self._children.discard(child)
                _log.error("a worker died (status %d) and is replaced", status)

    def _tell(self, number: signal.Signals) -> None:
        for child in self._children:
            os.kill(child, number)
