"""The milter as a process: start, signals, reload, stop, and several processes behind one socket where configured.

libmilter swallows the usual signals and would never let a Python handler run on its thread, so it gets a thread of its
own and the main thread waits for signals. SIGHUP reads the traps again, SIGTERM and SIGINT end it.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from types import FrameType

import milter

from trapline.config.names import IpAddress
from trapline.config.settings import Settings
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.zones import Zone
from trapline.milter import listening
from trapline.milter.conversation import Conversation
from trapline.milter.daemon import Daemon
from trapline.milter.exporter import Exporter, open_exporter
from trapline.milter.metrics import Levels, Metrics
from trapline.milter.rules import Rules
from trapline.spool.maildir import Maildir
from trapline.traps.watch import TrapFiles

STOP_SECONDS = 5.0  #: how long messages under way may go on after SIGTERM
SLICE_SECONDS = 0.25  #: how long a signal may go unnoticed

_log = logging.getLogger(__name__)


def serve(settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir) -> int:
    """Listen until a signal ends it; returns the exit code.

    Raises ConfigError: the socket can't be opened, or the port of the metrics.
    """
    with open_exporter(settings.milter, zones) as exporter:  # first: a milter that can't start takes no socket
        return _serve(_Service(settings, zones, traps, spool, exporter.metrics), exporter)


def _serve(service: "_Service", exporter: Exporter) -> int:
    settings = service.settings
    tags = any(zone.action == "tag" for zone in settings.dqs.zones().values())
    daemon = Daemon(service.converse, service.metrics, tags=tags)
    daemon.register()
    with _signals() as told:  # before the socket is there: whoever sees it may send one
        listening.open_socket(settings.milter)
        try:
            if settings.milter.workers > 1:
                return _Workers(_jobs(service, daemon, exporter)).run(told)
            exporter.start()
            return _work(service, daemon, told)
        finally:
            listening.remove_socket(settings.milter)


def _jobs(service: "_Service", daemon: Daemon, exporter: Exporter) -> list[Callable[[], int]]:
    """What each of several processes does: the workers, and one that serves the metrics where they are on."""
    parent = os.getpid()
    places = range(service.settings.milter.workers)
    workers = [partial(_work_below, parent, service, daemon, exporter, place) for place in places]
    return [*workers, partial(_export_below, parent, exporter)] if exporter.on else [*workers]


def _work_below(parent: int, service: "_Service", daemon: Daemon, exporter: Exporter, place: int) -> int:
    """The work of one of several processes."""
    with _signals(parent) as told:
        exporter.become_worker(place)
        return _work(service, daemon, told)


def _export_below(parent: int, exporter: Exporter) -> int:
    """Serve the metrics of all workers, in a process of its own."""
    with _signals(parent) as told:
        exporter.start()
        while not told.stop:
            told.wait()
    if os.getppid() != parent:
        exporter.clean_up()
    return 0


def _work(service: "_Service", daemon: Daemon, told: "_Told") -> int:
    """Serve the open socket in this process."""
    listener = threading.Thread(target=_listen, name="libmilter", daemon=True)
    with closing(service.engine):
        service.publish(daemon.sessions)
        listener.start()
        _log.info("milter ready: %s", service)
        while listener.is_alive() and not told.stop:
            told.wait()
            service.engine.sweep()
            service.refresh(force=told.take_reload())
            service.publish(daemon.sessions)
        if not told.stop:
            _log.error("libmilter ended by itself")
            return 1
        # libmilter's own stop takes seconds and leaves open sessions unanswered, so it is not told: new clients find
        # no socket, and the process ends once no message is under way.
        listening.remove_socket(service.settings.milter)
        if not daemon.wait_until_idle(STOP_SECONDS):
            _log.warning("milter stops while a message is under way: Postfix goes on without it")
    service.publish(daemon.sessions)
    _log.info("milter stopped")
    return 0


def _listen() -> None:
    try:
        milter.main()
    except milter.error:
        _log.exception("libmilter ended with an error")


class _Service:
    """What conversations need: this process's engine, and the rules, replaced as a whole when traps have changed."""

    def __init__(
        self, settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir, metrics: Metrics
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self._zones = zones
        self._traps = traps
        self._spool = spool
        self._rules = Rules.of(settings, zones, traps.current)
        deadline = settings.milter.deadline_seconds
        self.engine = Engine(zones, settings.dqs.nameservers, deadline, observer=metrics)

    def __str__(self) -> str:
        listen, zones = self.settings.milter.listen, ",".join(self._zones)
        return f"listen={listen}, zones={zones}, mode={self.settings.dqs.mode}, trap_lines={len(self._traps.current)}"

    def converse(self, address: IpAddress | None, name: str | None, daemon_name: str, host: str) -> Conversation:
        """A conversation with a client that has connected."""
        return Conversation(self._rules, self.engine, self._spool, self.metrics, address, name, daemon_name, host)

    def refresh(self, *, force: bool) -> None:
        """Read the trap files again where they have changed, or in any case."""
        if not (self._traps.reload() if force else self._traps.reload_if_changed(time.monotonic())):
            self.metrics.error("reload")
        if self._traps.current is not self._rules.traps:
            self._rules = Rules.of(self.settings, self._zones, self._traps.current)

    def publish(self, sessions: int) -> None:
        """Bring the metrics up to date, with the number of open sessions."""
        self.metrics.publish(Levels(sessions, self.engine.cached, len(self._traps.current)))


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

    def __init__(self, jobs: Sequence[Callable[[], int]]) -> None:
        """`jobs`: what each of them does."""
        self._jobs = jobs
        self._children: dict[int, int] = {}  # process IDs, and the places of their jobs

    def run(self, told: "_Told") -> int:
        while not told.stop:
            for place in sorted(set(range(len(self._jobs))).difference(self._children.values())):
                self._children[self._fork(place)] = place
            told.wait()
            if told.take_reload():
                self._tell(signal.SIGHUP)
            self._bury()
        self._tell(signal.SIGTERM)
        for child in self._children:
            os.waitpid(child, 0)
        return 0

    def _fork(self, place: int) -> int:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = self._jobs[place]()
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
                del self._children[child]
                _log.error("a worker died (status %d) and is replaced", status)

    def _tell(self, number: signal.Signals) -> None:
        for child in self._children:
            os.kill(child, number)
