"""The milter as a process: start, signals, reload, stop, and several processes behind one socket where configured.

libmilter swallows the usual signals and would never let a Python handler run on its thread, so it gets a thread of its
own and the main thread waits for signals. SIGHUP reads the traps again and tests the zones, SIGTERM and SIGINT end it.
"""

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import FrameType

import milter

from trapline.config.events import Event, Fact, trace
from trapline.config.names import IpAddress
from trapline.config.settings import Settings
from trapline.dnsbl.board import Board
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.zones import Zone
from trapline.milter import listening, processors
from trapline.milter.conversation import Conversation
from trapline.milter.daemon import Daemon
from trapline.milter.rules import Rules
from trapline.milter.watch import Watch
from trapline.spool.maildir import Maildir
from trapline.traps.watch import TrapFiles

STOP_SECONDS = 5.0  #: how long messages under way may go on after SIGTERM
SLICE_SECONDS = 0.25  #: how long a signal may go unnoticed

_GARBAGE_THRESHOLDS = (10_000, 20, 50)  # objects, then collections, between looks for cycles (Python: 700, 10, 10)

_log = logging.getLogger(__name__)


def serve(settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir) -> int:
    """Listen until a signal ends it; returns the exit code.

    Raises ConfigError: the socket can't be opened.
    """
    service = _Service(settings, zones, traps, spool)
    daemon = Daemon(service.converse, tags=settings.dqs.tags)
    daemon.register()
    watch = Watch(service.engine, settings.dqs)
    with _signals() as told:  # before the socket is there: whoever sees it may send one
        listening.open_socket(settings.milter)
        try:
            if settings.milter.workers > 1:
                parent = os.getpid()
                workers = _Workers(lambda number: _work_below(parent, number, service, daemon), settings.milter.workers)
                return workers.run(told, watch)
            service.keep_to_processor(0)
            return _work(service, daemon, told, watch)
        finally:
            watch.close()
            listening.remove_socket(settings.milter)


def _work_below(parent: int, number: int, service: "_Service", daemon: Daemon) -> int:
    """The work of one of several processes; `number` is its place on the board. The parent tests the zones for all."""
    service.keep_to_processor(number - 1)
    with _signals(parent) as told:
        service.engine = service.make_engine(number)
        return _work(service, daemon, told)


def _work(service: "_Service", daemon: Daemon, told: "_Told", watch: Watch | None = None) -> int:
    """Serve the open socket in this process, and `watch` the zones meanwhile."""
    listener = threading.Thread(target=_listen, name="libmilter", daemon=True)
    with closing(service.engine):
        # What is there now stays, and sessions leave no cycles: there is little for the garbage collector to find.
        gc.freeze()
        gc.set_threshold(*_GARBAGE_THRESHOLDS)
        listener.start()
        _log.info(service.started())
        while listener.is_alive() and not told.stop:
            told.wait()
            service.engine.sweep()
            reload = told.take_reload()
            service.refresh(force=reload)
            if watch is not None:
                watch.look(force=reload)
        if not told.stop:
            _log.error(Event("failed", text="libmilter ended by itself"))
            return 1
        # libmilter's own stop takes seconds and leaves open sessions unanswered, so it is not told: new clients find
        # no socket, and the process ends once no message is under way.
        listening.remove_socket(service.settings.milter)
        if not daemon.wait_until_idle(STOP_SECONDS):
            _log.warning(
                Event("cut short", text="milter stops while a message is under way: Postfix goes on without it")
            )
    _log.info(Event("stopped", text="milter stopped"))
    return 0


def _listen() -> None:
    try:
        milter.main()
    except milter.error as error:
        _log.error(Event("failed", text="libmilter ended with an error", trace=trace(error)))


class _Service:
    """What conversations need: this process's engine, and the rules, replaced as a whole when traps have changed."""

    def __init__(self, settings: Settings, zones: dict[str, Zone], traps: TrapFiles, spool: Maildir) -> None:
        self.settings = settings
        self._zones = zones
        self._traps = traps
        self._spool = spool
        self._rules = Rules(settings, zones, traps.current)
        workers = settings.milter.workers
        self._processors = processors.spread(workers)
        self._board = Board(tuple(zones), len(settings.dqs.nameservers), 1 if workers == 1 else 1 + workers)
        self.engine = self.make_engine(place=0)

    def started(self) -> Event:
        """For the log: what this process serves."""
        settings, traps = self.settings, len(self._traps.current)
        facts: dict[str, Fact] = {"listen": str(settings.milter.listen), "zone": tuple(self._zones)}
        return Event("started", facts | {"mode": settings.dqs.mode, "traps": traps})

    def converse(self, address: IpAddress | None, name: str | None, daemon_name: str, host: str) -> Conversation:
        """A conversation with a client that has connected."""
        return Conversation(self._rules, self.engine, self._spool, address, name, daemon_name, host)

    def keep_to_processor(self, place: int) -> None:
        """Keep the process, which is the one at `place`, on a processor of its own."""
        if self.settings.milter.one_processor:
            processors.keep_to(self._processors[place])

    def make_engine(self, place: int) -> Engine:
        """An engine of this process's own."""
        dqs, seconds = self.settings.dqs, self.settings.milter.deadline_seconds
        engine = Engine(self._zones, dqs.nameservers, seconds, bounds=dqs.cache, board=self._board)
        engine.place = place
        return engine

    def refresh(self, *, force: bool) -> None:
        """Read the trap files again where they have changed, or in any case."""
        if force:
            self._traps.reload()
        else:
            self._traps.reload_if_changed(time.monotonic())
        if self._traps.current is not self._rules.traps:
            self._rules = Rules(self.settings, self._zones, self._traps.current)


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

    def __init__(self, work: Callable[[int], int], number: int) -> None:
        """`work` is given the process's number, from 1; the parent is 0."""
        self._work = work
        self._free = set(range(1, number + 1))
        self._children: dict[int, int] = {}  # number by process ID

    def run(self, told: "_Told", watch: Watch) -> int:
        while not told.stop:
            while self._free:
                number = self._free.pop()
                self._children[self._fork(number)] = number
            told.wait()
            watch.engine.sweep()
            reload = told.take_reload()
            if reload:
                self._tell(signal.SIGHUP)
            watch.look(force=reload)
            self._bury()
        self._tell(signal.SIGTERM)
        for child in self._children:
            os.waitpid(child, 0)
        return 0

    def _fork(self, number: int) -> int:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = self._work(number)
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
                self._free.add(self._children.pop(child))
                sentence = f"a worker died (status {status}) and is replaced"
                _log.error(Event("worker died", {"status": status}, text=sentence))

    def _tell(self, number: signal.Signals) -> None:
        for child in self._children:
            os.kill(child, number)
